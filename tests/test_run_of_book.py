"""Runs of the book that are cut: no outputs of another library are stored, and nothing half."""

import importlib
from concurrent.futures import Future

import nbformat
import pytest

from .conftest import ROOT


@pytest.fixture
def book(tmp_path, monkeypatch):
    """book/run.py on a book of two notebooks of its own, which it executes by copying them."""
    pytest.importorskip("jupyter_cache")
    monkeypatch.syspath_prepend(ROOT / "book")
    run = importlib.import_module("run")
    for name, path in {"BOOK": "book", "RESULTS": "build/results", "CACHE": "build/cache"}.items():
        monkeypatch.setattr(run, name, tmp_path / path)
    monkeypatch.setattr(run, "TRAININGS", tmp_path / "build/trainings")
    for name in ("GEOVIZ_ML_RESULTS", "GEOVIZ_ML_DATA", "GEOVIZ_ML_TRAININGS", "TQDM_DISABLE"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "book/results").mkdir(parents=True)
    paths = [tmp_path / "book" / f"{name}.ipynb" for name in ("one", "two")]
    for path in paths:
        cells = [nbformat.v4.new_code_cell(f"print('{path.stem}')")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.setattr(run, "notebooks", lambda names=(): paths)
    monkeypatch.setattr(run, "ProcessPoolExecutor", Pool)
    Pool.executed, Pool.killed_after, Pool.run = [], 9, run
    return run


class Pool:
    """Executes at once, and is killed after so many."""

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, _, path):
        if len(self.executed) == self.killed_after:
            raise KeyboardInterrupt
        self.executed.append(path.stem)
        self.run.get_cache(self.run.CACHE).cache_notebook_file(str(path), check_validity=False)
        done = Future()
        done.set_result((0.0, ""))
        return done


def of_library(monkeypatch, book, name):
    monkeypatch.setattr(book, "fingerprint", lambda: name)
    Pool.executed.clear()


def cut(monkeypatch, book, library):
    """A run that is killed after its first notebook."""
    of_library(monkeypatch, book, library)
    monkeypatch.setattr(Pool, "killed_after", 1)
    with pytest.raises(KeyboardInterrupt):
        book.execute([], 1)
    monkeypatch.setattr(Pool, "killed_after", 9)
    assert Pool.executed == ["one"]


def test_a_run_that_was_killed_goes_on_with_what_is_left(book, monkeypatch):
    cut(monkeypatch, book, "a")
    of_library(monkeypatch, book, "a")
    assert book.execute([], 1) == 0
    assert Pool.executed == ["two"]
    of_library(monkeypatch, book, "a")
    book.execute([], 1)
    assert Pool.executed == []


def test_outputs_of_a_killed_run_with_another_library_are_not_taken_for_those_of_this_one(
    book, monkeypatch
):
    cut(monkeypatch, book, "a")
    of_library(monkeypatch, book, "b")
    book.execute([], 1)
    assert Pool.executed == ["one", "two"]


def test_a_library_that_changes_during_a_run_has_all_executed_by_the_next(book, monkeypatch):
    of_library(monkeypatch, book, "b")
    told = iter("a")  # at the start, and then the other
    monkeypatch.setattr(book, "fingerprint", lambda: next(told, "b"))
    book.execute([], 1)
    of_library(monkeypatch, book, "b")
    book.execute([], 1)
    assert Pool.executed == ["one", "two"]


def test_with_one_notebook_not_executed_nothing_is_stored(book, monkeypatch, capsys):
    cut(monkeypatch, book, "a")
    (book.RESULTS / "one-quick-simulated.json").write_text("{}")
    before = {path: path.read_bytes() for path in book.BOOK.rglob("*") if path.is_file()}
    assert book.store([]) == 1
    assert "two.ipynb must be executed first" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in book.BOOK.rglob("*") if path.is_file()} == before
    book.execute([], 1)
    assert book.store([]) == 0
    assert (book.BOOK / "results" / "one-quick-simulated.json").exists()


def test_a_full_disk_leaves_a_notebook_as_it_was(book, monkeypatch):
    of_library(monkeypatch, book, "a")
    book.execute([], 1)
    one = book.notebooks()[0]
    before = one.read_bytes()

    def full(notebook, file):
        file.write("{")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(book.nbformat, "write", full)
    with pytest.raises(OSError, match="No space"):
        book.store([])
    assert one.read_bytes() == before
