"""Servers, archives and lock files of strangers: what is not the file is never taken for it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import stat
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

from data_fetch import fetch, hops, load, plan, take, verify
from data_fetch.__main__ import main
from data_fetch.errors import Hopeless
from data_fetch.file_names import unusable
from data_fetch.hops import is_private, public, refusal
from data_fetch.kinds import MAGIC, foreign
from data_fetch.mirror import listing, mirror
from data_fetch.store import Store
from data_fetch.transfer import File, Patience
from data_fetch.unpack import unpack
from geoviz_ml.errors import DataFileError, DownloadError, GeovizError, UsageError

from .server import status, whole

HASTY = Patience(attempts=1, wait=0.01, connect=5, silence=5)
TEXT = b"time,value\n1,2\n"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "set")


def get(store, name, *addresses, **known):
    with store.writing():
        store.get(File(name, addresses, **known), HASTY)


# what comes in place of a file

ANSWERS = {
    "html": b"<!DOCTYPE html><html><body>Please log in</body></html>",
    "xhtml": b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">',
    "comment": b"<!-- gateway 7 --><html><body>Down for maintenance</body></html>",
    "mark of byte order": b"\xef\xbb\xbf<!DOCTYPE html><html></html>",
    "two bytes a letter": "\ufeff<html><body>Please log in</body></html>".encode("utf-16-le"),
    "blank lines": b"\r\n\r\n  <HTML lang=en>",
    "no head": b"<p>Please log in</p>",
    "form": b"<form action='/login'>",
    "json": b'{"error": "no such key"}',
    "json list": b'[{"error": 404}]',
    "soap": b'<soap:Envelope xmlns:soap="x"/>',
    "nothing": b"",
}
NAMES = ["20140310SRS.txt", "table.csv", "CH1_2012_09_01_00.dat", *(f"a{end}" for end in MAGIC)]


@pytest.mark.parametrize("content", ANSWERS.values(), ids=ANSWERS)
def test_what_is_no_file_is_kept_under_no_name(tmp_path, content):
    for name in NAMES:
        (tmp_path / name).write_bytes(content)
    assert [name for name in NAMES if foreign(tmp_path / name) is None] == []


@pytest.mark.parametrize("answer", ANSWERS)
def test_such_an_answer_leads_to_the_mirror_and_has_no_hash_recorded(server, store, answer):
    wrong = server.on("/wrong", status(200, ANSWERS[answer]))
    with pytest.raises(DownloadError, match="web page|JSON|empty"):
        get(store, "table.csv", wrong)
    assert not store.records()
    get(store, "table.csv", wrong, server.on("/right", whole(TEXT)))
    assert store.records()["table.csv"]["sha256"] == hashlib.sha256(TEXT).hexdigest()


@pytest.mark.parametrize(
    ("kind", "right"),
    [("text/plain", True), ("text/csv; charset=utf-8", True), ("application/octet-stream", True),
     ("", True), ("text/html", False), ("application/xhtml+xml", False),
     ("application/json; charset=utf-8", False), ("application/problem+json", False)],
)  # fmt: skip
def test_the_type_that_a_server_says_counts_for_texts(server, store, kind, right):
    address = server.on("/a", whole(b"Service suspended.\n", Content_Type=kind))
    if right:
        return get(store, "table.csv", address)
    with pytest.raises(DownloadError, match="is a web page|is an answer in JSON"):
        get(store, "table.csv", address)


def test_the_type_does_not_count_where_the_beginning_or_the_hash_tells(server, store):
    packed = gzip.compress(TEXT)
    get(store, "a.gz", server.on("/a", whole(packed, Content_Type="text/html")))
    address = server.on("/b", whole(TEXT, Content_Type="text/html"))
    get(store, "b.csv", address, sha256=hashlib.sha256(TEXT).hexdigest())


def test_an_empty_file_with_a_known_hash_is_right(server, store):
    get(store, "a.txt", server.on("/a", whole(b"")), sha256=hashlib.sha256().hexdigest())


def test_a_summary_that_its_reader_cannot_read_is_not_recorded_and_comes_later(server, store):
    summary = "\n".join(
        [":Product: 0310SRS.txt", ":Issued: 2014 Mar 10 0030 UTC", "# Prepared jointly by"]
    )
    address = server.on("/a", status(200, summary.encode()), status(200, b"Service suspended."))
    for _ in range(2):
        with pytest.raises(DownloadError, match="cannot be read"):
            get(store, "srs/20140310SRS.txt", address)
        assert not store.records()


@pytest.mark.data
def test_every_real_file_is_of_its_kind(real_data):
    files = [path for path in real_data.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(files) > 500
    assert {path.name: said for path in files if (said := foreign(path))} == {}


def test_an_encoded_answer_is_refused_unless_the_file_itself_is_so(server, store):
    packed = gzip.compress(TEXT)
    with pytest.raises(DownloadError, match="sends it packed"):
        get(store, "a.csv", server.on("/a", whole(packed, Content_Encoding="gzip")))
    with pytest.raises(DownloadError, match="sends it packed"):
        get(store, "a.csv", server.on("/b", whole(packed, Content_Encoding="br")))
    get(store, "a.csv.gz", server.on("/c", whole(packed, Content_Encoding="x-gzip")))
    assert (store.folder / "a.csv.gz").read_bytes() == packed


@pytest.mark.parametrize("length", ["-1", "-999999999", "1e3", "٣"])
def test_a_length_that_is_none_is_no_empty_file(server, store, length):
    def answer(handler):
        handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode())
        handler.close_connection = True

    with pytest.raises(DownloadError):
        get(store, "a.bin", server.on("/a", answer))
    assert not (store.folder / "a.bin").exists()


# where an address leads


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        (["https://a.org/x", "http://b.org/x"], "not encrypted"),
        (["http://a.org/x", "https://b.org/x", "http://c.org/x"], "not encrypted"),
        (["http://a.org/x", "ftp://b.org/x"], "no web address"),
        (["http://a.org/x", "file:///etc/passwd"], "no web address"),
        (["https://a.org/x", "data:text/plain,x"], "no web address"),
        (["https://a.org/x", "https:///x"], "no web address"),
        (["https://a.org/x", "https://[::1"], "no address"),
        (["https://a.org/x", "https://b.org:99999/"], "no address"),
        (["https://a.org/x", "https://me:pw@b.org/x"], "with a password"),
        (["https://a.org/x", "https://127.0.0.1/x"], "private network"),
        (["https://a.org/x", "https://127.1/x"], "private network"),
        (["https://a.org/x", "https://2130706433/x"], "private network"),
        (["https://a.org/x", "https://localhost:8888/"], "private network"),
        (["https://a.org/x", "https://192.168.1.1/"], "private network"),
        (["https://a.org/x", "https://169.254.169.254/latest"], "private network"),
        (["https://a.org/x", "https://[::ffff:10.0.0.1]/"], "private network"),
        (["https://a.org/x", "https://[fd00::1]/"], "private network"),
        (["http://me:pw@a.org/x"], "everybody on the way"),
        (["gopher://a.org/x"], "no web address"),
    ],
)
def test_a_hop_is_refused(chain, why):
    *before, last = chain
    assert all(refusal(url, before[:i]) is None for i, url in enumerate(before))
    assert why in refusal(last, before)
    assert "pw" not in refusal(last, before)


@pytest.mark.parametrize(
    "chain",
    [
        ["http://a.org/x", "https://a.org/x", "https://b.org/y"],
        ["https://me:pw@a.org/x"],
        ["http://127.0.0.1:8000/x", "http://127.0.0.1:8000/y"],
        ["http://192.168.1.1/x", "http://10.0.0.1/y"],
        ["https://a.org/x", "https://1.1.1.1/y"],
    ],
)
def test_a_hop_is_taken(chain):
    assert [refusal(url, chain[:i]) for i, url in enumerate(chain)] == [None] * len(chain)


@pytest.mark.parametrize("host", ["example.org", "8.8.8.8", "2606:4700::1111", "localhost.org"])
def test_addresses_of_the_world_are_not_private(host):
    assert not is_private(host)


class Session:
    """In place of requests': address -> where it leads to, or None; what was asked is kept."""

    def __init__(self, leads):
        self.leads, self.asked = leads, []

    def get(self, url, **options):
        self.asked.append((url, options))
        answer = SimpleNamespace(url=url, __enter__=None)
        return _Context(answer)

    def get_redirect_target(self, response):
        return self.leads[response.url]


