"""Weights from an address: https and a SHA-256, or nothing; what comes is the file or an error."""

import hashlib

import pytest

from data_fetch import fetch_weights
from data_fetch.__main__ import main
from data_fetch.request import Patience
from geoviz_ml.errors import DownloadError, UsageError

from .server import whole

ADDRESS = "https://example.org/a/nights.safetensors"
CONTENT = b"weights of a network" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(attempts=1, wait=0.01)


@pytest.fixture
def mirror(server, monkeypatch):
    """A mirror that has the file."""
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", server.url)
    server.on("/weights/nights.safetensors", whole(CONTENT))
    return server


def test_weights_are_fetched_once_and_checked(mirror, data):
    path = fetch_weights(ADDRESS, SHA256.upper(), progress=False)
    assert path.read_bytes() == CONTENT
    assert path.is_relative_to(data / "weights")
    asked = len(mirror.ranges())
    assert fetch_weights(ADDRESS, SHA256, progress=False) == path
    assert len(mirror.ranges()) == asked


def test_what_was_changed_on_the_disk_is_fetched_again(mirror):
    path = fetch_weights(ADDRESS, SHA256, progress=False)
    path.write_bytes(b"other")
    assert fetch_weights(ADDRESS, SHA256, progress=False).read_bytes() == CONTENT


def test_other_bytes_than_those_promised_are_refused(mirror, data):
    with pytest.raises(DownloadError, match="other bytes than the SHA-256"):
        fetch_weights(ADDRESS, "0" * 64, progress=False, patience=QUICK)
    assert not list(data.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://example.org/nights.safetensors", "is not encrypted"),
        ("ftp://example.org/nights.safetensors", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("nights.safetensors", "no web address"),
        ("https://example.org/nights.pkl", "ends with .safetensors"),
        ("https://example.org/", "ends with .safetensors"),
        ("https://example.org/.safetensors", "ends with .safetensors"),
    ],
)
def test_only_encrypted_addresses_of_weights_are_asked(address, message):
    with pytest.raises(UsageError, match=message):
        fetch_weights(address, SHA256)


@pytest.mark.parametrize("name", ["..%2F..%2Fx.safetensors", "a%5Cx.safetensors"])
def test_a_name_cannot_lead_out_of_the_folder(name, mirror, data):
    with pytest.raises((DownloadError, UsageError)):
        fetch_weights(f"https://example.org/{name}", SHA256, progress=False, patience=QUICK)
    assert not [path for path in data.parent.rglob("x.safetensors")]


@pytest.mark.parametrize("sha256", ["", "abc", None, "g" * 64, "0" * 63])
def test_without_a_sha256_nothing_is_fetched(sha256, mirror):
    with pytest.raises(UsageError, match="by their SHA-256 only"):
        fetch_weights(ADDRESS, sha256)
    assert not mirror.ranges()


def test_the_command_takes_an_address(mirror, capsys):
    assert main([ADDRESS, "--sha256", SHA256]) == 0
    assert capsys.readouterr().out.strip().endswith("nights.safetensors")
    assert main([ADDRESS]) == 1
    assert "SHA-256" in capsys.readouterr().err
