"""The library's pages list what there is, and each example in them is run."""

import doctest
import importlib
import inspect

import pytest

from geoviz_ml import scoreboard

from .conftest import ROOT

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(scope="module")
def api():
    """book/api.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "book")
        yield importlib.import_module("api")


def test_the_pages_are_those_that_the_command_writes(api):
    written = {path.name: path.read_text("utf-8") for path in (ROOT / "book/api").glob("*.md")}
    assert written == api.pages(), "run: python book/api.py"


def test_every_page_is_in_the_table_of_contents(api):
    listed = (ROOT / "book" / "_toc.yml").read_text("utf-8")
    assert all(f"file: api/{name.removesuffix('.md')}\n" in listed for name in api.pages())


def test_a_variable_of_the_same_name_is_no_use_of_the_library(api):
    cells = ["%matplotlib inline\nfrom geoviz_ml import scoreboard", "alone = 1\nalone + 1"]
    taken, alone = api.taken(cells), scoreboard.alone
    assert not any(one is alone for one in taken)
    assert any(one is alone for one in api.taken([*cells, "scoreboard.alone('results')"]))
    direct = "from geoviz_ml.scoreboard import alone as published"
    assert any(one is alone for one in api.taken([direct]))


def things():
    """Every function and class on the pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "book")
        api = importlib.import_module("api")
    found = {f"simulate.{name}": thing for name, thing in api.simulators().items()}
    for room in api.rooms():
        found |= {f"{room}.{name}": thing for name, thing in api.exported(room).items()}
    return found


THINGS = things()


def examples(thing):
    finder = doctest.DocTestFinder(recurse=inspect.isclass(thing))
    return [test for test in finder.find(thing, thing.__name__) if test.examples]


@pytest.mark.parametrize("name", THINGS)
def test_there_is_an_example_and_it_runs_as_it_stands(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert examples(THINGS[name])
    for example in examples(THINGS[name]):
        said = []
        result = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=said.append)
        assert result.failed == 0, "".join(said)
