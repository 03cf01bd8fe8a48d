"""The sunspots lab: wrong answers are noticed."""

import numpy as np

from geoviz_ml.exercises import check


def whole_overlap(a, b):
    """Forgets that boxes may not overlap: two negative sides make a positive area."""
    side = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    area = side.prod()
    return area / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - area)


def test_wrong_answers_are_noticed(capsys):
    wrong = {
        "sunspots-1": 0.504 * 945.4 / 695.7,
        "sunspots-2": lambda latitude: 180 / (14.522 - 2.84 * np.sin(latitude) ** 2 - 0.986),
        "sunspots-3": (6, 24),
        "sunspots-4": whole_overlap,
        "sunspots-5": lambda w, u: w * (1 - u),
        "sunspots-6": lambda batches: (0.5, 0.5),
        "sunspots-7": lambda x, s: (np.diff(np.asarray(s)[np.argsort(x)]) < 0).any(),
        "sunspots-8": lambda train, test: len(set(test) & set(train)) / len(set(test)),
    }
    for name, answer in wrong.items():
        check(name, answer)
        assert "right." not in capsys.readouterr().out, name


def test_a_line_that_divides_is_asked_of_one_polarity_too(capsys):
    def once(x, sign):
        return (np.diff(sign[np.argsort(x)]) != 0).sum() <= 1

    def crashes(x, sign):
        plus, minus = x[sign > 0], x[sign < 0]
        return plus.max() < minus.min() or minus.max() < plus.min()

    check("sunspots-7", once)
    assert "right." in capsys.readouterr().out
    check("sunspots-7", crashes)
    assert "right." not in capsys.readouterr().out
