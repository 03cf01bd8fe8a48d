"""Archives that would write elsewhere, hold more than files, or expand without bound."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile

import pytest

from data_fetch import unpack as module
from data_fetch.unpack import Limits, unpack
from geoviz_ml.errors import DataFileError, MissingDataError

FILES = {"set/a.txt": b"alpha", "set/deep/b.bin": bytes(range(256)) * 40, "set/empty": b""}


def tar(path, files=FILES, mode="w:gz", **changes):
    """A tar archive; `changes` go into the last member's header."""
    with tarfile.open(path, mode) as packed:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if name == list(files)[-1]:
                for key, value in changes.items():
                    setattr(info, key, value)
            packed.addfile(info, io.BytesIO(content))
    return path


def zipped(path, files=FILES, **changes):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            for key, value in changes.items():
                setattr(info, key, value)
            packed.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def with_bad(name, content=b"x"):
    return {"good.txt": b"good", name: content}


@pytest.fixture
def folder(tmp_path):
    """Where it is unpacked; what is beside it must stay as it is."""
    folder = tmp_path / "in" / "set"
    folder.mkdir(parents=True)
    (tmp_path / "in" / "beside").write_text("untouched")
    yield folder
    assert (tmp_path / "in" / "beside").read_text() == "untouched"
    assert {p.name for p in (tmp_path / "in").iterdir()} == {"beside", "set"}
    assert not list(folder.glob(".unpack-*"))


def refused(archive, folder, match, limits=None):
    with pytest.raises(DataFileError, match=match) as caught:
        unpack(archive, folder, limits)
    assert archive.name in str(caught.value)
    assert not list(folder.iterdir())  # nothing of it was kept


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_without_a_bound_is_not_expanded(tmp_path, folder, method):
    archive = tmp_path / "archive"
    with zipfile.ZipFile(archive, "w", method) as packed:
        packed.writestr("a.txt", bytes(3 * 10**7))
    tracemalloc.start()
    try:
        refused(archive, folder, "member that is packed in a way that is not read")
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
def test_archive_is_unpacked_without_its_single_folder(tmp_path, folder, mode):
    archive = tmp_path / "archive"
    zipped(archive) if mode == "zip" else tar(archive, mode=mode)
    hashes = unpack(archive, folder)
    for name, content in FILES.items():
        inside = name.removeprefix("set/")
        assert (folder / inside).read_bytes() == content
        assert hashes[inside] == hashlib.sha256(content).hexdigest()


def test_several_folders_are_kept(tmp_path, folder):
    assert unpack(tar(tmp_path / "a.tgz", {"a/x": b"1", "b/x": b"2"}), folder).keys() == {
        "a/x",
        "b/x",
    }


def test_only_what_has_a_place_is_unpacked(tmp_path, folder):
    archive = tar(tmp_path / "a.tgz")
    got = unpack(archive, folder, place=lambda name: "b" if name.endswith("b.bin") else None)
    assert list(got) == ["b"]
    assert [path.name for path in folder.iterdir()] == ["b"]


def test_modes_and_owners_are_not_kept(tmp_path, folder):
    unpack(tar(tmp_path / "a.tgz", {"a": b"x"}, mode="w:gz"), folder)
    unpack(tar(tmp_path / "b.tgz", {"b": b"x"}, uid=0), folder)
    archive = tmp_path / "c.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        info = tarfile.TarInfo("c")
        info.mode, info.size = 0o6777, 1
        packed.addfile(info, io.BytesIO(b"x"))
    unpack(archive, folder)
    assert not (folder / "c").stat().st_mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IXUSR)


ESCAPES = [
    "../beside",
    "set/../../beside",
    "/etc/geoviz",
    "//server/share",
    "C:\\evil",
    "C:evil",
    "..\\beside",
    "a\\..\\..\\beside",
    "a/..",
    "line\nbreak",
    "bell\x07",
]


@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.parametrize("make", [tar, zipped])
def test_name_that_leads_out_of_the_folder_is_refused(tmp_path, folder, make, name):
    refused(make(tmp_path / "archive", with_bad(name)), folder, "leads out of the folder")


