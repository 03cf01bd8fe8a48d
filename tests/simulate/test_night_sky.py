"""Stars that turn about the pole, a Moon that saturates, clouds that hide."""

import numpy as np
import pytest

from geoviz_ml.simulate.all_sky import AllSkyCamera
from geoviz_ml.simulate.curtain import texture
from geoviz_ml.simulate.night_sky import (
    Cloud,
    Night,
    catalogue,
    equatorial_to_sky,
    moonlight,
)

NIGHT = Night.draw(np.random.default_rng(0))


def test_sky_positions_by_hand():
    zenith, azimuth = equatorial_to_sky(50.0, 90.0, 56.0, 123.0)  # the pole, at any time
    assert zenith == pytest.approx(34)
    assert azimuth == pytest.approx(0, abs=1e-9)
    assert equatorial_to_sky(123.0, 56.0, 56.0, 123.0)[0] == pytest.approx(0, abs=1e-5)
    zenith, azimuth = equatorial_to_sky(123.0, 6.0, 56.0, 123.0)  # on the meridian
    assert zenith == pytest.approx(50)
    assert abs(azimuth) == pytest.approx(180)
    assert equatorial_to_sky(213.0, 0.0, 56.0, 123.0)[1] == pytest.approx(90)  # rises in the east


def test_stars_are_as_many_as_the_magnitude_law_says():
    magnitude = catalogue()[2]
    ratio = (magnitude < 4.5).sum() / (magnitude < 3.5).sum()
    assert ratio == pytest.approx(10**0.5, rel=0.25)


def test_moonlight_falls_with_distance_and_grows_with_phase():
    view = AllSkyCamera(size=64).view(75)
    full = moonlight(view, NIGHT, 40.0, 90.0, 1.0)
    np.testing.assert_allclose(moonlight(view, NIGHT, 40.0, 90.0, 0.2), 0.2 * full, rtol=1e-5)
    assert full.argmax() == np.hypot(view.zenith - 40, view.azimuth - 90).argmin()


def test_cloud_hides_what_is_above_and_moves():
    view = AllSkyCamera(size=64).view(75)
    field = texture(np.random.default_rng(1))
    cloud = Cloud(field, 3.0, 40.0, np.array([0.01, 0.0]), 0.5, 0.1, 3.0, 5.0)
    through, light = cloud.seen(view, NIGHT, 0.0)
    assert (through == 1).any()
    assert through.min() == pytest.approx(np.exp(-3), rel=1e-3)
    assert (light[through == 1] == 0).all()
    # the whole texture has passed, so that everything looks the same again
    np.testing.assert_allclose(cloud.seen(view, NIGHT, 4000.0)[0], through, atol=0.02)
    assert np.abs(cloud.seen(view, NIGHT, 1000.0)[0] - through).max() > 0.5
