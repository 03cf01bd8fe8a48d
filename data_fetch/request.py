"""What to fetch, and how long to try."""

from __future__ import annotations

from dataclasses import dataclass

from geoviz_ml.errors import DownloadError

from .file_names import unusable


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

    Raises
    ------
    DownloadError
        The name is none that a file can have here.
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
        """Bytes, exact or estimated; 0 if nothing is known."""
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
