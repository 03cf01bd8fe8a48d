"""Every picture of the Sun at one scale: places kept, values kept, what cannot be told refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare import place_boxes, sun_picture
from geoviz_ml.prepare.sun_picture import SunPicture
from geoviz_ml.readers import read_magnetogram
from geoviz_ml.simulate.writers_sun import write_grey, write_magnetogram

DISK = (140.0, 152.0, 110.0)


def field(shape=(300, 280), disk=DISK, spots=((170, 120, 900.0), (185, 122, -700.0))):
    """A quiet disk with round spots of 10 pixels, NaN beside it."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    values = np.zeros(shape)
    for x, y, strength in spots:
        values[np.hypot(columns - x, rows - y) < 5] = strength
    return np.where(np.hypot(columns - disk[0], rows - disk[1]) < disk[2], values, np.nan)


def as_data(values, disk=DISK, **attrs):
    attrs = {"units": "G", "disk_x": disk[0], "disk_y": disk[1], "disk_radius": disk[2], **attrs}
    coords = {n: (n, np.arange(s), {"units": "arcsec"})
              for n, s in zip("yx", values.shape, strict=True)}  # fmt: skip
    return xr.DataArray(values.astype(np.float32), coords, ("y", "x"), attrs=attrs)


def corners(*boxes):
    return pd.DataFrame(boxes, columns=["x1", "y1", "x2", "y2"], dtype=float)


@pytest.mark.parametrize("size", [128, 512])
def test_disk_is_in_the_middle_and_spots_where_they_were(size):
    picture = sun_picture(as_data(field()), size)
    assert picture.values.shape == (size, size)
    assert picture.radius == pytest.approx(0.46 * size)
    strong = np.argwhere(picture.values > 400).mean(axis=0)[::-1] + 0.5
    x, y = picture.to_file([[*strong, *strong]])[0, :2] - 0.5
    assert (x, y) == pytest.approx((170, 120), abs=0.5)
    middle = picture.from_file([[140.5, 152.5, 140.5, 152.5]])[0]
    np.testing.assert_allclose(middle, size / 2)


def test_flux_is_kept_when_pixels_are_joined():
    large = field((1500, 1400), (700, 760, 600), ((800, 700, 500.0),))
    picture = sun_picture(as_data(large, (700, 760, 600)), 128)
    flux = np.nansum(large) * picture.scale**2
    assert picture.values.sum() == pytest.approx(flux, rel=0.01)


def test_picture_of_the_right_scale_is_not_changed():
    values = field((256, 256), (127.5, 127.5, 0.46 * 256))
    picture = sun_picture(as_data(values, (127.5, 127.5, 0.46 * 256)), 256)
    np.testing.assert_allclose(picture.values, np.nan_to_num(values), atol=1e-3)


def test_boxes_come_back_and_are_cut_at_the_edge_of_the_file():
    picture = sun_picture(as_data(field()), 512)
    boxes = np.array([[10.0, 20, 60, 50], [100, 100, 101, 110]])
    np.testing.assert_allclose(picture.to_file(picture.from_file(boxes)), boxes)
    assert picture.to_file([[-99, -99, 600, 600]])[0].tolist() == [0, 0, 280, 300]


def test_png_and_fits_of_one_sun_become_the_same_grey(tmp_path):
    values = field((256, 256), (127.5, 127.5, 117.0))
    for name in ("a.fits", "a.png"):
        write_magnetogram(tmp_path / name, values, "2014-05-01T12:00", (127.5, 127.5, 117.0))
    fits, png = (sun_picture(read_magnetogram(tmp_path / n), 256) for n in ("a.fits", "a.png"))
    assert fits.kind == png.kind == "magnetogram"
    inside = np.hypot(*(np.indices((256, 256)) - 127.5)) < 113
    difference = np.abs(fits.grey() - png.grey())
    assert difference[inside].mean() < 0.01
    assert np.median(png.grey()) == pytest.approx(0.5, abs=0.003)
    assert png.disk == pytest.approx((127.5, 127.5, 117.0), abs=0.7)


def test_limb_darkening_tells_a_continuum_picture(tmp_path):
    away = np.hypot(*(np.indices((200, 200)) - 99.5)) / 90
    mu = np.sqrt(np.clip(1 - away**2, 0, None))
    light = np.where(away < 1, 230 * (0.3 + 0.93 * mu - 0.23 * mu**2), 0)
    light[95:105, 60:70] *= 0.5  # a spot
    write_grey(tmp_path / "sun.png", light)
    picture = sun_picture(read_magnetogram(tmp_path / "sun.png"), 256)
    assert picture.kind == "continuum"
    quiet = np.hypot(*(np.indices((256, 256)) - 127.5)) < 80
    assert np.median(picture.values[quiet]) == pytest.approx(1, abs=0.01)
    assert picture.values.min() == pytest.approx(0.5, abs=0.05)
    assert picture.grey().min() == 0  # of what is half as bright
    assert picture.signal().max() == pytest.approx(0.5, abs=0.05)


