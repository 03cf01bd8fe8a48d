"""Self-checks: kind by default, strict for our own solutions."""

import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.exercises import check, register


@pytest.fixture(autouse=True)
def forty_two(monkeypatch):
    monkeypatch.delenv("GEOVIZ_ML_STRICT", raising=False)
    register("trial-1", hint="Think deeply.")(lambda answer: answer == 42)


def test_a_right_answer_is_right(capsys):
    check("trial-1", 42)
    assert capsys.readouterr().out == "trial-1: right.\n"


@pytest.mark.parametrize("answer", [None, ..., (1, ...)])
def test_no_answer_is_no_mistake(answer, capsys, monkeypatch):
    monkeypatch.setenv("GEOVIZ_ML_STRICT", "1")
    check("trial-1", answer)
    assert "not attempted" in capsys.readouterr().out


@pytest.mark.parametrize("result", [None, ..., (1, ...)])
def test_a_function_that_returns_no_answer_is_no_mistake(result, capsys):
    register("trial-0", hint="Call it.")(lambda f: f() == 1)
    check("trial-0", lambda: result)
    assert "not attempted" in capsys.readouterr().out


def test_a_wrong_answer_gets_a_hint_and_no_traceback(capsys):
    check("trial-1", 41)
    assert "not yet. Hint: Think deeply." in capsys.readouterr().out


def test_an_answer_that_breaks_the_check_says_how(capsys):
    register("trial-2", hint="Give a function.")(lambda answer: answer(1) == 1)
    check("trial-2", "text")
    assert "a function is asked for" in capsys.readouterr().out


def test_strict_raises_on_a_wrong_answer(monkeypatch):
    monkeypatch.setenv("GEOVIZ_ML_STRICT", "1")
    with pytest.raises(AssertionError, match="trial-1"):
        check("trial-1", 41)


@pytest.mark.parametrize("name", ["nowhere-1", "alfven-99", "no number", "", 7])
def test_an_unknown_exercise_is_named(name):
    with pytest.raises(UsageError, match=f"no exercise {name!r}"):
        check(name, 1)


def test_a_function_can_be_an_answer(capsys):
    register("trial-3", hint="Square it.")(lambda f: all(f(x) == x * x for x in (2, 3, 5)))
    check("trial-3", lambda x: x * x)
    check("trial-3", lambda x: 2 * x)
    assert capsys.readouterr().out == "trial-3: right.\ntrial-3: not yet. Hint: Square it.\n"


def test_wrong_answers_of_the_alfven_lab_are_noticed(capsys):
    wrong = {
        "alfven-1": 0.01, "alfven-2": 2, "alfven-3": lambda p, t: 0.5, "alfven-4": lambda p: p,
        "alfven-5": lambda p, t: 0.99, "alfven-6": 1, "alfven-7": lambda f: f[1] - f[0],
        "alfven-8": lambda a, b: a / b,
    }  # fmt: skip
    for name, answer in wrong.items():
        check(name, answer)
    assert capsys.readouterr().out.count("not yet") == len(wrong)


def test_wrong_answers_of_the_nucleus_lab_are_noticed(capsys):
    wrong = {
        "nucleus-1": 4608, "nucleus-2": lambda x, t: x * t, "nucleus-3": lambda s, n: s * n,
        "nucleus-4": lambda p: p / 2, "nucleus-5": lambda ce, d: (ce, ce), "nucleus-6": 0.5,
        "nucleus-7": {"Blur", "ShiftScaleRotate", "HueSaturationValue"}, "nucleus-8": 3,
    }  # fmt: skip
    for name, answer in wrong.items():
        check(name, answer)
    assert capsys.readouterr().out.count("not yet") == len(wrong)
