"""Whoever has to do with arrays says their shapes; errors of private helpers are told, too."""

import ast
import re
from pathlib import Path

import pytest

from geoviz_ml import errors

from .imports import Tree
from .test_architecture import lacking, public

ROOT = Path(__file__).resolve().parent.parent
ARRAY = re.compile(r"\b(ndarray|NDArray|ArrayLike|array-like|Tensor|DataArray)\b")
BARE = {"pred", "truth", "prob", "pictures", "masks", "values", "latitude", "longitude"}
AXES = (  # what an axis of a shape is called, if not by a number or a letter
    "time frequency latitude altitude picture row column y_corner x_corner size side height width "
    "patch bins seeds things classes splits shape stride groups in_channels out "
    "Cin Cout H_i W_i f_n n_in n_out"
).split()
AXIS = rf"`?(?:\*?\b(?:[A-Za-z]|{'|'.join(AXES)})\b|\d[\d ]*|\.\.\.)`?"
LENGTH = rf"{AXIS}(?: [-+*/] {AXIS})*"
SHAPE = re.compile(
    rf"\((?:{LENGTH},|{LENGTH}(?:,\s+{LENGTH})+|time|frequency)\)"
    r"|\b(any shape|(one|same|its|their) shape|shape of|scalars?)\b"
)


def arguments(node):
    """What a function is given; what a class is made of, its fields or its constructor's."""
    if isinstance(node, ast.ClassDef):
        made = [n for n in node.body if getattr(n, "name", "") == "__init__"]
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign)]
        return fields + [one for function in made for one in arguments(function)]
    return [n for n in ast.walk(node.args) if isinstance(n, ast.arg)]


def shapeless(node, text):
    """Does it take, give or hold arrays, and its docstring names no shape?"""
    given = arguments(node)
    notes = [one.annotation for one in given] + [getattr(node, "returns", None)]
    bare = {one.arg for one in given if isinstance(one, ast.arg) and not one.annotation}
    said = " ".join([*(ast.unparse(note) for note in notes if note), text])
    return bool(ARRAY.search(said) or bare & BARE) and not SHAPE.search(text)


def without_shapes(tree):
    """Public classes, functions and methods that are silent about the shapes of their arrays."""
    return lacking(tree, lambda node, text: not shapeless(node, text))


def test_whoever_has_to_do_with_arrays_names_a_shape():
    assert without_shapes(Tree(ROOT)) == set()


def tree_of(tmp_path, code):
    """A library of one module."""
    module = tmp_path / "geoviz_ml" / "room.py"
    module.parent.mkdir()
    module.write_text(code, encoding="utf-8")
    return Tree(tmp_path)


def function(head, text):
    """A function with a docstring."""
    return f'def f{head}:\n    """{text}"""\n'


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("(grey: np.ndarray) -> float", "Mean of a picture."),
        ("(n: int) -> Tensor", "Noise in kR, from (seed, n) and (float, float)."),
        ("(*grey: 'xr.DataArray')", "Draw pictures at (x1, y1) in (Hz) or (degrees)."),
        ("(path) -> float", "Parameters: an ndarray (train, test)."),
        ("(latitude, date) -> float", "The field in nT."),
    ],
)
def test_a_planted_function_without_a_shape_is_seen(tmp_path, head, text):
    assert without_shapes(tree_of(tmp_path, function(head, text))) == {"geoviz_ml.room.f"}


@pytest.mark.parametrize(
    "text",
    [
        "Mean of pictures (N, H, W).",
        "Sum of (n,) numbers.",
        "Of arrays (B, 1, `patch`, H / stride).",
        "Of a series (time).",
        "Vectors (..., 3).",
        "Angles of any shape.",
        "The risk, a scalar.",
    ],
)
def test_a_shape_in_a_docstring_is_seen(tmp_path, text):
    assert without_shapes(tree_of(tmp_path, function("(x: np.ndarray)", text))) == set()


@pytest.mark.parametrize(
    "code",
    [
        'class C:\n    """Pictures."""\n\n    grey: np.ndarray\n',
        'class C:\n    """Pictures."""\n\n    def __init__(self, grey: Tensor): ...\n',
    ],
)
def test_a_planted_class_without_a_shape_is_seen(tmp_path, code):
    assert without_shapes(tree_of(tmp_path, code)) == {"geoviz_ml.room.C"}


def raised(node):
    """Our errors that a function raises itself."""
    found = [n.exc for n in ast.walk(node) if isinstance(n, ast.Raise)]
    names = {ast.unparse(one.func) for one in found if isinstance(one, ast.Call)}
    return names & set(vars(errors))


def untold(tree):
    """Public functions, and errors of private ones of their module that they call, not told."""
    for module, source in tree.trees.items():
        helpers = {n.name: n for n in ast.walk(source) if isinstance(n, ast.FunctionDef)}
        for name, node in public(source.body):
            calls = [ast.unparse(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)]
            called = {call.removeprefix("self.") for call in calls} & set(helpers)
            private = [helpers[call] for call in called if call.startswith("_")]
            text = ast.get_docstring(node) or ""
            if isinstance(node, ast.FunctionDef):
                yield from (
                    (f"{module}.{name}", error)
                    for helper in private
                    for error in raised(helper)
                    if error not in text
                )


def test_a_function_tells_which_errors_the_private_helpers_of_its_module_raise():
    assert set(untold(Tree(ROOT))) == set()


@pytest.mark.parametrize("call", ["_g()", "self._g()"])
def test_a_planted_helper_that_raises_is_seen(tmp_path, call):
    helper = "def _g():\n    raise UsageError('no.')\n"
    tree = tree_of(tmp_path, function("()", "Do it.") + f"    {call}\n{helper}")
    assert set(untold(tree)) == {("geoviz_ml.room.f", "UsageError")}
