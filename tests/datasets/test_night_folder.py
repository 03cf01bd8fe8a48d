"""Raw hours of a search coil become spectrograms of nights, once, and anew when hours change."""

import numpy as np
import pytest

from geoviz_ml.datasets import NightFolder, load_nights
from geoviz_ml.errors import MissingDataError, UsageError
from geoviz_ml.files import open_nc
from geoviz_ml.prepare import spectrogram
from geoviz_ml.readers import read_search_coil
from geoviz_ml.simulate.writers_search_coil import write_search_coil_hour

EVENING, SIZE = np.datetime64("2015-01-10"), (96, 48)


def hour(folder, start, seed=0):
    samples = np.random.default_rng(seed).normal(size=360_000)
    return write_search_coil_hour(folder, start, samples)


@pytest.fixture
def raw(tmp_path):
    """Two hours of one night, in two folders below, one of the morning and one of the day."""
    hour(tmp_path / "2015" / "01" / "10", "2015-01-10T20", 1)
    hour(tmp_path / "2015" / "01" / "11", "2015-01-11T05", 2)
    hour(tmp_path / "2015" / "01" / "11", "2015-01-11T12", 3)
    return tmp_path


def test_hours_of_any_layout_make_the_spectrogram_of_their_night(raw, tmp_path_factory):
    flat = tmp_path_factory.mktemp("flat")
    for path in raw.rglob("*.dat"):
        (flat / path.name).write_bytes(path.read_bytes())
    expected = spectrogram(read_search_coil(flat, "2015-01-10T18", "2015-01-11T06"))
    nights = NightFolder(raw)
    assert nights.dates.tolist() == [EVENING.item()]
    np.testing.assert_array_equal(nights.open(EVENING), expected)
    np.testing.assert_array_equal(NightFolder(flat).open(EVENING), expected)
    assert expected.sizes["time"] == 432
    assert np.isnan(expected[:, 1]).sum() == 360


def test_a_folder_of_hours_is_loaded_as_one_of_spectrograms(raw):
    nights = load_nights(raw, SIZE)
    assert nights.pictures.shape == (1, *SIZE)
    assert nights.masks is None
    assert nights.table.gap[0] == pytest.approx(10 / 12, abs=0.02)
    assert nights.table.file.tolist() == ["spectrograms/2015-01-10.nc"]
    assert nights.table.data.tolist() == ["real"]
    with pytest.raises(MissingDataError, match="no masks .* nothing can be trained"):
        nights.pair  # noqa: B018


def test_the_spectrogram_is_kept_and_made_again_when_hours_change(raw, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    NightFolder(raw, cache).open(EVENING)
    file = cache / "spectrograms" / "2015-01-10.nc"
    first = file.stat().st_mtime_ns
    assert not (raw / "spectrograms").exists()
    NightFolder(raw, cache).open(EVENING)
    assert file.stat().st_mtime_ns == first
    hour(raw, "2015-01-10T21", 4)
    assert np.isfinite(NightFolder(raw, cache).open(EVENING)[:, 1]).sum() == 108
    assert open_nc(file).amplitude.attrs["empty_windows"] == 324


def test_a_damaged_hour_is_a_gap(raw):
    path = next(raw.rglob("*_20.dat"))
    path.write_bytes(path.read_bytes()[:1000])
    amplitude = NightFolder(raw).open(EVENING)
    assert np.isfinite(amplitude[:, 1]).sum() == 36
    assert f"{path.name}: holds" in amplitude.attrs["gaps"]


def test_a_night_without_hours_and_a_folder_without_nights_are_missing(raw):
    with pytest.raises(MissingDataError, match="2030-01-01"):
        NightFolder(raw).open(np.datetime64("2030-01-01"))
    with pytest.raises(MissingDataError, match="no raw hours"):
        load_nights(raw, SIZE, channel=2)


def test_a_cache_that_cannot_be_written_is_named(raw):
    (raw / "full").write_text("a file, not a folder")
    with pytest.raises(UsageError, match="Give a cache folder"):
        NightFolder(raw, raw / "full").open(EVENING)
