"""The page "Getting the data" is the one that the registry makes."""

import yaml

from data_fetch import load, names
from data_fetch.page import page

from ..conftest import ROOT

BOOK = ROOT / "book"


def test_page_is_up_to_date():
    written = (BOOK / "data.md").read_text("utf-8")
    assert written == page(), "run: python -m data_fetch.page book/data.md"


def test_page_tells_size_licence_and_command_of_every_set():
    text = (BOOK / "data.md").read_text("utf-8")
    assert text.startswith("# Getting the data\n")
    for name in names():
        entry = load(name)
        section = text.split(f"(data-{name})=")[1].split("\n(data-")[0]
        for told in (entry.size, entry.licence, entry.citation, entry.command):
            assert " ".join(told.split()) in section


def test_page_is_in_the_book():
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text())
    assert "data" in [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
