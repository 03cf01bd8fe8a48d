"""The house: rooms import downwards only, no circles, short modules, a docstring for everyone."""

import ast
import re
import shutil
from pathlib import Path
from statistics import median

import pytest

from geoviz_ml import errors

from .imports import Tree, circle, is_private

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROOMS = re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)  # a room may import those before it
MEDIAN, LONGEST = 140, 350  # lines of a module
HOOKS = re.compile(
    r"forward|extra_repr|activation|decodes|resize|get_idxs|measure|summary|(before|after)_\w+"
)


@pytest.fixture(scope="module")
def tree():
    return Tree(ROOT)


def room(module):
    """The room of a module of the library; the library's own ``__init__`` has none."""
    parts = module.split(".")
    return parts[0] if parts[0] != "geoviz_ml" else ".".join(parts[1:2])


def upward(tree):
    """Imports of a room from one that is not before it, as pairs of modules."""
    height = {name: i for i, name in enumerate(ROOMS)}
    return {
        (one.source, one.target)
        for one in tree.imports
        if one.source.startswith("geoviz_ml.")
        and room(one.source) != room(one.target)
        and not height.get(room(one.target), len(ROOMS)) < height.get(room(one.source), -1)
    }


def test_every_room_is_in_the_guide_and_every_room_of_the_guide_is_there(tree):
    there = {room(module) for module in tree.files if module.startswith("geoviz_ml.")}
    assert len(set(ROOMS)) == len(ROOMS)
    assert there == set(ROOMS)


def test_a_room_imports_only_rooms_before_it(tree):
    assert upward(tree) == set()


def odd_for_the_fetcher(tree):
    """Modules of the library that the fetcher uses, and the guide does not allow it."""
    said = re.search(r"`data_fetch`, beside the library.*?It may use (.*?);", GUIDE, re.DOTALL)[1]
    allowed = set(re.findall(r"`(\w+)`", said)) - {"datasets"}
    return {
        one.target
        for one in tree.imports
        if one.source.startswith("data_fetch") and one.target.startswith("geoviz_ml")
        if room(one.target) not in allowed and one.target != "geoviz_ml.datasets.layout"
    }


def test_the_fetcher_imports_only_what_the_guide_allows(tree):
    assert odd_for_the_fetcher(tree) == set()


def test_there_is_no_circle_of_files(tree):
    assert circle(tree.graph()) == []


def test_there_is_no_circle_of_rooms(tree):
    assert circle(tree.graph(room)) == []


def private(tree):
    """Private names that one module takes from another."""
    taken = {(one.source, one.name) for one in tree.imports if is_private(one.name)}
    return taken | set(tree.private_attributes())


def test_no_private_name_crosses_a_file(tree):
    assert private(tree) == set()


@pytest.fixture
def copy(tmp_path):
    """The sources alone, to plant faults in."""
    for name in ("geoviz_ml", "data_fetch"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=lambda folder, names: [
                n for n in names if not n.endswith(".py") and not Path(folder, n).is_dir()
            ],
        )
    return tmp_path


def plant(file, line):
    """Add a line to a module."""
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")


def test_a_fetcher_that_draws_is_seen(copy):
    plant(copy / "data_fetch" / "page.py", "def f():\n    from geoviz_ml.show import plot_map")
    assert odd_for_the_fetcher(Tree(copy)) == {"geoviz_ml.show.maps"}


@pytest.mark.parametrize(
    ("module", "line", "target"),
    [
        ("boxes/encode", "from ..show.plots import COLOURS", "show.plots"),
        ("boxes/encode", "def f():\n    from ..show import threshold_explorer", "show.widgets"),
        ("files/whole", "def f():\n    import geoviz_ml.settings", "settings"),
        ("readers/srs", "from geoviz_ml import simulate", "simulate"),
        ("geometry/__init__", "from ..prepare import load_nights", "prepare"),
        ("scores/masks", "from .. import learn as below", "learn"),
        ("simulate/arcs", "from ..sunspots.find import find_regions", "sunspots.find"),
        (
            "analysis/arcs",
            "class A:\n    def f(self):\n        import data_fetch.page",
            "data_fetch",
        ),
    ],
)
def test_a_planted_import_upwards_is_seen(tree, copy, module, line, target):
    plant(copy / "geoviz_ml" / f"{module}.py", line)
    (new,) = upward(Tree(copy)) - upward(tree)
    assert new[0] == "geoviz_ml." + module.removesuffix("/__init__").replace("/", ".")
    assert target in new[1]


def test_a_planted_circle_of_files_is_seen(copy):
    lines = "def f():\n    from . import decode_coverage"
    plant(copy / "geoviz_ml" / "boxes" / "grouping.py", lines)
    found = circle(Tree(copy).graph())
    assert {"geoviz_ml.boxes.grouping", "geoviz_ml.boxes.decode"} == set(found)


@pytest.mark.parametrize(
    "line", ["from .decode import _hidden", "from . import decode as d\nd._hidden()"]
)
def test_a_planted_private_name_is_seen(copy, line):
    plant(copy / "geoviz_ml" / "boxes" / "encode.py", line)
    ((module, name),) = private(Tree(copy))
    assert module == "geoviz_ml.boxes.encode"
    assert "_hidden" in name


def test_modules_are_short(tree):
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in tree.files.items()}
    of_library = [n for name, n in lines.items() if tree.files[name].name != "__init__.py"]
    assert median(of_library) <= MEDIAN
    assert {name for name, n in lines.items() if n > LONGEST} == set()


def public(body, inside=""):
    """Public functions and classes of a module, and their methods that no framework calls."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            setter = any(ast.unparse(d).endswith(".setter") for d in node.decorator_list)
            known = inside and HOOKS.fullmatch(node.name)
            if not (node.name.startswith("_") or known or setter):
                yield f"{inside}{node.name}", node
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield from public(node.body, f"{inside}{node.name}.")


def lacking(tree, good):
    """Public names whose node and docstring are not good."""
    return {
        f"{module}.{name}"
        for module, source in tree.trees.items()
        for name, node in public(source.body)
        if not good(node, ast.get_docstring(node) or "")
    }


def test_everything_public_has_a_docstring(tree):
    assert lacking(tree, lambda node, text: text) == set()


def tells_its_errors(node, text):
    """Does a docstring name those of our errors that the function itself raises?"""
    if isinstance(node, ast.ClassDef):
        return True
    calls = [n.exc for n in ast.walk(node) if isinstance(n, ast.Raise)]
    names = {ast.unparse(call.func) for call in calls if isinstance(call, ast.Call)}
    return all(name in text for name in names & set(vars(errors)))


def test_a_function_tells_in_its_docstring_which_errors_it_raises(tree):
    assert lacking(tree, tells_its_errors) == set()
