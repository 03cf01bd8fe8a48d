"""What holds for every reader: pipes are not waited for, each failure is ours and names a file."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from geoviz_ml import readers
from geoviz_ml.errors import DataFileError, GeovizError, MissingDataError
from geoviz_ml.files import open_nc

READERS = {  # name of a file that the reader takes, and how it is called
    "read_cses": ("a.h5", {}),
    "read_dasc": ("PKR_DASC_0558_20151007_082351.743.FITS", {}),
    "read_dasc_skymap": ("PKR_DASC_0558_20150213_Az.FIT", {}),
    "read_kitti": ("a.txt", {}),
    "read_magnetogram": ("a.fits", {}),
    "read_mask": ("a.png", {}),
    "read_mosaic": ("a.h5", {}),
    "read_oath_table": ("classifications.csv", {}),
    "read_picture": ("a.png", {}),
    "read_search_coil": ("CH1_2015_03_01_18.dat", {}),
    "read_sky_pictures": ("20140218235440.jpg", {}),
    "read_skymap": ("a.sav", {}),
    "read_srs": ("20150101SRS.txt", {}),
    "read_themis": ("20140310_0600_gill_themis19_full.pgm.gz", {}),
    "read_voc": ("a.xml", {}),
    "read_yolo": ("a.txt", {"size": (10, 10)}),
    "open_nc": ("a.nc", {}),
}
EACH = pytest.mark.parametrize("reader", READERS)
FOLDERS = {"read_dasc", "read_dasc_skymap", "read_oath_table", "read_search_coil"}
FOLDERS |= {"read_sky_pictures", "read_srs", "read_themis"}  # take a folder too


def call(reader, path):
    function = open_nc if reader == "open_nc" else getattr(readers, reader)
    return function(path, **READERS[reader][1])


def test_every_reader_of_one_file_is_tried():
    others = {
        "choose_skymap",
        "find_skymap",
        "mosaic_skymap",
        "read_oath",
        "sierra_nevada_response",
    }
    assert set(readers.__dir__()) - others == set(READERS) - {"open_nc"}


@EACH
def test_what_is_not_there_is_missing_data(tmp_path, reader):
    for path in (tmp_path / READERS[reader][0], tmp_path / "nowhere" / READERS[reader][0]):
        with pytest.raises(MissingDataError):
            call(reader, path)


@EACH
@pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links of POSIX")
@pytest.mark.parametrize("kind", ["pipe", "device", "endless link"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path, reader, kind):
    path = tmp_path / READERS[reader][0]
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else path)
    with pytest.raises(GeovizError) as error:
        call(reader, path)
    assert path.name in str(error.value)


@EACH
def test_a_file_that_may_not_be_read_is_named(tmp_path, reader, monkeypatch):
    path = tmp_path / READERS[reader][0]
    path.write_bytes(b"something")
    whole = os.open

    def refuse(name, *rest, **more):
        if os.fspath(name) == str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return whole(name, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DataFileError, match="may not be read .Permission denied") as error:
        call(reader, path)
    assert path.name in str(error.value)


@EACH
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 1000, b"\xff" * 1000, b"\x1f\x8b\x08", b"BM" * 99]
)
def test_rubbish_is_named(tmp_path, reader, content):
    path = tmp_path / READERS[reader][0]
    path.write_bytes(content)
    if reader == "read_dasc_skymap":
        path.with_name(path.name.replace("Az", "El")).write_bytes(content)
    empty = reader in ("read_kitti", "read_yolo") and not content  # a picture without boxes
    if empty:
        assert call(reader, path).empty
        return
    with pytest.raises(DataFileError, match=path.name.replace(".", r"\.")):
        call(reader, path)


@EACH
def test_a_file_that_is_too_long_for_its_kind_is_not_read(tmp_path, reader):
    path = tmp_path / READERS[reader][0]
    with path.open("wb") as file:
        file.truncate(2**42)  # sparse: takes no room
    with pytest.raises(DataFileError, match="4,398,046,511,104 bytes"):
        call(reader, path)


@EACH
def test_an_empty_folder_is_named(tmp_path, reader):
    with pytest.raises(MissingDataError if reader in FOLDERS else DataFileError) as error:
        call(reader, tmp_path)
    assert tmp_path.name in str(error.value)


def test_pictures_are_opened_in_three_places_each_of_named_formats_only():
    """Pillow knows dozens of formats, one of which is given to another program."""
    folder = Path(readers.__file__).parents[1]
    found = {}
    for path in folder.rglob("*.py"):
        for call in re.findall(r"Image\.open\(.*", path.read_text("utf-8")):
            found[path.name] = "formats=[" in call
    assert found == {"picture_file.py": True, "jp2.py": True, "marker.py": True}  # own masks


def test_find_skymap_names_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(MissingDataError):
        readers.find_skymap(tmp_path / "nowhere", "gill", np.datetime64("2014-03-10"))
