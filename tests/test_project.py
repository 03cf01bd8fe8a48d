"""What keeps the project alive: workflows that are pinned, chapters that are complete."""

import importlib
import re

import nbformat
import pytest
import yaml

from .conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PAPERS = sorted(
    p.with_name(f"{p.parent.name}.ipynb") for p in (ROOT / "book").glob("*/*_lab.ipynb")
)


@pytest.fixture
def lacking(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book")
    return importlib.import_module("checklist").lacking


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_every_action_is_pinned_to_a_commit_and_says_its_version(path):
    uses = re.findall(r"uses: (.+)", path.read_text())
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_workflows_may_write_only_where_a_job_needs_it(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in j or "needs" in j for j in workflow["jobs"].values())


def keeping_credentials(workflow):
    """Jobs that leave the token of their checkout on the disk, for all that runs after it."""
    return [
        name
        for name, job in workflow["jobs"].items()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
        and step.get("with", {}).get("persist-credentials") is not False
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_no_checkout_keeps_its_credentials(path):
    assert "git push" not in path.read_text()  # the one thing that would need them
    assert keeping_credentials(yaml.safe_load(path.read_text())) == []


@pytest.mark.parametrize("given", [{}, {"with": {"fetch-depth": 0}}])
def test_a_checkout_that_keeps_its_credentials_is_seen(given):
    step = {"uses": "actions/checkout@1234", **given}
    assert keeping_credentials({"jobs": {"test": {"steps": [step]}}}) == ["test"]


def test_what_workflows_call_exists():
    text = "\n".join(path.read_text() for path in WORKFLOWS)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    called = {word for line in re.findall(r"make ([a-z ]+)", text) for word in line.split()}
    assert {"unit", "html", "check"} <= called <= targets
    for file in re.findall(r"python (\S+\.py)|bash (\S+)", text):
        assert (ROOT / "".join(file)).exists()


def test_python_of_the_workflows_is_what_the_package_supports():
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    tested = [entry["python"] for entry in jobs["test"]["strategy"]["matrix"]["include"]]
    assert tested == ["3.11", "3.12", "3.13", "3.14"]
    assert 'requires-python = ">=3.11,<3.15"' in (ROOT / "pyproject.toml").read_text()


def test_the_checklist_names_what_an_unwritten_chapter_lacks(lacking):
    assert len(lacking("sixth")) == 17


@pytest.mark.parametrize("path", PAPERS, ids=lambda p: p.stem)
def test_finished_chapters_lack_nothing(lacking, path):
    if not any(cell.get("outputs") for cell in nbformat.read(path, 4).cells):
        pytest.skip("no outputs are stored yet")
    assert lacking(path.stem) == []


def test_citation_names_version_and_licence_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{citation["version"]}"' in project
    assert f'license = "{citation["license"]}"' in project
    assert citation["cff-version"] == "1.2.0"
    assert citation["authors"]
    assert citation["message"]
    assert citation["title"]
