"""Whoever takes or gives an array says its shape."""

import ast
import re
from pathlib import Path

from .imports import Tree
from .test_architecture import lacking

ROOT = Path(__file__).resolve().parent.parent
ARRAY = re.compile(r"\b(ndarray|NDArray|ArrayLike|Tensor|DataArray)\b")
AXIS = r"(?:\*?[A-Za-z_]\w*|\d[\d ]*|\.\.\.)"
LENGTH = rf"`?{AXIS}(?: [-+*/] {AXIS})*`?"
TUPLE = re.compile(rf"\((?:{LENGTH},|{LENGTH}(?:,\s{LENGTH})+|time|frequency)\)")
WORDS = re.compile(r"\b(any shape|(one|same|its|their) shape|shape of|scalars?)\b")
NO_AXES = {"int", "float", "str", "bool"}


def array_annotations(node):
    """Does a function say that it takes or gives an array?"""
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    every += [arg for arg in (node.args.vararg, node.args.kwarg) if arg]
    notes = [arg.annotation for arg in every if arg.annotation] + [node.returns]
    return any(ARRAY.search(ast.unparse(note)) for note in notes if note)


def tells_a_shape(text):
    """Is there a shape in a docstring: ``(N, H, W)``, ``(n,)``, "any shape"?"""
    tuples = [set(re.findall(r"\w+", found)) for found in TUPLE.findall(text)]
    return any(not axes <= NO_AXES for axes in tuples) or bool(WORDS.search(text))


def tells_its_shapes(node, text):
    """Is a function without arrays, or one whose docstring has a shape?"""
    return isinstance(node, ast.ClassDef) or not array_annotations(node) or tells_a_shape(text)


def test_a_function_that_takes_or_gives_arrays_tells_a_shape():
    assert lacking(Tree(ROOT), tells_its_shapes) == set()