class _Context:
    def __init__(self, answer):
        self.answer = answer

    def __enter__(self):
        return self.answer

    def __exit__(self, *error):
        return False


def test_an_open_address_between_two_encrypted_ones_is_not_asked(monkeypatch):
    session = Session({"https://a.org/x": "http://b.org/x", "http://b.org/x": "https://a.org/y"})
    monkeypatch.setattr(hops, "_session", lambda: session)
    with pytest.raises(Hopeless, match="not encrypted"), hops.answer("https://a.org/x", {}, (1, 1)):
        pass
    assert [url for url, _ in session.asked] == ["https://a.org/x"]


def test_addresses_without_end_are_left(monkeypatch):
    session = Session({f"https://a.org/{i}": f"/{i + 1}" for i in range(50)})
    monkeypatch.setattr(hops, "_session", lambda: session)
    with pytest.raises(Hopeless, match="without end"), hops.answer("https://a.org/0", {}, (1, 1)):
        pass
    assert len(session.asked) == hops.MOST + 1


# passwords


def test_no_password_of_netrc_goes_over_http(server, store, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\ndefault login you password two\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    heard = []

    def listen(handler):
        heard.append(handler.headers.get("Authorization"))
        whole(TEXT)(handler)

    server.on("/there", listen)
    get(store, "a.csv", server.on("/a", status(302, Location="/there")))
    assert heard == [None]


def test_a_password_in_the_address_of_a_mirror_is_not_kept_and_not_told(monkeypatch, tmp_path):
    address = "https://me:secret@127.0.0.1:9/data"
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", address)
    with pytest.raises(DownloadError) as caught:
        fetch("oath-tables", progress=False, patience=HASTY)
    assert "secret" not in str(caught.value)
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"secret" in p.read_bytes()]
    assert public(address) == "https://127.0.0.1:9/data"


