"""From NOAA's positions to pixels and boxes."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.geometry import disk_position, rotate, sun_b0
from geoviz_ml.prepare import join_boxes, regions_in_picture
from geoviz_ml.readers import read_srs, read_yolo

DISK = (255.5, 256.0, 240.0)


def table(*rows):
    columns = ["date", "number", "latitude", "longitude", "mount_wilson", "mcintosh"]
    data = pd.DataFrame(rows, columns=columns).assign(section="I")
    return data.astype({"date": "datetime64[s]"})


def test_position_is_the_rotation_of_a_sphere():
    """Independent: a vector, turned by B0 about the east-west axis, seen from far away."""
    rng = np.random.default_rng(0)
    lat, lon, b0 = rng.uniform(-80, 80, 50), rng.uniform(-80, 80, 50), 6.3
    a, o, b = np.radians(lat), np.radians(lon), np.radians(b0)
    vector = np.array([np.cos(a) * np.sin(o), np.sin(a), np.cos(a) * np.cos(o)])
    turn = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    across, up, toward = turn @ vector
    x, y, visible = disk_position(lat, lon, b0, DISK)
    np.testing.assert_allclose(x, 255.5 + 240 * across)
    np.testing.assert_allclose(y, 256 - 240 * up)
    np.testing.assert_array_equal(visible, toward > 0)


def test_b0_of_the_almanac():
    """Zero about 6 June and 7 December, extreme (7.25) about 8 September and 6 March."""
    assert abs(sun_b0("2015-06-06T18:00")) < 0.1
    assert abs(sun_b0("2015-12-07T18:00")) < 0.1
    assert abs(sun_b0("2015-09-08") - 7.25) < 0.01
    assert abs(sun_b0("2015-03-06") + 7.25) < 0.01


def test_sun_turns_westward_once_in_27_days():
    assert 26.5 < 360 / rotate(0.0, 16.0, 1.0) < 27.5
    assert rotate(0.0, 60.0, 1.0) < rotate(0.0, 0.0, 1.0)


def test_entry_nearest_in_time_is_used_and_of_two_the_later():
    days = table(
        ("2011-05-01", 11201, 10, 0, "Alpha", "Hsx"),
        ("2011-05-02", 11201, 10, 13, "Beta", "Dso"),
        ("2011-05-02", 11202, -20, 40, "Alpha", "Hsx"),
        ("2011-05-04", 11203, 0, 0, "Beta", "Dso"),
    )
    morning = regions_in_picture(days, "2011-05-01T06:00", DISK)
    assert morning.set_index("number").mount_wilson.to_dict() == {11201: "Alpha", 11202: "Alpha"}
    noon = regions_in_picture(days, "2011-05-01T12:00", DISK)
    assert noon.set_index("number").mount_wilson.to_dict() == {11201: "Beta", 11202: "Alpha"}
    assert regions_in_picture(days, "2011-06-01", DISK).empty


def test_regions_on_the_far_side_are_left_out():
    days = table(("2011-05-01", 11201, 10, 88, "Alpha", "Hsx"))
    assert len(regions_in_picture(days, "2011-05-01", DISK)) == 1
    assert regions_in_picture(days, "2011-05-02", DISK).empty


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
