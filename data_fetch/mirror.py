"""Where a file is asked for: the publisher, or the mirror that the reader has set.

``GEOVIZ_ML_MIRROR``, a folder or an http(s) address, takes the place of every publisher: a class
without a network, or a test, fetches from there by the same code. Samples lie on it at their paths
in ``samples.tsv``, magnetograms in ``solar/magnetograms`` and ``solar/srs``, other files at
``NAME/FILE``.
"""

from __future__ import annotations

import contextlib
import html
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

from geoviz_ml.errors import UsageError

from .errors import NotThere
from .hops import is_web, public, refusal
from .request import Patience
from .transfer import read_text

SETTING = "GEOVIZ_ML_MIRROR"
LINK = re.compile(  # a tag ends where the next one begins, so that nothing is looked at twice
    r"""<a\s(?:[^<>]*?[\s"'])??href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.I
)


def mirror() -> str | None:
    """The mirror's folder or address, without a slash at its end.

    Raises
    ------
    UsageError
        It is no folder that there can be, and no http(s) address.
    """
    given = os.environ.get(SETTING, "")
    base = given.rstrip("/") or given[:1]
    if not base:
        return None
    if problem := _problem(given):
        raise UsageError(
            f"{SETTING}={public(given)[:200]!r} {problem}.",
            advice="Set it to a folder, or to an address such as https://example.org/data.",
        )
    return base


def _problem(given: str) -> str | None:
    """Why that is no mirror."""
    if "://" in given:
        query = "" if (problem := refusal(given, [])) else urlsplit(given).query
        return problem or ("has a question mark" if query else None)
    try:
        Path(given).exists()
    except (OSError, ValueError) as error:
        return f"is no name of a folder ({getattr(error, 'strerror', None) or error})"
    return None


def sources(there: str, *public: str) -> tuple[str, ...]:
    """Addresses of a file: on the mirror if one is set (at the path `there`), else `public`."""
    base = mirror()
    return (join(base, there),) if base else public


def join(base: str, path: str) -> str:
    """Append a plain path to a folder or an address."""
    return f"{base}/{quote(path)}" if is_web(base) else str(Path(base) / path)


def listing(address: str, patience: Patience | None = None) -> dict[str, str]:
    """What a folder holds: name (folders end with ``/``) -> address.

    Parameters
    ----------
    address : str
        A folder on this machine, or the address of a web server's index page.

    Raises
    ------
    NotThere
        There is no such folder.
    """
    if not is_web(address):
        folder = Path(address)
        if not folder.is_dir():
            raise NotThere("there is no such folder.", folder)
        return {p.name + "/" * p.is_dir(): str(p) for p in sorted(folder.iterdir())}
    base = address.rstrip("/") + "/"
    inside = {}
    for link in _links(read_text((base,), patience)):
        with contextlib.suppress(ValueError):  # it is no address
            full = urljoin(base, link)
            name = unquote(full.removeprefix(base))
            if name and "/" not in name[:-1]:  # not of another folder
                inside[name] = full
    return inside


def _links(page: str) -> Iterator[str]:
    """Where the links of a page lead to, in a time that grows with its length only.

    `html.parser` of some versions of Python takes hours for a page of a megabyte that is made so.
    """
    for found in LINK.finditer(page):
        yield html.unescape(found[1] if found[1] is not None else found[2] or found[3] or "")
