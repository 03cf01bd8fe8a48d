"""One list of dependencies: the other files follow it."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .colab.__main__ import FREEZE
from .conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEEDED = PROJECT["dependencies"]
MISSION = """jupyterlab ipywidgets torch fastai albumentations matplotlib scikit-learn scipy h5py
pydensecrf2 nbval""".split()


def declared() -> dict[str, Requirement]:
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    found = [Requirement(text) for texts in lists for text in texts]
    return {canonicalize_name(r.name): r for r in found if r.name != PROJECT["name"]}


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    lines = [line.split("#")[0].split(";")[0].strip() for line in lines]
    return {canonicalize_name(a): b for a, b in (x.split("==") for x in lines if x)}


def test_every_dependency_is_pinned_within_its_range():
    pins = pinned()
    for name, requirement in declared().items():
        assert name in pins, f"{name} is not in constraints.txt"
        assert requirement.specifier.contains(pins[name]), f"{name}=={pins[name]} is out of range"


def test_torch_and_torchvision_are_pinned_to_versions_that_belong_together():
    torch, vision = (pinned()[name].split(".") for name in ("torch", "torchvision"))
    assert int(vision[1]) == int(torch[1]) + 15  # 0.26 goes with 2.11


def test_the_packages_the_course_promises_are_there():
    assert set(MISSION) <= set(declared())


def test_conda_takes_everything_from_pyproject_and_constraints():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert pip["pip"] == ["--constraint constraints.txt", "--editable .[all]"]
    assert environment["channels"] == ["conda-forge"]
    python = next(d for d in conda if d.startswith("python="))
    assert python.removeprefix("python=") == "3.13"  # the one that runs everything
    assert {re.split("[=<>]", d)[0] for d in conda} == {"python", "pip", "make"}


def test_only_the_crf_package_needs_a_compiler_and_only_on_old_pythons():
    crf = [Requirement(text) for text in PROJECT["optional-dependencies"]["crf"]]
    assert [r.name for r in crf] == ["pydensecrf2"]
    for version, needed in (("3.12", True), ("3.13", False), ("3.14", False)):
        assert crf[0].marker.evaluate({"python_version": version}) == needed


@pytest.mark.parametrize("version", sorted(FREEZE["packages"]))
def test_what_colab_has_is_within_the_ranges(version):
    has = FREEZE["both"] | FREEZE["packages"][version]
    has = {canonicalize_name(name): number for name, number in has.items()}
    needed = {canonicalize_name(Requirement(r).name): Requirement(r) for r in NEEDED}
    assert has.keys() - needed.keys()  # and others, which the kernel needs
    for name in needed.keys() & has.keys():
        assert needed[name].specifier.contains(has[name]), f"Colab has {name} {has[name]}"
    missing = {"colorlog", "optuna", "ppigrf", "segmentation-models-pytorch", "torchmetrics"}
    assert needed.keys() - has.keys() <= missing


def test_no_host_of_a_package_registry_is_named():
    for name in ("pyproject.toml", "constraints.txt", "environment.yml", "Makefile"):
        assert "://" not in (ROOT / name).read_text().replace(PROJECT["urls"]["Homepage"], "")
