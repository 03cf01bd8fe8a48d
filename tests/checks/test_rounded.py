"""A right answer that is rounded, or of another type, is right; another number is not."""

import numpy as np
import pytest

from geoviz_ml import exercises
from geoviz_ml.exercises.compare import alike, exactly, same

from .conftest import lab_of, solutions

SAID = {
    "alfven-1": (100 / 4096, 0.0244, 0.02441),
    "nucleus-6": (0.2146, 0.215, 0.2145),
    "nucleus-8": (5.19, 5.2, 5, 5.0),
}
WRONG = {
    "alfven-1": (0.025, 0.0238, 0.01, 0),
    "nucleus-6": (0.2, 0.22, 0.785, 0.25),
    "nucleus-8": (7.25, 2.6, 4.9, 5.5, -5.19),
}
COUNTS = {"alfven-2", "nucleus-1", "sunspots-2", "arcs-1", "arcs-6"}  # right to the last digit
NUMBERS = [
    name
    for chapter in exercises.chapters()
    if lab_of(chapter).exists()
    for name in exercises.of_chapter(chapter)
    if name != "nucleus-7"  # a set of names
]
TYPES = {
    "plain": lambda a: a.tolist(),
    "float64": lambda a: a.astype(float),
    "float32": lambda a: a.astype(np.float32),
    "tuple": lambda a: tuple(a.tolist()) if a.ndim else a[()],
    "integers": lambda a: a.astype(np.int64) if (a == a.astype(np.int64)).all() else a,
    "an array": lambda a: a,
    "a scalar": lambda a: a[()],
}


@pytest.mark.parametrize("name", SAID)
def test_a_rounded_answer_is_right_and_another_is_not(name):
    for answer in SAID[name]:
        assert exercises.judge(name, answer).state == exercises.RIGHT, answer
    for answer in WRONG[name]:
        assert exercises.judge(name, answer).state != exercises.RIGHT, answer


def three_digits(array):
    return np.array([float(f"{value:.3g}") for value in array.ravel()]).reshape(array.shape)


def through(name, change):
    """The right answer, or what it returns, as an array that is changed."""
    right = solutions(name.rpartition("-")[0])[name]
    if callable(right):
        return lambda *args: change(np.asarray(right(*args)))
    return change(np.asarray(right))


@pytest.mark.parametrize("name", [name for name in NUMBERS if name not in COUNTS])
def test_three_digits_are_enough(name):
    for seed in range(5):
        assert exercises.judge(name, through(name, three_digits), seed).state == exercises.RIGHT


@pytest.mark.parametrize("name", NUMBERS)
def test_two_digits_too_few_or_one_count_too_many_is_wrong(name):
    wrong = through(name, lambda a: a + 1 if name in COUNTS else a * 1.3 + 0.003)
    assert exercises.judge(name, wrong, seed=0).state != exercises.RIGHT


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", NUMBERS)
def test_an_answer_may_be_of_any_numeric_type(name, kind):
    assert exercises.judge(name, through(name, TYPES[kind]), seed=1).state == exercises.RIGHT


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_torch_are_answers(name):
    torch = pytest.importorskip("torch")
    answer = through(name, lambda a: torch.tensor(a.astype(np.float32), requires_grad=True))
    assert exercises.judge(name, answer, seed=1).state == exercises.RIGHT


def test_a_count_is_right_to_the_last_digit_and_a_number_to_three():
    assert exactly(18432, 18432)
    assert not exactly(18400, 18432)
    assert same(18400, 18432)
    assert not same(18300, 18432)


def test_a_function_is_tried_more_than_once():
    assert alike(lambda x: 2 * x, lambda x: x + x, [(1,), (2,)])
    assert not alike(lambda x: 2 * x, lambda x: x + x, [(1,)])
    assert not alike(lambda x: 2 * x, lambda x: x + x, [])
