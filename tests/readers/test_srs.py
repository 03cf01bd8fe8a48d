"""read_srs, on simulated and on real texts."""

import shutil

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


def test_a_day_that_is_there_twice_is_taken_once(tmp_path):
    single = write_srs(tmp_path, "2015-01-01", regions())
    write_srs(tmp_path, "2015-01-02", regions().iloc[:0])
    year = tmp_path / "2015_SRS"
    shutil.copytree(tmp_path, year)
    dos = single.read_bytes().replace(b"\n", b"\r\n")
    (year / single.name).write_bytes(b"\xef\xbb\xbf" + dos)
    assert len(read_srs(tmp_path)) == 2
    changed = single.read_text().replace("N19W56", "N18W56")
    (year / single.name).write_text(changed)
    with pytest.raises(DataFileError, match="2015-01-01 something else than") as error:
        read_srs(tmp_path)
    assert str(single) in str(error.value)
    assert str(year / single.name) in str(error.value)


def test_a_day_without_regions_contradicts_one_with_regions(tmp_path):
    write_srs(tmp_path / "a", "2015-01-01", regions())
    write_srs(tmp_path / "b", "2015-01-01", regions().iloc[:0])
    with pytest.raises(DataFileError, match="something else"):
        read_srs(tmp_path)


def test_a_region_twice_in_one_text_is_taken_once_or_named(tmp_path):
    path = write_srs(tmp_path, "2015-01-01", regions())
    (row,) = (line for line in path.read_text().splitlines() if "N19W56" in line)
    path.write_text(path.read_text().replace(row, f"{row}\n{row}"))
    assert len(read_srs(path)) == 2
    path.write_text(path.read_text().replace(row, row.replace("N19", "N18"), 1))
    with pytest.raises(DataFileError, match="region 12246 twice in section I, with other"):
        read_srs(path)


def test_hidden_and_foreign_files_of_a_folder_are_no_summaries(tmp_path):
    path = write_srs(tmp_path, "2015-01-01", regions())
    (tmp_path / f"._{path.name}").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X\xff")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / f"._{path.name}").write_bytes(b"\0\5\x16\7")
    (tmp_path / "20150102SRS.txt").mkdir()
    assert len(read_srs(tmp_path)) == 2


TABLE = (
    "date,noaa_number,location,lo,area,z_class,ll,nn,mag_type_raw\n"
    "2015-01-01,12246,N19W56,108,70,HSX,1,1,ALPHA\n"
    "2015-01-01,12248,S08E29,81,1200,FKC,14,60,BETA-GAMMA-DELTA\n"
)


def test_a_table_of_millions_of_columns_is_refused_at_once(tmp_path):
    (tmp_path / "a.csv").write_text("," * 8_000_000)
    with pytest.raises(DataFileError, match="its heading has no end"):
        read_srs(tmp_path / "a.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_may_have_any_mark_of_byte_order_and_dos_lines(tmp_path, encoding):
    path = tmp_path / "a.CSV"
    path.write_bytes(TABLE.replace("\n", "\r\n").encode(encoding))
    pd.testing.assert_frame_equal(read_srs(path)[list(regions())], regions(), check_dtype=False)


def test_a_region_day_twice_in_a_table_is_taken_once_or_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(TABLE + TABLE.partition("\n")[2])
    assert len(read_srs(path)) == 2
    path.write_text(TABLE + TABLE.partition("\n")[2].replace(",70,", ",71,"))
    with pytest.raises(DataFileError, match="region 12246 of 2015-01-01 twice"):
        read_srs(path)


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
