"""Files of JSON that are read again, results and notes of a run: damaged, or a stranger's."""

from __future__ import annotations

import json
from os import PathLike
from typing import Any

from ..errors import DataFileError
from .bounded import read_bounded

LARGEST = 2**26  # bytes
AGAIN = "Delete it and run again."


def read_json(path: str | PathLike, advice: str = AGAIN) -> Any:
    """What stands in a file of JSON, of at most 64 MiB.

    Parameters
    ----------
    path : path-like
    advice : str
        What the reader can do if the file is damaged.

    Returns
    -------
    object
        Made of dict, list, str, int, float, bool and None.

    Raises
    ------
    MissingDataError, DataFileError
        There is no such file; it is no regular file, too long, or no whole JSON in UTF-8.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.files import read_json
    >>> path = Path(tempfile.mkdtemp()) / "a.json"
    >>> _ = path.write_text('{"spread": [0.5, null]}')
    >>> read_json(path)
    {'spread': [0.5, None]}
    """
    raw = read_bounded(path, LARGEST)
    try:
        return json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataFileError(f"is no whole JSON ({error}).", path, advice) from error
