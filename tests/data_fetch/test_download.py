"""What the fetcher does when the line, the server or the disk fails.

Whatever happens: the right file or one clear error, and no half file under its final name.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from data_fetch import resume, transfer
from data_fetch.errors import DiskFull, NotThere
from data_fetch.store import Store
from data_fetch.transfer import File, Patience
from geoviz_ml.errors import DataFileError, DownloadError, GeovizError

from .server import raw, silent, status, until, whole

SIZE = 300_000
DATA = np.random.default_rng(0).bytes(SIZE)
OTHER = np.random.default_rng(1).bytes(SIZE)
HASH = hashlib.sha256(DATA).hexdigest()
HASTY = Patience(attempts=3, gain=50_000, wait=0.01, longest_wait=0.05, connect=10, silence=10)
IMPATIENT = replace(HASTY, silence=0.3, slowest=1e5, window=0.3)
HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"


@pytest.fixture
def store(tmp_path):
    """A folder that in the end holds the right file under its name, or none."""
    store = Store(tmp_path / "set")
    yield store
    final = store.folder / "data.bin"
    assert not final.exists() or final.read_bytes() == DATA
    left = [path.name for path in store.folder.rglob("*") if path.is_file()]
    assert not [name for name in left if name.startswith(("tmp", ".data"))], "rubbish is left"


def get(store, *addresses, name="data.bin", sha256=HASH, size=SIZE, patience=HASTY):
    with store.writing():
        store.get(File(name, addresses, size, sha256), patience)
    assert store.problem(File(name, (), size, sha256)) is None


def fails(store, *addresses, kind=DownloadError, **options) -> str:
    """The message of the one clear error."""
    with pytest.raises(kind) as caught:
        get(store, *addresses, **options)
    assert isinstance(caught.value, GeovizError)
    assert not (store.folder / options.get("name", "data.bin")).exists()
    return str(caught.value)


# a good server


def test_file_comes_whole_and_is_recorded(server, store):
    get(store, server.on("/a", whole(DATA)))
    record = store.records()["data.bin"]
    assert (record["bytes"], record["sha256"]) == (len(DATA), HASH)
    assert record["from"] == server.url + "/a"


def test_progress_tells_bytes_of_the_file_up_to_its_size(server, tmp_path):
    told = []
    address = server.on("/a", whole(DATA, stop=100_000), whole(DATA))
    transfer.download(File("a", (address,), len(DATA), HASH), tmp_path, HASTY, told.append)
    assert told == sorted(told)
    assert told[-1] == len(DATA)


def test_redirect_is_followed(server, store):
    server.on("/b", whole(DATA))
    get(store, server.on("/a", status(302, Location="/b")))


def test_file_of_this_machine_is_copied(tmp_path, store):
    (tmp_path / "source").write_bytes(DATA)
    get(store, str(tmp_path / "source"))


# a line that is cut


def test_cut_in_the_middle_is_resumed(server, store):
    get(store, server.on("/a", whole(DATA, stop=100_000), whole(DATA)))
    assert server.ranges() == [None, "bytes=100000-"]


def test_cut_is_resumed_by_the_next_run(server, store):
    address = server.on("/a", whole(DATA, stop=100_000), whole(DATA))
    once = Patience(attempts=1)
    assert "the same command continues" in fails(store, address, patience=once)
    get(store, address, patience=once)
    assert server.ranges() == [None, "bytes=100000-"]


def test_cut_is_resumed_without_a_published_hash_if_the_server_marks_its_file(server, store):
    address = server.on("/a", whole(DATA, stop=100_000), whole(DATA))
    get(store, address, sha256=None, size=None)
    assert server.ranges() == [None, "bytes=100000-"]


def test_cut_without_hash_and_mark_begins_again(server, store):
    address = server.on("/a", whole(DATA, stop=100_000, etag=None), whole(DATA, etag=None))
    get(store, address, sha256=None, size=None)
    assert server.ranges() == [None, None]


def test_cuts_do_not_count_as_long_as_much_comes_between_them(server, store):
    stops = [whole(DATA, stop=60_000)] * 5  # each attempt brings 60 kB, which is more than `gain`
    get(store, server.on("/a", *stops, whole(DATA)))
    assert len(server.seen) == 5


def test_cut_at_once_again_and_again_is_given_up(server, store):
    message = fails(store, server.on("/a", whole(DATA, stop=1000)))
    assert "3 attempts" in message


def test_chunked_answer_that_breaks_off_is_tried_again(server, store):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    broken = raw(head + b"1000\r\n" + DATA[:1000])
    get(store, server.on("/a", broken, whole(DATA)), sha256=None, size=None)


def test_length_that_promises_more_than_comes_is_a_cut(server, store):
    short = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + DATA[:200_000])
    assert "cut" in fails(store, server.on("/a", short), sha256=None, size=None)


def test_answer_without_length_that_ends_early_is_a_cut(server, store):
    short = raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + DATA[:200_000])
    assert "cut at 200000 of 300000" in fails(store, server.on("/a", short))


# a server whose file is another


def test_wrong_bytes_never_get_the_name(server, store):
    message = fails(store, server.on("/a", whole(OTHER)))
    assert "other bytes than the SHA-256" in message


def test_wrong_bytes_lead_to_the_mirror(server, store):
    get(store, server.on("/a", whole(OTHER)), server.on("/b", whole(DATA)))


def test_part_of_another_file_does_not_spoil_the_right_one(server, store):
    store.partial.mkdir(parents=True)
    (store.partial / "data.bin.part").write_bytes(OTHER[:1000])
    get(store, server.on("/a", whole(DATA)))
    assert server.ranges() == ["bytes=1000-", None]


def test_part_of_the_first_address_is_continued_at_the_mirror(server, store):
    first = server.on("/a", whole(DATA, stop=100_000), status(404))
    get(store, first, server.on("/b", whole(DATA)))
    assert server.ranges() == [None, "bytes=100000-", "bytes=100000-"]


def test_part_that_is_longer_than_the_file_is_thrown_away(server, store):
    store.partial.mkdir(parents=True)
    (store.partial / "data.bin.part").write_bytes(DATA + b"more")
    get(store, server.on("/a", whole(DATA)))


def test_part_that_is_whole_needs_no_more_bytes(server, store):
    store.partial.mkdir(parents=True)
    (store.partial / "data.bin.part").write_bytes(DATA)
    get(store, server.on("/a", whole(DATA)))
    assert server.ranges() == ["bytes=300000-"]


def test_server_that_ignores_ranges_sends_it_all_again(server, store):
    get(store, server.on("/a", whole(DATA, stop=100_000), whole(DATA, ranges=False)))


def test_file_that_changed_between_attempts_comes_anew(server, store):
    old, new = whole(OTHER, etag='"old"', stop=100_000), whole(DATA, etag='"new"')
    get(store, server.on("/a", old, new), sha256=None, size=None)


def test_file_that_changed_unnoticed_is_found_out_by_its_hash(server, store):
    old = whole(OTHER, etag='"old"', stop=100_000)
    new = whole(DATA, etag='"new"', obey_if_range=False)
    get(store, server.on("/a", old, new))
    assert server.ranges() == [None, "bytes=100000-", None]


def test_file_that_became_shorter_comes_anew(server, store):
    old = whole(DATA + DATA, etag=None, stop=400_000)
    get(store, server.on("/a", old, whole(DATA, etag=None)), size=None)


def test_another_range_than_asked_for_is_refused(server, store):
    head = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-199999/300000\r\n"
    other = raw((head + "Content-Length: 200000\r\n\r\n").encode() + DATA[:200_000])
    address = server.on("/a", whole(DATA, stop=100_000), other, whole(DATA))
    get(store, address, sha256=None, size=None)


def test_file_that_is_no_longer_the_one_of_the_first_download_is_refused(server, store):
    address = server.on("/a", whole(DATA), whole(OTHER))
    get(store, address, sha256=None, size=None)
    (store.folder / "data.bin").unlink()
    assert "hashes.json" in fails(store, address, sha256=None, size=None)


@pytest.mark.parametrize("name", ["a.tgz", "a.zip", "a.h5", "a.png", "a.jp2", "aSRS.txt", "a.csv"])
def test_login_page_is_not_taken_for_a_file(server, store, name):
    page = server.on("/a", status(200, HTML, Content_Type="text/html"))
    assert "web page" in fails(store, page, name=name, sha256=None, size=None)


def test_login_page_leads_to_the_mirror(server, store):
    archive = gzip.compress(DATA)
    page, mirror = server.on("/a", status(200, HTML)), server.on("/b", whole(archive))
    get(store, page, mirror, name="a.tgz", sha256=None, size=None)
    assert (store.folder / "a.tgz").read_bytes() == archive


def test_empty_answer_is_not_taken_for_a_file(server, store):
    assert "no .tgz" in fails(
        store, server.on("/a", status(200)), name="a.tgz", sha256=None, size=None
    )


def test_answer_that_is_compressed_on_the_way_leads_to_the_mirror(server, store):
    packed = server.on("/a", whole(gzip.compress(DATA), Content_Encoding="gzip"))
    assert "though it was asked not to" in fails(store, packed, size=None)
    get(store, packed, server.on("/b", whole(DATA)))


# a server that does not want to


@pytest.mark.parametrize("code", [404, 410])
def test_missing_file_leads_to_the_mirror(server, store, code):
    get(store, server.on("/a", status(code)), server.on("/b", whole(DATA)))
    assert len(server.seen) == 2


def test_file_that_is_nowhere_is_said_to_be_nowhere(server, store):
    message = fails(
        store, server.on("/a", status(404)), server.on("/b", status(410)), kind=NotThere
    )
    assert "/a" in message
    assert "/b" in message


@pytest.mark.parametrize("code", [400, 401, 403, 204, 304])
def test_refusal_is_not_repeated(server, store, code):
    assert str(code) in fails(store, server.on("/a", status(code)))
    assert len(server.seen) == 1


@pytest.mark.parametrize("code", [500, 502, 503, 429, 408])
def test_overload_twice_and_then_good(server, store, code):
    get(store, server.on("/a", status(code), status(code), whole(DATA)))


def test_server_that_stays_broken_is_given_up_for_the_mirror(server, store):
    get(store, server.on("/a", status(500)), server.on("/b", whole(DATA)))
    assert len(server.seen) == 4


@pytest.mark.parametrize("wish", ["3", "100000000", "Fri, 01 Jan 2100 00:00:00 GMT", "soon", "-5"])
def test_wish_to_wait_is_followed_within_limits(server, store, monkeypatch, wish):
    waited = []
    monkeypatch.setattr(transfer.time, "sleep", waited.append)
    busy = status(503, Retry_After=wish)
    patience = Patience(wait=0.5, longest_wait=7)
    get(store, server.on("/a", busy, whole(DATA)), patience=patience)
    assert waited == [{"3": 3, "soon": 0.5, "-5": 0.5}.get(wish, 7)]


def test_waits_grow(server, store, monkeypatch):
    waited = []
    monkeypatch.setattr(transfer.time, "sleep", waited.append)
    patience = Patience(attempts=6, wait=1, longest_wait=6)
    fails(store, server.on("/a", status(500)), patience=patience)
    assert waited == [1, 2, 4, 6, 6]


def test_server_that_never_answers_is_given_up_for_the_mirror(server, store):
    addresses = server.on("/a", silent), server.on("/b", whole(DATA))
    get(store, *addresses, patience=IMPATIENT)


def test_server_that_falls_silent_within_the_file_is_tried_again(server, store):
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 300000\r\nETag: "1"\r\n\r\n'
    stuck = raw(head + DATA[:100_000], b"", pause=2)
    get(store, server.on("/a", stuck, whole(DATA)), patience=IMPATIENT)
    assert server.ranges() == [None, "bytes=100000-"]


def test_nobody_at_that_address_leads_to_the_mirror(server, store):
    get(store, "http://127.0.0.1:9/data.bin", server.on("/b", whole(DATA)))


def test_redirect_loop_leads_to_the_mirror(server, store):
    server.on("/there", status(302, Location="/a"))
    get(store, server.on("/a", status(302, Location="/there")), server.on("/b", whole(DATA)))


def test_redirect_loop_alone_is_a_clear_error(server, store):
    message = fails(store, server.on("/a", status(301, Location="/a")))
    assert "without end" in message


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "file:///etc/hostname", "http://", "//["])
def test_redirect_to_something_that_is_no_web_address_is_refused(server, store, target):
    fails(store, server.on("/a", status(302, Location=target)))


# a server that sends too much, too slowly, or nonsense


def test_slow_trickle_is_given_up(server, store):
    slow = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", *[b"x"] * 40, pause=0.05)
    assert "bytes/s" in fails(store, server.on("/a", slow), patience=IMPATIENT)


def test_time_is_up_in_the_end_however_fast_the_line(server, store):
    patience = Patience(total=0.3, slowest=0)
    slow = server.on("/a", whole(DATA, pause=0.05))
    assert "time is up" in fails(store, slow, patience=patience)


def test_file_of_another_size_is_refused_before_it_comes(server, store):
    assert "instead of 300000" in fails(store, server.on("/a", whole(DATA + b"more")))


def test_answer_without_end_is_refused_at_the_known_size(server, store):
    endless = raw(b"HTTP/1.1 200 OK\r\n\r\n", *[bytes(100_000)] * 50)
    assert "instead of 300000" in fails(store, server.on("/a", endless))


def test_answer_without_end_is_refused_at_the_largest_size(server, tmp_path):
    endless = server.on("/a", raw(b"HTTP/1.1 200 OK\r\n\r\n", *[bytes(100_000)] * 50))
    with pytest.raises(DownloadError, match="more than 400000 bytes"):
        transfer.download(File("a", (endless,), most=400_000), tmp_path, HASTY)
    assert not list(tmp_path.glob("a*"))


def test_long_listing_is_refused(server):
    huge = server.on("/a", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"))
    with pytest.raises(DownloadError, match="more than"):
        transfer.read_text((huge,), HASTY)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x00\x01\x02\x03" * 100,
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 100_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 1000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
    ],
    ids=["no HTTP", "nothing", "endless header", "many headers", "no chunk"],
)
def test_nonsense_leads_to_the_mirror(server, store, nonsense):
    get(store, server.on("/a", raw(nonsense)), server.on("/b", whole(DATA)))


@pytest.mark.parametrize("length", ["-5", "many", "1e9", "0x10", "+5", "9" * 30])
def test_length_that_is_none_leads_to_the_mirror(server, store, length):
    odd = server.on(
        "/a", raw(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + DATA)
    )
    assert "a length that is none" in fails(store, odd, sha256=None, size=None)
    get(store, odd, server.on("/b", whole(DATA)))


# a disk that is full, or not ours


def test_no_room_on_the_disk_is_said_before_anything_comes(server, store, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**6))
    assert "no room" in fails(store, server.on("/a", whole(DATA)), kind=DiskFull)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_disk_that_becomes_full_is_a_clear_error(server, store, monkeypatch, code):
    def full(*arguments):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(resume.Part, "become", full)
        assert "GEOVIZ_ML_DATA" in fails(store, server.on("/a", whole(DATA)), kind=DiskFull)
    get(store, server.on("/a", whole(DATA)))
    assert server.ranges() == [None, "bytes=300000-"]  # what had come was kept


def test_disk_that_takes_no_more_bytes_keeps_what_came(server, store):
    """The system itself refuses to write beyond 100 kB, in a process of its own."""
    address = server.on("/a", whole(DATA))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
    done = process(store, address, limit).communicate()[1]
    assert "DiskFull" in done
    assert (store.partial / "data.bin.part").read_bytes() == DATA[:100_000]
    get(store, address)
    assert server.ranges()[-1] == "bytes=100000-"


def test_folder_that_cannot_be_made_is_a_clear_error(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="cannot be written to"):
        get(Store(tmp_path / "file" / "set"), server.on("/a", whole(DATA)))


# processes


def process(store, address, first="") -> subprocess.Popen:
    """Another process that fetches the file."""
    code = f"""{first}
