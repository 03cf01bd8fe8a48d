"""Files are written whole, with the right permissions; read within bounds; listed without junk."""

import errno
import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from geoviz_ml.errors import DataFileError, DiskError, MissingDataError
from geoviz_ml.files import (
    atomic_path,
    doubled,
    listing,
    memory_cap,
    read_bounded,
    read_json,
    tensors,
)

posix = pytest.mark.skipif(os.name != "posix", reason="pipes and permissions of POSIX")


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def names(files, folder):
    return [str(file.relative_to(folder)) for file in files]


def test_hidden_and_foreign_files_are_left_out(tmp_path):
    put(tmp_path, "b.png", "a.PNG", "._a.png", ".b.png", ".DS_Store", "Thumbs.db", "notes.txt")
    put(tmp_path, "__MACOSX/a.png", "@eaDir/b.png", ".cache/c.png", "deep/c.png")
    assert names(listing(tmp_path, "*.png"), tmp_path) == ["a.PNG", "b.png"]
    assert names(listing(tmp_path, "*.png", deep=True), tmp_path) == [
        "a.PNG",
        "b.png",
        "deep/c.png",
    ]
    assert names(listing(tmp_path), tmp_path) == ["a.PNG", "b.png", "notes.txt"]
    assert names(listing(tmp_path, ("*.txt", "b.*")), tmp_path) == ["b.png", "notes.txt"]


def test_a_folder_whose_own_name_is_hidden_is_listed(tmp_path):
    put(tmp_path, ".cache/data/a.png")
    assert names(listing(tmp_path / ".cache" / "data", deep=True), tmp_path) == [
        ".cache/data/a.png"
    ]


def test_a_folders_name_is_a_name_and_no_pattern(tmp_path):
    put(tmp_path, "[ab]/x[1].png", "a/y.png")
    assert names(listing(tmp_path / "[ab]", "*.png"), tmp_path) == ["[ab]/x[1].png"]


@posix
def test_only_regular_files_are_listed(tmp_path):
    put(tmp_path, "a.png")
    os.mkfifo(tmp_path / "b.png")
    (tmp_path / "c.png").mkdir()
    (tmp_path / "d.png").symlink_to("/dev/zero")
    (tmp_path / "e.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "f.png").symlink_to(tmp_path / "f.png")
    (tmp_path / "g.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "round").symlink_to(tmp_path)
    assert names(listing(tmp_path, "*.png", deep=True), tmp_path) == ["a.png", "g.png"]


def test_what_is_there_twice_is_told(tmp_path):
    put(tmp_path, "1/a.txt", "2/a.txt", "2/b.txt", "2/A.txt")
    files = listing(tmp_path, deep=True)
    assert doubled(files, lambda path: path.name) == {
        "a.txt": [tmp_path / "1/a.txt", tmp_path / "2/a.txt"]
    }
    assert set(doubled(files, lambda path: path.stem.lower())) == {"a"}


def test_a_folder_that_is_absent_is_named(tmp_path):
    put(tmp_path, "file")
    for absent in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(MissingDataError, match="no such folder"):
            listing(absent)


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    def walk(folder, onerror):
        onerror(PermissionError(13, "Permission denied", str(folder)))

    monkeypatch.setattr(os, "walk", walk)
    with pytest.raises(DataFileError, match="may not be read .Permission denied"):
        listing(tmp_path)


def test_a_file_is_read_up_to_its_limit(tmp_path):
    put(tmp_path, "a")
    assert read_bounded(tmp_path / "a", 1) == b"x"
    (tmp_path / "a").write_bytes(b"xyz")
    with pytest.raises(DataFileError, match="has 3 bytes; such a file has at most 2"):
        read_bounded(tmp_path / "a", 2)


def test_a_sparse_file_of_a_terabyte_costs_nothing(tmp_path):
    with open(tmp_path / "a", "wb") as file:
        file.truncate(2**40)
    with pytest.raises(DataFileError, match="1,099,511,627,776 bytes"):
        read_bounded(tmp_path / "a", 2**20)


@posix
@pytest.mark.parametrize("kind", ["pipe", "device", "socket", "endless link"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "a"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        here = os.getcwd()
        os.chdir(tmp_path)  # the path of a socket must be short
        with socket.socket(socket.AF_UNIX) as end:
            end.bind("a")
        os.chdir(here)
    else:
        path.symlink_to(path)
    said = "may not be read" if kind == "endless link" else "no regular file"
    with pytest.raises(DataFileError, match=said):
        read_bounded(path, 100)


def test_names_that_cannot_be_are_our_errors(tmp_path):
    put(tmp_path, "a")
    with pytest.raises(DataFileError, match="is a folder"):
        read_bounded(tmp_path, 100)
    for name in ("nowhere", "a/b"):
        with pytest.raises(MissingDataError, match="no such file"):
            read_bounded(tmp_path / name, 100)
    for name in ("x" * 300, "a\0b"):
        with pytest.raises(DataFileError, match="may not be read"):
            read_bounded(tmp_path / name, 100)


def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    put(tmp_path, "a")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DataFileError, match="a: may not be read .Permission denied"):
        read_bounded(tmp_path / "a", 100)


def test_memory_is_a_multiple_of_the_file_beyond_a_floor():
    assert memory_cap(0) == memory_cap(8 * 2**20) == 2**29
    assert memory_cap(2**30) == 2**36


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path, umask):
    before = os.umask(umask)
    try:
        put(tmp_path, "usual")
        with atomic_path(tmp_path / "ours") as tmp:
            tmp.write_text("whole")
    finally:
        os.umask(before)
    usual, ours = (stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("usual", "ours"))
    assert usual == ours == 0o666 & ~umask


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path, mode):
    path = tmp_path / "table.csv"
    path.write_text("old")
    path.chmod(mode)
    with atomic_path(path) as tmp:
        assert stat.S_IMODE(tmp.stat().st_mode) & ~mode == 0  # never more open than the file
        tmp.unlink()
        tmp.write_text("new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_text() == "new"


def test_the_longest_name_can_be_written(tmp_path):
    for name in ("x" * 251 + ".csv", "ä" * 125 + ".csv"):
        with atomic_path(tmp_path / name) as tmp:
            tmp.write_text("whole")
        assert Path(tmp_path, name).read_text() == "whole"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_of_tensors_that_is_too_large_is_refused_like_any_other_file(tmp_path, monkeypatch):
    path = tmp_path / "a.safetensors"
    path.write_bytes(tensors.pack_tensors({}, None))
    tensors.TensorFile(path)
    monkeypatch.setattr(tensors, "LARGEST", path.stat().st_size - 1)
    with pytest.raises(DataFileError, match="such a file has at most"):
        tensors.TensorFile(path)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 10**5, b"1" * 5000, b"{} {}"])
