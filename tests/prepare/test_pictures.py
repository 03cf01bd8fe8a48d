"""Pictures: power averages, gaps, masks."""

import numpy as np
import pytest
import xarray as xr
from skimage.measure import block_reduce

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare import mask_picture, picture, spectrogram
from geoviz_ml.prepare.pictures import average_matrix


def amplitude(times=48, frequencies=64, seed=0):
    rng = np.random.default_rng(seed)
    time = np.datetime64("2014-01-01T18:00", "ns") + np.arange(times) * np.timedelta64(100, "s")
    return xr.DataArray(
        rng.lognormal(size=(times, frequencies)).astype(np.float32),
        dims=("time", "frequency"),
        coords={"time": time, "frequency": np.linspace(0.5, 9.9, frequencies)},
        name="amplitude",
    )


def test_pixels_are_block_means_of_power():
    data = amplitude()
    shot = picture(data, (16, 12)).values
    mean = np.log10(block_reduce(data.values.T.astype(float) ** 2, (4, 4), np.mean))
    low, high = np.percentile(mean, [1, 99.5])
    np.testing.assert_allclose(shot, np.clip((mean - low) / (high - low), 0, 1), atol=1e-6)


def test_gain_of_the_sensor_does_not_matter():
    data = amplitude()
    np.testing.assert_allclose(picture(data, (20, 13)), picture(data * 321.0, (20, 13)), atol=1e-5)


def test_average_matrix_keeps_the_mean_for_any_size():
    values = np.random.default_rng(0).normal(size=97)
    assert (average_matrix(97, 31) @ values).mean() == pytest.approx(values.mean())
    np.testing.assert_allclose(average_matrix(97, 31).sum(axis=1), 1)


def test_a_gap_stays_a_gap():
    data = amplitude()
    data[12:24] = np.nan
    shot = picture(data, (16, 12))
    assert shot[:, 3:6].isnull().all()
    assert shot.isnull().sum() == 16 * 3


def test_an_empty_night_is_all_nan():
    assert picture(amplitude() * np.nan, (16, 12)).isnull().all()


def test_frequency_rises_with_the_row_and_time_with_the_column():
    shot = picture(amplitude(), (16, 12))
    assert (np.diff(shot.frequency) > 0).all()
    assert (np.diff(shot.time.values).astype(float) > 0).all()


def test_a_mask_pixel_is_a_majority():
    mask = amplitude() * 0 > 1
    mask[:, 8:11] = True  # three of four rows of one pixel
    small = mask_picture(mask, (16, 12)).values
    assert small[2].all()
    assert small.sum() == 12


def test_a_mask_of_bytes_is_the_mask_and_other_values_are_refused():
    mask = amplitude() > 2
    small = mask_picture(mask, (16, 12))
    assert 0 < small.sum() < small.size
    for same in (mask.astype(float), 255 * mask.astype(np.uint8)):
        np.testing.assert_array_equal(mask_picture(same, (16, 12)), small)
    for other in (0.7 * mask, 2 * mask.astype(int), mask.astype(int) - 1):
        with pytest.raises(UsageError, match="other than 0 and 1"):
            mask_picture(other, (16, 12))


def test_too_small_a_spectrogram_is_refused():
    with pytest.raises(UsageError, match="64 frequencies"):
        picture(amplitude(), (128, 12))
    with pytest.raises(UsageError, match="64 frequencies"):
        mask_picture(amplitude() > 1, (128, 12))
    with pytest.raises(UsageError, match="0 frequencies between 20 and 30 Hz"):
        mask_picture(amplitude() > 1, (16, 12), band=(20, 30))


def test_a_pixel_of_which_more_than_a_quarter_is_there_is_the_mean_of_that():
    data = amplitude()
    values = data.values.T  # frequency, time
    values[:4, :8] = np.nan
    values[0, :4] = 7.0  # 4 of 16: no more than a quarter
    values[0:3, 4:6] = 7.0  # 6 of 16
    shot = picture(data, (16, 12)).values
    assert np.isnan(shot[0, 0])
    blocks = np.nanmean((values.astype(float) ** 2).reshape(16, 4, 12, 4), axis=(1, 3))
    level = np.log10(blocks)
    level[0, 0] = np.nan
    low, high = np.nanpercentile(level, [1, 99.5])
    assert shot[0, 1] == pytest.approx(np.clip((np.log10(49) - low) / (high - low), 0, 1), abs=1e-5)


def test_axes_that_fall_give_the_same_picture():
    data = amplitude()
    for turned in (data[:, ::-1], data[::-1], data[::-1, ::-1].transpose()):
        xr.testing.assert_identical(picture(turned, (16, 12)), picture(data, (16, 12)))
        xr.testing.assert_identical(
            mask_picture(turned > 2, (8, 6)), mask_picture(data > 2, (8, 6))
        )


def test_a_level_in_db_is_not_squared():
    with pytest.raises(UsageError, match=r"10 \*\* \(level / 20\)"):
        picture(20 * np.log10(amplitude()), (16, 12))


def test_a_picture_without_pixels_or_axes_is_refused():
    with pytest.raises(UsageError, match="a side must be"):
        picture(amplitude(), (0, 12))
    with pytest.raises(UsageError, match="no coordinate frequency"):
        picture(amplitude().drop_vars("frequency"), (16, 12))


def test_times_of_a_zone_are_named():
    data = amplitude()
    zoned = data.assign_coords(time=data.indexes["time"].tz_localize("UTC"))
    for make in (picture, lambda one, size: mask_picture(one > 2, size)):
        with pytest.raises(UsageError, match="tz_convert"):
            make(zoned, (16, 12))
    wave = data[:, 0].drop_vars("frequency")
    with pytest.raises(UsageError, match="tz_convert"):
        spectrogram(wave.assign_coords(time=zoned.time))
    with pytest.raises(UsageError, match="resolution of 0"):
        spectrogram(wave, band=(0.001, 0.002), resolution=0)
