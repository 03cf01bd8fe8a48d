"""One attempt at a file over HTTP: continues what came before a cut, and keeps to limits.

pooch would begin again after a cut. This downloader (in pooch's sense) keeps a ``.part`` file that
the next attempt, or the next process, continues; it refuses what is too large, too slow or not the
file, and says whether another attempt makes sense.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path

from geoviz_ml.errors import GeovizError
from geoviz_ml.files import atomic_path, read_json

from .errors import DiskFull, Hopeless, NotThere, Passing, WrongBytes
from .hops import answer, is_web, public
from .request import File, Patience

CHUNK = 2**18  # bytes
ROOM = 50 * 10**6  # bytes of the disk that are left free
NUMBER = re.compile(r"[0-9]{1,15}")
RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15}|\*)")


class Part:
    """``NAME.part`` and beside it, in ``NAME.part.json``, whose bytes they are."""

    def __init__(self, path: Path, known: bool = False):
        self.path, self.note, self.known = path, path.with_name(path.name + ".json"), known

    @property
    def length(self) -> int:
        """Bytes that are there; 0 if none are."""
        return self.path.stat().st_size if self.path.exists() else 0

    def request(self, address: str) -> dict[str, str]:
        """Headers that ask for the rest, or none if what is there cannot be trusted to fit.

        The same address is asked for the rest only if its file has not changed (If-Range). Bytes
        of another address, or of one without a mark, may be continued if the hash is known.
        """
        origin = {}
        with contextlib.suppress(GeovizError, ValueError, TypeError):
            origin = dict(read_json(self.note))
        mark = origin.get("mark") if origin.get("address") == address else None
        if not self.length or not (mark or self.known):
            return {}
        return {"Range": f"bytes={self.length}-"} | ({"If-Range": mark} if mark else {})

    def begin(self, address: str, mark: str | None) -> None:
        """Empty the part, and note the address and the mark (ETag or date) of what will come."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        with atomic_path(self.note) as tmp:
            tmp.write_text(json.dumps({"address": address, "mark": mark}))

    def become(self, target: str) -> None:
        """Move the whole file to `target`, and remove the note."""
        os.replace(self.path, target)
        self.note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove the part and its note, if they are there."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


