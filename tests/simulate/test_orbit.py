"""The orbit, against celestial mechanics."""

import numpy as np
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
