"""Labs that train nothing run without torch and fastai, with what a browser has, and say so."""

import importlib
import json
import os
import re
import subprocess
import sys
from importlib import metadata

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .conftest import ROOT

LABS = sorted((ROOT / "book").glob("*/*_lab.ipynb"))
NOT_THERE = ["resource", "fcntl", "termios", "torch", "fastai"]  # of Python itself, and of others
SITE = "https://geoviz-ml.github.io/geoviz-ml/lite/lab/index.html?path="
RUN = '''
import json, sys

order = json.load(sys.stdin)


class Without:
    """A finder that does not find what is absent."""

    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in order["absent"]:
            return self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)


sys.meta_path[:] = map(Without, sys.meta_path)
names = {}
for source in order["cells"]:
    exec(source, names)
'''


def name(path):
    return path.stem


@pytest.fixture
def students(monkeypatch):
    """book/students.py."""
    pytest.importorskip("latex2mathml")
    monkeypatch.syspath_prepend(ROOT / "book")
    return importlib.import_module("students")


def installed_with(packages):
    """The distributions that come with some packages, without extras."""
    found, left = set(), {canonicalize_name(package) for package in packages}
    while left:
        package = left.pop()
        found.add(package)
        for text in metadata.requires(package) or []:
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                left |= {canonicalize_name(need.name)} - found
    return found


def absent(packages):
    """Modules here that are not there where only these packages are installed."""
    there = installed_with(packages)
    return NOT_THERE + [
        module
        for module, owners in metadata.packages_distributions().items()
        if module not in ("geoviz_ml", "data_fetch")
        if not there & {canonicalize_name(owner) for owner in owners}
        if module not in sys.stdlib_module_names
    ]


def run(cells, without, folder):
    order = {"cells": cells, "absent": without}
    return subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps(order), cwd=folder,
        capture_output=True, text=True, timeout=300,
        env=os.environ | {"GEOVIZ_ML_STRICT": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def cells_of(path):
    """The code of a lab, solutions too, without the cell that installs."""
    cells = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    return [c.source for c in cells[1:]]


@pytest.mark.parametrize("path", LABS, ids=name)
def test_a_lab_runs_without_torch_and_fastai_if_and_only_if_it_says_so(students, path, tmp_path):
    if students.trains(path):
        assert "No module named 'torch'" in run(cells_of(path), NOT_THERE, tmp_path).stderr
        return
    told = run(cells_of(path), absent(students.IN_BROWSER), tmp_path)
    assert told.returncode == 0, told.stderr[-2000:]
    exercises = re.findall(r"```\{exercise\}\\n\",\n *\":label: (\S+?)\\n", path.read_text("utf-8"))
    right = re.findall(r"^(\S+): right\.$", told.stdout, re.M)
    assert len(exercises) >= 6
    assert right == exercises


def test_what_is_blocked_is_seen(tmp_path):
    for cell in (
        "import torch",
        "from fastai.data.all import *",
        "import fcntl",
        "import pytest",
    ):
        assert "No module named" in run([cell], absent(["numpy"]), tmp_path).stderr
    told = run(["import numpy, geoviz_ml"], absent(["numpy", "lazy_loader"]), tmp_path)
    assert told.returncode == 0, told.stderr


def listed():
    return json.loads((ROOT / "book/lite/jupyter_lite_config.json").read_text("utf-8"))


def test_the_sites_labs_are_those_that_need_no_torch(students):
    there = [path.rpartition("/") for path in listed()["LiteBuildConfig"]["contents"]]
    assert {folder for folder, _, _ in there} == {"../../_build/lite"}
    assert [file for _, _, file in there] == [p.name for p in LABS if not students.trains(p)]


def test_the_guide_for_instructors_tells_which_labs_need_torch(students):
    text = (ROOT / "book" / "instructors.md").read_text("utf-8")
    rows = re.findall(r"^\| \[lab [^\]]*\]\((\w+)/\w+_lab\.ipynb\) \|.*\| (yes|no) \|$", text, re.M)
    told = {folder: answer == "yes" for folder, answer in rows}
    assert told == {path.parent.name: not students.trains(path) for path in LABS}


@pytest.mark.parametrize("path", LABS, ids=name)
def test_a_lab_links_to_itself_in_the_browser_where_it_can_run(students, path):
    links = [one[:-1] for one in re.findall(re.escape(SITE) + r"[^)]*\)", path.read_text("utf-8"))]
    assert links == ([] if students.trains(path) else [SITE + path.name])


@pytest.mark.parametrize("path", LABS, ids=name)
def test_a_lab_for_the_browser_installs_this_library_without_what_it_needs_elsewhere(
    students, path
):
    notebook = students.in_browser(path)
    nbformat.validate(notebook)
    text = "\n".join(cell.source for cell in notebook.cells)
    pip = re.findall(r"^%pip install .*$", text, re.M)
    assert pip[-1] == "%pip install -q --no-deps geoviz-ml"
    assert len(pip) == 2
    assert "git+" not in text
    assert "solution" not in text.lower()


def test_the_workflow_builds_the_site_from_the_config_where_the_labs_point():
    assert listed()["LiteBuildConfig"]["output_dir"] == "../../_build/lite/site"
    workflow = (ROOT / ".github/workflows/site.yml").read_text("utf-8")
    assert "make lite && cp -r _build/lite/site _build/html/lite" in workflow
    assert (ROOT / "book/lite" / listed()["PipliteAddon"]["piplite_urls"][0]).resolve() == (
        ROOT / "_build" / "lite" / "wheels"
    ).resolve()
    recipe = re.search(r"^lite:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.M)[1]
    assert "_build/lite/wheels" in recipe
    assert "cd book/lite" in recipe
