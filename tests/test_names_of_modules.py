"""A function that has the name of its module is found, in whatever order things are imported."""

import ast
import subprocess
import sys

import pytest

from .conftest import ROOT
from .imports import lazy_table

ROOMS = sorted((ROOT / "geoviz_ml").glob("*/__init__.py"))
PAIRS = [
    (path.parent.name, name)
    for path in ROOMS
    for name in lazy_table(ast.parse(path.read_text()))
    if path.with_name(f"{name}.py").exists()
]


@pytest.mark.parametrize("before", [True, False])
def test_the_function_is_found_whether_or_not_its_module_was_imported_before(before):
    assert PAIRS
    lines = [f"import geoviz_ml.{room}.{name}" for room, name in PAIRS] if before else []
    for room, name in PAIRS:
        lines += [f"from geoviz_ml.{room} import {name}", f"assert callable({name}), {name}"]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=120)