from data_fetch.store import Store
from data_fetch.transfer import File
store = Store({str(store.folder)!r})
with store.writing():
    file = File("data.bin", ({address!r},), {len(DATA)}, {HASH!r})
    if store.problem(file):
        store.get(file)
"""
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once_fetch_it_once(server, store):
    address = server.on("/a", whole(DATA, pause=0.01))
    both = [process(store, address), process(store, address)]
    told = [p.communicate()[1] for p in both]
    assert [p.returncode for p in both] == [0, 0], told
    assert len(server.seen) == 1
    assert store.problem(File("data.bin", (), len(DATA), HASH)) is None


def test_killed_and_run_again_goes_on_where_it_was(server, store):
    address = server.on("/a", whole(DATA, pause=0.05), whole(DATA))
    killed, part = process(store, address), store.partial / "data.bin.part"
    until(lambda: part.exists() and part.stat().st_size > 50_000)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not (store.folder / "data.bin").exists()
    came = part.stat().st_size
    get(store, address)
    assert server.ranges()[-1] == f"bytes={came}-"


def test_waiting_process_takes_over_from_a_killed_one(server, store):
    address = server.on("/a", whole(DATA, pause=0.05), whole(DATA))
    killed, part = process(store, address), store.partial / "data.bin.part"
    until(lambda: part.exists() and part.stat().st_size > 50_000)
    waiting = process(store, address)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    waiting.communicate()
    assert waiting.returncode == 0
    assert len(server.seen) == 2


def test_rubbish_of_a_killed_process_is_cleared_but_parts_are_kept(server, store):
    store.partial.mkdir(parents=True)
    (store.partial / "tmpabc").write_bytes(b"1")
    (store.folder / ".unpack-abc").mkdir()
    (store.partial / "other.bin.part").write_bytes(b"1")
    get(store, server.on("/a", whole(DATA)))
    assert {path.name for path in store.partial.iterdir()} == {"other.bin.part"}
    assert not list(store.folder.glob(".unpack-*"))


# the table of hashes


@pytest.mark.parametrize("text", ["", "[]", '{"files": {"a": {}}}', '{"files": {"a": 3}}', "\x00"])
def test_broken_table_of_hashes_is_a_clear_error(store, text):
    store.folder.mkdir()
    store.table.write_text(text)
    with pytest.raises(DataFileError, match="hashes.json"):
        store.records()


def test_table_of_hashes_is_plain_json(server, store):
    get(store, server.on("/a", whole(DATA)), sha256=None, size=None)
    assert json.loads(store.table.read_text())["files"]["data.bin"]["sha256"] == HASH