# a mirror that is none


@pytest.mark.parametrize(
    "given",
    ["http://", "https:///x", "http://[::1", "ftp://a.org/x", "file:///data", "http://a.org:99999",
     "http://a.org:port", "http://me:secret@a.org/", "https://a.org/?x=1", "x" * 5000,
     "/".join(["y" * 300] * 3), "s3://bucket/x", "http://a b:1/"],
)  # fmt: skip
def test_a_mirror_that_is_none_is_one_clear_error(monkeypatch, capsys, given):
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", given)
    assert main(["oath-tables", "--dry-run"]) in (0, 1)
    told = capsys.readouterr().err
    assert told.count("Error:") <= 1
    assert "Traceback" not in told
    assert "secret" not in told
    if given != "http://a b:1/":  # found out when it is asked
        with pytest.raises(UsageError, match="GEOVIZ_ML_MIRROR"):
            mirror()
    with pytest.raises(GeovizError):
        fetch("oath-tables", progress=False, patience=HASTY)


def test_the_root_folder_can_be_a_mirror(monkeypatch):
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", "/")
    assert mirror() == "/"


# names


@pytest.mark.parametrize(
    "name",
    ["../x", "/x", "a/../../x", "a\\b", "C:x", "a\nb", "a\x1b[31m", "a\u202eb", "a\udcffb",
     "x" * 256, "ä" * 128, "/".join("a" * 20), "x.", "x ", "a./b"],
)  # fmt: skip
def test_a_name_that_no_file_should_have_is_one_clear_error(name):
    assert unusable(name)
    with pytest.raises(DownloadError, match="has a name that"):
        File(name, ("https://example.org/x",))


@pytest.mark.parametrize("name", ["a/b-c_d.tar.gz", "ä ö/é.csv", "20140310_gill-+_v03.sav", "日本"])
def test_other_names_are_usable(name):
    assert unusable(name) is None


