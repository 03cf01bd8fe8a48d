"""Real pictures: the regions are NOAA's."""

import numpy as np
import pytest

from geoviz_ml.geometry import regions_in_picture, rotate
from geoviz_ml.readers import read_magnetogram, read_srs
from geoviz_ml.sunspots import find_regions, process_folder


@pytest.fixture(scope="module")
def summaries(real_data):
    return read_srs(real_data / "solar" / "srs" / "mount_wilson_1996_2026.csv")


@pytest.mark.data
def test_region_with_spots_of_a_real_hmi_magnetogram_is_noaas(real_data, summaries):
    """2 August 2022: of NOAA's two groups that day the one with spots, in one box at its place."""
    path = next((real_data / "solar" / "magnetograms").glob("*.jp2"))
    found = find_regions(path)
    assert found.picture.kind == "magnetogram"
    placed = regions_in_picture(summaries, found.time, found.picture.disk)
    today = placed[placed.date >= np.datetime64("2022-08-02")]
    assert today.number.tolist() == [13068, 13070]
    assert today.area.tolist() == [120, 0]
    region = today.iloc[0]
    boxes = found.table[
        found.table.x1.lt(region.x) & found.table.x2.gt(region.x)
        & found.table.y1.lt(region.y) & found.table.y2.gt(region.y)
    ]  # fmt: skip
    assert len(boxes) == 1
    days = (np.datetime64(found.time) - np.datetime64(region.date)) / np.timedelta64(1, "D")
    longitude = rotate(region.longitude, region.latitude, days)
    assert boxes.latitude.iloc[0] == pytest.approx(region.latitude, abs=4)
    assert boxes.longitude.iloc[0] == pytest.approx(longitude, abs=6)
    assert len(found.table) <= 4


@pytest.mark.data
def test_real_sharps_hold_their_region_and_a_bitmap_is_named(real_data, summaries, tmp_path):
    """Six cut-outs as field and light; the header names NOAA's region, the summary its place."""
    folder = real_data / "solar" / "sharp"
    regions, pictures = process_folder(folder, tmp_path / "out")
    assert pictures.groupby("status").size().to_dict() == {"done": 12, "failed": 1}
    failed = pictures[pictures.status == "failed"].iloc[0]
    assert "bitmap" in failed.file
    assert "magnetogram or a continuum" in failed.note
    for file in sorted(folder.glob("*.magnetogram.fits")):
        data = read_magnetogram(file)
        rows = summaries[summaries.number == data.attrs["header"]["NOAA_AR"]]
        days = (np.datetime64(data.attrs["time"]) - rows.date.to_numpy()) / np.timedelta64(1, "D")
        nearest = int(np.abs(days).argmin())
        region = rows.iloc[nearest]
        longitude = rotate(region.longitude, region.latitude, days[nearest])
        found = regions[regions.file == file.name]
        away = np.hypot(found.latitude - region.latitude, found.longitude - longitude)
        assert away.min() < 6
    light = pictures[pictures.file.str.contains("continuum.fits")].set_index("file").regions
    assert light[[name for name in light.index if ".377." in name]].iloc[0] == 1
