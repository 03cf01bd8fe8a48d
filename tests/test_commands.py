"""Commands of a shell, by the entry points of the package, and its marker of type hints."""

import fnmatch
import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint

import pytest

from .conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SCRIPTS = PROJECT["project"]["scripts"]
PACKAGES = ("geoviz_ml", "data_fetch")


def run(script, *arguments):
    """What the script that pip writes for an entry point does, in a process of its own."""
    point = EntryPoint(script, SCRIPTS[script], "console_scripts")
    code = f"import sys; from {point.module} import {point.attr}; sys.exit({point.attr}())"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_entry_point_is_a_function(script):
    assert callable(EntryPoint(script, SCRIPTS[script], "console_scripts").load())


def test_help_names_every_room_that_can_be_run_and_what_it_does():
    done = run("geoviz-ml", "--help")
    rooms = [path.parent.name for path in (ROOT / "geoviz_ml").glob("*/__main__.py")]
    assert {"archives", "exercises", "experiments", "sunspots"} <= set(rooms)
    assert all(re.search(rf"^    {room}\s", done.stdout, re.M) for room in rooms)
    assert "training is done once" in " ".join(done.stdout.split())
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "usage: geoviz-ml"),
        (("paint",), 2, "no command 'paint'; there are archives, "),
        (("sunspots", "no-folder", "--out", "no-out"), 1, "there is no such folder"),
        (("archives", "nights"), 2, "usage: python -m geoviz_ml.archives nights"),
        (("experiments", "--help"), 0, "usage: python -m geoviz_ml.experiments"),
    ],
)
def test_a_command_has_the_arguments_and_exit_codes_of_its_room(tmp_path, arguments, code, told):
    done = run("geoviz-ml", *arguments)
    assert told in done.stdout + done.stderr
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_the_version_is_that_of_the_package():
    assert run("geoviz-ml", "--version").stdout.split()[1] == PROJECT["project"]["version"]


def test_help_waits_for_nothing_heavy():
    code = "import sys; from geoviz_ml.command import main; main(['--help'])"
    code += "; sys.exit(bool({'torch', 'fastai', 'xarray', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_data_fetch_lists_its_sets():
    done = run("data-fetch", "list")
    assert "oath-tables" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("package", PACKAGES)
def test_the_marker_of_type_hints_is_there_and_goes_into_the_wheel(package):
    patterns = PROJECT["tool"]["setuptools"]["package-data"][package]
    assert (ROOT / package / "py.typed").exists()
    assert any(fnmatch.fnmatch("py.typed", pattern) for pattern in patterns)
