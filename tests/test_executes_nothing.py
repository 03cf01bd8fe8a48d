"""The library executes nothing that somebody else wrote, but for places that say why."""

import ast

import pytest

from .conftest import ROOT
from .imports import Tree

ALLOWED = {
    "geoviz_ml.survey.work: pickle.loads",  # a file of our own, whose SHA-256 travels with the job
    "geoviz_ml.command: runpy.run_module",  # a room of ours, by its name
    "geoviz_ml.exercises.worker: shell.run_cell",  # a student's notebook: to be executed, in walls
}
NEVER = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
LAST = {"run_cell", "run_code", "run_path", "run_module", "getoutput", "getstatusoutput"}
LAST |= {"read_pickle", "load_learner", "load_pickle", "Unpickler", "unsafe_load", "full_load"}
LOADERS = {
    f"{m}.{f}" for m in ("pickle", "cloudpickle", "dill", "marshal") for f in ("load", "loads")
}
LOADERS |= {"joblib.load", "yaml.load", "shelve.open"}


def executing(source: str):
    """Calls that may execute what they are given."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        given = {word.arg: ast.unparse(word.value) for word in call.keywords}
        shell = given.get("shell", "False") != "False"
        pickles = given.get("allow_pickle", "False") != "False"
        weights = name.endswith("torch.load") and given.get("weights_only") != "True"
        if name in NEVER | LOADERS or name.split(".")[-1] in LAST or shell or pickles or weights:
            yield name


def test_nothing_of_a_stranger_is_executed():
    sources = {name: path.read_text("utf-8") for name, path in Tree(ROOT).files.items()}
    found = {f"{module}: {name}" for module, text in sources.items() for name in executing(text)}
    assert found == ALLOWED


def test_loaders_go_by_their_own_names():
    """``from pickle import loads`` would hide one from the test above."""
    hidden = {*(name.split(".")[-1] for name in LOADERS), "system", "popen"}
    packages = {name.split(".")[0] for name in LOADERS} | {"os", "torch", "subprocess"}
    for module, tree in Tree(ROOT).trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in packages:
                assert not hidden & {alias.name for alias in node.names}, module


@pytest.mark.parametrize(
    "line",
    [
        "eval('1')",
        "pickle.loads(raw)",
        "np.load(path, allow_pickle=True)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "subprocess.run(line, shell=True)",
        "pd.read_pickle(path)",
    ],
)
def test_a_planted_call_is_seen(line):
    assert list(executing(f"def f():\n    return {line}"))


@pytest.mark.parametrize(
    "line",
    ["network.eval()", "re.compile('a')", "torch.load(path, weights_only=True)", "np.load(a)"],
)
def test_what_executes_nothing_is_not(line):
    assert not list(executing(line))
