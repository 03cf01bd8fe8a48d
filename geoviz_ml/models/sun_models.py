"""A detector and a classifier of active regions in one file, with all that is needed to use them.

The file is safetensors: numbers only, nothing in it is executed. How to build the networks, and the
thresholds chosen for them, stand in its header as JSON.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from torch import nn

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import atomic_path
from .detectnet import DetectNet
from .faster_rcnn import small_faster_rcnn
from .googlenet import GoogLeNet

NETWORKS = {"DetectNet": DetectNet, "small_faster_rcnn": small_faster_rcnn, "GoogLeNet": GoogLeNet}
PARTS = ("detector", "classifier")
FORMAT = 1


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
        How to build them: ``{"detector": ["DetectNet", {"width": 0.25}], ...}``; names of
        `NETWORKS` and their arguments.
    kind : {"magnetogram", "continuum"}
        Of the pictures they were trained on.
    size : int
        Pixels of a side of these pictures.
    radius : float or None
        Of the Sun in them, pixels; None: 0.46 `size`.
    decoding : dict
        For `decode_coverage`, if the detector is a DetectNet.
    confidence : float
        From which on a box counts, see `choose_confidence`.
    classes : list of str
    side, margin : int, float
        Of the cut-outs, pixels; see `geoviz_ml.prepare.cut_boxes`.
    key : str
        Of the file they were loaded from: other bytes, other key.
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
    key: str = ""

    def __post_init__(self):
        for part in PARTS:  # of a Learner, its model
            setattr(self, part, getattr(getattr(self, part), "model", getattr(self, part)))


def save_sun_models(path: str | PathLike, models: SunModels) -> Path:
    """Write models into one file, whole or not at all.

    Raises
    ------
    UsageError
        `built` does not rebuild a network, or the classes are not as many as the classifier has.
    """
    from safetensors.torch import save

    tensors = {}
    for part in PARTS:
        model = getattr(models, part)
        if model is None:
            continue
        state = {k: v.detach().cpu().contiguous() for k, v in model.state_dict().items()}
        tensors |= {f"{part}.{name}": value for name, value in state.items()}
        try:
            _build(models.built, part).load_state_dict(state)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise UsageError(
                f"built[{part!r}] = {models.built.get(part)!r} does not rebuild the {part}.",
                advice=f"Name one of {[*NETWORKS]} and its arguments.",
            ) from error
    if models.classifier is not None and models.classifier.fc.out_features != len(models.classes):
        raise UsageError(f"the classifier does not have {len(models.classes)} classes.")
    left_out = {*PARTS, "key"}
    note = {k: v for k, v in vars(models).items() if k not in left_out} | {"format": FORMAT}
    note["built"] = {part: models.built[part] for part in PARTS if getattr(models, part)}
    with atomic_path(path) as tmp:
        tmp.write_bytes(save(tensors, {"geoviz_ml": json.dumps(note)}))
    return Path(path)


def load_sun_models(path: str | PathLike) -> SunModels:
    """Read what `save_sun_models` wrote; networks are ready to use, on the CPU.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is cut short, of another kind, or does not fit together.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise MissingDataError("there is no such file of models.", path)
    try:
        with safe_open(path, framework="pt") as file:
            note = json.loads((file.metadata() or {})["geoviz_ml"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if note.pop("format") != FORMAT:
            raise ValueError("another format")
        models = SunModels(**note)
        for part in models.built:
            model = _build(models.built, part)
            start = len(part) + 1
            model.load_state_dict(
                {k[start:]: v for k, v in tensors.items() if k.startswith(f"{part}.")}
            )
            setattr(models, part, model.eval())
    except (
        SafetensorError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        OSError,
    ) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataFileError(
            f"is no whole file of models ({reason}).", path, "Save the models again."
        ) from error
    models.key = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return models


def _build(built: dict, part: str) -> nn.Module:
    name, arguments = built[part]
    if float(arguments.get("width", 1)) > 4 or part not in PARTS:
        raise ValueError(f"no {part} of width {arguments.get('width')}")
    return NETWORKS[name](**arguments)
