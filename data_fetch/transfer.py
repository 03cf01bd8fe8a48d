"""One file from the first address that gives it: whole and checked, or not at all.

pooch gives a temporary file, checks SHA-256 and renames. Added here: several addresses in order,
and attempts with growing waits. What one attempt does is in `resume`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from geoviz_ml.errors import DownloadError

from .errors import Foreign, Hopeless, NotThere, Passing, WrongBytes
from .hops import public
from .kinds import foreign
from .request import File, Patience
from .resume import Part, Resuming

LONGEST_TEXT = 2**24  # bytes of a listing or an answer


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
