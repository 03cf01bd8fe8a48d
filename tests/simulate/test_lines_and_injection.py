"""Constant lines of a sensor, fringes put into a night, stripes: what is told is what is there."""

import numpy as np
import pytest
from scipy.signal import find_peaks

from geoviz_ml.errors import UsageError
from geoviz_ml.simulate import alfven
from geoviz_ml.simulate.inject import inject_fringes
from geoviz_ml.simulate.sensor import with_constant_lines
from geoviz_ml.simulate.stripes import stripes

DATE = np.datetime64("2014-12-01")
QUIET = alfven.Physics(p_fringes=0, p_gap=0, p_pc1=0, p_harmonics=0)


def quiet_night():
    return alfven.night(DATE, np.random.default_rng(1), QUIET)


def test_the_lines_stand_still_at_their_spacing_and_below_the_loudest():
    before = quiet_night()
    after = with_constant_lines(before, np.random.default_rng(2), spacing=1.4, loudest=8)
    power = after.psd - before.psd
    np.testing.assert_allclose(power, power[:1].repeat(len(power), 0), atol=1e-9)
    lines, _ = find_peaks(power[0])
    np.testing.assert_allclose(np.diff(alfven.FREQUENCY[lines]), 1.4, atol=0.03)
    level = np.median(before.psd, axis=0)
    decibel = 10 * np.log10(1 + power[0][lines] / level[lines])
    assert (decibel > 1).all()
    assert (decibel < 8.5).all()
    assert not after.mask.any()


def test_injected_fringes_have_the_power_asked_for_and_the_place_of_the_mask():
    quiet = alfven.as_spectrogram(quiet_night(), np.random.default_rng(3))
    none, mask = inject_fringes(quiet, 0.0, np.random.default_rng(4), DATE)
    np.testing.assert_array_equal(none, quiet)
    weak, same = inject_fringes(quiet, 1.0, np.random.default_rng(4), DATE)
    strong, again = inject_fringes(quiet, 2.0, np.random.default_rng(4), DATE)
    np.testing.assert_array_equal(mask, same)
    np.testing.assert_array_equal(mask, again)
    band = quiet.values > 0
    one, two = ((a.values[band] / quiet.values[band]) ** 2 - 1 for a in (weak, strong))
    np.testing.assert_allclose(two, 2 * one, atol=2e-5)
    inside = mask.values[band]
    assert one[inside].mean() > 3 * one[~inside].mean()


def test_a_day_that_is_no_night_is_refused():
    quiet = alfven.as_spectrogram(quiet_night(), np.random.default_rng(3))
    with pytest.raises(UsageError):
        inject_fringes(quiet[:100], 1.0, np.random.default_rng(4), DATE)
    with pytest.raises(UsageError):
        inject_fringes(quiet, -1.0, np.random.default_rng(4), DATE)


def test_a_line_of_the_stripes_is_one_pixel_in_each_spacing():
    pictures, masks = stripes(3, 32, 8, np.random.default_rng(0))
    np.testing.assert_array_equal(masks.sum(1), np.full((3, 32), 4))
    assert pictures[masks].mean() > pictures[~masks].mean() + 0.2
