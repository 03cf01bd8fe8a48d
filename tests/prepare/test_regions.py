"""From NOAA's positions to pixels and boxes."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import SunView, find_disk, regions_in_picture, sun_b0
from geoviz_ml.geometry.earth import unit
from geoviz_ml.prepare import join_boxes, place_regions
from geoviz_ml.readers import read_magnetogram, read_srs, read_yolo
from geoviz_ml.simulate.writers_sun import write_magnetogram

DISK = (63.5, 60.0, 55.0)


def table(*rows):
    columns = ["date", "number", "latitude", "longitude", "mount_wilson", "mcintosh"]
    data = pd.DataFrame(rows, columns=columns).assign(section="I")
    return data.astype({"date": "datetime64[s]"})


def test_box_gets_the_region_nearest_to_its_centre():
    placed = table(
        ("2011-05-01", 1, 0, 0, "Alpha", "Hsx"), ("2011-05-01", 2, 0, 0, "Beta", "Dso")
    ).assign(x=[100.0, 112.0], y=[100.0, 100.0])
    columns = ["x1", "y1", "x2", "y2"]
    boxes = pd.DataFrame(
        [[90, 90, 120, 110], [200, 90, 220, 110], [78, 90, 90, 110]], columns=columns
    )
    joined = join_boxes(boxes, placed, margin=0)
    assert joined.regions.tolist() == [2, 0, 0]
    assert joined.number.tolist() == [1, 0, 0]
    assert joined.mount_wilson.tolist() == ["Alpha", "", ""]
    assert join_boxes(boxes, placed, margin=10).number.tolist() == [1, 0, 1]
    assert join_boxes(boxes[:0], placed).empty


def full_disk(folder, name):
    rows, columns = np.mgrid[:128, :128]
    away = np.hypot(columns - DISK[0], rows - DISK[1])
    field = np.where(away < DISK[2], 0.0, np.nan)
    return write_magnetogram(folder / name, field, "2011-05-01T00:00", DISK, b0=-4.2)


def test_regions_are_placed_in_a_picture_with_a_header_and_in_one_without(tmp_path):
    days = table(("2011-05-01", 11201, 10, 30, "Alpha", "Hsx"))
    told = place_regions(days, read_magnetogram(full_disk(tmp_path, "a.fits")))
    expected = SunView(DISK, -4.2).pixels(10, 30)[:2]
    assert (told.x[0], told.y[0]) == pytest.approx(expected)
    picture = read_magnetogram(full_disk(tmp_path, "20110501_000000.png"))
    with pytest.raises(UsageError, match="north_up"):
        place_regions(days, picture)
    seen = place_regions(days, picture, north_up=True)
    assert (seen.x[0], seen.y[0]) == pytest.approx(expected, abs=0.5)
    nameless = read_magnetogram(full_disk(tmp_path, "sun.png"))
    with pytest.raises(UsageError, match="time"):
        place_regions(days, nameless, north_up=True)


@pytest.mark.data
def test_the_field_is_strong_where_noaa_has_its_regions_and_not_elsewhere(real_data):
    """43 days: mean field strength within 3 degrees, beside mirrored and shifted places.

    A day too early or late would be 13 degrees of longitude.
    """
    table = read_srs(real_data / "solar" / "srs" / "mount_wilson_1996_2026.csv")
    found = []
    for path in sorted((real_data / "solar" / "hmi_magnetograms_2026").glob("*.jpg")):
        data = read_magnetogram(path)
        placed = place_regions(table, data, north_up=True)
        view = SunView(find_disk(data.values), sun_b0(data.attrs["time"]))
        rows, columns = np.indices(data.shape)
        towards = unit(*view.places(columns, rows))
        strength = np.abs(data.values - 127.5) * 250 / 127.5
        latitude, longitude = view.places(placed.x, placed.y)
        for y, x in zip(latitude, longitude, strict=True):
            if abs(x) < 60:
                tried = unit([y, y, -y, -y, y, y], [x, -x, x, -x, x - 13, x + 13])
                found.append([strength[towards @ t > np.cos(np.radians(3))].mean() for t in tried])
    assert len(found) == 196
    there, *elsewhere = np.array(found).T
    assert there.mean() > 45  # gauss; 53 when this was written
    for other in elsewhere:
        assert there.mean() > 2.5 * np.nanmean(other)
        assert np.mean(there > other) > 0.85


@pytest.mark.data
def test_real_boxes_hold_a_region_97_times_of_100(real_data):
    """815 boxes of 396 pictures; classes as others joined them from the same two sources."""
    folder = real_data / "solar" / "deepsdo"
    table = read_srs(real_data / "solar" / "srs" / "mount_wilson_1996_2026.csv")
    noted = pd.read_csv(folder / "boxes_with_srs_class.csv")
    joined = []
    for name, rows in noted.groupby("img", sort=False):
        time = pd.to_datetime(name[:15], format="%Y%m%d_%H%M%S").to_datetime64()
        disk = tuple(rows[["cx", "cy", "r"]].iloc[0])
        boxes = read_yolo(folder / "labels" / f"{name}.txt", (512, 512))
        placed = regions_in_picture(table, time, disk)
        both = join_boxes(boxes, placed).assign(strict=join_boxes(boxes, placed, 0).regions > 0)
        joined.append(both.assign(theirs=rows.cls.to_numpy(), noaa=rows.noaa.to_numpy() + 10000))
    joined = pd.concat(joined)
    assert len(joined) == 815
    assert (joined.regions > 0).mean() >= 0.97
    assert joined.strict.mean() >= 0.93
    both = joined[(joined.regions > 0) & joined.noaa.notna()]
    same = both[both.number == both.noaa]
    assert len(same) / len(both) > 0.97
    assert (same.mount_wilson == same.theirs).all()


def test_each_box_stays_one_row_whatever_the_indices_are():
    placed = table(
        ("2011-05-01", 1, 0, 0, "Alpha", "Hsx"), ("2011-05-01", 2, 0, 0, "Beta", "Dso")
    ).assign(x=[100.0, 212.0], y=[100.0, 100.0])
    boxes = pd.DataFrame(
        [[90, 90, 120, 110], [200, 90, 220, 110]], columns=["x1", "y1", "x2", "y2"]
    )
    expected = join_boxes(boxes, placed).number.tolist()
    assert expected == [1, 2]
    boxes.index = placed.index = [0, 0]  # of two pictures, put together
    joined = join_boxes(boxes, placed)
    assert joined.number.tolist() == expected
    assert joined.index.tolist() == [0, 0]
    assert join_boxes(boxes, placed, margin=500).number.tolist() == expected
    assert join_boxes(joined, placed).number.tolist() == expected  # again