@pytest.mark.parametrize("name", ["a" * 300, "/".join("a" * 20), "dot./x", "space /x", "x."])
def test_name_that_some_disks_cannot_hold_is_refused(tmp_path, folder, name):
    refused(tar(tmp_path / "a.tgz", with_bad(name)), folder, "too long|ends with a dot or a space")


KINDS = {
    "link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "pipe": tarfile.FIFOTYPE,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["../beside", "/etc/passwd", "good.txt"])
def test_what_is_no_plain_file_is_refused(tmp_path, folder, kind, target):
    changes = {"type": KINDS[kind], "linkname": target, "size": 0}
    refused(tar(tmp_path / "a.tgz", with_bad("bad"), **changes), folder, "holds a (link|device)")


def test_file_that_would_be_written_through_a_link_is_refused(tmp_path, folder):
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        link = tarfile.TarInfo("d")
        link.type, link.linkname = tarfile.SYMTYPE, ".."
        packed.addfile(link)
        file = tarfile.TarInfo("d/beside")
        file.size = 1
        packed.addfile(file, io.BytesIO(b"x"))
    refused(archive, folder, "holds a link")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_what_is_no_plain_file_in_a_zip_is_refused(tmp_path, folder, mode):
    archive = zipped(
        tmp_path / "a.zip", {"bad": b"/etc/passwd"}, external_attr=(mode | 0o777) << 16
    )
    refused(archive, folder, "holds a (link|device)")


def test_sparse_file_is_refused(tmp_path, folder):
    archive = tmp_path / "a.tar"
    info = tarfile.TarInfo("sparse")
    info.size, info.type = 512, tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"77777777777\0"  # its size when expanded
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    archive.write_bytes(bytes(header) + bytes(512) + bytes(1024))
    refused(archive, folder, "sparse")


@pytest.mark.parametrize("make", [tar, zipped])
@pytest.mark.parametrize("names", [("a", "A"), ("d/a", "D/A"), ("a", "a/b"), ("d/x/y", "d/X")])
def test_two_members_that_are_one_on_some_disks_are_refused(tmp_path, folder, make, names):
    refused(
        make(tmp_path / "archive", dict.fromkeys(names, b"x")), folder, "two members|a file where"
    )


def test_two_members_of_one_name_are_refused(tmp_path, folder):
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        for content in (b"1", b"2"):
            info = tarfile.TarInfo("a")
            info.size = 1
            packed.addfile(info, io.BytesIO(content))
    refused(archive, folder, "two members of one name")


def test_two_members_of_one_place_are_refused(tmp_path, folder):
    archive = tar(tmp_path / "a.tgz", {"a/x": b"1", "b/x": b"2"})
    with pytest.raises(DataFileError, match="two members of one name"):
        unpack(archive, folder, place=lambda name: "x")


# more than an archive may hold


@pytest.mark.parametrize("make", [tar, zipped])
def test_archive_that_expands_a_thousandfold_is_refused(tmp_path, folder, make, monkeypatch):
    monkeypatch.setattr(module, "SMALL", 10_000)
    refused(make(tmp_path / "archive", {"zeros": bytes(10**7)}), folder, "expands to more than")


def test_many_members_that_are_too_much_together_are_refused(tmp_path, folder):
    files = {f"{i}": bytes(1000) for i in range(20)}
    refused(tar(tmp_path / "a.tar", files, "w"), folder, "expands", Limits(bytes=15_000))


@pytest.mark.parametrize("make", [tar, zipped])
def test_too_many_members_are_refused(tmp_path, folder, make):
    files = {f"{i}": b"" for i in range(20)}
    refused(make(tmp_path / "archive", files), folder, "more than 10 members", Limits(members=10))


def test_too_many_folders_are_refused_too(tmp_path, folder):
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        for i in range(20):
            info = tarfile.TarInfo(f"d{i}")
            info.type = tarfile.DIRTYPE
            packed.addfile(info)
    refused(archive, folder, "more than 10 members", Limits(members=10))


def test_huge_declared_size_is_refused_before_reading(tmp_path, folder):
    archive = tmp_path / "a.tar"
    info = tarfile.TarInfo("a")
    info.size = 8**11 - 1
    archive.write_bytes(info.tobuf() + bytes(2048))
    refused(archive, folder, "expands to more than")


@pytest.mark.parametrize("told", [10, 10**7])
def test_zip_that_lies_about_its_size_is_refused(tmp_path, folder, told):
    archive = zipped(tmp_path / "a.zip", {"a": bytes(10**6)})
    content = archive.read_bytes().replace(struct.pack("<L", 10**6), struct.pack("<L", told))
    archive.write_bytes(content)
    refused(archive, folder, "expands|no whole")


def test_zip_whose_members_overlap_is_refused(tmp_path, folder):
    """A bomb without recursion: every entry of the directory points at the same bytes."""
    archive = zipped(tmp_path / "a.zip", {f"{i:02d}": bytes(10**5) for i in range(50)})
    with zipfile.ZipFile(archive) as packed:
        entries, start = packed.infolist(), packed.start_dir
    content = bytearray(archive.read_bytes())
    at = start
    for entry in entries:
        content[at + 42 : at + 46] = struct.pack("<L", 0)  # where its bytes begin
        at += 46 + len(entry.filename)
    archive.write_bytes(bytes(content))
    refused(archive, folder, "no whole")


def test_header_of_gigabytes_is_not_read(tmp_path, folder):
    archive = tmp_path / "a.tgz"
    info = tarfile.TarInfo("a")
    info.type, info.size = tarfile.XHDTYPE, 2**31
    archive.write_bytes(gzip.compress(info.tobuf() + bytes(2**27), 1))
    tracemalloc.start()
    try:
        refused(archive, folder, "no whole")
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()


def test_archive_that_does_not_end_is_refused(tmp_path, folder):
    archive = tar(tmp_path / "a.tar", {"a": b"x"}, "w")
    packed = tmp_path / "a.tgz"
    packed.write_bytes(gzip.compress(archive.read_bytes() + bytes(module.SMALL + 2**21)))
    refused(packed, folder, "no whole")


def test_headers_upon_headers_are_refused(tmp_path, folder):
    archive = tmp_path / "a.tar"
    info = tarfile.TarInfo("a")
    info.type, info.size = tarfile.XHDTYPE, 0
    archive.write_bytes(info.tobuf() * 5000)
    refused(archive, folder, "no whole")


# archives that are broken


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz", "zip"])
@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_archive_that_is_cut_is_refused(tmp_path, folder, mode, part):
    archive = tmp_path / "archive"
    files = {"a": os.urandom(50_000), "b": os.urandom(50_000)}
    zipped(archive, files) if mode == "zip" else tar(archive, files, mode)
    archive.write_bytes(archive.read_bytes()[: int(part * archive.stat().st_size)])
    refused(archive, folder, "no whole")


@pytest.mark.parametrize("make", [tar, zipped])
def test_flipped_bit_is_refused(tmp_path, folder, make):
    archive = make(tmp_path / "archive", {"a": os.urandom(50_000)})
    content = bytearray(archive.read_bytes())
    content[25_000] ^= 1
    archive.write_bytes(bytes(content))
    refused(archive, folder, "no whole")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"\x1f\x8b", b"<html>", gzip.compress(b"no tar", mtime=0), b"PK\x03\x04" * 30],
)
def test_what_is_no_archive_is_refused(tmp_path, folder, content):
    archive = tmp_path / "archive"
    archive.write_bytes(content)
    refused(archive, folder, "no whole")


def test_password_is_refused(tmp_path, folder):
    archive = zipped(tmp_path / "a.zip", {"a": b"x"})
    content = bytearray(archive.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(bytes(content))
    refused(archive, folder, "password")


def test_missing_archive_is_said_to_be_missing(tmp_path, folder):
    with pytest.raises(MissingDataError):
        unpack(tmp_path / "none.zip", folder)


def test_full_disk_leaves_nothing_half(tmp_path, folder, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.hashlib, "sha256", full)
    with pytest.raises(OSError, match="No space"):
        unpack(tar(tmp_path / "a.tgz"), folder)
    assert not list(folder.iterdir())
