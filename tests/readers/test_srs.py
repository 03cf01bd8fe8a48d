"""read_srs, on simulated and on real texts."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.readers import read_srs
from geoviz_ml.readers.srs import full_number
from geoviz_ml.simulate.writers_sun import write_srs


def regions():
    return pd.DataFrame(
        {
            "number": [12246, 12248],
            "latitude": [19.0, -8.0],
            "longitude": [56.0, -29.0],
            "carrington": [108.0, 81.0],
            "area": [70.0, 1200.0],
            "mcintosh": ["Hsx", "Fkc"],
            "extent": [1.0, 14.0],
            "spots": [1.0, 60.0],
            "mount_wilson": ["Alpha", "Beta-Gamma-Delta"],
        }
    )


def test_reader_returns_what_the_writer_wrote(tmp_path):
    table = read_srs(write_srs(tmp_path, "2015-01-01", regions()))
    pd.testing.assert_frame_equal(table[list(regions())], regions(), check_dtype=False)
    assert (table.section == "I").all()
    assert (table.date == pd.Timestamp("2015-01-01")).all()
    assert "west positive" in table.attrs["units"]["longitude"]


def test_day_without_regions_gives_no_row_and_a_folder_gives_all_days(tmp_path):
    empty = write_srs(tmp_path, "2015-03-01", regions().iloc[:0])
    assert len(read_srs(empty)) == 0
    write_srs(tmp_path, "2015-03-02", regions())
    assert len(read_srs(tmp_path)) == 2


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Alpha", "Alpba", "magnetic class"),
        ("Hsx", "Qsx", "line 10 cannot be read"),
        ("N19W56", "N19?56", "line 10 cannot be read"),
        ("N19W56", "N99W56", "not on the Sun"),
        ("II. Regions", "XX. Regions", "cannot be read"),
        ("31/2400Z", "30/2400Z", "holds at day 30, expected 31"),
        (":Issued", ":Written", "no line ':Issued"),
        ("2015 Jan 01", "2015 Feb 31", "day"),
    ],
)
def test_text_that_cannot_be_trusted_is_an_error_which_says_why(tmp_path, old, new, problem):
    path = write_srs(tmp_path, "2015-01-01", regions())
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DataFileError, match=problem) as error:
        read_srs(path)
    assert str(path) in str(error.value)


def test_text_cut_short_is_an_error(tmp_path):
    path = write_srs(tmp_path, "2015-01-01", regions())
    path.write_text(path.read_text().partition("II. ")[0])
    with pytest.raises(DataFileError, match="sections I, IA, expected"):
        read_srs(path)
    with pytest.raises(MissingDataError):
        read_srs(tmp_path / "no.txt")


@pytest.mark.parametrize(
    ("number", "date", "full"),
    [
        (7938, "1996-01-06", 7938),
        (9997, "2002-06-24", 9997),
        (1, "2002-06-24", 10001),
        (2246, "2015-01-01", 12246),
        (12246, "2015-01-01", 12246),
    ],
)
def test_ten_thousands_are_added_where_the_text_leaves_them_out(number, date, full):
    assert full_number(number, pd.Timestamp(date)) == full


@pytest.mark.data
def test_every_real_text_is_read_and_agrees_with_the_table_of_region_days(real_data):
    """64 region-days of 18 texts, some odd, against a table that others made from all texts."""
    folder = real_data / "solar" / "srs"
    assert len(list(folder.rglob("*SRS.txt"))) == 18
    texts = read_srs(folder)
    assert texts.section.value_counts().to_dict() == {"I": 64, "IA": 33, "II": 26}
    table = read_srs(folder / "mount_wilson_1996_2026.csv")
    assert len(table) == 46044
    both = texts[texts.section == "I"].merge(table, on=["date", "number"], suffixes=("", "_"))
    assert len(both) == 64
    for name in ("latitude", "longitude", "carrington", "area", "mcintosh", "mount_wilson"):
        np.testing.assert_array_equal(both[name], both[name + "_"])


@pytest.mark.data
def test_real_classes_have_the_published_counts(real_data):
    """requirements: no alpha-gamma in 30 years."""
    counts = read_srs(real_data / "solar" / "srs" / "mount_wilson_1996_2026.csv").mount_wilson
    assert counts.value_counts().to_dict() == {
        "Beta": 25546,
        "Alpha": 14452,
        "Beta-Gamma": 4187,
        "Beta-Gamma-Delta": 1459,
        "Beta-Delta": 383,
        "Gamma-Delta": 11,
        "Gamma": 6,
    }


@pytest.mark.data
def test_heading_and_row_in_one_line_are_both_read(real_data):
    table = read_srs(real_data / "solar" / "srs" / "arccnet" / "19961209SRS.txt")
    row = table[table.section == "II"].iloc[0]
    assert (row.number, row.latitude, row.carrington) == (7997, 5, 242)
