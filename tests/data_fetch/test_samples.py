"""The commit-pinned samples, really fetched: from a folder, and over a plain web server."""

from __future__ import annotations

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from data_fetch import fetch, load, names, verify
from geoviz_ml.readers import read_magnetogram, read_oath, read_search_coil, read_srs, read_themis

SAMPLES = [name for name in names() if load(name).samples]


class Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass


@pytest.fixture
def web(real_data):
    """The address of a web server with the real observations."""
    handler = functools.partial(Quiet, directory=real_data)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def check(name):
    folder = fetch(name, progress=False)
    assert verify(name) == {}
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    wanted = {file.name for file in load(name).files()}
    assert there - {"hashes.json", ".lock"} == wanted


@pytest.mark.data
@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_fetched_from_a_folder(real_data, monkeypatch, name):
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", str(real_data))
    check(name)


@pytest.mark.data
@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_fetched_over_the_web(web, monkeypatch, name):
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", web + "/")
    check(name)


@pytest.mark.data
def test_readers_read_what_was_fetched(real_data, monkeypatch):
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", str(real_data))
    assert read_oath(fetch("oath-sample", progress=False)).sizes["picture"] == 8
    assert read_themis(fetch("themis-sample", progress=False) / "stream0").sizes["time"] == 80
    table = read_srs(fetch("srs-sample", progress=False) / "mount_wilson_1996_2026.csv")
    assert len(table) == 46_044
    coil = fetch("alfven-sample", progress=False) / "sierra_nevada" / "2015-03-01"
    assert read_search_coil(coil, end="2015-03-01T01:50").attrs["units"] == "V"
    disk = next(fetch("magnetograms-sample", progress=False).glob("magnetograms/*.jp2"))
    assert read_magnetogram(disk).shape == (4096, 4096)


@pytest.mark.data
def test_themis_is_found_by_site_and_time_on_both_kinds_of_mirror(
    real_data, web, monkeypatch, data
):
    for i, mirror in enumerate((str(real_data), web)):
        monkeypatch.setenv("GEOVIZ_ML_MIRROR", mirror)
        monkeypatch.setenv("GEOVIZ_ML_DATA", str(data / str(i)))
        asked = {"site": "gill", "start": "2014-03-10T06:01", "end": "2014-03-10T06:02:30"}
        pictures = read_themis(fetch("themis", **asked, progress=False))
        assert pictures.sizes["time"] == 40
        assert str(pictures.time.values[0])[:16] == "2014-03-10T06:01"
