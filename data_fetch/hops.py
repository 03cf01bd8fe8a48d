"""An address is asked, and where it leads to; every hop is looked at before it is asked.

Refused are hops to anything but http and https, from an encrypted address to one that is not
(wherever in the chain), to an address with a password in it, and from the outside into a private
network or this machine (where that is told by the address itself: names are not looked up). Over
http no password is sent, neither one in the address nor one of ``.netrc``.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from functools import cache
from urllib.parse import urljoin, urlsplit, urlunsplit

from .errors import Hopeless

MOST = 10
AGENT = "geoviz_ml data_fetch (+https://github.com/geoviz-ml/geoviz-ml)"


@contextlib.contextmanager
def answer(url: str, headers: dict[str, str], limits: tuple[float, float]) -> Iterator:
    """The answer (of requests) to `url`, or to the last address that it leads to.

    Parameters
    ----------
    url : str
    headers : dict
    limits : tuple of float
        Seconds without a connection and without a byte.

    Raises
    ------
    Hopeless
        A hop is refused, or there are more than 10.
    """
    import requests

    before: list[str] = []
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"} | headers
    while True:
        if problem := refusal(url, before):
            raise Hopeless(f"{public((before or [url])[0])} {problem}.")
        before.append(url)
        auth = _nobody if urlsplit(url).scheme == "http" else None
        with _session().get(
            url, headers=headers, stream=True, timeout=limits, allow_redirects=False, auth=auth
        ) as response:
            target = _session().get_redirect_target(response)
            if not target:
                yield response
                return
        if len(before) > MOST:
            raise Hopeless(f"{public(before[0])} leads from one address to the next without end.")
        url = requests.utils.requote_uri(urljoin(url, target))


def refusal(url: str, before: list[str]) -> str | None:
    """Why an address is not asked, given those that led to it; None if it is."""
    try:
        parts = urlsplit(url)
        host, named = parts.hostname, parts.username or parts.password
        parts.port  # noqa: B018 - is a number, or raises
    except ValueError as error:
        return f"leads to no address ({error})" if before else f"is no address ({error})"
    if parts.scheme not in ("http", "https") or not host:
        return f"leads to {url[:80]!r}, which is no web address" if before else "is no web address"
    if named and before:
        return f"leads to {public(url)} with a password"
    if named and parts.scheme == "http":
        return "would send a password that everybody on the way can read"
    if parts.scheme == "http" and any(old.startswith("https:") for old in before):
        return f"leads to {public(url)}, which is not encrypted"
    if before and is_private(host) and not is_private(urlsplit(before[0]).hostname or ""):
        return f"leads to {public(url)}, which is in a private network"
    return None


def is_web(address: str) -> bool:
    """Is that an http(s) address, and not the path of a file?"""
    return urlsplit(address).scheme in ("http", "https")


def is_private(host: str) -> bool:
    """Is that this machine, or the address of one in a private network?"""
    host = host.rstrip(".")  # a dot at its end says that the name is whole
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(OSError, ValueError):
        host = str(ipaddress.IPv4Address(socket.inet_aton(host)))  # 127.1 is one too
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not (getattr(address, "ipv4_mapped", None) or address).is_global


def public(url: str) -> str:
    """An address as it can be told and kept: without name and password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _nobody(request):
    """An authentication that adds none; without it requests would look into ``.netrc``."""
    return request


@cache
def _session():
    """One session, so that a connection serves many files."""
    import requests

    return requests.Session()