def test_cut_out_gets_the_scale_of_the_disk_and_its_map_places():
    """One degree at the disk's centre is R pi / 180 pixels."""
    step = 0.1
    values = np.zeros((80, 120), np.float32)
    header = {
        "CTYPE1": "CRLN-CEA", "CTYPE2": "CRLT-CEA", "CRVAL1": 200.0, "CRVAL2": 0.0,
        "CRPIX1": 60.5, "CRPIX2": 40.5, "CDELT1": step, "CDELT2": step,
        "CUNIT1": "degree", "CUNIT2": "degree",
    }  # fmt: skip
    coords = {"y": ("y", -step * (np.arange(80) - 39.5), {"units": "degree"}),
              "x": ("x", 200 + step * (np.arange(120) - 59.5), {"units": "degree"})}  # fmt: skip
    data = xr.DataArray(values, coords, ("y", "x"), attrs={"units": "G", "header": header})
    picture = sun_picture(data, 512)
    assert picture.disk is None
    assert picture.scale == pytest.approx(step * 0.46 * 512 * np.pi / 180)
    assert all(n % 16 == 0 for n in picture.values.shape)
    data.attrs["l0"] = 190.0
    placed = place_boxes(corners([60, 40, 60, 40], [109.5, 29.5, 110.5, 30.5]), data)
    np.testing.assert_allclose(placed.carrington, [200, 205], atol=1e-6)
    np.testing.assert_allclose(placed.longitude, [10, 15], atol=1e-6)
    expected = np.degrees(np.arcsin(np.radians(1.0)))  # equal areas: sine of the latitude
    np.testing.assert_allclose(placed.latitude, [0, expected], atol=1e-6)
    del data.attrs["l0"]
    assert "CRLN_OBS" in place_boxes(corners([60, 40, 60, 40]), data).place_note[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (as_data(np.full((100, 100), np.nan)), "no measurement"),
        (as_data(np.zeros((100, 100)), (50, 50, 20)), "too small"),
        (as_data(np.zeros((100, 100)), (50, 50, 1e9)), "too large"),
        (as_data(np.zeros((100, 100)), (-4000, 50, 50)), "outside the picture"),
        (as_data(np.zeros((8, 8))).drop_attrs().assign_attrs(units="G"), "no disk"),
        (as_data(np.ones((99, 99))).drop_attrs().assign_attrs(units="grey"), "round disk|no disk"),
    ],
)
def test_what_shows_no_sun_is_refused(data, message):
    with pytest.raises(UsageError, match=message):
        sun_picture(data)


def test_cut_out_of_a_pixel_is_refused():
    data = as_data(np.zeros((1, 1)))
    data = data.assign_coords(x=("x", [0.0], {"units": "degree"}))
    with pytest.raises(UsageError, match="too small"):
        sun_picture(data)


def test_unknown_kind_is_refused():
    with pytest.raises(UsageError, match="no kind"):
        sun_picture(as_data(field()), kind="helium")


def test_a_continuum_picture_in_grey_is_black_at_three_quarters_and_white_at_five_quarters():
    values = np.array([[0.5, 0.75, 1.0, 1.125, 1.3]], np.float32)
    shot = SunPicture(values, "continuum", 1.0, None, 1.0, (0.0, 0.0), (1, 5))
    assert shot.grey()[0].tolist() == [0, 0, 0.5, 0.75, 1]
    assert shot.signal()[0] == pytest.approx(1 - values[0])


def test_the_strength_of_a_field_is_averaged_over_six_megametres():
    """On a disk of 232 pixels of radius a pixel is 3 Mm: a standard deviation of 2 pixels."""
    values = np.zeros((81, 81), np.float32)
    values[40, 40] = -500  # counts as 250 G, which is 1
    shot = SunPicture(values, "magnetogram", 232.0, None, 1.0, (0.0, 0.0), (81, 81))
    signal, away = shot.signal(), np.arange(81) - 40
    assert signal.sum() == pytest.approx(1, abs=1e-3)
    assert (signal.sum(0) * away**2).sum() == pytest.approx(4, rel=0.02)
