"""The arcs lab: wrong answers are noticed."""

import numpy as np

from geoviz_ml.exercises import check


def test_wrong_answers_are_noticed(capsys):
    wrong = {
        "arcs-1": 256 * 256 * 20,
        "arcs-2": lambda p, u, prior: (1 / (1 + np.exp(u))).mean() - prior,
        "arcs-3": lambda prior: 0.0,
        "arcs-4": lambda pn, pp, nn, nu, pu: (pn - nn + nu - pu) / (2 * pn - pp - nn) + 1e-3,
        "arcs-5": lambda a, b: ((b - a).mean() - 2 * (b - a).std(), (b - a).mean()),
        "arcs-6": 4,
        "arcs-7": lambda z, h: h * np.tan(np.radians(z)),
    }
    for name, answer in wrong.items():
        check(name, answer)
        assert "right." not in capsys.readouterr().out, name
