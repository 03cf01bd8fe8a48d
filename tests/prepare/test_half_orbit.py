"""Half-orbits as pictures: numpy's own rotation and logarithm, and files with faults."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare.half_orbit import box_mask, half_orbit_picture, split_by_orbit
from geoviz_ml.readers import read_cses
from geoviz_ml.simulate.writers import write_cses

N, M = 60, 32
TIME = np.datetime64("2022-03-01T23:59:00") + np.arange(N) * np.timedelta64(2048, "ms")
POWER = 10 ** np.random.default_rng(0).normal(-4, 1, (N, M))
ALONG = {
    "latitude": np.linspace(65, -65, N),
    "longitude": (np.linspace(175, 195, N) + 180) % 360 - 180,
    "mag_latitude": np.linspace(60, -70, N),
    "mag_longitude": np.linspace(-120, -100, N),
    "altitude": np.full(N, 507.0),
    "workmode": np.where(np.arange(N) < 40, 1, 2),
}


def half_orbit(folder, keep=slice(None), z=POWER):
    power = {"x": POWER[keep], "y": POWER[keep], "z": z[keep]}
    along = {name: values[keep] for name, values in ALONG.items()}
    return read_cses(write_cses(folder, power, np.arange(M) * 25.0, TIME[keep], along))


def test_picture_is_the_rotated_logarithm(tmp_path):
    picture = half_orbit_picture(half_orbit(tmp_path))
    level = np.rot90(np.log10(POWER))  # 90 degrees counter-clockwise
    low, high = np.percentile(level, [1, 99.9])
    np.testing.assert_allclose(picture, np.clip((level - low) / (high - low), 0, 1), atol=1e-5)
    assert picture.dtype == np.float32
    assert picture.dims == ("frequency", "time")
    assert picture.attrs["low"] == pytest.approx(low, abs=1e-5)


def test_every_pixel_knows_its_frequency_time_and_place(tmp_path):
    power = POWER.copy()
    power[45, 7] = 1e3
    picture = half_orbit_picture(half_orbit(tmp_path, z=power))
    assert (picture.values == 1).sum() <= 3  # the brightest of a thousand
    spot = picture.sel(frequency=7 * 25, time=TIME[45])
    assert float(spot) == 1
    for name, values in ALONG.items():
        assert float(spot[name]) == pytest.approx(values[45], abs=1e-4), name
    assert picture.attrs["workmode_changes"] == 1


def test_small_pictures_average_the_power_and_the_places(tmp_path):
    picture = half_orbit_picture(half_orbit(tmp_path), (M // 4, N // 3))
    blocks = POWER.reshape(N // 3, 3, M // 4, 4).mean(axis=(1, 3))
    level = np.rot90(np.log10(blocks))
    low, high = np.percentile(level, [1, 99.9])
    np.testing.assert_allclose(picture, np.clip((level - low) / (high - low), 0, 1), atol=1e-4)
    np.testing.assert_allclose(
        picture.latitude, ALONG["latitude"].reshape(-1, 3).mean(axis=1), atol=1e-3
    )
    assert picture.time.values[0] == TIME[1]
    turned = np.unwrap(picture.longitude.values, period=360)
    np.testing.assert_allclose(np.diff(turned), np.diff(turned)[0], atol=1e-3)


def test_gap_is_put_back_as_columns_without_values(tmp_path):
    keep = np.r_[0:20, 30:N]
    picture = half_orbit_picture(half_orbit(tmp_path, keep))
    assert picture.sizes["time"] == N
    np.testing.assert_array_equal(np.flatnonzero(~picture.seen), np.arange(20, 30))
    assert picture.isnull().all("frequency").values[20:30].all()
    assert picture.attrs["gap"] == pytest.approx(10 / N)
    np.testing.assert_allclose(picture.latitude, ALONG["latitude"], atol=1e-4)


def test_fill_values_are_missing_and_the_rest_stays(tmp_path):
    power = POWER.copy()
    power[10:15] = -9999
    picture = half_orbit_picture(half_orbit(tmp_path, z=power))
    assert int(picture.isnull().sum()) == 5 * M == picture.attrs["missing"]
    assert picture.attrs["gap"] == pytest.approx(5 / N)


def test_half_orbit_without_any_value_says_so(tmp_path):
    picture = half_orbit_picture(half_orbit(tmp_path, z=np.zeros_like(POWER)))
    assert picture.attrs["gap"] == 1
    assert picture.isnull().all()


@pytest.mark.parametrize(
    ("size", "said"), [((M + 1, N), "picture"), ((M, N + 1), "picture"), ((0, 5), "a side must")]
)
def test_size_that_cannot_be_is_an_error(tmp_path, size, said):
    with pytest.raises(UsageError, match=said):
        half_orbit_picture(half_orbit(tmp_path), size)


def test_absent_component_or_days_of_gap_are_errors(tmp_path):
    data = half_orbit(tmp_path)
    with pytest.raises(UsageError, match="component"):
        half_orbit_picture(data.drop_vars("z"))
    time = data.time.values.copy()
    time[-1] += np.timedelta64(1, "D")
    with pytest.raises(UsageError, match="not half an orbit"):
        half_orbit_picture(data.assign_coords(time=time))


def test_boxes_scale_with_the_picture():
    boxes = pd.DataFrame({"label": ["a"], "x1": [10.0], "y1": [20.0], "x2": [30.0], "y2": [60.0]})
    boxes.attrs = {"height": 80, "width": 40}
    mask = box_mask(boxes, (40, 40))
    assert mask.sum() == 20 * 20
    assert mask[10:30, 10:30].all()


def test_both_halves_of_an_orbit_stay_together():
    orbit = np.repeat(np.arange(100), 2)
    parts = split_by_orbit(orbit, (0.7, 0.1, 0.2))
    assert [len(p) for p in parts] == [140, 20, 40]
    assert sorted(np.concatenate(parts)) == list(range(200))
    held = [set(orbit[p]) for p in parts]
    assert sum(map(len, held)) == len(set.union(*held))
    with pytest.raises(UsageError, match="shares"):
        split_by_orbit(orbit, (0.7, 0.7))


def test_a_pixel_of_which_more_than_a_quarter_is_there_is_the_mean_of_that():
    power = POWER.copy()
    power[:8, :4] = np.nan
    power[0, 0], power[0, 1] = 1e-3, 3e-3  # 2 of 16, and
    power[4:6, 0:3] = 5e-3  # 6 of 16 are known
    given = half_orbit_dataset(power)
    picture = half_orbit_picture(given, (M // 4, N // 4))
    level = picture.attrs["low"] + picture.values * (picture.attrs["high"] - picture.attrs["low"])
    assert np.isnan(level[-1, 0])
    assert level[-1, 1] == pytest.approx(np.log10(5e-3), abs=1e-4)


def half_orbit_dataset(power):
    """As `read_cses` gives it."""
    along = {name: ("time", values) for name, values in ALONG.items()}
    return xr.Dataset(
        {"z": (("time", "frequency"), power), **along},
        {"time": TIME, "frequency": np.arange(M) * 25.0},
    )


def test_rows_and_frequencies_may_come_in_any_order(tmp_path):
    data = half_orbit(tmp_path)
    turned = data.isel(time=slice(None, None, -1), frequency=slice(None, None, -1))
    shuffled = data.isel(time=np.random.default_rng(0).permutation(N))
    for other in (turned, shuffled):
        xr.testing.assert_identical(half_orbit_picture(other), half_orbit_picture(data))
