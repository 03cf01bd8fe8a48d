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


UNIT = re.compile(  # a symbol behind a number, a comma, a slash or "in"; or a word
    r"(?:(?<=[\d/])|(?<=[\d,(:] )|(?<=[(])|(?<=in )|(?<=    )|(?<=^ ))"
    r"(k?Hz|m?s|UT|km|Mm|m|mm|[npuμ]?T|k?G|K|k?R|dB|m?eV|GB|MB|Mx)(?=[\s.,;:)/]|$)"
    r"|(?<![\w'])(?i:hours?|minutes?|seconds?|days?|years?|degrees?|radians?|radii|pixels?|points"
    r"|inches|columns?|bins?|counts?|bytes?|arcsec\w*|megametres|millionths?|per cent|shares?"
    r"|fractions?|ratios?|factors?|times|probabilit\w+|scores?|IoUs?|weights?|rates?|nats?"
    r"|standard deviations?|0 to 1|-1 to 1|0\.\.1|without unit|units? (?:of|it|that)|grey values?"
    r"|(?:any|each|same|no|its|their|score's) units?|epochs?|logits?|exponent|power|slope|per axis"
    r"|patch\w*)(?!\w)"
)
PURE = set(  # what has no unit by its name
    "iou min_iou iou_background prior confidence coverage eta eps threshold alpha mask_prob "
    "boundary_f flip flip_ud flip_lr labels_silhouette".split()
)


def told(text, name):
    """What a docstring says of one parameter; all of it, where it has no entry for it."""
    head = rf"^ *[\w, ]*\b{name}\b[\w, ]* :.*\n"
    entry = re.search(head + r"(?:(?: {4,}.*)?\n?)*?(?=^\S|\Z)", text, re.M)
    return entry[0] if entry else text


def floats(node):
    """Names of the numbers that a function takes or gives ("returns"), or a class is made of."""
    if isinstance(node, ast.ClassDef):
        given = [n for n in node.body if isinstance(n, ast.AnnAssign)]
        return [n.target.id for n in given if re.search(r"\bfloat\b", ast.unparse(n.annotation))]
    given = [n for n in arguments(node) if n.annotation]
    names = [n.arg for n in given if re.search(r"\bfloat\b", ast.unparse(n.annotation))]
    gives = node.returns is not None and ast.unparse(node.returns) == "float"
    return names + ["returns"] * gives


def remarks(node, lines):
    """Comments beside the fields of a class, by their names."""
    fields = [n for n in node.body if isinstance(n, ast.AnnAssign)]
    return {n.target.id: lines[n.end_lineno - 1].partition("# ")[2] for n in fields}


def without_units(tree, sources):
    """Numbers of public functions and classes whose docstrings (or comments) name no unit."""
    for module, source in tree.trees.items():
        for name, node in public(source.body):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                text = ast.get_docstring(node) or ""
                comments = {}
                if isinstance(node, ast.ClassDef):
                    comments = remarks(node, sources[module].splitlines())
                yield from (
                    f"{module}.{name}: {one}"
                    for one in set(floats(node)) - PURE
                    if not UNIT.search(told(text, one) + "\n    " + comments.get(one, ""))
                    and not (comments and UNIT.search(text.split("\n\n")[0]))
                )


def test_every_number_of_a_public_function_or_class_has_a_unit_or_says_that_it_has_none():
    tree = Tree(ROOT)
    sources = {name: path.read_text("utf-8") for name, path in tree.files.items()}
    assert set(without_units(tree, sources)) == set()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Height.", True),
        ("Height of the sky's arc (h, w); its mass is m.", True),
        ("Height in km.", False),
        ("Parameters\n    ----------\n    x : float\n        Degrees.", False),
        ("Parameters\n    ----------\n    x : float\n    y : float\n        Degrees.", True),
    ],
)
def test_a_planted_number_without_a_unit_is_seen(tmp_path, text, seen):
    code = function("(x: float, prior: float)", text)
    tree = tree_of(tmp_path, code)
    found = set(without_units(tree, {"geoviz_ml.room": code}))
    assert found == ({"geoviz_ml.room.f: x"} if seen else set())


METHODS = set(
    "geometry boxes scores models classical analysis simulate learn prepare infer".split()
)
METHODS |= {"readers"}
PLUMBING = set(  # nothing published stands behind these
    "learn.checkpoint learn.epoch_history learn.metrics learn.precision learn.search_journal "
    "models.built "
    "models.network_file models.pictures models.plain models.saved prepare.crops "
    "prepare.patch_files readers.picture readers.picture_file readers.picture_size "
    "readers.sun_colours scores.arrays simulate.parts simulate.recipe "
    "simulate.writers simulate.writers_nucleus simulate.writers_search_coil".split()
)
SOURCE = re.compile(
    r"\b(1[5-9]|20)\d\d\b|\b(Eq\.|equation|Table|Fig\.?|Figure) \(?[\dIVX]|https?://|\bdoi\b"
    r"|\bpapers?\b|published|authors?|\b[Oo]ur own\b|scikit|scipy|OpenCV|albumentations|torchvision"
    r"|timm|smp\b|astropy|fastai|PyTorch|torch\b|DIGITS|NVIDIA|NOAA|OATH|THEMIS|FITS|HDF5|YOLO"
    r"|By the sines"
)


def without_sources(tree):
    """Modules of methods of which no docstring says where the method comes from."""
    for module, source in tree.trees.items():
        room, _, rest = module.partition(".")[2].partition(".")
        nodes = [source, *(node for _, node in public(source.body))]
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef
        texts = [ast.get_docstring(node) or "" for node in nodes if isinstance(node, kinds)]
        if room in METHODS and rest and f"{room}.{rest}" not in PLUMBING:
            if not SOURCE.search(" ".join(texts)):
                yield module


def test_every_module_of_a_method_names_its_source_or_says_that_it_is_ours():
    tree = Tree(ROOT)
    assert set(without_sources(tree)) == set()
    assert {f"geoviz_ml.{name}" for name in PLUMBING} <= set(tree.trees)


@pytest.mark.parametrize("text", ["A rule of our own.", "As Smith 2018.", "See Table 4."])
def test_a_planted_module_without_a_source_is_seen(tmp_path, text):
    room = tmp_path / "geoviz_ml" / "scores"
    room.mkdir(parents=True)
    (room / "silent.py").write_text('"""A score of 12 in the table."""', encoding="utf-8")
    (room / "told.py").write_text(f'"""A score. {text}"""', encoding="utf-8")
    assert set(without_sources(Tree(tmp_path))) == {"geoviz_ml.scores.silent"}
