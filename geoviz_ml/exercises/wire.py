"""A line between two processes for values as JSON; functions stay where they are and are called.

What the other side sends is bounded: one message, and what it may become (see `values`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import BinaryIO

from .values import Decoder, Encoder, TooMuch

LARGEST = 2**20  # bytes of one message of the other side


class LineCut(BaseException):
    """The other side is gone, or says what cannot be understood.

    No Exception: no check shall take it for a wrong answer.
    """


class Wire:
    """One end of the line.

    Parameters
    ----------
    incoming, outgoing : binary files
        What the other side writes and reads.
    most : int
        Bytes of one message that is received.
    """

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, most: int = LARGEST):
        self.incoming, self.outgoing, self.most = incoming, outgoing, most
        self.functions: list[Callable] = []  # ours, which the other side may call by number

    def send(self, kind: str, *content) -> None:
        """Send plain JSON (values of the reader must be encoded first).

        Raises
        ------
        LineCut
            The other side is gone.
        """
        try:
            self.outgoing.write(json.dumps([kind, *content]).encode() + b"\n")
            self.outgoing.flush()
        except OSError as error:
            raise LineCut("the other side is gone") from error

    def receive(self) -> list:
        """The next message, ``[kind, ...]``; calls of our functions are answered meanwhile.

        Raises
        ------
        LineCut
            The other side is gone, says too much at once, or cannot be understood.
        """
        while True:
            line = self.incoming.readline(self.most)
            if not line.endswith(b"\n"):
                raise LineCut("the other side is gone, or says too much at once")
            try:
                message = json.loads(line)
                kind = message[0]
                if kind == "call":
                    _, number, args = message
                    function = self.functions[number]
            except (ValueError, LookupError, TypeError, RecursionError) as error:
                raise LineCut("not understood") from error
            if kind != "call":
                return message
            try:
                value = self.encode(function(*self.decode(args)))
            except LineCut:
                raise
            except BaseException as error:  # a student's function may raise anything
                self.send("raise", type(error).__name__, str(error)[:500])
            else:
                self.send("value", value)

    def encode(self, value: object) -> object:
        """`value` as plain JSON, if it is not too large for a message.

        Raises
        ------
        TypeError
            It cannot be marked; the message tells why.
        """
        encoded = Encoder(self._keep).encode(value)
        size = len(json.dumps(encoded))
        if size > LARGEST - 2000:
            raise TooMuch(f"an answer of {size} bytes is too large to be marked")
        return encoded

    def decode(self, value: object) -> object:
        """What `encode` of the other side meant; a function becomes one that calls over there.

        Raises
        ------
        LineCut
            It was not made by `encode`.
        """
        try:
            return Decoder(self._remote).decode(value)
        except Exception as error:  # values made up to break us
            raise LineCut("not understood") from error

    def _keep(self, function: Callable) -> int:
        self.functions.append(function)
        return len(self.functions) - 1

    def _remote(self, number: int) -> Callable:
        def function(*args):
            self.send("call", number, self.encode(args))
            match self.receive():
                case ["value", value]:
                    return self.decode(value)
                case ["raise", str(name), str(text)]:
                    name = name[:80] if name.isidentifier() else "Error"
                    raise type(name, (Exception,), {})(text[:500])
            raise LineCut("spoke out of turn")

        return function