def test_a_long_name_in_a_listing_is_one_clear_error(server, monkeypatch, capsys):
    name = f"themis_skymap_gill_20140101-{'x' * 300}.sav"
    minute = "20140310_0600_gill_themis19_full.pgm.gz"
    for path, inside in {
        "/stream0/2014/03/10/": "gill_themis19/",
        "/stream0/2014/03/10/gill_themis19/": "ut06/",
        "/stream0/2014/03/10/gill_themis19/ut06/": minute,
        "/skymaps/gill/": "gill_20140101/",
        "/skymaps/gill/gill_20140101/": name,
    }.items():
        server.on(path, status(200, f'<a href="{inside}">x</a>'.encode()))
    monkeypatch.setitem(load("themis").extra, "base", server.url)
    asked = ["--site", "gill", "--start", "2014-03-10T06:00", "--end", "2014-03-10T06:00"]
    assert main(["themis", *asked]) == 1
    assert "is too long" in capsys.readouterr().err


@pytest.mark.parametrize("broken", ["<a ", "<!--", '<a href="', "<a a=' ", "</", "<a b b b b b "])
def test_a_listing_that_is_made_to_be_slow_is_read_at_once(server, broken):
    page = broken.encode() * (2**18 // len(broken)) + b'><a href="b.gz">x</a>'
    server.on("/slow/", status(200, page))
    assert "b.gz" in listing(f"{server.url}/slow/", HASTY)


def test_links_of_a_listing_are_found_as_browsers_find_them(server):
    page = b"""<A class="x" HREF='a.gz'>x</A><a href=b/ >x</a><a href="c%20d&amp;e">x</a>
    <a data-href="no"><abbr href="no"><a
    href = "f"><a href="http://[">no address</a><img href="no"><a href="/elsewhere">x</a>"""
    server.on("/some/", status(200, page))
    assert list(listing(f"{server.url}/some/", HASTY)) == ["a.gz", "b/", "c d&e", "f"]


def test_a_minute_that_there_is_not_in_a_listing_is_left_out(server, monkeypatch):
    for path, inside in {
        "/stream0/2014/03/10/": "gill_themis19/",
        "/stream0/2014/03/10/gill_themis19/": "ut06/",
        "/stream0/2014/03/10/gill_themis19/ut06/": "20149910_0699_gill_themis19_full.pgm.gz",
    }.items():
        server.on(path, status(200, f'<a href="{inside}">x</a>'.encode()))
    monkeypatch.setitem(load("themis").extra, "base", server.url)
    asked = ["--site", "gill", "--start", "2014-03-10T06:00", "--end", "2014-03-10T06:00"]
    assert main(["themis", *asked]) == 1


@pytest.mark.parametrize("host", ["localhost.", "a.localhost.", "127.0.0.1.", "127.1", "0x7f.1"])
def test_other_ways_to_write_this_machine_are_private(host):
    assert is_private(host)
    assert "private network" in refusal(f"http://{host}/x", ["http://example.org/"])


# archives


def archive(folder, names, kind="zip") -> bytes:
    content = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(content, "w") as packed:
            for name in names:
                packed.writestr(name, "new")
    else:
        with tarfile.open(fileobj=content, mode="w:gz") as packed:
            for name in names:
                info = tarfile.TarInfo(name)
                info.size = 3
                packed.addfile(info, io.BytesIO(b"new"))
    folder.mkdir(parents=True, exist_ok=True)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("name", ["set.zip", "SET.ZIP", "top/set.zip"])
def test_an_archive_does_not_overwrite_itself(tmp_path, kind, name):
    names = [name, "top/other" if "/" in name else "other"]
    content = archive(tmp_path / "in", names, kind)
    (tmp_path / "in" / "set.zip").write_bytes(content)
    with pytest.raises(DataFileError, match="name is taken"):
        unpack(tmp_path / "in" / "set.zip", tmp_path / "in")
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["set.zip"]
    assert (tmp_path / "in" / "set.zip").read_bytes() == content


@pytest.mark.parametrize("name", ["hashes.json", "HASHES.JSON", ".lock", ".partial/x"])
def test_an_archive_does_not_write_our_own_files(server, monkeypatch, data, name):
    content = archive(data, [name, "picture.txt"])
    address = server.on("/zip", whole(content))
    monkeypatch.setitem(load("alfven-pictures").extra["files"][0], "addresses", [address])
    folder = fetch("alfven-pictures", progress=False, patience=HASTY)
    assert {p.name for p in folder.iterdir()} == {
        "hashes.json", "unet.zip", "picture.txt", ".lock",
    }  # fmt: skip
    assert verify("alfven-pictures") == {}


@pytest.mark.parametrize("name", ["x" * 250, "ö" * 120, "a\udce9b", "a\u202ecod.exe"])
def test_an_archive_with_a_name_that_some_disks_cannot_hold_is_refused(tmp_path, name):
    content = archive(tmp_path / "in", ["good", name], "tar")
    (tmp_path / "a.tgz").write_bytes(content)
    with pytest.raises(DataFileError, match="a name that"):
        unpack(tmp_path / "a.tgz", tmp_path / "in")
    assert not list((tmp_path / "in").iterdir())


# the table of hashes

GOOD = {"bytes": 3, "sha256": "0" * 64}
DAMAGED = {
    "nothing": "", "no JSON": "{", "zeros": "\0" * 100, "no UTF-8": b"\xff\xfe", "a list": "[]",
    "a number": "3", "no files": "{}", "files as a list": '{"files": []}',
    "files as a number": '{"files": 3}', "a file as a number": '{"files": {"a": 3}}',
    "an empty record": '{"files": {"a": {}}}', "deep": "[" * 10**5,
    **{
        f"{key} as {value!r}": json.dumps({"files": {"a": GOOD | {key: value}}})
        for key, value in [("bytes", "3"), ("bytes", -1), ("bytes", 1.5), ("bytes", True),
                           ("bytes", None), ("sha256", 7), ("sha256", "x"), ("from", []),
                           ("archive", ["b"]), ("unpacked", 5), ("unpacked", [3])]
    },
    **{
        f"the name {name!r}": json.dumps({"files": {name: GOOD}})
        for name in ("../../x", "/etc/passwd", "x" * 300, "a\x1bb")
    },
}  # fmt: skip


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_table_of_hashes_is_one_clear_error_everywhere(data, tmp_path, capsys, text):
    (data / "oath-tables").mkdir(parents=True)
    table = data / "oath-tables" / "hashes.json"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "classifications.csv").write_text("x")
    for call in (
        lambda: fetch("oath-tables", progress=False),
        lambda: plan("oath-tables"),
        lambda: verify("oath-tables"),
        lambda: take("oath-tables", mine),
        Store(data / "oath-tables").records,
    ):
        with pytest.raises(DataFileError, match=r"hashes\.json: is no table of hashes"):
            call()
    assert main(["list"]) == 0
    assert "damaged" in capsys.readouterr().out


