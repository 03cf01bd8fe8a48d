"""The nucleus lab: right answers in other words are right, near misses are not."""

import numpy as np
import pytest

from geoviz_ml import exercises

PAIR = {"ShiftScaleRotate", "HueSaturationValue"}


def right(name, answer):
    return exercises.judge(name, answer).state == exercises.RIGHT


def test_the_pair_of_changes_may_be_a_set_a_list_or_a_tuple():
    for answer in (PAIR, sorted(PAIR), tuple(PAIR)):
        assert right("nucleus-7", answer)


@pytest.mark.parametrize("answer", [{"ShiftScaleRotate"}, PAIR | {"Blur"}, {"Blur", "GaussNoise"}])
def test_half_a_pair_and_a_possible_change_are_wrong(answer):
    assert not right("nucleus-7", answer)


def test_the_part_of_right_flags_may_be_written_in_other_ways():
    assert right("nucleus-9", lambda r, f, p: 1 / (1 + f * (1 - p) / (r * p)))
    assert not right("nucleus-9", lambda r, f, p: r / (r + f))  # forgets how rare it is
    assert not right("nucleus-9", lambda r, f, p: r * p)


def test_the_lower_hybrid_frequency_takes_either_mass_and_is_in_kilohertz():
    for mass in (16 * 1.6726e-27, 15.999 * 1.66054e-27):
        kHz = 1.602e-19 * 42e-6 / (2 * np.pi) / np.sqrt(9.109e-31 * mass) / 1000
        assert right("nucleus-10", kHz)
    for wrong in (6880, 1175.7, 0.0403, 27.5, 6.2):
        assert not right("nucleus-10", wrong)
