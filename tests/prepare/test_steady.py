"""What stands still is taken out, what drifts and what is broad stays."""

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare.steady import without_steady_lines

FREQUENCY = np.linspace(0.5, 10, 160)
ROWS = np.arange(160)[:, None]
COLUMNS = np.arange(96)[None, :]
NOISE = 0.4 + 0.02 * np.random.default_rng(0).standard_normal((160, 96))


def test_a_line_that_stands_still_goes():
    lined = NOISE + 0.3 * (np.abs(ROWS - 60) <= 1)
    mended = without_steady_lines(lined, FREQUENCY)
    assert abs(mended[59:62].mean() - mended[64:70].mean()) < 0.03


def test_a_line_that_drifts_stays():
    drifting = np.abs(ROWS - 40 - COLUMNS // 3) <= 1
    mended = without_steady_lines(NOISE + 0.3 * drifting, FREQUENCY)
    assert mended[drifting].mean() - mended[~drifting].mean() > 0.25


def test_a_broad_resonance_stays():
    resonance = 0.3 * np.exp(-0.5 * ((FREQUENCY - 7.8) / 0.75) ** 2)[:, None]
    mended = without_steady_lines(NOISE + resonance, FREQUENCY)
    assert mended[122].mean() - mended[60].mean() > 0.25


def test_gaps_stay_zero_and_an_empty_night_stays_as_it_is():
    gappy = NOISE.copy()
    gappy[:, 20:40] = 0
    assert not without_steady_lines(gappy, FREQUENCY)[:, 20:40].any()
    assert not without_steady_lines(0 * NOISE, FREQUENCY).any()


def test_other_frequencies_are_refused():
    with pytest.raises(UsageError):
        without_steady_lines(NOISE, FREQUENCY[:-1])


@pytest.mark.parametrize(("share", "goes"), [(0.7, False), (0.9, True)])
def test_only_what_stands_for_four_fifths_of_the_night_goes(share, goes):
    lined = NOISE + 0.3 * (np.abs(ROWS - 60) <= 1) * (COLUMNS < share * 96)
    mended = without_steady_lines(lined, FREQUENCY)[59:62, : int(share * 80)].mean()
    assert (mended < 0.55) == goes
