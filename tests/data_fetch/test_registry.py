"""The registry: complete entries, addresses that name a commit, hashes of the very files."""

from __future__ import annotations

import csv
import importlib
import re

import pytest

from data_fetch import load, names
from data_fetch.registry import sample_source, table
from data_fetch.sets import plan
from geoviz_ml.errors import GeovizError, UsageError

TOLD = [
    "title",
    "what",
    "format",
    "columns",
    "loader",
    "licence",
    "citation",
    "home",
    "checked",
    "size",
]
WANTED = {"oath", "oath-tables", "oath-sample", "themis", "themis-sample", "magnetograms"}
WANTED |= {"magnetograms-sample", "alfven", "alfven-pictures", "alfven-sample", "cses"}

LEFT_OUT = (
    "all_sky/patches_32/",  # no licence is stated, and its two names seem exchanged
    "vlf/akebono_1990/",  # no licence is stated: a relative of CSES files, to test readers with
)


def test_every_archive_of_the_five_papers_is_registered():
    assert set(names()) >= WANTED
    assert {load(name).chapter for name in names()} == {
        "alfven",
        "nucleus",
        "aurora",
        "sunspots",
        "arcs",
    }


@pytest.mark.parametrize("name", names())
def test_entry_is_complete(name):
    entry = load(name)
    for field in TOLD:
        assert getattr(entry, field).strip(), f"{name} does not tell its {field}"
    assert entry.home.startswith(("https://", "http://"))
    assert re.match(r"https?://[^/]+\.[a-z]+", entry.home)
    assert "data_fetch " + name in entry.command
    room, function = re.match(r"(geoviz_ml\.\w+)\.(\w+)\(", entry.loader).groups()
    assert callable(getattr(importlib.import_module(room), function))
    module = importlib.import_module(f"data_fetch.{entry.kind}")
    assert callable(module.find)
    assert entry.files() or entry.pattern  # --from needs to know the files
    re.compile(entry.pattern)


@pytest.mark.parametrize("name", names())
def test_files_have_addresses_and_plain_names(name):
    files = load(name).files()
    assert len({file.name for file in files}) == len(files)
    for file in files:
        assert re.fullmatch(r"[\w.+-]+(/[\w.+-]+)*", file.name)
        assert ".." not in file.name
        assert file.addresses
        assert file.size > 0
        assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)


def test_sets_whose_options_are_missing_say_so():
    for name in names():
        needed = [o for o in load(name).options if o.startswith("*")]
        if needed:
            with pytest.raises(UsageError, match=f"needs --{needed[0][1:]}.*For example"):
                plan(name)


def test_unknown_set_is_a_clear_error():
    with pytest.raises(GeovizError, match="Known: alfven"):
        load("no such")


def test_samples_are_pinned_to_a_commit():
    for name in names():
        entry = load(name)
        for row, file in zip(entry.sample_rows(), entry.files(), strict=bool(entry.samples)):
            commit = sample_source(row)["commit"]
            assert re.fullmatch("[0-9a-f]{40}", commit)
            assert f"/{commit}/" in file.addresses[0]
            assert file.bytes == int(row["bytes"])
            assert file.sha256 == row["sha256"]


def test_every_sample_belongs_to_a_data_set():
    listed = {row["path"] for name in names() for row in load(name).sample_rows()}
    assert listed == {row["path"] for row in table("samples.tsv")}


@pytest.mark.data
def test_samples_are_those_of_the_real_observations(real_data):
    with open(real_data / "MANIFEST.tsv", newline="") as opened:
        rows = list(csv.DictReader(opened, delimiter="\t"))
    manifest = {row["path"]: row for row in rows if row["repository"] != "-"}  # made by ourselves
    ours = {row["path"]: row for row in table("samples.tsv")}
    left_out = {path for path in manifest if path.startswith(LEFT_OUT)}
    assert ours.keys() == manifest.keys() - left_out
    for path, row in ours.items():
        pinned = row | sample_source(row)
        for key in ("bytes", "sha256", "repository", "commit", "path_there"):
            assert pinned[key] == manifest[path][key], f"{path}: {key}"
