"""Text of a file's bytes, and text that is safe to print and to open with a spreadsheet."""

from __future__ import annotations

import codecs
import re
import unicodedata
from os import PathLike

from ..errors import DataFileError

UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # kinds of characters that are spelled out
FORMULA = re.compile(r"(^|;)(?=\s*[=+\-@＝＋－＠])")  # where a spreadsheet sees one begin


def printable(text: object) -> str:
    r"""Text that terminals, tables and pages can show; what they cannot is spelled out.

    Control characters (a name may hold commands to a terminal), marks that turn the direction of
    writing, line ends, and bytes that are no UTF-8 become ``\x1b``, ``\u202e``, ``\n`` and so on.

    Examples
    --------
    >>> from geoviz_ml.files import printable
    >>> print(printable("two\nlines"))
    two\nlines
    """
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in UNSEEN else c
        for c in str(text)
    )


def safe_cell(value: object) -> object:
    """A value as it can stand in a CSV file that somebody opens with a spreadsheet.

    Text is made `printable`. If a spreadsheet would take it for a formula, from its beginning or
    after a semicolon, at which some spreadsheets cut, it gets an apostrophe there: then it is
    text. Other values stay as they are.

    Examples
    --------
    >>> safe_cell("=HYPERLINK(A1)")
    "'=HYPERLINK(A1)"
    """
    return FORMULA.sub(r"\1'", printable(value)) if isinstance(value, str) else value


def text_of(raw: bytes, path: str | PathLike) -> str:
    """Text of UTF-8 (of which ASCII is a part), with or without the mark of its byte order.

    What Windows calls Unicode, UTF-16 with its mark, is text too.

    Raises
    ------
    DataFileError
        It is neither.
    """
    wide = raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataFileError(
            f"is no text: byte {error.start} is none of {'UTF-16' if wide else 'UTF-8'}.",
            path,
            "Save it as UTF-8.",
        ) from error
