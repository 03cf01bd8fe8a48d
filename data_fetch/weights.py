"""A file of trained weights from an address: over https only, and only with its SHA-256."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from geoviz_ml.errors import UsageError
from geoviz_ml.settings import data_folder

from .hops import public, refusal
from .mirror import sources
from .request import File, Patience
from .store import Store

FOLDER = "weights"
ENDING = ".safetensors"
LARGEST = 2**31  # bytes
SHA256 = re.compile("[0-9a-fA-F]{64}")


def fetch_weights(
    address: str, sha256: str, *, progress: bool = True, patience: Patience | None = None
) -> Path:
    """Fetch a file of weights, unless it is here; `geoviz_ml.models.load_network` reads it.

    It is kept below ``weights`` in the data folder. A download that was cut goes on where it was.

    Parameters
    ----------
    address : str
        Begins with "https://" and ends with ".safetensors".
    sha256 : str
        Of the file, 64 hexadecimal digits, from whoever gave you the address: it stands at the end
        of the page that lies beside the file.
    progress : bool
        Show a bar with bytes and rate.
    patience : Patience, optional
        How long to try.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UsageError
        The address is not encrypted or names no such file, or the SHA-256 is none.
    DownloadError
        The file could not be fetched, is too large, or is another one; what has come is kept.

    Examples
    --------
    >>> fetch_weights("https://example.org/nights.safetensors", "0" * 64)  # doctest: +SKIP
    """
    name = _name(address)
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256.strip()):
        raise UsageError(
            "weights are fetched by their SHA-256 only: 64 hexadecimal digits.",
            advice="Ask whoever gave you the address.",
        )
    digest = sha256.strip().lower()
    there = sources(f"{FOLDER}/{name}", address)
    file = File(name, there, sha256=digest, most=LARGEST)
    store = Store(data_folder() / FOLDER / digest[:16])
    with store.writing():
        if store.problem(file):
            from tqdm.auto import tqdm

            with tqdm(unit="B", unit_scale=True, desc=name, disable=not progress) as bar:
                store.get(file, patience, lambda done: bar.update(done - bar.n))
    return store.folder / name


def _name(address: str) -> str:
    """The name of the file that an address names, if it may be asked for."""
    shown = public(str(address))[:200]
    if problem := refusal(str(address), []):
        raise UsageError(f"{shown} {problem}.")
    parts = urlsplit(address)
    if parts.scheme != "https":
        raise UsageError(f"{shown} is not encrypted.", advice="Use an address with https.")
    name = unquote(parts.path).rpartition("/")[2]
    if not name.endswith(ENDING) or name == ENDING:
        raise UsageError(f"{shown} names no file that ends with {ENDING}.")
    return name
