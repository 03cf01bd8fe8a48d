"""World coordinates of every kind, beside formulas in float64 and astropy's own reading."""

import numpy as np
import pytest

from geoviz_ml.geometry import sun_world
from geoviz_ml.geometry.sun_header import radius_in_pixels

SHAPE = (60, 80)  # height, width
DISK = {"CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN", "CUNIT1": "arcsec", "CUNIT2": "arcsec",
        "CRPIX1": 41.0, "CRPIX2": 28.0, "CRVAL1": 0.0, "CRVAL2": 0.0,
        "CDELT1": 20.0, "CDELT2": 20.0}  # fmt: skip


def turned(angle):
    a = np.radians(angle)
    return {"PC1_1": np.cos(a), "PC1_2": -np.sin(a), "PC2_1": np.sin(a), "PC2_2": np.cos(a)}


def cd(angle, scale=20.0):
    return {key.replace("PC", "CD"): scale * value for key, value in turned(angle).items()}


def by_hand(angle, x, y):
    """Arcsec west and north of file's columns x and rows y, both from 0, y upward.

    Source: FITS WCS paper I, equations 1 and 2.
    """
    a, right, up = np.radians(angle), x - 40.0, y - 27.0
    west = 20 * (right * np.cos(a) - up * np.sin(a))
    return west, 20 * (right * np.sin(a) + up * np.cos(a))


SAYS = {
    "PC": lambda angle: turned(angle),
    "CD": lambda angle: cd(angle),
    "CROTA1": lambda angle: {"CROTA1": angle},
    "CROTA2": lambda angle: {"CROTA2": angle},
    "CROTA": lambda angle: {"CROTA": angle},
    "degrees": lambda angle: {**turned(angle), "CUNIT1": "deg", "CUNIT2": "degree",
                              "CDELT1": 20 / 3600, "CDELT2": 20 / 3600},
    "no unit": lambda angle: {**turned(angle), "CUNIT1": "", "CUNIT2": ""},
    "degrees without unit": lambda angle: {**turned(angle), "CUNIT1": "", "CUNIT2": "",
                                           "CDELT1": 20 / 3600, "CDELT2": 20 / 3600},
    "radians": lambda angle: {**turned(angle), "CUNIT1": "rad", "CUNIT2": "Radian",
                              "CDELT1": np.radians(20 / 3600), "CDELT2": np.radians(20 / 3600)},
    "old names": lambda angle: {**turned(angle), "CTYPE1": "solar-x", "CTYPE2": "SOLAR_Y"},
    "no names": lambda angle: {**turned(angle), "CTYPE1": "", "CTYPE2": " "},
    "mirrored": lambda angle: {"CDELT1": -20.0, "PC1_1": -np.cos(np.radians(angle)),
                               "PC1_2": np.sin(np.radians(angle)),
                               "PC2_1": np.sin(np.radians(angle)),
                               "PC2_2": np.cos(np.radians(angle))},
}  # fmt: skip


def places_in_file(world, x, y):
    """Columns and rows of the file (from 0, upward) to those of the turned picture (downward)."""
    rows, columns = world.mirror
    return (SHAPE[1] - 1 - x if columns else x), (y if rows else SHAPE[0] - 1 - y)


@pytest.mark.parametrize("said", SAYS)
@pytest.mark.parametrize("angle", [0.0, 10.0, 90.0, 179.93, -120.0, 300.0])
def test_every_way_to_tell_a_rotation_gives_the_same_places(said, angle):
    world = sun_world({**DISK, **SAYS[said](angle)}, SHAPE)
    assert world.frame == "disk"
    assert world.square
    assert world.step == pytest.approx((20 / 3600, 20 / 3600))
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 79, 50), rng.uniform(0, 59, 50)
    expected = by_hand(angle, x, y)
    column, row = places_in_file(world, x, y)
    longitude, latitude = world.wcs.wcs_pix2world(column, row, 0)
    found = (longitude + 180) % 360 - 180, latitude
    np.testing.assert_allclose(np.multiply(found, 3600), expected, atol=0.02)  # a flat sky
    centre = places_in_file(world, 40.0, 27.0)
    assert world.centre() == pytest.approx(centre, abs=1e-6)


