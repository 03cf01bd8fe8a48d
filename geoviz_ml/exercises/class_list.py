"""The numbers of a class: who has the notebook with which values.

A CSV file with a row a student, as a spreadsheet or a learning platform writes it. `number` is a
column of whole numbers, each of one student; `student` (the name) and `id` (as the platform numbers
people, see `geoviz_ml.exercises.platforms`) are two more, of which one is enough.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataFileError
from ..files import printable, read_bounded
from .platforms import Student, student
from .variants import LARGEST

MOST = 2**20  # bytes of a list
WANTED = "It needs a row a student, with the columns number and student, or number and id."


@dataclass(frozen=True)
class ClassList:
    """The notebooks' numbers of students.

    Examples
    --------
    >>> listed = ClassList(Path("class.csv"), {Student("Ada Lovelace", "1234567"): 4})
    >>> listed.number("Ada Lovelace_1234567_assignsubmission_file/arcs_lab.ipynb")
    4
    >>> listed.without(["Bob_12345_assignsubmission_file/arcs_lab.ipynb"])
    ['Ada Lovelace']
    """

    path: Path
    numbers: dict[Student, int]

    @classmethod
    def read(cls, path: str | os.PathLike) -> ClassList:
        """A list from its file.

        Raises
        ------
        MissingDataError, DataFileError
            There is no such file, or it is no such list; the message tells the line.
        """
        try:
            text = read_bounded(path, MOST).decode("utf-8-sig")
            rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise DataFileError(f"is no CSV file ({error}).", path, WANTED) from error
        if not rows:
            raise DataFileError("has no student in it.", path, WANTED)
        numbers: dict[Student, int] = {}
        for line, row in enumerate(rows, 2):
            who = Student(*(" ".join((row.get(key) or "").split()) for key in ("student", "id")))
            number = _whole(row.get("number"))
            if not number or not any(who):
                problem = f"line {line} has no number, or neither student nor id."
                raise DataFileError(problem, path, WANTED)
            ids = {other.number for other in numbers if other.number}
            if who in numbers or who.number in ids or number in numbers.values():
                problem = f"line {line} has a number or a student that was there before."
                raise DataFileError(problem, path, WANTED)
            numbers[who] = number
        return cls(Path(path), numbers)

    def number(self, file: str) -> int:
        """The number of the student who handed in `file`, by the names that platforms give.

        The id decides; the name does where there is no id, and one student has that name.

        Raises
        ------
        DataFileError
            The list has no such student.
        """
        who = student(file)
        found = self._listed(who)
        if found is None:
            problem = f"has no student of this file's name ({printable(' '.join(who)).strip()})."
            raise DataFileError(problem, self.path, "Add a row, or call the file as the list does.")
        return self.numbers[found]

    def without(self, files: Iterable[str]) -> list[str]:
        """Those of the list of whom none of these files is, by name, or else by id."""
        seen = {self._listed(student(file)) for file in files}
        return [who.name or who.number for who in self.numbers if who not in seen]

    def _listed(self, who: Student) -> Student | None:
        """The student of the list who is the one of a file."""
        names = Counter(other.name.casefold() for other in self.numbers)
        for other in self.numbers:
            if who.number and other.number:
                if who.number == other.number:
                    return other
            elif who.name and who.name.casefold() == other.name.casefold():
                if names[other.name.casefold()] == 1:
                    return other
        return None


def _whole(text: str | None) -> int | None:
    """A number from 1 to `LARGEST`, else None."""
    text = (text or "").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    return number if 0 < number <= LARGEST else None
