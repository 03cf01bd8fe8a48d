"""Lines of sight to places, against geometry done another way and against the archive's own map."""

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry.earth import EARTH, degrees, unit
from geoviz_ml.geometry.sky import pixel_corners, place_below


def kilometres(lat1, lon1, lat2, lon2, radius=EARTH):
    return 2 * radius * np.arcsin(np.linalg.norm(unit(lat1, lon1) - unit(lat2, lon2), axis=-1) / 2)


def test_a_line_of_sight_is_followed_to_the_shell():
    """In steps along a straight line in space, until it leaves the shell."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        lat, lon, turn = rng.uniform(-80, 80), rng.uniform(-180, 180), rng.uniform(0, 360)
        high, altitude = rng.uniform(1, 89), rng.uniform(80, 300)
        up = unit(lat, lon)
        north = unit(lat + 90, lon)
        east = unit(0, lon + 90)
        t, e = np.radians(turn), np.radians(high)
        ahead = np.sin(e) * up + np.cos(e) * (np.cos(t) * north + np.sin(t) * east)
        low, far = 0.0, 5000.0
        for _ in range(60):
            middle = (low + far) / 2
            inside = np.linalg.norm(EARTH * up + middle * ahead) < EARTH + altitude
            low, far = (middle, far) if inside else (low, middle)
        expected = degrees(EARTH * up + low * ahead)
        found = place_below(lat, lon, np.array(turn), np.array(high), altitude)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_below_the_horizon_and_without_direction_there_is_no_place():
    lat, lon = place_below(60, 10, np.array([0.0, 0, np.nan]), np.array([-1.0, np.nan, 45]), 110)
    assert np.isnan(lat).all()
    assert np.isnan(lon).all()


def test_corners_lie_between_the_middles_also_at_the_zenith():
    """Of a camera whose distance from the middle is proportional to the angle from the zenith."""

    def direction(row, column):
        y, x = 9.5 - row, column - 9.5
        return np.degrees(np.arctan2(x, y)) % 360, 90 - 3 * np.hypot(x, y)

    turn, high = pixel_corners(*direction(*np.indices((20, 20))))
    expected = direction(*(np.indices((21, 21)) - 0.5))
    assert turn.shape == (21, 21)
    apart = np.degrees(kilometres(high, turn, expected[1], expected[0], 1.0))
    assert apart.max() < 0.06  # of pixels of 3 degrees
    holes = np.where(np.indices((20, 20))[0] == 5, np.nan, direction(*np.indices((20, 20)))[1])
    turn, high = pixel_corners(direction(*np.indices((20, 20)))[0], holes)
    assert np.flatnonzero(np.isnan(high).all(axis=1)).tolist() == [5, 6]


@pytest.mark.data
def test_places_of_a_real_map_agree_with_those_the_archive_gives(real_data):
    """From elevation and azimuth alone; the archive takes the Earth's flattening into account."""
    from geoviz_ml.readers import read_skymap

    sky = read_skymap(next((real_data / "themis" / "skymaps").glob("*.sav")))
    turn, high = pixel_corners(sky.azimuth.values, sky.elevation.values)
    site = sky.attrs["site_latitude"], sky.attrs["site_longitude"]
    for i, altitude in enumerate(sky.altitude.values):
        ours = place_below(*site, turn, high, altitude)
        apart = kilometres(*ours, sky.latitude.values[i], sky.longitude.values[i], EARTH + altitude)
        assert np.nanpercentile(apart[high > 10], 99) < 2
        assert np.nanmax(apart[high > 40]) < 1


def test_directions_of_few_bits_are_as_good_as_those_of_many():
    azimuth, elevation = np.array([0, 90, 201]), np.array([45, 30, 20])
    expected = place_below(62.4, -114.4, azimuth.astype(float), elevation.astype(float), 110.0)
    for kind in (np.uint8, np.float16, np.int16):
        found = place_below(62.4, -114.4, azimuth.astype(kind), elevation.astype(kind), 110.0)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_row_of_pixels_has_no_corners():
    with pytest.raises(UsageError, match="two pixels or more"):
        pixel_corners(np.full((1, 4), 90.0), np.full((1, 4), 45.0))
