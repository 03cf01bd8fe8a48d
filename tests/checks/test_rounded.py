"""A right answer that is rounded is right; what is wrong by a little more is not."""

import pytest

from geoviz_ml import exercises

RIGHT = {
    "alfven-1": (100 / 4096, 0.0244, 0.02441),
    "nucleus-6": (0.2146, 0.215, 0.2145),
    "nucleus-8": (5.19, 5.2, 5, 5.0),
}
WRONG = {
    "alfven-1": (0.025, 0.0238, 0.01, 0),
    "nucleus-6": (0.2, 0.22, 0.785, 0.25),
    "nucleus-8": (7.25, 2.6, 4.9, 5.5, -5.19),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_rounded_answer_is_right_and_another_is_not(name):
    for answer in RIGHT[name]:
        assert exercises.judge(name, answer).state == exercises.RIGHT, answer
    for answer in WRONG[name]:
        assert exercises.judge(name, answer).state != exercises.RIGHT, answer
