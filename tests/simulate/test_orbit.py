"""The orbit and the magnetic field, against celestial mechanics and ppigrf."""

from datetime import datetime

import numpy as np
import ppigrf
import pytest

from geoviz_ml.simulate import orbit

NUMBERS = [41700, 41701, 45003, 48888]


def test_inclination_is_that_of_a_sun_synchronous_orbit():
    """The node precesses once a year: -1.5 n J2 (R / a)^2 cos(i) = 360 degrees in 365.2422 days."""
    mu, j2, radius, height = 398600.4418, 1.08262668e-3, 6378.137, 507.0
    a = radius + height
    n = np.sqrt(mu / a**3)
    year = 2 * np.pi / (365.2422 * 86400)
    inclination = np.degrees(np.arccos(-year / (1.5 * n * j2 * (radius / a) ** 2)))
    assert inclination == pytest.approx(orbit.INCLINATION, abs=0.05)
    assert 2 * np.pi / n == pytest.approx(orbit.PERIOD, rel=1e-3)


@pytest.mark.parametrize("number", NUMBERS)
def test_half_orbit_crosses_the_equator_at_its_local_time(number):
    track = orbit.half_orbit_track(number)
    node = np.argmin(np.abs(track["latitude"]))
    hour = (track["time"][node] - track["time"][node].astype("datetime64[D]")) / np.timedelta64(
        1, "h"
    )
    assert (hour + track["longitude"][node] / 15) % 24 == pytest.approx(2 if number % 2 else 14)
    assert (np.diff(track["latitude"]) > 0).all() == track["ascending"] == bool(number % 2)


@pytest.mark.parametrize("number", NUMBERS)
def test_rows_are_2048_ms_apart_and_stay_within_65_degrees(number):
    track = orbit.half_orbit_track(number)
    assert set(np.diff(track["time"]).astype(int)) == {2048}
    assert 64.8 < np.abs(track["latitude"]).max() <= 65
    # 132 degrees of the orbit lie between 65 S and 65 N, geodetic
    assert len(track["time"]) == pytest.approx(132 / 360 * orbit.PERIOD / 2.048, rel=0.01)


def test_speed_over_ground_is_the_orbits_less_the_earths():
    track = orbit.half_orbit_track(41701)
    node = len(track["time"]) // 2
    north = np.radians(np.diff(track["latitude"])[node])
    east = np.radians(np.diff(track["longitude"])[node])
    step, tilt = 2 * np.pi * 2.048 / orbit.PERIOD, np.radians(orbit.INCLINATION)
    assert north == pytest.approx(step * np.sin(tilt), rel=0.01)
    assert east == pytest.approx(step * np.cos(tilt) - 2 * np.pi * 2.048 / 86400, rel=0.01)


def test_dip_latitude_follows_ppigrf_along_the_track():
    track = orbit.half_orbit_track(41700)
    some = slice(None, None, 60)
    place = [track[name][some] for name in ("longitude", "latitude", "altitude")]
    east, north, up = (part.ravel() for part in ppigrf.igrf(*place, datetime(2021, 11, 5)))
    inclination, _ = ppigrf.get_inclination_declination(east, north, up)
    expected = np.degrees(np.arctan(np.tan(np.radians(inclination)) / 2))
    found = orbit.magnetic(place[1], place[0], track["time"][0])
    np.testing.assert_allclose(found["mag_latitude"], expected, atol=0.25)
    np.testing.assert_allclose(found["field"], np.sqrt(east**2 + north**2 + up**2), rtol=0.01)


def test_dipole_frame_gives_the_field_of_the_dipole_terms():
    """At the radius a, a dipole field has B_r = -2 B0 sin(latitude), by ppigrf's own sum."""
    rng = np.random.default_rng(0)
    latitude, longitude = rng.uniform(-80, 80, 50), rng.uniform(-180, 180, 50)
    found, _ = orbit.dipole(latitude, longitude, np.datetime64("2022-06-01"))
    radial, *_ = ppigrf.igrf_gc(
        6371.2, 90 - latitude, longitude, datetime(2022, 6, 1), max_degree=1
    )
    ratio = radial.ravel() / np.sin(np.radians(found))
    assert np.std(ratio) / abs(np.mean(ratio)) < 0.01


def test_no_place_below_65_degrees_has_a_dipole_latitude_above_75():
    longitude = np.linspace(-180, 180, 361)
    for latitude in (-65.0, 65.0):
        mag, _ = orbit.dipole(np.full(361, latitude), longitude, np.datetime64("2022-01-01"))
        assert np.abs(mag).max() == pytest.approx(74.4, abs=0.1)


def test_dipole_longitude_grows_eastward_and_is_zero_toward_the_geographic_pole():
    pole, longitude = -72.7, np.linspace(-180, 180, 37)
    _, mag = orbit.dipole(np.zeros(37), longitude, np.datetime64("2022-01-01"))
    assert (np.diff(np.unwrap(mag, period=360)) > 0).all()
    assert np.interp(pole, longitude, mag) == pytest.approx(0, abs=1)
