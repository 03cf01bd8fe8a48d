"""Who handed in a file, by the names that learning platforms give, and tables that they take back.

Moodle: a folder a student, ``Ada Lovelace_1234567_assignsubmission_file/lab.ipynb``, where 1234567
is the participant; its grading worksheet has the columns Identifier, Full name and Grade. Canvas:
``lovelaceada_12345_67890_lab.ipynb`` or ``lovelaceada_LATE_12345_67890_lab.ipynb``, with the
student's id before that of the submission; its gradebook has Student, ID and a column an
assignment. As their documentation gives them in 2026.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MOODLE = re.compile(
    r"(?:^|/)(?P<student>[^/]+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?:/|$)"
)
CANVAS = re.compile(r"(?:^|/)(?P<student>[^/_]+)(?:_LATE)?_(?P<id>\d+)_\d+_[^/]*$")


class Student(NamedTuple):
    """Name and number of a student, empty where the platform's names do not tell them."""

    name: str
    number: str


def student(file: str) -> Student:
    """Of the name of a returned file, see the module.

    Of what lies in a zip that a platform has named after a student, it is that student, whatever
    the names in the zip say: those are of the student's own choice.

    Examples
    --------
    >>> student("Ada Lovelace_1234567_assignsubmission_file/lab.ipynb")
    Student(name='Ada Lovelace', number='1234567')
    >>> student("ada/lab.ipynb")
    Student(name='ada', number='')
    >>> student("eve_5_6_lab.zip/ada_7_8_lab.ipynb")
    Student(name='eve', number='5')
    """
    outer, zipped, _ = file.partition(".zip/")
    if zipped and student(outer).number:
        return student(outer)
    for pattern in (MOODLE, CANVAS):
        if found := pattern.search(file):
            return Student(found["student"], found["id"])
    return Student(file.split("/")[0].removesuffix(".ipynb").removesuffix(".zip"), "")


def moodle(rows: list[dict]) -> list[dict]:
    """Rows of Moodle's grading worksheet; who has no participant number is left out."""
    return [
        {
            "Identifier": f"Participant {row['id']}",
            "Full name": row["student"],
            "Grade": row.get("points", 0),
            "Maximum Grade": row.get("of", ""),
            "Feedback comments": row.get("problem", ""),
        }
        for row in rows
        if row["id"]
    ]


def canvas(rows: list[dict], assignment: str) -> list[dict]:
    """Rows of Canvas' gradebook with the points under `assignment`, as in "Lab 1 (4711)"."""
    return [
        {"Student": row["student"], "ID": row["id"], assignment: row.get("points", 0)}
        for row in rows
        if row["id"]
    ]
