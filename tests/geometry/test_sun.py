"""The Sun's tilt, turn and size, beside the ephemeris of another library."""

import numpy as np
import pytest

from geoviz_ml.geometry import (
    SunView,
    carrington_longitude,
    disk_position,
    heliographic,
    rotate,
    solar_radius,
    sun_b0,
)
from geoviz_ml.simulate.sun_disk import View

DAYS = ["1996-01-06T12:00", "2010-05-01", "2014-03-06T06:00", "2022-08-02T10:47", "2026-03-05"]
AU = 149_597_870.7  # km


def from_ephemeris(time):
    """Latitude and Carrington longitude of the disk's centre, and the distance in au.

    Pole and prime meridian of the Sun: Archinal et al. (2018), Celestial Mechanics 130, 22.
    """
    from astropy.coordinates import get_body_barycentric
    from astropy.time import Time

    when = Time(time, scale="utc").tdb
    way = get_body_barycentric("earth", when).xyz - get_body_barycentric("sun", when).xyz
    way = way.to_value("km")
    distance = np.linalg.norm(way)
    a, d = np.radians([286.13, 63.87])
    pole = np.array([np.cos(a) * np.cos(d), np.sin(a) * np.cos(d), np.sin(d)])
    node = np.array([-np.sin(a), np.cos(a), 0.0])
    days = when.jd - 2451545.0 - distance / 299_792.458 / 86400  # when the light left
    east = np.degrees(np.arctan2(way @ np.cross(pole, node), way @ node))
    longitude = (east - 84.176 - 14.1844 * days) % 360
    return np.degrees(np.arcsin(way @ pole / distance)), longitude, distance / AU


@pytest.mark.parametrize("time", DAYS)
def test_tilt_turn_and_size_are_those_of_the_ephemeris(time):
    b0, l0, distance = from_ephemeris(time)
    assert sun_b0(time) == pytest.approx(b0, abs=0.02)
    assert (carrington_longitude(time) - l0 + 180) % 360 - 180 == pytest.approx(0, abs=0.1)
    assert solar_radius(time) == pytest.approx(959.63 / distance, rel=2e-4)


@pytest.mark.parametrize("rotation", [0.0, 12.0, -90.0])
def test_places_and_pixels_are_inverse_however_the_picture_is_turned(rotation):
    rng = np.random.default_rng(0)
    view = SunView((30.0, 21.0, 18.0), -6.8, rotation, 350.0)
    latitude, longitude = rng.uniform(-70, 70, 200), rng.uniform(-70, 70, 200)
    x, y, seen = view.pixels(latitude, longitude)
    back = view.places(x, y)
    np.testing.assert_allclose(back[0][seen], latitude[seen], atol=1e-6)
    np.testing.assert_allclose(back[1][seen], longitude[seen], atol=1e-6)
    assert view.carrington(20.0) == 10
    assert np.isnan(SunView(view.disk).carrington(20.0))
    assert np.isnan(view.places(60.0, 21.0)).all()


def test_north_that_leans_to_the_right_is_to_the_right():
    x, y, _ = SunView((0.0, 0.0, 1.0), 0.0, 30.0).pixels(90.0, 0.0)
    assert (x, y) == pytest.approx((np.sin(np.radians(30)), -np.cos(np.radians(30))))


def test_places_are_those_of_the_simulators_own_sphere():
    """`simulate.sun_disk` writes the projection down again, as vectors."""
    rng = np.random.default_rng(1)
    disk, b0 = (120.0, 133.0, 100.0), 5.5
    latitude, longitude = rng.uniform(-80, 80, 100), rng.uniform(-90, 90, 100)
    sphere = View((256, 256), disk, b0)
    expected = sphere.pixels(sphere.vectors(latitude, longitude))
    np.testing.assert_allclose(disk_position(latitude, longitude, b0, disk)[:2], expected)
    np.testing.assert_allclose(SunView(disk, b0).pixels(latitude, longitude)[:2], expected)


def test_position_is_the_rotation_of_a_sphere():
    """Independent: a vector, turned by B0 about the east-west axis, seen from far away."""
    rng = np.random.default_rng(0)
    disk = (255.5, 256.0, 240.0)
    lat, lon, b0 = rng.uniform(-80, 80, 50), rng.uniform(-80, 80, 50), 6.3
    a, o, b = np.radians(lat), np.radians(lon), np.radians(b0)
    vector = np.array([np.cos(a) * np.sin(o), np.sin(a), np.cos(a) * np.cos(o)])
    turn = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    across, up, toward = turn @ vector
    x, y, visible = disk_position(lat, lon, b0, disk)
    np.testing.assert_allclose(x, 255.5 + 240 * across)
    np.testing.assert_allclose(y, 256 - 240 * up)
    np.testing.assert_array_equal(visible, toward > 0)


def test_heliographic_is_the_inverse_of_disk_position():
    rng = np.random.default_rng(0)
    disk = (30.0, 21.0, 18.0)
    latitude, longitude = rng.uniform(-70, 70, 200), rng.uniform(-70, 70, 200)
    x, y, seen = disk_position(latitude, longitude, -6.8, disk)
    back = heliographic(x, y, disk, -6.8)
    np.testing.assert_allclose(back[0][seen], latitude[seen], atol=1e-6)
    np.testing.assert_allclose(back[1][seen], longitude[seen], atol=1e-6)
    assert np.isnan(heliographic(60.0, 21.0, disk, 0.0)).all()


def test_b0_of_the_almanac():
    """Zero about 6 June and 7 December, extreme (7.25) about 8 September and 6 March."""
    assert abs(sun_b0("2015-06-06T18:00")) < 0.1
    assert abs(sun_b0("2015-12-07T18:00")) < 0.1
    assert abs(sun_b0("2015-09-08") - 7.25) < 0.01
    assert abs(sun_b0("2015-03-06") + 7.25) < 0.01


def test_sun_turns_westward_once_in_27_days():
    assert 26.5 < 360 / rotate(0.0, 16.0, 1.0) < 27.5
    assert rotate(0.0, 60.0, 1.0) < rotate(0.0, 0.0, 1.0)


def test_places_of_few_bits_are_as_good_as_those_of_many():
    latitude, longitude = np.array([10, 23, 35]), np.array([0, 61, 77])
    disk = (2048.0, 2048.0, 1900.0)
    expected = disk_position(latitude.astype(float), longitude.astype(float), 7.0, disk)
    for kind in (np.uint8, np.float16, np.int16):
        found = disk_position(latitude.astype(kind), longitude.astype(kind), 7.0, disk)
        np.testing.assert_allclose(found, expected, atol=1e-3)
    turned = rotate([-60.0, 0.0], [0, 30], [7, 7])
    np.testing.assert_allclose(turned, [rotate(-60.0, 0.0, 7.0), rotate(0.0, 30.0, 7.0)])
