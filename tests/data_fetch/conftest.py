"""The misbehaving server, and a data folder of its own for every test."""

import threading

import pytest

from .server import Server


@pytest.fixture
def server():
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.closing.set()
        server.shutdown()


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """The data folder of the test; no mirror is set."""
    folder = tmp_path / "data"
    monkeypatch.setenv("GEOVIZ_ML_DATA", str(folder))
    monkeypatch.delenv("GEOVIZ_ML_MIRROR", raising=False)
    return folder
