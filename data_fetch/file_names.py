"""Names of files that come from others: such as every disk can hold, below the folder of a set."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

LONGEST = 240  # characters of the whole
PART = 200  # bytes of one part; disks have 255, and names of work in progress are longer
DEEPEST = 16  # folders
HIDDEN = {"Cc", "Cf", "Cs"}  # controls, turns of the direction of writing, what is no text


def unusable(name: str) -> str | None:
    """Why a file cannot have that name, as the end of "a name that ..."; None if it can."""
    path = PurePosixPath(name)
    strange = any(c in "\\:" or unicodedata.category(c) in HIDDEN for c in name)
    if path.is_absolute() or ".." in path.parts or strange:
        return "leads out of the folder"
    longest = max((len(part.encode()) for part in path.parts), default=0)
    if len(str(path)) > LONGEST or longest > PART or len(path.parts) > DEEPEST:
        return "is too long"
    if any(part != part.rstrip(". ") for part in path.parts):
        return "ends with a dot or a space"
    return None
