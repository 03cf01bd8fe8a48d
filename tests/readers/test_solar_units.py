"""Units and times of solar pictures in every spelling."""

import numpy as np
import pytest
from astropy import units

from geoviz_ml.readers.solar_time import solar_time
from geoviz_ml.readers.solar_units import gauss_of

FLUX = "Mx/cm^2|Mx/cm2|Mx cm-2|Mx/cm**2|Mx cm^-2|Mx cm**-2|Mx.cm-2|MX/CM^2|Mx / cm2|maxwell/cm2"


@pytest.mark.parametrize("unit", [*FLUX.split("|"), "G", "Gauss", "gauss", "GAUSS", "Gs", " G "])
def test_gauss_in_every_spelling(unit):
    assert gauss_of(unit) == 1


@pytest.mark.parametrize(
    ("unit", "known"),
    [
        ("kG", "1000 G"),
        ("kilogauss", "1000 G"),
        ("mG", "0.001 G"),
        ("T", "T"),
        ("Tesla", "T"),
        ("TESLA", "T"),
        ("mT", "mT"),
        ("uT", "uT"),
        ("10^-4 T", "1e-4 T"),
        ("10**(-4) T", "1e-4 T"),
        ("1e-4 T", "1e-4 T"),
        ("100 G", "100 G"),
    ],
)
def test_other_units_are_those_of_astropy(unit, known):
    with units.add_enabled_units(units.cgs):
        assert gauss_of(unit) == pytest.approx(units.Unit(known).to(units.G))


@pytest.mark.parametrize(
    "unit",
    ["", "unknown", "DN", "DN/s", "counts", "m/s", "Mx", "Mx cm2", "1e999 T", "1.1.1 G", "g/s"],
)
def test_what_is_no_magnetic_field_is_none(unit):
    assert gauss_of(unit) is None


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("2022_08_02__10_47_53_000__SDO_HMI_HMI_magnetogram.jp2", "2022-08-02T10:47:53"),
        ("20140310_000000_512_HMIIF.jpg", "2014-03-10T00:00"),
        ("HMI.m2026.03.05_00.00.00.jpg", "2026-03-05T00:00"),
        ("bbzqa240202t1954_dim-860.jpg", "2024-02-02T19:54"),
        ("mrbqs230101t0004c2266_000.fits.gz", "2023-01-01T00:04"),
        ("hmi.sharp_cea_720s.377.20110215_020000_TAI.magnetogram.fits", "2011-02-15T02:00"),
        ("20011102_1924_mdi_mag_1024.jpg", "2001-11-02T19:24"),
        ("2014-03-10T12:30:15Z.fits", "2014-03-10T12:30:15"),
    ],
)
def test_time_of_names(name, time):
    assert np.datetime64(solar_time({}, name)) == np.datetime64(time)


@pytest.mark.parametrize("name", ["sun.png", "12345678_999999.png", "2014-03-10.png", "a1234.jpg"])
def test_names_without_a_time_have_none(name):
    assert solar_time({}, name) == ""


@pytest.mark.parametrize(
    "header",
    [
        {"DATE-OBS": "2024-02-02T19:54:30"},
        {"DATE-OBS": "2024-02-02T19:54:30.000Z"},
        {"DATE-OBS": "2024-02-02 19:54:30"},
        {"DATE-OBS": "2024-02-02", "TIME-OBS": "19:54:30"},
        {"DATE_OBS": "2024-02-02T19:54:30"},
        {"DATE-OBS": "yesterday", "T_OBS": "2024-02-02T19:54:30"},
    ],
)
def test_time_of_the_header_comes_before_the_name(header):
    assert solar_time(header, "20140310_000000.fits") == "2024-02-02T19:54:30.000"
