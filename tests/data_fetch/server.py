"""A web server that misbehaves on purpose."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Answers each path with its list of behaviours, one a request; the last one stays.

    A behaviour is a function of the request handler. `seen` holds the path and the Range header of
    each request.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Callable]] = {}
        self.seen: list[tuple[str, str | None]] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def on(self, path: str, *behaviours: Callable) -> str:
        """Set the answers of a path, and return its address."""
        self.answers[path] = list(behaviours)
        return self.url + path

    def ranges(self) -> list[str | None]:
        return [asked for _, asked in self.seen]

    def handle_error(self, request, client_address):
        """A client that goes away is nothing to talk about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.seen.append((self.path, self.headers.get("Range")))
        answers = self.server.answers.get(path, [status(404)])
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *arguments):
        pass

    def head(self, code: int, **headers: object) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()


def whole(
    data: bytes,
    etag: str | None = '"1"',
    ranges: bool = True,
    obey_if_range: bool = True,
    stop: int | None = None,
    pause: float = 0.0,
    **headers: object,
) -> Callable:
    """A good server; or one that stops after so many bytes, or pauses at each 8 kB."""

    def answer(handler: Handler) -> None:
        asked = handler.headers.get("Range") if ranges else None
        same = handler.headers.get("If-Range") in (None, etag) or not obey_if_range
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and same else 0
        marks = ({"ETag": etag} if etag else {}) | headers
        if start >= len(data) and start:
            handler.head(416, Content_Length=0, Content_Range=f"bytes */{len(data)}")
            return
        if start:
            marks["Content_Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        handler.head(206 if start else 200, Content_Length=len(data) - start, **marks)
        body = data[start:][:stop]
        for at in range(0, len(body), 8192) if pause else (0,):
            handler.wfile.write(body[at : at + 8192] if pause else body)
            handler.server.closing.wait(pause)
        handler.close_connection = stop is not None

    return answer


def status(code: int, body: bytes = b"", **headers: object) -> Callable:
    def answer(handler: Handler) -> None:
        handler.head(code, Content_Length=len(body), **headers)
        handler.wfile.write(body)

    return answer


def raw(*pieces: bytes, pause: float = 0.0) -> Callable:
    """Write these bytes, with pauses, and close: any misbehaviour at all."""

    def answer(handler: Handler) -> None:
        for piece in pieces:
            handler.wfile.write(piece)
            handler.server.closing.wait(pause)
        handler.close_connection = True

    return answer


def silent(handler: Handler) -> None:
    """Never answer."""
    handler.server.closing.wait(60)
    handler.close_connection = True


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
