"""A detector and a classifier of active regions in one file, with all that is needed to use them.

The file is that of `geoviz_ml.models.save_network`, with two networks or one. It may come from a
stranger: what it says of itself and which tensors it has is checked before a network is built.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..models import ModelCard
from ..models.built import built_of
from ..models.network_file import ALONE, pack_networks, read_networks, write_networks
from ..models.prediction import network_of
from .note import NETWORKS, check_note

PARTS = ("detector", "classifier")
OTHERS = (*PARTS, "built", "card")  # the rest are settings


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
        arguments of `geoviz_ml.sunspots.note.NETWORKS`. By default what they know of themselves.
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
    card : ModelCard or None

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
    card: ModelCard | None = None

    def __post_init__(self):
        for part, network in self.networks.items():  # of a Learner, its model
            setattr(self, part, network)
        known = {part: self.built.get(part) or built_of(n) for part, n in self.networks.items()}
        self.built = {part: built for part, built in known.items() if built}

    @property
    def networks(self) -> dict[str, Any]:
        """The networks that there are, by their parts."""
        there = {part: getattr(self, part) for part in PARTS}
        return {part: network_of(one) for part, one in there.items() if one is not None}

    @property
    def settings(self) -> dict[str, Any]:
        """All that is needed to use them, beside the networks."""
        return {name: value for name, value in vars(self).items() if name not in OTHERS}

    @property
    def key(self) -> str:
        """A digest of weights and settings: other ones, another key."""
        packed = pack_networks(self.networks, self.built, _plain(self.settings))
        return hashlib.sha256(packed).hexdigest()[:16]


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
    built = {part: models.built.get(part) for part in models.networks}
    settings = _plain(models.settings)
    try:
        check_note(settings | {"built": built})
    except ValueError as error:
        raise UsageError(f"these models cannot be saved: {error}.") from error
    return write_networks(path, models.networks, built, settings, models.card)


def load_sun_models(path: str | PathLike) -> SunModels:
    """Read what `save_sun_models` wrote; networks are ready to use, on the CPU.

    So is a single detector or classifier that `geoviz_ml.models.save_network` wrote. Memory is at
    most a few times the size of the file: nothing is built before the file is known to have its
    weights.

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
    networks, use, card, _ = read_networks(path, what="file of models", check=_check)
    networks = {_part(part, network.built): network for part, network in networks.items()}
    return SunModels(**networks, **use, card=card)


def add_classifier(models: SunModels, other: SunModels) -> SunModels:
    """The same models with the classifier of others, and what belongs to it.

    Raises
    ------
    UsageError
        The others have none.
    """
    if other.classifier is None:
        raise UsageError("this file of models has no classifier.")
    kept = {part: built for part, built in models.built.items() if part != "classifier"}
    built = kept | {"classifier": other.built["classifier"]}
    taken = {name: getattr(other, name) for name in ("classifier", "classes", "side", "margin")}
    return replace(models, built=built, **taken)


def _check(built: dict, use: dict) -> None:
    """Refuse what are no models of active regions with their settings."""
    built = {_part(part, one): one for part, one in built.items()}
    check_note(SunModels().settings | use | {"built": built})


def _part(part: str, built: list) -> str:
    """A network alone in its file is the part that it can be."""
    fitting = [one for one in PARTS if built[0] in NETWORKS[one]]
    return fitting[0] if part == ALONE and fitting else part


def _plain(settings: dict) -> dict:
    """The same with Python's own numbers."""
    return {name: _number(value) for name, value in settings.items()}


def _number(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(value)
    return value.item() if hasattr(value, "item") else value