def test_a_table_of_hashes_that_is_no_file_is_one_clear_error(data):
    (data / "oath-tables").mkdir(parents=True)
    os.mkfifo(data / "oath-tables" / "hashes.json")
    with pytest.raises(DataFileError, match=r"hashes\.json"):
        verify("oath-tables")


# permissions


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_new_files_have_the_permissions_that_the_reader_wants(server, store, tmp_path, umask):
    get(store, "a.csv", server.on("/a", whole(TEXT)))
    (tmp_path / "mine.csv").write_bytes(TEXT)
    get(store, "b.csv", str(tmp_path / "mine.csv"))
    (tmp_path / "mine.csv").chmod(0o644)
    with store.writing():
        store.take(tmp_path / "mine.csv", File("c.csv"))
    files = [path for path in store.folder.iterdir() if path.suffix in (".csv", ".json")]
    assert {path.name: mode(path) for path in files} == dict.fromkeys(
        ("a.csv", "b.csv", "c.csv", "hashes.json"), 0o600
    )


def test_a_file_that_was_there_keeps_its_permissions(server, store, tmp_path):
    get(store, "a.csv", server.on("/a", whole(TEXT)))
    for name in ("a.csv", "hashes.json"):
        (store.folder / name).chmod(0o640)
    get(store, "a.csv", server.url + "/a")
    assert [mode(store.folder / name) for name in ("a.csv", "hashes.json")] == [0o640, 0o640]
    (store.folder / "set.zip").write_bytes(archive(tmp_path, ["a.csv", "b.csv"]))
    unpack(store.folder / "set.zip", store.folder)
    assert mode(store.folder / "a.csv") == 0o640
