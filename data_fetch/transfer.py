"""One file over HTTP: continued after a cut, patient within limits, never half.

pooch does the rest: it gives a temporary file, checks SHA-256 and renames. What it does not do is
here: a ``.part`` file that the next attempt continues, retries with growing waits, several
addresses in order, and limits on size, silence, rate and time.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from geoviz_ml.errors import DownloadError
from geoviz_ml.files import atomic_path

from .errors import DiskFull, Hopeless, NotThere, Passing

CHUNK = 2**18  # bytes
LARGEST = 200 * 10**9  # bytes of a file whose size is not known before
ROOM = 50 * 10**6  # bytes of the disk that are left free
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
AGENT = "geoviz_ml data_fetch (+https://github.com/geoviz-ml/geoviz-ml)"


@dataclass(frozen=True)
class File:
    """A file to fetch.

    Attributes
    ----------
    name : str
        Where it goes, below the folder of its data set, with ``/``.
    addresses : tuple of str
        Tried in this order; http(s), or the path of a file on this machine.
    bytes, sha256 : optional
        Exact, where they are known before.
    about : int, optional
        Estimate of the size, where it is not known.
    optional : bool
        The publisher may not have it, and that is no error.
    """

    name: str
    addresses: tuple[str, ...]
    bytes: int | None = None
    sha256: str | None = None
    about: int | None = None
    optional: bool = False

    @property
    def size(self) -> int:
        return self.bytes or self.about or 0


@dataclass(frozen=True)
class Patience:
    """How long to try. Times in seconds.

    Attributes
    ----------
    attempts : int
        At each address, not counting those that brought `gain` bytes or more.
    wait, longest_wait : float
        Before the second attempt; doubled before each further one, up to the longest.
    connect, silence : float
        Without an answer, without a byte.
    slowest, window : float
        Bytes a second, on the mean of so many seconds: slower counts as a cut.
    total : float
        For one file, everything together.
    """

    attempts: int = 5
    gain: int = 2**20
    wait: float = 1.0
    longest_wait: float = 60.0
    connect: float = 15.0
    silence: float = 30.0
    slowest: float = 1000.0
    window: float = 60.0
    total: float = 24 * 3600.0
    sleep: Callable[[float], None] = time.sleep


def download(
    file: File,
    folder: Path,
    patience: Patience | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[Path, str]:
    """Fetch `file` into `folder`, from the first address that gives the right bytes.

    Parameters
    ----------
    file : File
    folder : path
        For work in progress: holds ``NAME.part`` until the file is whole and checked. A part that
        is there is continued.
    patience : Patience, optional
    progress : callable, optional
        Told how many bytes of the file are there.

    Returns
    -------
    pathlib.Path, str
        ``folder / file.name``, whole, and with the right SHA-256 where one is known; and the
        address that it came from.

    Raises
    ------
    NotThere
        Every address says that there is no such file.
    DiskFull
        There is not enough room; the part is kept.
    DownloadError
        No address gave the file; the message tells what each one did.
    """
    patience = patience or Patience()
    deadline = time.monotonic() + patience.total
    failures: list[DownloadError] = []
    for address in file.addresses:
        try:
            return _persist(file, address, folder, patience, deadline, progress), address
        except Hopeless as failure:
            failures.append(failure)
    if failures and all(isinstance(failure, NotThere) for failure in failures):
        raise NotThere(" ".join(f.problem for f in failures), file.name)
    raise DownloadError(
        "was not fetched. " + " ".join(failure.problem for failure in failures),
        file.name,
        "What has come is kept: the same command continues. A file that you have is taken with "
        "--from FOLDER.",
    ) from (failures[-1] if failures else None)


def _persist(
    file: File,
    address: str,
    folder: Path,
    patience: Patience,
    deadline: float,
    progress: Callable[[int], None],
) -> Path:
    """Attempts at one address, until the file is whole or no hope is left."""
    part = Part(folder / f"{file.name}.part", known=file.sha256 is not None)
    wait, tries, fresh, farthest = patience.wait, 0, False, part.length
    while True:
        downloader = Resuming(file, part, patience, deadline, progress)
        try:
            return _attempt(file, address, folder, downloader)
        except WrongBytes as failure:
            if failure.whole_in_one or fresh:
                raise
            fresh = True  # the pieces may be of different files: once more, in one
        except Passing as failure:
            tries += 1
            if part.length >= farthest + patience.gain:
                tries, wait, farthest = 1, patience.wait, part.length
            if tries >= patience.attempts:
                raise Hopeless(f"{failure.problem} ({tries} attempts)") from failure
            if time.monotonic() + wait > deadline:
                raise Hopeless(f"{failure.problem} Time is up.") from failure
            patience.sleep(max(wait, getattr(failure, "retry_after", 0.0)))
            wait = min(2 * wait, patience.longest_wait)


class WrongBytes(Hopeless):
    whole_in_one = True


def _attempt(file: File, address: str, folder: Path, downloader: Resuming) -> Path:
    import pooch

    pooch.get_logger().setLevel("ERROR")  # its advice is for those who call it themselves
    try:
        known = file.sha256 and f"sha256:{file.sha256}"
        path = pooch.retrieve(address, known, file.name, folder, downloader=downloader)
    except ValueError as error:
        if "hash" not in str(error).lower():
            raise Hopeless(f"{address}: {error}") from error
        problem = WrongBytes(f"{address} gave other bytes than the SHA-256 {file.sha256[:12]}...")
        problem.whole_in_one = not downloader.continued
        raise problem from error
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(
                f"the disk is full ({error.strerror}).",
                folder,
                "Make room, or set GEOVIZ_ML_DATA to a larger disk; what has come is kept.",
            ) from error
        raise
    return Path(path)


class Part:
    """``NAME.part`` and beside it, in ``NAME.part.json``, whose bytes they are."""

    def __init__(self, path: Path, known: bool):
        self.path, self.note, self.known = path, path.with_name(path.name + ".json"), known

    @property
    def length(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def origin(self) -> dict:
        try:
            return json.loads(self.note.read_text())
        except (OSError, ValueError):
            return {}

    def request(self, address: str) -> dict[str, str]:
        """Headers that ask for the rest, or none if what is there cannot be trusted to fit.

        The same address is asked for the rest only if its file has not changed (If-Range). Bytes
        of another address, or of one without a mark, may be continued if the hash is known.
        """
        origin = self.origin()
        mark = origin.get("mark") if origin.get("address") == address else None
        if not self.length or not (mark or self.known):
            return {}
        return {"Range": f"bytes={self.length}-"} | ({"If-Range": mark} if mark else {})

    def begin(self, address: str, mark: str | None) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        with atomic_path(self.note) as tmp:
            tmp.write_text(json.dumps({"address": address, "mark": mark}))

    def become(self, target: str) -> None:
        os.replace(self.path, target)
        self.note.unlink(missing_ok=True)

    def discard(self) -> None:
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
        progress: Callable[[int], None] = lambda done: None,
    ):
        self.file, self.part, self.patience = file, part, patience
        self.deadline, self.progress, self.continued = deadline, progress, False

    def __call__(self, url: str, output_file: str, pooch=None) -> None:
        if urlsplit(url).scheme in ("http", "https"):
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

        asked = self.part.request(url)
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"} | asked
        limits = self.patience.connect, self.patience.silence
        try:
            with requests.Session() as session:
                session.max_redirects = 10
                with session.get(url, headers=headers, stream=True, timeout=limits) as response:
                    if self._accept(url, response, bool(asked)):
                        self._write(url, response.raw)
        except requests.exceptions.TooManyRedirects as error:
            raise Hopeless(f"{url} leads from one address to the next without end.") from error
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
        ) as error:
            raise Hopeless(f"{url}: {error}.") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise Passing(f"{url}: {_plain(error)}.") from error

    def _accept(self, url: str, response, asked: bool) -> bool:
        """Look at the answer; make the part ready. False if nothing is left to read."""
        status, headers = response.status_code, response.headers
        if url.startswith("https:") and not response.url.startswith("https:"):
            raise Hopeless(f"{url} leads to {response.url}, which is not encrypted.")
        if status == 416 and asked:
            if headers.get("Content-Range", "").endswith(f"*/{self.part.length}"):
                self.continued = True
                return False
            self.part.discard()
            raise Passing(f"{url} has another length than what had come of it.")
        if status in (404, 410):
            raise NotThere(f"{url} says that there is no such file ({status}).")
        if status in (408, 425, 429) or status >= 500:
            failure = Passing(f"{url} answers {status} {response.reason}.")
            failure.retry_after = _seconds(headers.get("Retry-After"), self.patience.longest_wait)
            raise failure
        if status not in (200, 206) or (status == 206 and not asked):
            raise Hopeless(f"{url} answers {status} {response.reason}.")
        length = headers.get("Content-Length", "")
        self.total = int(length) if length.isdigit() else None
        if status == 206:
            start, total = _content_range(headers.get("Content-Range", ""))
            if start != self.part.length:
                self.part.discard()
                raise Passing(f"{url} sent another range than the one asked for.")
            self.total, self.continued = total, True
        else:
            mark = headers.get("ETag", "")
            if not mark or mark.startswith("W/"):
                mark = headers.get("Last-Modified")
            self.part.begin(url, mark)
        if self.total is not None:
            self._bounded(self.total, url)
        return True

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
            if self.part.length > whole:
                self.part.discard()
            raise Passing(f"{url} was cut at {self.part.length} of {whole} bytes.")

    def _bounded(self, size: int, url: str, exact: bool = True) -> None:
        """Refuse a file of the wrong size, or one for which there is no room, before it comes."""
        known = self.file.bytes
        if known is not None and (size > known or (exact and size != known)):
            self.part.discard()
            raise Hopeless(f"{url} has {size} bytes instead of {known}.")
        if size > LARGEST:
            raise Hopeless(f"{url} has more than {LARGEST} bytes.")
        if exact:
            self.part.path.parent.mkdir(parents=True, exist_ok=True)
            room(self.part.path.parent, size - self.part.length)


def room(folder: Path, needed: int) -> None:
    """Raise `DiskFull` if `folder`'s disk has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if needed + ROOM > free:
        raise DiskFull(
            f"there is no room: {needed / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free.",
            folder,
            "Make room, or set GEOVIZ_ML_DATA to a larger disk.",
        )


def read_text(addresses: tuple[str, ...], patience: Patience | None = None) -> str:
    """Fetch a short text (a listing, an answer of a service), with the same care."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path, _ = download(File("answer", addresses), Path(folder), patience)
        if path.stat().st_size > 2**24:
            raise DownloadError("is too long for a listing.", addresses[0])
        return path.read_text("utf-8", errors="replace")


def _content_range(text: str) -> tuple[int | None, int | None]:
    """``bytes 100-999/1000`` -> (100, 1000)."""
    with contextlib.suppress(ValueError):
        place, total = text.removeprefix("bytes ").split("/")
        return int(place.split("-")[0]), None if total == "*" else int(total)
    return None, None


def _seconds(text: str | None, most: float) -> float:
    """Retry-After: seconds or a date; never more than `most`."""
    if not text:
        return 0.0
    with contextlib.suppress(ValueError, TypeError):
        if text.isdigit():
            return min(float(text), most)
        return min(max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0), most)
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
