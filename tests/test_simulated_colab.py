"""The simulated Colab notices what a first cell replaces, and can cut a session off."""

import json
import sys
from pathlib import Path

import nbformat
import pytest

from .colab import __main__ as colab

FIRST = "print('from git+https://github.com/geoviz-ml/geoviz-ml@v0.1.0')"
BEFORE = {"torch": "2.11.0+cpu", "numpy": "2.1.3"}


@pytest.fixture
def session(tmp_path, monkeypatch):
    """Runs a notebook of a few cells, with a kernel of this Python and a list of packages."""
    kernel = tmp_path / "kernels" / "colab"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Colab", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setattr(colab, "last_commit", lambda: tmp_path / "a.zip")

    def run(*cells, after, cut=0.0, first=False):
        found = iter([BEFORE, BEFORE | after])
        monkeypatch.setattr(colab, "versions", lambda python: next(found))
        cells = [nbformat.v4.new_code_cell(source) for source in (FIRST, *cells)]
        path = tmp_path / "a.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return colab.run(path, Path(sys.executable), 60, first=first, cut=cut, drive=tmp_path)

    return run


def test_a_cell_that_raises_is_told(session):
    assert session(after={"geoviz_ml": "0.1.0"}) == ""
    assert "ZeroDivisionError" in session("1 / 0", after={"geoviz_ml": "0.1.0"})


def test_what_the_first_cell_replaces_is_told(session):
    assert "numpy" in session(after={"geoviz_ml": "0.1.0", "numpy": "2.4.0"}, first=True)
    assert "did not install" in session(after={})


def test_a_session_that_is_cut_off_leaves_its_drive(session, tmp_path):
    write = "import os, pathlib, time; pathlib.Path(os.environ['GEOVIZ_ML_DATA'], 'kept').touch()"
    with pytest.raises(colab.Cut):
        session(f"{write}; time.sleep(60)", "1 / 0", after={"geoviz_ml": "0.1.0"}, cut=1)
    assert (tmp_path / "kept").exists()


def test_torch_is_labelled_as_the_build_of_the_runtime(tmp_path):
    for name in ("torch", "torchvision"):
        info = tmp_path / f"{name}-2.11.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {name}\nVersion: 2.11.0\n")
    colab.label(tmp_path, "cpu")
    colab.label(tmp_path, "gpu")
    (info,) = tmp_path.glob("torch-*")
    assert info.name == "torch-2.11.0+cu128.dist-info"
    assert [p.name for p in info.iterdir()] == ["METADATA"]
    assert (info / "METADATA").read_text() == "Name: torch\nVersion: 2.11.0+cu128\n"
