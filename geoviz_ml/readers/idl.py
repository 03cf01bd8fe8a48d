"""IDL save files, as far as skymaps need them: numbers, strings, arrays and structures.

scipy has a reader of the whole format, but it believes what a damaged file claims: it follows a
pointer that leads back for ever, and makes room for any number of rows. Here nothing is larger than
the bytes that are left in the file, and the number of values is bounded. The tests compare the two.

Source: C. B. Markwardt, Unofficial format specification for the IDL save file (2011).
"""

from __future__ import annotations

from math import prod

import numpy as np

END, VARIABLE = 6, 2  # kinds of record
ARRAY, STRUCTURE = 0x04, 0x20  # flags of a variable or tag
BYTE, STRING = 1, 7
KINDS = {
    1: "u1",
    2: ">i2",
    3: ">i4",
    4: ">f4",
    5: ">f8",
    12: ">u2",
    13: ">u4",
    14: ">i8",
    15: ">u8",
}
DEEPEST = 4  # structures within structures
MOST_VALUES = 10_000  # of a file: variables, entries of structures, rows; a skymap has 60


class Cursor:
    """A place in the file's bytes; everything lies in words of four bytes, big endian."""

    def __init__(self, raw: bytes, at: int):
        self.raw, self.at, self.values = raw, at, 0

    def count(self, number: int) -> None:
        """Each value costs hundreds of bytes of memory, however small it is in the file.

        Raises
        ------
        ValueError
            There are too many by now.
        """
        self.values += number
        if self.values > MOST_VALUES:
            raise ValueError(f"it holds more than {MOST_VALUES:,} variables and entries")

    def take(self, size: int) -> bytes:
        """The next `size` bytes; the place moves on to the next word.

        Raises
        ------
        ValueError
            There are not so many left.
        """
        if not 0 <= size <= len(self.raw) - self.at:
            raise ValueError(f"it claims {size:,} bytes where {len(self.raw) - self.at:,} are left")
        piece = self.raw[self.at : self.at + size]
        self.at = min(self.at + size + -size % 4, len(self.raw))
        return piece

    def integer(self) -> int:
        """The next word as a signed number."""
        return int.from_bytes(self.take(4), signed=True)

    def expect(self, value: int, what: str) -> None:
        """See that the next word is `value`, which marks what follows.

        Raises
        ------
        ValueError
            It is another, or there is none.
        """
        if (found := self.integer()) != value:
            raise ValueError(f"{what} is marked by {found}, expected {value}")

    def text(self) -> str:
        """A text with its length before it."""
        return self.take(self.integer()).decode("ascii")


def read_variables(raw: bytes) -> dict[str, object]:
    """Variables of a save file by lower-case name: arrays, scalars, text, structures as dicts.

    A structure of several rows is a list of dicts. Arrays have the last index fastest (numpy's
    order), so that rows of a picture are its first axis.

    Raises
    ------
    ValueError
        The bytes are not an uncompressed save file, are cut short or contradict themselves, or
        hold a kind of variable that skymaps do not have (pointer, object, complex).
    """
    if raw[:4] != b"SR\0\4":
        raise ValueError("compressed" if raw[:4] == b"SR\0\6" else "no signature")
    variables = {}
    cursor = Cursor(raw, 4)
    while (kind := cursor.integer()) != END:
        low, high = (int.from_bytes(cursor.take(4)) for _ in range(2))
        following = low + (high << 32)
        cursor.take(4)
        if not cursor.at <= following < len(raw):
            raise ValueError("a record ends where it cannot")
        if kind == VARIABLE:
            name = cursor.text().lower()
            shape, tags, code = _description(cursor)
            cursor.expect(7, "data")
            variables[name] = _value(cursor, shape, tags, code)
        cursor.at = following
    return variables


def _description(cursor: Cursor) -> tuple:
    code, flags = cursor.integer(), cursor.integer()
    shape = _shape(cursor) if flags & (ARRAY | STRUCTURE) else None
    return shape, _tags(cursor, DEEPEST) if flags & STRUCTURE else None, code


def _shape(cursor: Cursor) -> tuple[int, ...]:
    cursor.expect(8, "an array")
    cursor.take(12)
    dimensions = cursor.integer()
    cursor.take(8)
    sizes = np.frombuffer(cursor.take(4 * cursor.integer()), ">i4").tolist()
    if not 1 <= dimensions <= len(sizes) or min(sizes[:dimensions]) < 1:
        raise ValueError(f"an array has the sizes {sizes[:8]}")
    return tuple(sizes[:dimensions][::-1])


def _tags(cursor: Cursor, deepest: int) -> list[tuple]:
    """Name, shape, tags and type of each entry of a structure."""
    cursor.expect(9, "a structure")
    cursor.text()
    special, number = cursor.integer(), cursor.integer()
    cursor.take(4)
    if special & 7 or deepest == 0:  # predefined, inherits, is a super class
        raise ValueError("a structure is predefined, inherited or too deep")
    cursor.count(max(number, 0))
    table = np.frombuffer(cursor.take(12 * number), ">i4").reshape(-1, 3)[:, 1:].tolist()
    names = [cursor.text().lower() for _ in table]
    shapes = [_shape(cursor) if flags & ARRAY else None for _, flags in table]
    below = [_tags(cursor, deepest - 1) if flags & STRUCTURE else None for _, flags in table]
    return list(zip(names, shapes, below, (code for code, _ in table), strict=True))


def _value(cursor: Cursor, shape: tuple[int, ...] | None, tags: list | None, code: int) -> object:
    cursor.count(1)
    if tags is not None:
        rows = prod(shape or (1,))
        if 4 * rows * len(tags) > len(cursor.raw) - cursor.at or not tags:
            raise ValueError(f"it claims {rows:,} rows of a structure")
        content = [{name: _value(cursor, *rest) for name, *rest in tags} for _ in range(rows)]
        return content[0] if rows == 1 else content
    if code == STRING:
        if shape is not None:
            raise ValueError("it holds an array of text")
        return cursor.text() if cursor.integer() else ""
    if code not in KINDS:
        raise ValueError(f"it holds a variable of type {code}")
    kind = np.dtype(KINDS[code])
    size = prod(shape or (1,))
    if code == BYTE and (length := cursor.integer()) not in (0, size):  # 0 in files of 2011
        raise ValueError(f"the length of an array of bytes is marked by {length}, expected {size}")
    if kind.itemsize == 2:  # each in a word of its own
        values = np.frombuffer(cursor.take(4 * size), kind)[1::2]
    else:
        values = np.frombuffer(cursor.take(kind.itemsize * size), kind)
    return values.reshape(shape).copy() if shape else values[0]