@pytest.mark.parametrize(
    ("words", "mirror"),
    [
        ({}, (False, False)),
        ({"CROTA2": 180.0}, (True, True)),
        (turned(180.0), (True, True)),
        (cd(180.0), (True, True)),
        ({"CDELT1": -20.0, "CDELT2": -20.0}, (True, True)),
        ({"CDELT1": -20.0}, (False, True)),
        ({"CDELT2": -20.0}, (True, False)),
        ({"CDELT1": -20.0, "CROTA1": 180.0}, (True, False)),
    ],
)
def test_half_turns_and_mirrors_are_undone_and_nothing_leans(words, mirror):
    world = sun_world({**DISK, **words}, SHAPE)
    assert world.mirror == mirror
    assert world.rotation == pytest.approx(0, abs=1e-9)
    x = world.wcs.wcs_pix2world([[0, 30], [79, 30]], 0)[:, 0]
    y = world.wcs.wcs_pix2world([[40, 0], [40, 59]], 0)[:, 1]
    assert (x[1] - x[0] + 180) % 360 - 180 > 0  # west is to the right
    assert y[0] > y[1]  # north is up


def test_axes_in_the_other_order_are_understood():
    words = {"CTYPE1": "HPLT-TAN", "CTYPE2": "HPLN-TAN"}
    world = sun_world({**DISK, **words}, SHAPE)
    assert abs(world.rotation) == pytest.approx(90)
    column, row = places_in_file(world, np.array([50.0]), np.array([27.0]))
    longitude, latitude = world.wcs.wcs_pix2world(column, row, 0)
    assert latitude[0] * 3600 == pytest.approx(200, abs=0.01)  # ten columns to the right
    assert longitude[0] * 3600 == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("angle", [0.0, 33.0, 180.0])
def test_the_disk_is_where_astropy_puts_it(angle):
    from astropy.io.fits import Header
    from astropy.wcs import WCS

    words = {**DISK, **turned(angle), "CRVAL1": 150.0, "CRVAL2": -80.0}
    x, y = WCS(Header(words)).wcs_world2pix([[0.0, 0.0]], 0)[0]
    world = sun_world(words, SHAPE)
    assert world.centre() == pytest.approx(places_in_file(world, x, y), abs=1e-4)


def test_without_a_reference_pixel_it_is_the_middle():
    words = {key: value for key, value in DISK.items() if not key.startswith("CRPIX")}
    assert sun_world(words, SHAPE).centre() == pytest.approx((39.5, 29.5))


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CDELT1": 1e-3, "CDELT2": 1e-3},
        {"CDELT1": 1.0, "CDELT2": 1.0, "CRPIX1": 5.0},
        {**DISK, "CUNIT1": "pixel"},
        {**DISK, "CDELT1": 0.0},
        {**DISK, "CDELT1": float("nan")},
        {**DISK, "CTYPE2": "CRLT-CEA"},
        {**DISK, "PC1_1": 1.0, "PC1_2": 1.0, "PC2_1": 1.0, "PC2_2": 1.0},
    ],
)
def test_what_tells_no_place_on_the_sun_gives_none(words):
    world = sun_world(words, SHAPE)
    assert world.frame == "pixel"
    assert world.wcs is None
    assert world.mirror == (False, False)


def test_a_rotation_is_obeyed_without_a_scale_too():
    assert sun_world({"CROTA2": 180.0}, SHAPE).mirror == (True, True)
    assert sun_world({"CROTA1": -20.0}, SHAPE).rotation == pytest.approx(-20)


def test_pixels_that_are_no_squares_are_told():
    assert not sun_world({**DISK, "CDELT2": 21.0}, SHAPE).square


# -- maps -----------------------------------------------------------------------------------------

MAP = {"CRPIX1": 40.5, "CRPIX2": 30.5, "CRVAL1": 200.0, "CRVAL2": 0.0,
       "CUNIT1": "deg", "CUNIT2": "deg", "CDELT1": 0.5, "CDELT2": 0.5}  # fmt: skip


