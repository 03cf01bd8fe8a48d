"""A detector and a classifier of active regions in one file, with all that is needed to use them.

The file is safetensors: numbers only, nothing in it is executed. How to build the networks, and the
thresholds chosen for them, stand in its header as JSON. A file may come from a stranger: what it
says of itself and which tensors it has is checked before a network is built.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import atomic_path
from ..models import DetectNet, GoogLeNet, small_faster_rcnn
from .note import FORMAT, check_note

BUILD = {"DetectNet": DetectNet, "small_faster_rcnn": small_faster_rcnn, "GoogLeNet": GoogLeNet}
PARTS = ("detector", "classifier")
DTYPES = {True: ("F16", "BF16", "F32", "F64"), False: ("I64",)}  # of weights, of counts


@dataclass
class SunModels:
    """What finds and names active regions.

    Attributes
    ----------
    detector : nn.Module, Learner or None
        `DetectNet` or a detector of torchvision, for pictures in 0..1 from
        `geoviz_ml.prepare.sun_picture`. None: the classical detector.
    classifier : nn.Module, Learner or None
        Maps cut-outs (B, 1, side, side) in 0..1 to logits, one for each of `classes`.
    built : dict
        How to build them: ``{"detector": ["DetectNet", {"width": 0.25}], ...}``; networks and
        arguments of `geoviz_ml.sunspots.note.NETWORKS`.
    kind : {"magnetogram", "continuum"}
        Of the pictures they were trained on.
    size : int
        Pixels of a side of these pictures, divisible by 8.
    radius : float or None
        Of the Sun in them, pixels; None: 0.46 `size`.
    decoding : dict
        For `decode_coverage`, if the detector is a DetectNet.
    confidence : float
        From which on a box counts, see `choose_confidence`.
    classes : list of str
    side, margin : int, float
        Of the cut-outs, pixels; see `geoviz_ml.prepare.cut_boxes`.

    Examples
    --------
    >>> from geoviz_ml.sunspots import SunModels
    >>> strict, lax = SunModels(confidence=0.9), SunModels(confidence=0.5)
    >>> strict.key == SunModels(confidence=0.9).key, strict.key == lax.key
    (True, False)
    """

    detector: Any = None
    classifier: Any = None
    built: dict = field(default_factory=dict)
    kind: str = "magnetogram"
    size: int = 512
    radius: float | None = None
    decoding: dict = field(default_factory=dict)
    confidence: float = 0.0
    classes: list[str] = field(default_factory=list)
    side: int = 64
    margin: float = 0.0

    def __post_init__(self):
        for part in PARTS:  # of a Learner, its model
            setattr(self, part, getattr(getattr(self, part), "model", getattr(self, part)))

    @property
    def key(self) -> str:
        """A digest of weights and settings: other ones, another key."""
        return hashlib.sha256(_file(self)).hexdigest()[:16]


def save_sun_models(path: str | PathLike, models: SunModels) -> Path:
    """Write models into one file, whole or not at all.

    Parameters
    ----------
    path : path-like
        Say ``models.safetensors``.
    models : SunModels

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UsageError
        `built` does not rebuild a network, the classes are not as many as the classifier has, or a
        setting is out of its range.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.models import GoogLeNet
    >>> from geoviz_ml.sunspots import SunModels, load_sun_models, save_sun_models
    >>> built = {"classifier": ["GoogLeNet", {"classes": 2, "width": 0.125}]}
    >>> net, names = GoogLeNet(classes=2, width=0.125), ["Alpha", "Beta"]
    >>> models = SunModels(classifier=net, built=built, classes=names)
    >>> file = save_sun_models(Path(tempfile.mkdtemp()) / "models.safetensors", models)
    >>> load_sun_models(file).key == models.key
    True
    """
    note = _note(models)
    try:
        check_note(note)
    except ValueError as error:
        raise UsageError(f"these models cannot be saved: {error}.") from error
    for part, built in note["built"].items():
        try:
            _build(built).load_state_dict(getattr(models, part).state_dict())
        except RuntimeError as error:
            raise UsageError(
                f"built[{part!r}] = {built!r} does not rebuild the {part}.",
                advice=f"Name one of {[*BUILD]} and its arguments.",
            ) from error
    with atomic_path(path) as tmp:
        tmp.write_bytes(_file(models))
    return Path(path)


def load_sun_models(path: str | PathLike) -> SunModels:
    """Read what `save_sun_models` wrote; networks are ready to use, on the CPU.

    Memory is at most a few times the size of the file: nothing is built before the file is known
    to have its weights.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is cut short, of another kind, or does not fit together.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.models import DetectNet
    >>> from geoviz_ml.sunspots import SunModels, load_sun_models, save_sun_models
    >>> built = {"detector": ["DetectNet", {"width": 0.125}]}
    >>> models = SunModels(detector=DetectNet(width=0.125), built=built, size=256, confidence=0.7)
    >>> file = save_sun_models(Path(tempfile.mkdtemp()) / "models.safetensors", models)
    >>> again = load_sun_models(file)
    >>> type(again.detector).__name__, again.size, again.confidence
    ('DetectNet', 256, 0.7)
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise MissingDataError("there is no such file of models.", path)
    try:
        with safe_open(path, framework="pt") as file:
            note = json.loads((file.metadata() or {}).get("geoviz_ml", "null"))
            check_note(note)
            _check_tensors(file, note["built"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        parts = {part: _load(built, part, tensors) for part, built in note["built"].items()}
    except (SafetensorError, ValueError, RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataFileError(
            f"is no whole file of models ({reason}).", path, "Save the models again."
        ) from error
    del note["format"]
    return SunModels(**note, **parts)


def _note(models: SunModels) -> dict:
    """The settings, as they stand in the header of a file."""
    note = {name: value for name, value in vars(models).items() if name not in PARTS}
    built = {part: models.built.get(part) for part in PARTS if getattr(models, part) is not None}
    return note | {"format": FORMAT, "built": built}


def _file(models: SunModels) -> bytes:
    """The content of a file of models."""
    from safetensors.torch import save

    tensors = {
        f"{part}.{name}": value.detach().cpu().contiguous()
        for part in PARTS
        if getattr(models, part) is not None
        for name, value in getattr(models, part).state_dict().items()
    }
    return save(tensors, {"geoviz_ml": json.dumps(_note(models), default=float)})


def _build(built: list) -> nn.Module:
    name, arguments = built
    return BUILD[name](**arguments)


def _check_tensors(file, built: dict) -> None:
    """Compare a file's tensors with those of the networks, which takes no memory for either."""
    wanted = {}
    for part, made in built.items():
        with torch.device("meta"):  # shapes without numbers
            state = _build(made).state_dict()
        wanted |= {f"{part}.{name}": value for name, value in state.items()}
    names = set(file.keys())
    if names != set(wanted):
        odd = sorted(names.symmetric_difference(wanted))[0]
        raise ValueError(f"its tensors are not those of its networks: {odd[:80]}")
    for name, value in wanted.items():
        there = file.get_slice(name)
        if there.get_shape() != list(value.shape):
            raise ValueError(f"{name} is {there.get_shape()}, not {list(value.shape)}")
        if there.get_dtype() not in DTYPES[value.is_floating_point()]:
            raise ValueError(f"{name} has numbers of type {there.get_dtype()}")


def _load(built: list, part: str, tensors: dict[str, torch.Tensor]) -> nn.Module:
    """A network with its part of the weights, all of them finite."""
    start = f"{part}."
    state = {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
    for name, value in state.items():
        if not torch.isfinite(value).all():
            raise ValueError(f"{part}.{name} has numbers that are not finite")
    model = _build(built)
    model.load_state_dict(state)
    return model.eval()
