"""Maps: the projection by hand, land where land is, a fragment that holds all it needs."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.path import Path

from geoviz_ml.errors import UsageError
from geoviz_ml.show import map_explorer, plot_map
from geoviz_ml.show.maps import coastline, miller

TABLE = pd.DataFrame(
    {
        "longitude": [10.0, -120.0, 140.0],
        "latitude": [60.0, 55.0, -50.0],
        "mag_longitude": [90.0, -60.0, -130.0],
        "mag_latitude": [61.0, 59.0, -66.0],
        "season": ["spring", "winter", "summer"],
        "frequency": [6.2, 5.1, 7.0],
        "time": np.array(["2022-03-02", "2022-01-05", "2022-07-01T12:34"], "datetime64[ns]"),
    }
)


@pytest.mark.parametrize(("n", "text"), [(1, "1 region"), (3, "3 regions")])
def test_regions_are_counted_as_one_says_it(n, text):
    page = map_explorer(TABLE[:n]).static()
    assert f"map of {text}, coloured" in page
    assert f">{text}. Where scripts run" in page


def test_miller_by_hand():
    """5/4 of Mercator at 4/5 of the latitude: asinh(tan) is another form of Mercator."""
    latitude = np.array([-90, -45, 0, 30, 60, 90.0])
    x, y = miller(np.array([-180, 180.0]), 0)
    np.testing.assert_allclose(x, [-np.pi, np.pi])
    assert y == pytest.approx(0, abs=1e-15)
    expected = 1.25 * np.arcsinh(np.tan(0.8 * np.radians(latitude)))
    np.testing.assert_allclose(miller(0, latitude)[1], expected, atol=1e-12)
    assert miller(0, 90)[1] == pytest.approx(2.303412543)  # Snyder 1987, table 15: the pole


@pytest.mark.parametrize(
    ("place", "land"),
    [
        ((2.3, 48.9), True),
        ((134, -25), True),
        ((-100, 40), True),
        ((177, 66), True),
        ((-176, 66.5), True),
        ((0, -85), True),
        ((100, 60), True),
        ((-30, 40), False),
        ((-140, 0), False),
        ((80, -20), False),
        ((178, 60), False),
    ],
)
def test_land_is_where_it_is(place, land):
    assert any(Path(ring).contains_point(place) for ring in coastline()) == land


def test_no_outline_runs_across_the_map():
    for ring in coastline():
        south = ring[:, 1].min() < -60  # Antarctica is closed along its edge
        assert south or np.abs(np.diff(ring[:, 0])).max() < 30


@pytest.mark.parametrize("magnetic", [False, True])
def test_map_shows_each_region_at_its_place(magnetic):
    ax = Figure().subplots()
    plot_map(ax, TABLE, magnetic=magnetic)
    drawn = np.vstack([c.get_offsets() for c in ax.collections if len(c.get_offsets())])
    names = ("mag_longitude", "mag_latitude") if magnetic else ("longitude", "latitude")
    expected = np.stack(miller(*(TABLE[n] for n in names)), axis=1)
    order = [0, 2, 1]  # spring, summer, winter
    np.testing.assert_allclose(drawn[-3:], expected[order])
    assert ax.get_xlabel().endswith("longitude (degrees)")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["spring (1)", "summer (1)", "autumn (0)", "winter (1)"]


def test_fragment_needs_no_network_and_shows_without_scripts():
    page = map_explorer(TABLE, title="A <map>").static()
    assert not re.search(r"https?://|src=|@import|url\(", page)
    assert "A &lt;map&gt;" in page
    assert len(re.findall("data-point=", page)) == 3
    assert "2022-07-01 12:34 UT, summer, 7.0 kHz, 50.0° S 140.0° E" in page
    x, y = map(
        float, re.search(r'data-point="1"[^>]*translate\(([\d.]+) ([\d.]+)\)', page).groups()
    )
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', page).groups())
    east, north = miller(10, 60)  # the second in order of time
    assert x == pytest.approx(width / 2 * (1 + east / np.pi), abs=0.1)
    assert y == pytest.approx(height / 2 - north * width / 2 / np.pi, abs=0.1)


@pytest.mark.parametrize(
    "wrong",
    [
        TABLE.drop(columns="season"),
        TABLE.assign(season="monsoon"),
        TABLE.assign(latitude=[1.0, 95.0, 2.0]),
        TABLE.assign(mag_longitude=[1.0, np.nan, 2.0]),
    ],
)
def test_tables_that_are_no_regions_are_errors(wrong):
    with pytest.raises(UsageError):
        map_explorer(wrong)


def test_a_table_without_a_region_is_said_to_have_none():
    with pytest.raises(UsageError, match="no region"):
        map_explorer(TABLE.iloc[:0])
