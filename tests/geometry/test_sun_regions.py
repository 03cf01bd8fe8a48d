"""NOAA's regions brought to the time of a picture, and the boxes that their extents draw."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.geometry import region_boxes, regions_in_picture, rotate

DISK = (255.5, 256.0, 240.0)


def table(*rows):
    columns = ["date", "number", "latitude", "longitude", "mount_wilson", "mcintosh"]
    data = pd.DataFrame(rows, columns=columns).assign(section="I", extent=12.0)
    return data.astype({"date": "datetime64[s]"})


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


def test_a_box_is_as_wide_as_the_region_and_half_as_high():
    """At the disk's centre with B0 = 0: R sin(angle) on each side."""
    days = table(("2011-05-01", 11201, 0, 0, "Alpha", "Hsx"))
    placed = regions_in_picture(days, "2011-05-01", DISK, b0=0.0)
    box = region_boxes(placed, "2011-05-01", DISK, b0=0.0).iloc[0]
    across, up = 240 * np.sin(np.radians([6, 3]))
    assert (box.x1, box.x2) == pytest.approx((255.5 - across, 255.5 + across), abs=0.4)
    assert (box.y1, box.y2) == pytest.approx((256 - up, 256 + up), abs=0.4)
    small = placed.assign(extent=1.0)
    box = region_boxes(small, "2011-05-01", DISK, b0=0.0).iloc[0]
    assert box.x2 - box.x1 == pytest.approx(2 * 240 * np.sin(np.radians(2)), abs=0.1)


def test_boxes_go_with_the_region_and_with_the_picture():
    days = table(("2011-05-01", 11201, 10, 0, "Alpha", "Hsx"))
    placed = regions_in_picture(days, "2011-05-02", DISK, b0=0.0, rotation=90.0)
    box = region_boxes(placed, "2011-05-02", DISK, b0=0.0, rotation=90.0).iloc[0]
    assert box.x1 < placed.x[0] < box.x2
    assert box.y1 < placed.y[0] < box.y2
    moved = 240 * np.cos(np.radians(10)) * np.sin(np.radians(rotate(0.0, 10.0, 1.0)))
    assert placed.x[0] == pytest.approx(255.5 + 240 * np.sin(np.radians(10)))  # north: right
    assert placed.y[0] == pytest.approx(256 + moved)  # west is down


def test_no_region_has_no_box():
    placed = regions_in_picture(table(), "2011-05-01", DISK)
    assert list(region_boxes(placed, "2011-05-01", DISK)[["x1", "y1", "x2", "y2"]].shape) == [0, 4]


def test_regions_without_spots_are_left_out():
    """Section IA of a summary: plages without spots; II: regions due to return."""
    days = table(*[("2011-05-01", n, 10, 5 * n - 30, "Alpha", "Hsx") for n in (1, 2, 3)])
    days["section"] = ["I", "IA", "II"]
    assert regions_in_picture(days, "2011-05-01", DISK).number.tolist() == [1]


def test_a_box_at_the_limb_ends_there():
    """A region 86 degrees west and 20 wide: beyond 90 degrees the far side would fold back."""
    days = table(("2011-05-01", 11201, 0, 86, "Alpha", "Hsx")).assign(extent=20.0)
    placed = regions_in_picture(days, "2011-05-01", DISK, b0=0.0)
    box = region_boxes(placed, "2011-05-01", DISK, b0=0.0).iloc[0]
    assert box.x2 == pytest.approx(255.5 + 240 * np.cos(np.radians(5)), abs=0.01)
    assert box.x1 == pytest.approx(
        255.5 + 240 * np.sin(np.radians(76)) * np.cos(np.radians(5)), abs=0.01
    )


def test_dates_with_a_zone_are_brought_to_ut_and_numbers_are_none():
    row = {"section": ["I"], "number": [1], "latitude": [10.0], "longitude": [0.0]}
    days = pd.DataFrame({"date": pd.to_datetime(["2022-09-07"])} | row)
    disk = (256.0, 256.0, 200.0)
    expected = regions_in_picture(days, "2022-09-07T12", disk).x.tolist()
    zoned = days.assign(date=pd.to_datetime(["2022-09-07T09:00"]).tz_localize("Asia/Tokyo"))
    assert regions_in_picture(zoned, "2022-09-07T12", disk).x.tolist() == expected
    with pytest.raises(UsageError, match="may mean years or seconds"):
        regions_in_picture(days.assign(date=20220907), "2022-09-07T12", disk)
