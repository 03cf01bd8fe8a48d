"""The reference field and its dipole, against ppigrf."""

from datetime import datetime

import numpy as np
import ppigrf
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import earth
from geoviz_ml.simulate import orbit


def test_dip_latitude_follows_ppigrf_along_the_track():
    track = orbit.half_orbit_track(41700)
    some = slice(None, None, 60)
    place = [track[name][some] for name in ("longitude", "latitude", "altitude")]
    east, north, up = (part.ravel() for part in ppigrf.igrf(*place, datetime(2021, 11, 5)))
    inclination, _ = ppigrf.get_inclination_declination(east, north, up)
    expected = np.degrees(np.arctan(np.tan(np.radians(inclination)) / 2))
    found = earth.magnetic(place[1], place[0], track["time"][0])
    np.testing.assert_allclose(found["mag_latitude"], expected, atol=0.25)
    np.testing.assert_allclose(found["field"], np.sqrt(east**2 + north**2 + up**2), rtol=0.01)


def test_dipole_frame_gives_the_field_of_the_dipole_terms():
    """At the radius a, a dipole field has B_r = -2 B0 sin(latitude), by ppigrf's own sum."""
    rng = np.random.default_rng(0)
    latitude, longitude = rng.uniform(-80, 80, 50), rng.uniform(-180, 180, 50)
    found, _ = earth.dipole(latitude, longitude, np.datetime64("2022-06-01"))
    radial, *_ = ppigrf.igrf_gc(
        6371.2, 90 - latitude, longitude, datetime(2022, 6, 1), max_degree=1
    )
    ratio = radial.ravel() / np.sin(np.radians(found))
    assert np.std(ratio) / abs(np.mean(ratio)) < 0.01


def test_gillam_has_two_magnetic_latitudes_three_degrees_apart():
    """As the glossary says: by the inclination at the satellite, and of the centred dipole."""
    place, date = (np.array([56.354]), np.array([-94.656])), np.datetime64("2014-03-10")
    assert round(float(earth.magnetic(*place, date)["mag_latitude"][0])) == 68
    assert round(float(earth.dipole(*place, date)[0][0])) == 65


def test_no_place_below_65_degrees_has_a_dipole_latitude_above_75():
    longitude = np.linspace(-180, 180, 361)
    for latitude in (-65.0, 65.0):
        mag, _ = earth.dipole(np.full(361, latitude), longitude, np.datetime64("2022-01-01"))
        assert np.abs(mag).max() == pytest.approx(74.4, abs=0.1)


def test_dipole_longitude_grows_eastward_and_is_zero_toward_the_geographic_pole():
    pole, longitude = -72.7, np.linspace(-180, 180, 37)
    _, mag = earth.dipole(np.zeros(37), longitude, np.datetime64("2022-01-01"))
    assert (np.diff(np.unwrap(mag, period=360)) > 0).all()
    assert np.interp(pole, longitude, mag) == pytest.approx(0, abs=1)


def test_longitudes_of_any_turn_are_one_place_and_a_gap_stays_one():
    date = np.datetime64("2022-01-01")
    one = earth.magnetic(np.array([62.4, np.nan]), np.array([-114.4, 10.0]), date)
    other = earth.magnetic([62.4, 0.0], [245.6, np.nan], date)
    for name, values in one.items():
        assert values[0] == pytest.approx(other[name][0])
        assert np.isnan([values[1], other[name][1]]).all()


def test_where_and_when_there_is_no_field_is_said():
    with pytest.raises(UsageError, match="latitudes go to 75 degrees, the field to 68"):
        earth.magnetic(np.array([75.0]), np.array([24.0]), "2022-01-01")
    for date in ("1899-12-31", "2030-01-01"):
        with pytest.raises(UsageError, match="no field of"):
            earth.dipole(62.0, -114.0, date)
    with pytest.raises(UsageError, match="needs a date"):
        earth.dipole(62.0, -114.0, "NaT")
