"""The places of boxes on the Sun."""

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import disk_distance, disk_position, heliographic
from geoviz_ml.prepare import box_places, place_boxes
from geoviz_ml.readers import read_magnetogram
from geoviz_ml.simulate.writers_sun import write_magnetogram

DISK = (30.0, 21.0, 18.0)


def box(*corners):
    return pd.DataFrame([corners], columns=["x1", "y1", "x2", "y2"], dtype=float)


def test_places_from_a_header(tmp_path):
    field = np.zeros((48, 64))
    path = write_magnetogram(tmp_path / "a.fits", field, "2022-08-02", DISK, b0=5.8, l0=350.0)
    data = read_magnetogram(path)
    x, y, _ = disk_position(np.array([-20.0]), np.array([30.0]), 5.8, DISK)
    boxes = box(x[0] - 2.5, y[0] - 3.5, x[0] + 3.5, y[0] + 4.5)
    placed = box_places(boxes, data)
    found = placed[["latitude", "longitude", "carrington"]].iloc[0]
    np.testing.assert_allclose(found, [-20, 30, 20], atol=1e-4)
    assert box_places(box(0, 0, 2, 2), data).latitude.isna().all()


def test_a_leaning_picture_is_righted_as_astropy_does(tmp_path):
    """The same pixel through the header's rotation, by astropy's WCS."""
    fits = pytest.importorskip("astropy.io.fits")
    from astropy.wcs import WCS

    path = write_magnetogram(tmp_path / "a.fits", np.zeros((48, 64)), "2022-08-02", DISK)
    with fits.open(path, mode="update") as hdus:
        hdus[0].header["CROTA2"] = 12.0
        sky = WCS(hdus[0].header)
        radius = hdus[0].header["RSUN_OBS"] / 3600
    placed = box_places(box(33.5, 14.5, 34.5, 15.5), read_magnetogram(path)).iloc[0]
    across, up = sky.all_pix2world([[33.5, 48 - 1 - 14.5]], 0)[0] / radius
    expected = heliographic(across, -up, (0, 0, 1), 0.0)
    np.testing.assert_allclose([placed.latitude, placed.longitude], expected, atol=0.01)


def test_without_a_header_the_disk_is_given():
    boxes = box(29.5, 20.5, 31.5, 22.5)
    with pytest.raises(UsageError, match="find_disk"):
        box_places(boxes, {"time": "2022-09-07"})
    placed = box_places(boxes, {"time": "2022-09-07"}, DISK)
    assert placed.latitude[0] == pytest.approx(7.25, abs=0.01)  # the Sun's tilt in September
    assert "carrington" not in placed


def rewritten(path, data=None, drop=(), **words):
    """The file with other words in its header, and its rows in another order."""
    with fits.open(path, mode="update") as hdus:
        header = hdus[0].header
        for word in drop:
            del header[word]
        header.update(words)
        if data is not None:
            hdus[0].data = data(hdus[0].data).copy()
    return read_magnetogram(path)


@pytest.mark.parametrize(
    ("words", "data"),
    [
        ({"PC1_1": -1.0, "PC1_2": 0.0, "PC2_1": 0.0, "PC2_2": -1.0}, lambda v: v[::-1, ::-1]),
        ({"CROTA1": 180.0}, lambda v: v[::-1, ::-1]),
        ({"CDELT1": -2.0, "CDELT2": -2.0}, lambda v: v[::-1, ::-1]),
        ({"CDELT1": -2.0}, lambda v: v[:, ::-1]),
        ({"CDELT2": -2.0}, lambda v: v[::-1]),
        ({"CUNIT1": "deg", "CUNIT2": "deg", "CDELT1": 2 / 3600, "CDELT2": 2 / 3600}, lambda v: v),
    ],
)
def test_a_spot_has_its_place_however_the_file_is_written(tmp_path, words, data):
    """The disk lies in the middle of the file, so that mirroring moves the spot only."""
    disk, shape = (255.5, 255.5, 240.0), (512, 512)
    x, y, _ = disk_position(20.0, 35.0, 3.0, disk)
    rows, columns = np.indices(shape)
    spot = np.where(np.hypot(columns - x, rows - y) < 4, 800.0, 0.0)
    path = tmp_path / "a.fits"
    write_magnetogram(path, spot, "2014-03-10", disk, b0=3.0, l0=100.0, solar_radius=480.0)
    found = rewritten(path, data, ("CROTA2",), **words)
    at = np.argwhere(found.values > 400).mean(axis=0)[::-1] + 0.5
    placed = place_boxes(box(*at, *at), found).iloc[0]
    assert placed.latitude == pytest.approx(20, abs=0.1)
    assert placed.longitude == pytest.approx(35, abs=0.1)
    assert placed.carrington == pytest.approx(135, abs=0.1)
    assert placed.place_note == ""


def test_a_map_that_does_not_tell_its_longitudes_has_no_places(tmp_path):
    path = write_magnetogram(tmp_path / "a.fits", np.zeros((48, 64)), "2014-03-10", DISK)
    words = {"CUNIT1": "deg", "CUNIT2": "deg", "CDELT1": 0.5, "CDELT2": 0.5}
    data = rewritten(path, None, ("CTYPE1", "CTYPE2", "RSUN_OBS"), **words)
    assert data.x.attrs["units"] == "degree"
    placed = place_boxes(box(0, 0, 9, 9), data)
    assert placed.latitude.isna().all()
    assert "which longitudes" in placed.place_note[0]


def test_positions_are_blank_with_a_reason_where_there_is_no_header(tmp_path):
    path = tmp_path / "20140501_120000_hmi.png"
    field = np.where(disk_distance((256, 256), (127.5, 127.5, 117)) < 1, 0.0, np.nan)
    write_magnetogram(path, field, "2014-05-01", (127.5, 127.5, 117))
    data = read_magnetogram(path)
    boxes = pd.concat([box(123, 123, 133, 133), box(0, 0, 9, 9)], ignore_index=True)
    placed = place_boxes(boxes, data)
    assert placed.latitude.isna().all()
    assert placed.place_note.str.startswith("No header").all()
    placed = place_boxes(boxes, data, north_up=True)
    assert placed.latitude[0] == pytest.approx(-4.2, abs=0.5)  # B0 at that time
    assert placed.longitude[0] == pytest.approx(0, abs=0.5)
    assert np.isnan(placed.latitude[1])
    assert "beyond the limb" in placed.place_note[1]
    assert "north taken to be up" in placed.place_note[0]
