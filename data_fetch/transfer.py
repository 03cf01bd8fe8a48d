"""One file from the first address that gives it: whole and checked, or not at all.

pooch gives a temporary file, checks SHA-256 and renames. Added here: several addresses in order,
and attempts with growing waits. What one attempt does is in `resume`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geoviz_ml.errors import DownloadError

from .errors import Foreign, Hopeless, NotThere, Passing, WrongBytes
from .file_names import unusable
from .hops import public
from .kinds import foreign
from .resume import Part, Resuming

LONGEST_TEXT = 2**24  # bytes of a listing or an answer


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
    most : int
        Bytes that it may have, where the size is not known.
    optional : bool
        The publisher may not have it, and that is no error.
    """

    name: str
    addresses: tuple[str, ...] = ()
    bytes: int | None = None
    sha256: str | None = None
    about: int | None = None
    most: int = 200 * 10**9
    optional: bool = False

    def __post_init__(self):
        if problem := unusable(self.name):
            raise DownloadError(f"a file has a name that {problem}: {self.name[:80]!r}.")

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
            path = _persist(file, address, folder, patience, deadline, progress)
            return path, public(address)
        except Hopeless as failure:
            failures.append(failure)
    told = " ".join(failure.problem for failure in failures) or "No address is known."
    kept = Part(folder / f"{file.name}.part").length > 0
    nowhere = failures and all(isinstance(failure, NotThere) for failure in failures)
    raise (NotThere if nowhere else DownloadError)(
        f"was not fetched. {told}",
        file.name,
        ("What has come is kept: the same command continues. " if kept else "")
        + "A file that you have is taken with --from FOLDER.",
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
        except WrongBytes:
            if fresh or not downloader.continued:
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
            time.sleep(max(wait, failure.retry_after))
            wait = min(2 * wait, patience.longest_wait)


def _attempt(file: File, address: str, folder: Path, downloader: Resuming) -> Path:
    import pooch

    pooch.get_logger().setLevel("ERROR")  # its advice is for those who call it themselves
    known = file.sha256 and f"sha256:{file.sha256}"
    told = public(address)
    try:
        path = Path(pooch.retrieve(address, known, file.name, folder, downloader=downloader))
    except ValueError as error:
        if "hash" not in str(error).lower():
            raise Hopeless(f"{told}: {error}") from error
        raise WrongBytes(
            f"{told} gave other bytes than the SHA-256 {file.sha256[:12]}..."
        ) from error
    if not known and (problem := foreign(path, said=downloader.said)):
        path.unlink()
        raise Foreign(f"{told} {problem}.")
    return path


def read_text(addresses: tuple[str, ...], patience: Patience | None = None) -> str:
    """Fetch a short text (a listing, an answer of a service), with the same care."""
    with tempfile.TemporaryDirectory() as folder:
        path, _ = download(File("answer", addresses, most=LONGEST_TEXT), Path(folder), patience)
        return path.read_text("utf-8", errors="replace")