class Resuming:
    """A downloader in the sense of pooch that continues a part and keeps to limits."""

    def __init__(
        self,
        file: File,
        part: Part,
        patience: Patience,
        deadline: float,
        progress: Callable[[int], None],
    ):
        self.file, self.part, self.patience = file, part, patience
        self.deadline, self.progress = deadline, progress
        self.continued = False  # do the bytes come from more than one attempt?
        self.total: int | None = None  # what the server says
        self.said = ""  # the type of the file that the server says

    def __call__(self, url: str, output_file: str, pooch=None) -> None:
        if is_web(url):
            self._fetch(url)
            self.part.become(output_file)
        else:
            self._copy(Path(url), output_file)

    def _copy(self, source: Path, target: str) -> None:
        if not source.is_file():
            raise NotThere(f"there is no file {source}.")
        self._bounded(source.stat().st_size, str(source))
        shutil.copyfile(source, target)
        self.progress(source.stat().st_size)

    def _fetch(self, url: str) -> None:
        import requests
        import urllib3

        told = public(url)
        asked = self.part.request(told)
        limits = self.patience.connect, self.patience.silence
        try:
            with answer(url, asked, limits) as response:
                if self._accept(told, response, bool(asked)):
                    self._write(told, response.raw)
        except ValueError as error:  # how requests says that an address is no address
            raise Hopeless(f"{told}: {error}.") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise Passing(f"{told}: {_plain(error)}.") from error

    def _accept(self, url: str, response, asked: bool) -> bool:
        """Look at the answer; make the part ready. False if nothing is left to read."""
        status, headers = response.status_code, response.headers
        answered = f"{url} answers {status} {response.reason}."
        if status == 416 and asked:
            if headers.get("Content-Range", "").endswith(f"*/{self.part.length}"):
                self.continued = True
                return False
            self.part.discard()
            raise Passing(f"{url} has another length than what had come of it.")
        if status in (404, 410):
            raise NotThere(f"{url} says that there is no such file ({status}).")
        if status in (408, 425, 429) or status >= 500:
            failure = Passing(answered)
            longest = self.patience.longest_wait
            failure.retry_after = min(_seconds(headers.get("Retry-After")), longest)
            raise failure
        if status not in (200, 206) or (status == 206 and not asked):
            raise Hopeless(answered)
        self._look_at(url, headers)
        if status == 206:
            start, self.total = _content_range(headers.get("Content-Range", ""))
            if start != self.part.length:
                self.part.discard()
                raise Passing(f"{url} sent another range than the one asked for.")
            self.continued = True
        else:
            length = headers.get("Content-Length")
            self.total = None if length is None else int(length)
            mark = headers.get("ETag", "")
            if not mark or mark.startswith("W/"):
                mark = headers.get("Last-Modified")
            self.part.begin(url, mark)
        if self.total is not None:
            self._bounded(self.total, url)
        return True

    def _look_at(self, url: str, headers) -> None:
        """Refuse what is not the file as it is, and a length that is none."""
        self.said = headers.get("Content-Type", "")
        packed = headers.get("Content-Encoding", "").strip().lower() or "identity"
        gzip = packed in ("gzip", "x-gzip") and self.file.name.endswith((".gz", ".tgz"))
        if packed != "identity" and not gzip:  # some say so of a .gz file as it is
            raise Hopeless(f"{url} sends it packed ({packed[:20]!r}), though it was asked not to.")
        length = headers.get("Content-Length", "0")
        if not NUMBER.fullmatch(length):
            raise Hopeless(f"{url} says a length that is none ({length[:20]!r}).")

    def _write(self, url: str, raw) -> None:
        started, seen = time.monotonic(), 0
        with open(self.part.path, "ab", buffering=0) as out:
            while chunk := raw.read1(CHUNK, decode_content=False):
                view = memoryview(chunk)
                while view:  # an unbuffered file may take less than it is given
                    view = view[out.write(view) :]
                seen += len(chunk)
                self.progress(self.part.length)
                if self.total is None:
                    self._bounded(self.part.length, url, exact=False)
                now = time.monotonic()
                if now > self.deadline:
                    raise Hopeless(f"{url}: time is up after {self.part.length} bytes.")
                if now - started > self.patience.window:
                    if seen / (now - started) < self.patience.slowest:
                        raise Passing(f"{url} sends less than {self.patience.slowest:.0f} bytes/s.")
                    started, seen = now, 0
        whole = self.file.bytes or self.total
        if whole is not None and self.part.length != whole:
            came = self.part.length
            if came > whole:
                self.part.discard()
            raise Passing(f"{url} was cut at {came} of {whole} bytes.")

    def _bounded(self, size: int, url: str, exact: bool = True) -> None:
        """Refuse a file of the wrong size, or one for which there is no room, before it comes."""
        known = self.file.bytes
        if known is not None and (size > known or (exact and size != known)):
            self.part.discard()
            raise WrongBytes(f"{url} has {size} bytes instead of {known}.")
        if size > self.file.most:
            self.part.discard()
            raise Hopeless(f"{url} has more than {self.file.most} bytes.")
        if exact:
            room(self.part.path.parent, size - self.part.length)


def room(folder: Path, needed: int) -> None:
    """Raise `DiskFull` if `folder`'s disk has no room for so many bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if needed + ROOM > free:
        raise DiskFull(
            f"there is no room: {needed / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free.",
            folder,
            "Make room, or set GEOVIZ_ML_DATA to a larger disk.",
        )


def _content_range(text: str) -> tuple[int | None, int | None]:
    """``bytes 100-999/1000`` -> (100, 1000)."""
    if found := RANGE.fullmatch(text):
        return int(found[1]), None if found[2] == "*" else int(found[2])
    return None, None


def _seconds(text: str | None) -> float:
    """Retry-After: seconds or a date."""
    if not text or NUMBER.fullmatch(text):
        return float(text or 0)
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    return 0.0


def _plain(error: Exception) -> str:
    import requests

    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error).lower():
        return "the server fell silent"
    if isinstance(error, requests.exceptions.SSLError):
        return f"no encrypted connection ({error})"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "no connection"
    return "the line was cut"
