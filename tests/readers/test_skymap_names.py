"""Which skymap holds: real names of the archive, gaps between them, versions."""

import numpy as np
import pytest

from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.readers import choose_skymap, find_skymap, read_skymap
from geoviz_ml.readers.skymap_names import parse
from geoviz_ml.simulate.writers_skymap import save_file

ATHA = [
    "themis_skymap_atha_20061014-20070228_vXX.sav",
    "themis_skymap_atha_20070301-20090522_vXX.sav",
    "themis_skymap_atha_20070301-20090522_v02.sav",
    "themis_skymap_atha_20070301-20090522_v01.sav",
    "themis_skymap_atha_20110305-+_vXX.sav",
    "themis_skymap_atha_20151121_vXX.sav",
    "themis_skymap_atha_20230115-+_v02.sav",
    "themis_skymap_gill_20080101-+_v09.sav",
    "rego_skymap_atha_20200101-+_v09.sav",
    "atha_20230115.sav",
]


@pytest.mark.parametrize(
    ("day", "which"),
    [
        ("2006-10-13", None),
        ("2006-10-14", 0),
        ("2007-02-28T23:59", 0),
        ("2007-03-01", 2),
        ("2009-05-22T23:59:59", 2),
        ("2009-05-23", None),
        ("2011-03-04", None),
        ("2011-03-05", 4),
        ("2015-11-20", 4),
        ("2015-11-21", 5),
        ("2023-01-14", 5),
        ("2023-01-15", 6),
        ("2030-01-01", 6),
    ],
)
def test_a_skymap_holds_from_its_first_to_its_last_day(day, which):
    expected = None if which is None else ATHA[which]
    assert choose_skymap(ATHA, "atha", day) == expected
    assert choose_skymap(ATHA[::-1], "atha", np.datetime64(day)) == expected


def test_versions_are_numbers_and_the_preliminary_one_is_the_last_choice():
    names = [f"themis_skymap_gill_20100101-+{v}.sav" for v in ("", "_vXX", "_v01", "_v2", "_v10")]
    for count in range(1, 6):
        assert choose_skymap(names[:count], "gill", "2011-01-01") == names[count - 1]


def test_a_long_one_holds_again_when_a_short_one_has_ended():
    long, short = (f"themis_skymap_gill_{dates}_v01.sav" for dates in ("20100101-20141231", "x"))
    short = short.replace("x", "20120101-20121231")
    assert choose_skymap([long, short], "gill", "2012-06-01") == short
    assert choose_skymap([long, short], "gill", "2013-06-01") == long
    openly = long.replace("-20141231", "-+")  # until another one begins
    assert choose_skymap([openly, short], "gill", "2013-06-01") is None


@pytest.mark.parametrize(
    "name", ["", "themis_skymap_gill_2015-+_v02.sav", "themis_skymap_gill_20151121-+_v02.sav.part"]
)
def test_other_files_are_no_skymaps(name):
    assert parse(name) is None


def test_a_gap_says_when_the_last_one_ended(tmp_path):
    (tmp_path / ATHA[0]).write_bytes(b"")
    with pytest.raises(MissingDataError, match="still holds: the last one ended on 20070228"):
        find_skymap(tmp_path, "atha", "2009-06-01")


def test_a_folder_may_be_called_like_a_pattern_and_hold_rubbish(tmp_path):
    folder = tmp_path / "sky[maps]" / "deep"
    folder.mkdir(parents=True)
    (folder / ATHA[0]).write_bytes(b"")
    (folder / f"._{ATHA[0]}").write_bytes(b"")
    assert find_skymap(tmp_path / "sky[maps]", "atha", "2007-01-01") == folder / ATHA[0]


def test_two_of_one_name_must_be_the_same(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ATHA[0]).write_bytes(b"same")
    assert find_skymap(tmp_path, "atha", "2007-01-01") == tmp_path / "a" / ATHA[0]
    (tmp_path / "b" / ATHA[0]).write_bytes(b"other")
    with pytest.raises(DataFileError, match="differs from"):
        find_skymap(tmp_path, "atha", "2007-01-01")


def sky(n=4, **more):
    grid = np.linspace(10, 80, n * n, dtype="f4").reshape(n, n)
    corners = np.full((3, n + 1, n + 1), 60, "f4")
    return {
        "generation_info": {"valid_interval_start": "2011030508"},
        "site_uid": "abcd",
        "imager_uid": "themis01",
        "site_map_latitude": np.float32(60),
        "site_map_longitude": np.float32(215),
        "full_elevation": grid,
        "full_azimuth": grid * 4,
        "full_map_altitude": np.float32([90e3, 110e3, 150e3]),
        "full_map_latitude": corners,
        "full_map_longitude": corners * 3,
        **more,
    }


def test_byte_arrays_whose_length_is_marked_0_are_read(tmp_path):
    """As in the official files of 2011, of which all bytes are there."""
    from scipy.io import readsav

    flip = np.array([1, 0, 1], "u1")
    raw = save_file({"skymap": sky(full_ignore=flip)})
    marked = (3).to_bytes(4) + flip.tobytes() + b"\0"
    assert raw.count(marked) == 1
    path = tmp_path / "a.sav"
    for length, good in ((0, True), (3, True), (2, False)):
        path.write_bytes(raw.replace(marked, length.to_bytes(4) + marked[4:]))
        if good:
            np.testing.assert_array_equal(readsav(str(path))["skymap"]["full_ignore"][0], flip)
            assert read_skymap(path).azimuth[0, 0] == 40
        else:
            with pytest.raises(DataFileError, match="marked by 2, expected 3"):
                read_skymap(path)


def test_a_file_of_many_small_values_is_refused(tmp_path):
    path = tmp_path / "a.sav"
    path.write_bytes(save_file({"skymap": {f"a{i}": np.int16(i) for i in range(20_000)}}))
    with pytest.raises(DataFileError, match="more than 10,000 variables and entries"):
        read_skymap(path)
    path.write_bytes(save_file({f"a{i}": {"b": np.int16(i)} for i in range(20_000)}))
    with pytest.raises(DataFileError, match="more than 10,000 variables and entries"):
        read_skymap(path)
