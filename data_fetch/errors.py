"""Why one attempt to fetch a file failed, and whether another may succeed."""

from __future__ import annotations

from geoviz_ml.errors import DownloadError


class Passing(DownloadError):
    """A cut line, a silent or overloaded server: worth another attempt at the same address."""


class Hopeless(DownloadError):
    """Wrong bytes, a redirect loop, a refusal: only another address can help."""


class NotThere(Hopeless):
    """The server says that there is no such file (404, 410)."""


class DiskFull(DownloadError):
    """No room to write; no address can help."""