def test_what_is_no_whole_json_is_our_own_error(tmp_path, raw):
    path = tmp_path / "a.json"
    path.write_bytes(raw)
    with pytest.raises(DataFileError, match=r"a\.json: is no whole JSON"):
        read_json(path)


def test_json_that_is_not_there_is_missing_data(tmp_path):
    with pytest.raises(MissingDataError):
        read_json(tmp_path / "a.json")


@posix
def test_a_pipe_is_not_waited_for_where_json_should_be(tmp_path):
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(DataFileError, match="no regular file"):
        read_json(tmp_path / "a.json")


def refusing(number, *names):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number), *names)

    return refuse


def test_a_full_disk_is_told_with_the_file_and_the_old_file_stays(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(DiskError, match=r"table.csv: cannot be written \(No space.* Make room"):
        with atomic_path(path):
            refusing(errno.ENOSPC)()
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_what_a_library_makes_of_a_full_disk_is_one(tmp_path):
    def write(path):
        with atomic_path(path):
            try:
                refusing(errno.EDQUOT)()
            except OSError:
                raise RuntimeError("unexpected pos 128 vs 0")  # noqa: B904 (as torch does)

    with pytest.raises(DiskError) as told:
        write(tmp_path / "a")
    assert (told.value.errno, told.value.path) == (errno.EDQUOT, tmp_path / "a")


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match=r"file: cannot be written .* there and yours"):
        with atomic_path(tmp_path / "file" / "a"):
            pass


def test_a_folder_that_has_gone_meanwhile_is_told_with_the_file(tmp_path):
    def write(path):
        with atomic_path(path) as tmp:
            shutil.rmtree(path.parent)
            tmp.write_text("")

    with pytest.raises(DiskError, match=r"b: cannot be written \(No such file or directory\)"):
        write(tmp_path / "folder" / "b")


def test_other_errors_of_the_block_stay_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a"):
        (tmp_path / "another").read_text()


def test_a_drive_on_which_permissions_cannot_be_set_can_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "chmod", refusing(errno.EPERM))
    with atomic_path(tmp_path / "a") as tmp:
        tmp.write_text("whole")
    assert (tmp_path / "a").read_text() == "whole"
