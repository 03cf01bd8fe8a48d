"""Nights of a folder: order, masks, what is absent."""

import numpy as np
import pytest
import xarray as xr

from geoviz_ml.datasets import load_nights
from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.files import save_nc


def amplitude(times=48, frequencies=64, seed=0):
    rng = np.random.default_rng(seed)
    time = np.datetime64("2014-01-01T18:00", "ns") + np.arange(times) * np.timedelta64(100, "s")
    return xr.DataArray(
        rng.lognormal(size=(times, frequencies)).astype(np.float32),
        dims=("time", "frequency"),
        coords={"time": time, "frequency": np.linspace(0.5, 9.9, frequencies)},
        name="amplitude",
    )


def test_empty_folder_and_damaged_file_are_named(tmp_path):
    with pytest.raises(MissingDataError, match="no spectrograms"):
        load_nights(tmp_path, (16, 12))
    save_nc(amplitude().to_dataset(), tmp_path / "spectrograms" / "2014-01-01.nc")
    with pytest.raises(MissingDataError, match="nothing can be trained"):
        load_nights(tmp_path, (16, 12), masks="truth")
    file = tmp_path / "spectrograms" / "2014-01-01.nc"
    file.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(DataFileError, match="2014-01-01.nc"):
        load_nights(tmp_path, (16, 12), masks=None)


def test_nights_can_be_sliced(tmp_path):
    for day in ("01", "02", "03"):
        save_nc(amplitude().to_dataset(), tmp_path / "spectrograms" / f"2014-01-{day}.nc")
    nights = load_nights(tmp_path, (16, 12), masks=None)
    assert len(nights[:2]) == 2
    assert nights[1:].dates[0] == np.datetime64("2014-01-02")


def test_a_column_of_which_something_is_seen_is_no_gap(tmp_path):
    night = amplitude()
    night[:12] = np.nan  # three of twelve columns of a picture
    night[12:16, :32] = np.nan  # half of the frequencies of the fourth
    save_nc(night.to_dataset(), tmp_path / "spectrograms" / "2014-01-01.nc")
    assert load_nights(tmp_path, (16, 12), masks=None).table.gap[0] == 0.25
