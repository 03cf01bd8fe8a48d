"""oath_scale against the formula, and against real OATH pictures."""

import numpy as np
import pytest
import xarray as xr

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare import oath_scale
from geoviz_ml.prepare.scaling import shrink
from geoviz_ml.readers import read_oath, read_themis


def raw(n=3, size=64):
    return np.random.default_rng(0).normal(4000, 300, (n, size, size)).astype(np.float32)


def test_formula_in_double_precision():
    y, x = np.indices((64, 64)) - 31.5
    inside = np.hypot(y, x) <= 0.85 * 32
    for picture, scaled in zip(raw(), oath_scale(raw()), strict=True):
        values = picture[inside].astype(float)
        low = np.percentile(values, 1)
        wanted = np.clip((values - low) / np.percentile(values - low, 99), 0, 1)
        np.testing.assert_allclose(scaled[inside], wanted, atol=1e-5)
        assert (scaled[~inside] == 0).all()


def test_gain_and_offset_do_not_matter_and_a_flat_picture_is_black():
    np.testing.assert_allclose(oath_scale(raw()), oath_scale(3 * raw() + 500), atol=1e-3)
    assert (oath_scale(np.full((16, 16), 7.0)) == 0).all()


def test_dataarray_keeps_its_coordinates():
    data = xr.DataArray(raw(), {"time": [1, 2, 3]}, ("time", "y", "x"), attrs={"units": "counts"})
    scaled = oath_scale(data)
    np.testing.assert_array_equal(scaled.time, [1, 2, 3])
    assert scaled.attrs["units"] == "1"
    assert data.attrs["units"] == "counts"


def test_a_gap_counts_only_where_the_sky_is():
    gap = raw()
    gap[1, 0, 0] = np.nan  # in a corner
    np.testing.assert_array_equal(oath_scale(gap), oath_scale(raw()))
    gap[1, 32, 32] = np.nan
    with pytest.raises(UsageError, match="1 pixels of the circle are NaN"):
        oath_scale(gap)


def test_crop_must_leave_something():
    for bad in (1.0, -0.1):
        with pytest.raises(UsageError):
            oath_scale(raw(), bad)
    with pytest.raises(UsageError, match="leaves nothing"):
        oath_scale(raw(size=2), 0.5)


@pytest.mark.data
def test_scaled_real_frame_has_the_black_and_white_of_a_real_oath_picture(real_data):
    """Share of black (44 %: ring and first percentile) and of full white (1 % of the circle)."""
    frame = read_themis(next((real_data / "themis" / "stream0").rglob("*.gz")))[0]
    ours = np.rint(255 * oath_scale(frame).values)
    pictures = read_oath(real_data / "oath").image.values
    for share in (lambda p: (p == 0).mean(), lambda p: (p == 255).mean()):
        theirs = [share(p) for p in pictures]
        assert min(theirs) - 0.01 < share(ours) < max(theirs) + 0.01


def test_small_pictures_hold_the_means_of_squares():
    pictures = np.random.default_rng(2).integers(0, 256, (3, 24, 24), dtype=np.uint8)
    means = pictures.reshape(3, 8, 3, 8, 3).mean((2, 4))
    small = shrink(pictures, 8)
    assert small.dtype == np.uint8
    assert np.abs(small - means).max() <= 1  # rounded twice


def test_pictures_that_cannot_be_made_so_small_are_an_error():
    for wrong in (np.zeros((2, 8, 8)), np.zeros((8, 8), np.uint8), np.zeros((1, 4, 4), np.uint8)):
        with pytest.raises(UsageError, match="as small as 6 pixels"):
            shrink(wrong, 6)