def equal_area(y, step=0.5):
    """Latitude of rows (from 0, upward) in a cylindrical equal-area map."""
    return np.degrees(np.arcsin(np.radians((y - 29.5) * step)))


def test_carrington_map_of_equal_area():
    world = sun_world({**MAP, "CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA"}, SHAPE)
    assert world.frame == "carrington"
    x, y = np.array([39.5, 49.5, 0.0]), np.array([29.5, 39.5, 0.0])
    latitude, longitude, carrington = world.places(x, 59 - y, l0=190.0)
    np.testing.assert_allclose(latitude, equal_area(y), atol=1e-9)
    np.testing.assert_allclose(carrington, 200 + (x - 39.5) * 0.5)
    np.testing.assert_allclose(longitude, carrington - 190)
    back = world.pixels(latitude, longitude, 190.0)
    np.testing.assert_allclose(back, [x, 59 - y], atol=1e-6)
    assert np.isnan(world.places(x, 59 - y, None)[1]).all()


def test_stonyhurst_map_of_equal_steps():
    words = {**MAP, "CTYPE1": "HGLN-CAR", "CTYPE2": "HGLT-CAR", "CRVAL1": -10.0}
    world = sun_world(words, SHAPE)
    latitude, longitude, carrington = world.places([49.5], [9.5], l0=20.0)
    assert (latitude[0], longitude[0], carrington[0]) == pytest.approx((10.0, -5.0, 15.0))
    assert np.isnan(world.places([49.5], [9.5], None)[2]).all()


def test_map_whose_longitude_runs_to_the_left_is_mirrored():
    words = {**MAP, "CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA", "CDELT1": -0.5}
    world = sun_world(words, SHAPE)
    assert world.mirror == (False, True)
    assert world.places([49.5], [29.5], 0.0)[2] == pytest.approx(205.0)


def test_map_in_the_sine_of_the_latitude():
    """As HMI's synoptic maps: a row is a step of sin(latitude), and time runs to the left."""
    words = {**MAP, "CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA", "CUNIT2": "Sine Latitude",
             "CDELT2": 2 / 60, "CRVAL1": 360.0 * 2097, "CDELT1": -4.5}  # fmt: skip
    world = sun_world(words, SHAPE)
    assert world.mirror == (False, False)
    latitude, _, carrington = world.places([39.5, 41.5], [29.5, 14.5], None)
    np.testing.assert_allclose(latitude, [0, 30], atol=1e-6)
    np.testing.assert_allclose(carrington, [0, 9], atol=1e-6)


def test_map_without_names_is_a_map_of_an_unknown_kind():
    assert sun_world(MAP, SHAPE).frame == "map"


def test_full_disk_in_degrees_is_no_map():
    words = {**DISK, "CUNIT1": "deg", "CUNIT2": "deg", "CDELT1": 0.005, "CDELT2": 0.005}
    assert sun_world(words, SHAPE).frame == "disk"
    unnamed = {key: value for key, value in words.items() if not key.startswith("CTYPE")}
    assert sun_world(unnamed, SHAPE).frame == "disk"


# -- the radius -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        {"RSUN_OBS": 960.0},
        {"RSUN_ARC": 960.0},
        {"SOLAR_R": 960.0},
        {"R_SUN": 480.0},
        {"SOLAR_R": 480.0},
        {"DSUN_OBS": 6.957e8 / np.sin(np.radians(960 / 3600))},
        {"RSUN_REF": 6.96e8, "DSUN_OBS": 6.96e8 / np.sin(np.radians(960 / 3600))},
        {"RSUN_OBS": 960.0, "R_SUN": 5.0},
    ],
)
def test_every_way_to_tell_the_radius_gives_the_same(words):
    assert radius_in_pixels(words, 2.0) == pytest.approx(480.0)


def test_radius_that_is_not_told_is_that_of_the_day_or_none():
    assert radius_in_pixels({}, 2.0) is None
    assert radius_in_pixels({}, 1.0, "2014-01-04") == pytest.approx(975.9, abs=0.2)  # perihelion
    assert radius_in_pixels({"RSUN_OBS": -1.0, "DSUN_OBS": 3.0}, 2.0) is None
