"""Light or field: told from what stands out, and never guessed."""

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import disk_distance, find_disk
from geoviz_ml.prepare import flatten_disk, sun_picture
from geoviz_ml.readers import read_magnetogram

DISK = (127.5, 127.5, 117.0)


def full_disk(quiet, *spots, noise=3.0, units="grey", sky=0.0):
    """A flat disk with round spots (x, y, value) of 12 pixels."""
    rows, columns = np.indices((256, 256))
    values = np.random.default_rng(0).normal(quiet, noise, (256, 256))
    for x, y, value in spots:
        values[np.hypot(columns - x, rows - y) < 6] = value
    values = np.where(disk_distance(values.shape, DISK) < 1, values, sky)
    if units == "grey":
        values = np.rint(values.clip(0, 255))
    coords = {n: (n, np.arange(256), {"units": "pixel"}) for n in "yx"}
    return xr.DataArray(values.astype(np.float32), coords, ("y", "x"), attrs={"units": units})


@pytest.mark.parametrize("quiet", [100, 128, 171])
def test_both_signs_are_a_field_and_the_quiet_sun_is_no_field(quiet):
    data = full_disk(quiet, (100, 120, 255), (120, 120, 0))
    picture = sun_picture(data, 256)
    assert picture.kind == "magnetogram"
    assert np.median(picture.values[picture.values != 0]) == pytest.approx(0, abs=2)
    assert picture.values.max() > 150
    assert picture.values.min() < -150
    assert ("taken as no field" in picture.note) == (quiet != 128)


@pytest.mark.parametrize("quiet", [160, 200, 240])
def test_dark_spots_only_are_flattened_light(quiet):
    picture = sun_picture(full_disk(quiet, (100, 120, 60), (150, 90, 80)), 256)
    assert picture.kind == "continuum"
    assert picture.values.min() == pytest.approx(60 / quiet, abs=0.05)


@pytest.mark.parametrize(
    "data",
    [
        full_disk(127),  # a quiet field, or light without a spot
        full_disk(200),
        full_disk(127, (100, 120, 60)),  # light on middle grey, or a single spot's field
        full_disk(120, (100, 120, 220)),  # plage
        full_disk(127, noise=80),  # neither
        full_disk(500, (100, 120, 100), units="unknown"),
        full_disk(0, (100, 120, 900), (120, 120, -900), units="m/s", sky=np.nan),
    ],
)
def test_what_cannot_be_told_is_an_error_that_names_kind(data):
    with pytest.raises(UsageError, match="magnetogram or a continuum.*Give kind"):
        sun_picture(data, 256)
    for kind in ("magnetogram", "continuum"):
        assert sun_picture(data, 256, kind).kind == kind


def test_numbers_with_a_sign_are_a_field_and_a_missing_unit_is_said():
    data = full_disk(0, (100, 120, 900), (120, 120, -900), units="unknown", sky=np.nan)
    picture = sun_picture(data, 256)
    assert picture.kind == "magnetogram"
    assert "unknown" in picture.note
    assert sun_picture(data.assign_attrs(units="G"), 256).note == ""


def test_twelve_bits_are_no_dark_picture():
    data = full_disk(127.5, (100, 120, 255), (120, 120, 0)) * (4095 / 255)
    data.attrs["units"] = "grey"
    picture = sun_picture(data, 256)
    assert picture.values.max() == pytest.approx(250, abs=2)
    assert picture.values.min() == pytest.approx(-250, abs=2)


@pytest.mark.data
def test_real_pictures_without_a_header_have_their_kind(real_data):
    folder = real_data / "solar"
    fields = [*folder.glob("hmi_magnetograms_2026/*.jpg"), *folder.glob("gong_2024/*.jpg")]
    light = sorted(folder.glob("deepsdo/images/*.jpg"))[::10]  # orange, limb darkened
    for paths, kind in ((fields, "magnetogram"), (light, "continuum")):
        assert {sun_picture(read_magnetogram(path)).kind for path in paths} == {kind}


@pytest.mark.data
def test_real_light_without_its_limb_darkening_is_never_taken_for_a_field(real_data, tmp_path):
    told = []
    for path in sorted((real_data / "solar" / "deepsdo" / "images").glob("*.jpg"))[::20]:
        light = read_magnetogram(path).values
        disk = find_disk(light)
        flat = flatten_disk(light, disk) * 200
        flat[disk_distance(flat.shape, disk) >= 1] = 0
        Image.fromarray(flat.clip(0, 255).astype(np.uint8)).save(tmp_path / "a.png")
        try:
            told.append(sun_picture(read_magnetogram(tmp_path / "a.png")).kind)
        except UsageError as error:
            told.append("asked" if "Give kind" in str(error) else str(error))
    assert set(told) <= {"continuum", "asked"}
    assert told.count("continuum") > len(told) / 2
