"""Tensors by their names, with a note in JSON, in one file of numbers: nothing in it is executed.

The format is safetensors. A file may come from a stranger: its size and its header are bounded,
and names, shapes and kinds of numbers are known before any tensor is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .bounded import read_bounded

if TYPE_CHECKING:
    from torch import Tensor

LARGEST = 2**31  # bytes of a file
LONGEST_HEADER = 2**22  # bytes: ODM_Unet, of 700 tensors, needs a sixtieth of it
NOTE = "geoviz_ml"  # its key among the metadata of the header
FLOATS = {"F16", "BF16", "F32", "F64"}
PICKLES = (b"\x80", b"PK")  # how pickles begin, and torch's zips of them


def pack_tensors(tensors: Mapping[str, Tensor], note: Any) -> bytes:
    """The bytes of a file: tensors of any shape by their names, and a note that JSON knows."""
    from safetensors.torch import save

    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    return save(plain, {NOTE: json.dumps(note, ensure_ascii=False, allow_nan=False)})


class TensorFile:
    """A file as `pack_tensors` makes it, of which the header has been read.

    Parameters
    ----------
    path : path-like

    Attributes
    ----------
    note : object
        None if there is none.
    kinds : dict
        Name of a tensor -> its kind of number in the format's words, such as "F32", and its shape,
        a list of int.
    sha256 : str
        Of the whole file.

    Raises
    ------
    MissingDataError, DataFileError
        There is no such file, or it is no regular one, or too large.
    ValueError
        It is none of this format; the message says why.
    """

    def __init__(self, path: str | PathLike):
        self.path = Path(path)
        self._raw = read_bounded(path, LARGEST)
        self.sha256 = hashlib.sha256(self._raw).hexdigest()
        header = self._header()
        about = header.pop("__metadata__", {})
        self.note = json.loads(about[NOTE], parse_constant=_refuse) if NOTE in about else None
        self.kinds = {str(k): (v["dtype"], list(v["shape"])) for k, v in header.items()}

    def _header(self) -> dict:
        raw = self._raw
        length = int.from_bytes(raw[:8], "little")
        if len(raw) > 8 and length > LONGEST_HEADER:
            if raw.startswith(PICKLES):
                raise ValueError("it is a pickle or a zip, which can execute things: it stays shut")
            raise ValueError(f"it claims a header of {length:,} bytes")
        if len(raw) < 8 + length or not raw:
            raise ValueError("it ends within its header")
        header = json.loads(raw[8 : 8 + length])
        if not isinstance(header, dict):
            raise ValueError("its header is none of safetensors")
        return header

    def check(self, wanted: Mapping[str, Tensor]) -> None:
        """Compare names, shapes and kinds of numbers with those of tensors of any shape.

        Those may lie on torch's device "meta", where they take no memory.

        Raises
        ------
        ValueError
            They differ; the message names the first that does.
        """
        if odd := sorted(set(self.kinds).symmetric_difference(wanted)):
            raise ValueError(f"its tensors are not those of its networks: {odd[0][:80]}")
        for name, value in wanted.items():
            kind, shape = self.kinds[name]
            if shape != list(value.shape):
                raise ValueError(f"{name} is {str(shape)[:80]}, not {list(value.shape)}")
            good = FLOATS if value.is_floating_point() else {f"I{8 * value.element_size()}"}
            if kind not in good:
                raise ValueError(f"{name} has numbers of type {str(kind)[:20]}")

    def tensors(self, finite: bool = True) -> dict[str, Tensor]:
        """All tensors, each of its shape in `kinds`, on the CPU.

        Raises
        ------
        ValueError
            Numbers that are not finite, unless `finite` is False.
        """
        from safetensors.torch import load

        tensors = load(self._raw)
        for name, value in tensors.items():
            if finite and not value.isfinite().all():
                raise ValueError(f"{name} has numbers that are not finite")
        return tensors


def _refuse(constant: str) -> None:
    raise ValueError(f"its note holds {constant}")
