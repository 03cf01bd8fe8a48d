"""Is a file of the kind that its name says? A login page, a server's error, an empty file never is.

What comes without a published SHA-256 has its own recorded, and is taken for right ever after: so
it is looked at before.
"""

from __future__ import annotations

import re
from pathlib import Path
from pkgutil import resolve_name

from geoviz_ml.errors import DataFileError

MAGIC: dict[str, tuple[bytes, ...]] = {  # how files begin
    ".gz": (b"\x1f\x8b",),
    ".tgz": (b"\x1f\x8b",),
    ".bz2": (b"BZh",),
    ".xz": (b"\xfd7zXZ\x00",),
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
    ".npz": (b"PK\x03\x04",),
    ".npy": (b"\x93NUMPY",),
    ".h5": (b"\x89HDF\r\n\x1a\n",),
    ".nc": (b"\x89HDF\r\n\x1a\n", b"CDF"),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".jp2": (b"\x00\x00\x00\x0cjP  ",),
    ".tif": (b"II*\x00", b"MM\x00*"),
    ".tiff": (b"II*\x00", b"MM\x00*"),
    ".webp": (b"RIFF",),
    ".pgm": (b"P5", b"P2"),
    ".sav": (b"SR\x00\x04",),
    ".fits": (b"SIMPLE  =",),
}
TEXTS = {".txt", ".csv", ".tsv", ".dat"}
READERS = {re.compile(r"\d{8}SRS\.txt"): "geoviz_ml.readers:read_srs"}
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  # of the order of bytes
MARKUP = re.compile(rb"<(\?xml|!doctype|!--|html|head|body|[a-z][\w:-]*[\s/>])", re.I)
WORDS = {"html": "a web page", "xml": "a web page", "json": "an answer in JSON"}
START = 1024  # bytes that are looked at


def foreign(path: Path, said: str = "") -> str | None:
    """Why a file is not of the kind that its name says; None if it is.

    Parameters
    ----------
    path : Path
        Without an ending any content is right.
    said : str
        The type that a server gave (Content-Type); it counts for texts, of which the beginning
        tells little.
    """
    ending = path.suffix.lower()
    if not ending:
        return None
    with open(path, "rb") as opened:
        start = opened.read(START)
    if not start:
        return f"is empty, no {ending} file"
    if what := _answer(start, said if ending in TEXTS else ""):
        return f"is {what}, no {ending} file"
    if not start.startswith(MAGIC.get(ending, (b"",))):
        return f"is no {ending} file"
    if ending in TEXTS and b"\0" in start:
        return f"holds bytes that are no text, so it is no {ending} file"
    return _unreadable(path)


def _answer(start: bytes, said: str) -> str | None:
    """What a server says to people or programs in place of a file: a page, a message in JSON."""
    for mark in MARKS:
        start = start.removeprefix(mark)
    start = start.replace(b"\0", b"").lstrip()  # of UTF-16, every letter of a page has one
    if MARKUP.match(start):
        return "a web page"
    if re.match(rb'\{\s*("|\})|\[\s*(\{|\])', start):
        return "an answer in JSON"
    kind = said.partition(";")[0].strip().lower()
    return next((what for word, what in WORDS.items() if kind.endswith(word)), None)


def _unreadable(path: Path) -> str | None:
    """Texts that a reader of ours is for must be read by it."""
    for pattern, reader in READERS.items():
        if pattern.fullmatch(path.name):
            try:
                resolve_name(reader)(path)
            except DataFileError as error:
                return f"cannot be read: {error.problem.rstrip('.')}"
    return None
