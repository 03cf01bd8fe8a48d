"""Nothing that is no answer passes a check, and every right answer passes with any seed."""

from functools import partial

import numpy as np
import pytest

from geoviz_ml.exercises import RIGHT, chapters, judge, of_chapter

from .conftest import solutions

NAMES = [name for chapter in chapters() for name in of_chapter(chapter)]
SEEDS = range(4)
NOTHING = [
    None, ..., True, False, 0, 1, -1, 0.5, 0.6, float("nan"), float("inf"), -float("inf"), 10**400,
    1e308, 1j, "", "right", b"1", [], (), {}, set(), [[]], [None], {"a": 1}, object(), type, np.nan,
    np.zeros(0), np.zeros((0, 1)), np.zeros((1, 0)), np.zeros((0, 3, 4)), np.zeros((0, 6)),
    np.zeros((0, 2)), np.full(2, np.nan), np.full((3, 4), np.nan), np.full(6, np.nan), np.ones(1),
    np.ones(2), np.ones((1, 1)), np.ones((3, 4)), np.full(6, 1e300), np.array("a"),
    np.array([None]), np.array(["a", "b"]), np.ma.masked, np.datetime64("NaT", "s"), np.int64(0),
    np.float64(1), np.zeros(()), {"right"}, [0], (1,), [1, 2], range(2), lambda: 1,
]  # fmt: skip
ONE_IS_RIGHT = "arcs-6"  # of the book's patch one pixel is left
ECHOES = [
    lambda *a: a,
    lambda *a: a[0],
    lambda *a: a[-1],
    lambda *a: sum(a),
    lambda *a: list(a[0]),
    lambda *a: np.asarray(a[0]) * np.nan,
    lambda *a: np.asarray(a[-1])[..., None],
    lambda *a: np.asarray(a[0])[:0],
    lambda *a: np.zeros_like(a[0]),
    lambda *a: np.ones_like(a[-1]),
    lambda *a: np.mean(a[0]),
    lambda *a: lambda *b: b,
    lambda: 1,
]
SPOILED = {  # functions of the right answer as an array; None where it has no such form
    "not a number": lambda right: right * np.nan,
    "infinite": lambda right: right + np.inf,
    "one of them not a number": lambda right: np.append(right.ravel()[1:] * 1.0, np.nan),
    "zeros": lambda right: right * 0,
    "ones": lambda right: right * 0 + 1,
    "a constant": lambda right: right * 0 + right.mean() if right.size > 1 else None,
    "the other sign": lambda right: right * -1,
    "the other way round": lambda right: right[::-1] if right.size > 1 else None,
    "transposed": lambda right: right.T if right.ndim > 1 else None,
    "flat": lambda right: right.ravel() if right.ndim != 1 else None,
    "one less": lambda right: right.ravel()[:-1] if right.ndim < 2 else right[:-1],
    "one more": lambda right: np.append(right.ravel(), 1),
    "an axis too many": lambda right: right[None],
    "an axis too many behind": lambda right: right[..., None],
    "none of it": lambda right: np.repeat(right[None], 0, axis=0),
    "empty": lambda right: right.reshape(-1)[:0],
    "twice": lambda right: np.stack([right, right]),
    "a part": lambda right: right.reshape(-1)[:1] if right.size > 1 else right[None],
    "text": lambda right: repr(right) if right.dtype.kind == "U" else str(right),
    "a list of texts": lambda right: [str(one) for one in right.ravel()],
    "hidden in an object": lambda right: np.array([right, None], dtype=object),
    "a dictionary": lambda right: {"answer": right.tolist()},
    "a function more": lambda right: lambda *a: right,
    "complex": lambda right: right * (1 + 1j),
}

STILL_RIGHT = {
    (ONE_IS_RIGHT, "ones"),
    ("files-1", "the other way round"),  # rows, which may come in any order
}


def right_answer(name):
    return solutions(name.rpartition("-")[0])[name]


def is_one(answer):
    return isinstance(answer, int | float) and not isinstance(answer, bool) and answer == 1


@pytest.mark.parametrize("name", NAMES)
def test_nothing_passes_no_check(name):
    for nothing in NOTHING:
        if not (name == ONE_IS_RIGHT and is_one(nothing)):
            assert judge(name, nothing).state != RIGHT, nothing
        assert judge(name, lambda *a, n=nothing: n).state != RIGHT, nothing
    for echo in ECHOES:
        assert judge(name, echo).state != RIGHT


@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_that_is_spoiled_passes_no_check(name):
    right = right_answer(name)
    for how, spoil in SPOILED.items():
        if (name, how) in STILL_RIGHT:
            continue
        if callable(right):
            spoiled = lambda *a, s=spoil: s(np.asarray(right(*a)))  # noqa: E731
        else:
            spoiled = spoil(np.asarray(len(right) if isinstance(right, set) else right))
        assert judge(name, spoiled).state != RIGHT, how


def first_value(function):
    """A function that returns for ever what it returned the first time."""
    kept = []

    def answer(*args):
        if not kept:
            kept.append(function(*args))
        return kept[0]

    return answer


@pytest.mark.parametrize("name", NAMES)
def test_the_right_value_of_one_input_is_no_function(name):
    right = right_answer(name)
    if not callable(right):
        assert judge(name, lambda *a: right).state != RIGHT
        return
    for seed in SEEDS:
        assert judge(name, first_value(right), seed).state != RIGHT


@pytest.mark.parametrize("name", NAMES)
def test_every_solution_passes_with_any_seed(name):
    right = right_answer(name)
    for seed in range(100 if callable(right) else 1):
        assert judge(name, right, seed).state == RIGHT, seed


def test_the_truth_as_an_array_of_thresholds_is_no_threshold():
    assert judge("alfven-5", lambda prob, truth: np.where(truth, 0, 2)).state != RIGHT
    assert judge("alfven-5", lambda prob, truth: prob - 0.5 + ~truth).state != RIGHT


@pytest.mark.parametrize("threshold", np.linspace(0.02, 0.98, 33))
def test_no_single_threshold_serves(threshold):
    assert judge("alfven-5", lambda prob, truth: threshold).state != RIGHT


def forge(prob, truth):
    truth[:] = prob > 0.5
    return 0.5


@pytest.mark.parametrize("answer", [forge, partial(forge)], ids=["function", "object"])
def test_a_function_that_changes_what_it_is_given_does_not_change_the_truth(answer):
    assert judge("alfven-5", answer).state != RIGHT


def test_input_is_drawn_anew_unless_a_seed_is_given():
    seen = []
    for seed in (None, None, 1, 1):
        judge("alfven-7", lambda f: seen.append(f) or -1.0, seed)  # wrong for any: asked once
    assert not np.array_equal(seen[0], seen[1])
    assert np.array_equal(seen[2], seen[3])


def test_what_the_aurora_check_takes_for_the_loss_is_the_librarys():
    torch = pytest.importorskip("torch")
    from geoviz_ml.checks.aurora import _nt_xent
    from geoviz_ml.learn.losses import NTXent

    z1, z2 = np.random.default_rng(0).normal(size=(2, 7, 5))
    library = float(NTXent(0.5)(torch.from_numpy(z1), torch.from_numpy(z2)))
    assert _nt_xent(z1, z2) == pytest.approx(library, rel=1e-6)
