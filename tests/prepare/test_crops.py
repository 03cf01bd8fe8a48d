"""Cut-outs and the places of boxes on the Sun."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import disk_position, heliographic
from geoviz_ml.prepare import box_places, cut_boxes
from geoviz_ml.readers import read_magnetogram
from geoviz_ml.simulate.writers_sun import write_magnetogram

DISK = (30.0, 21.0, 18.0)


def box(*corners):
    return pd.DataFrame([corners], columns=["x1", "y1", "x2", "y2"], dtype=float)


def test_cut_is_the_part_of_the_picture():
    picture = np.arange(48 * 64, dtype=np.float32).reshape(48, 64)
    (cut,) = cut_boxes(picture, box(10, 5, 20, 9), square=False)
    np.testing.assert_array_equal(cut, picture[5:9, 10:20])
    (square,) = cut_boxes(picture, box(10, 5, 20, 9))
    np.testing.assert_array_equal(square, picture[2:12, 10:20])
    (wide,) = cut_boxes(picture, box(10, 5, 20, 9), margin=2, square=False)
    np.testing.assert_array_equal(wide, picture[3:11, 8:22])


def test_box_over_the_edge_repeats_it_and_gaps_are_filled():
    picture = np.ones((20, 20), np.float32)
    picture[0], picture[5, 5], picture[:, 0] = np.nan, -3, 7
    (cut,) = cut_boxes(picture, box(-4, -2, 4, 6))
    assert cut.shape == (8, 8)
    assert np.isfinite(cut).all()
    assert (cut[3:, :5] == 7).all()
    assert cut.min() == -3


def test_scaling_keeps_the_mean():
    picture = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    (cut,) = cut_boxes(picture, box(8, 8, 40, 40), side=16)
    assert cut.shape == (16, 16)
    assert cut.mean() == pytest.approx(picture[8:40, 8:40].mean(), abs=0.03)
    assert cut_boxes(picture, np.zeros((0, 4))) == []


@pytest.mark.parametrize("corners", [(70, 0, 80, 10), (-9, 0, -1, 5), (0, 0, np.nan, 5)])
def test_boxes_that_are_none_are_refused(corners):
    with pytest.raises(UsageError, match="box"):
        cut_boxes(np.zeros((48, 64)), box(*corners))
    with pytest.raises(UsageError, match="picture"):
        cut_boxes(np.zeros((3, 48, 64)), box(0, 0, 5, 5))


def test_heliographic_is_the_inverse_of_disk_position():
    rng = np.random.default_rng(0)
    latitude, longitude = rng.uniform(-70, 70, 200), rng.uniform(-70, 70, 200)
    x, y, seen = disk_position(latitude, longitude, -6.8, DISK)
    back = heliographic(x, y, DISK, -6.8)
    np.testing.assert_allclose(back[0][seen], latitude[seen], atol=1e-6)
    np.testing.assert_allclose(back[1][seen], longitude[seen], atol=1e-6)
    assert np.isnan(heliographic(60.0, 21.0, DISK, 0.0)).all()


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
