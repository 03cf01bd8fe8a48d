"""Names of what is written for a picture: a picture may be called anything, ``*.png`` too."""

from __future__ import annotations

import hashlib
import os
from itertools import count
from pathlib import Path

LONGEST = 200  # bytes of a file's name that leave room for what is added; 255 are allowed


def output_name(name: str) -> str:
    """The name under which a picture's results stand: its own, or a shorter one if that is long."""
    raw = os.fsencode(name)
    if len(raw) <= LONGEST:
        return name
    return f"{name[:40]}~{hashlib.sha256(raw).hexdigest()[:16]}"


def crop_name(name: str, number: int) -> str:
    """Name of the crop of region `number` (1, 2, ...) of a picture."""
    return f"{name}_{number:02d}.png"


def later_crops(folder: Path, name: str, number: int) -> list[Path]:
    """Crops of a picture with more regions than `number`, which an earlier call has left.

    They are numbered without a gap, so each is asked for by its name. Remove the last one first:
    then there is no gap either when that is stopped half-way.
    """
    found = []
    for i in count(number + 1):
        path = folder / crop_name(name, i)
        if not path.exists():
            return found
        found.append(path)
