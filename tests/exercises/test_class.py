"""A small class of made-up submissions in one call; `tests.benchmarks.grade_class` makes more."""

import time

from ..benchmarks.grade_class import alive, hand_in, kinds, run, wrong_rows

CLASS = [
    "right: aurora", "wrong: not a number", "wrong: empty pairs", "wrong: the truth as thresholds",
    "cheats: verdicts on the line", "crashes: a fault", "hangs: cannot be interrupted",
    "leaves: a child with the pipe", "heavy: a huge array", "greedy: much memory",
    "no notebook: text", "no notebook: a pipe", "no notebook: a folder",
]  # fmt: skip


def test_every_submission_of_a_class_gets_the_marks_that_it_deserves(tmp_path):
    mark = str(10**9 + time.time_ns() % 10**9)
    every = [submission for submission in kinds(mark) if submission.kind in CLASS]
    assert len(every) == len(CLASS)
    handed = hand_in(tmp_path / "class", len(every), 1, every)
    told = run(tmp_path / "class", tmp_path / "m.csv", ["--limit=40", "--cell=3", "--memory=1"])
    assert wrong_rows(tmp_path / "m.csv", handed) == []
    assert told["rows"] == len(every)
    assert told["status"] == 2  # some cannot be marked
    assert alive(mark) == 0
