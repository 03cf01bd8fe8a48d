"""What a file of models says of itself, checked before anything is built from it.

A file may come from a stranger. So networks and their arguments are of a known set, and every
number has a range within which the rest of the way works.
"""

from __future__ import annotations

from typing import Any

from ..files import printable
from ..prepare.sun_picture import KINDS

CHANNELS = (1, 1)  # the pictures are grey
WIDTH, DROPOUT = (0.01, 4), (0, 0.99)
NETWORKS = {  # the arguments that a network may have, and their least and largest values
    "detector": {
        "DetectNet": {"in_channels": CHANNELS, "stride": (8, 16), "width": WIDTH,
                      "dropout": DROPOUT},
        "small_faster_rcnn": {"in_channels": CHANNELS},
    },
    "classifier": {
        "GoogLeNet": {"in_channels": CHANNELS, "classes": (1, 100), "width": WIDTH,
                      "dropout": DROPOUT},
    },
}  # fmt: skip
DECODING = {"coverage": (0, 1), "threshold": (0, 1000), "eps": (0, 10), "min_height": (0, 4096)}
WHOLE = {"in_channels", "stride", "classes", "threshold", "size", "side"}
SETTINGS = {"size": (32, 4096), "side": (8, 1024), "margin": (0, 1024), "confidence": (-1e6, 1e6)}
FIELDS = {"built", "kind", "radius", "decoding", "classes", *SETTINGS}
LONGEST = 100  # characters of the name of a class


def check_note(note: Any) -> None:
    """Refuse a note that does not describe models that can be built and used.

    Parameters
    ----------
    note : object
        The fields of `geoviz_ml.sunspots.SunModels` without its networks and card; `built` names
        the network of each part that there is.

    Raises
    ------
    ValueError
        It does not; the message says what is wrong.
    """
    if not isinstance(note, dict) or set(note) != FIELDS:
        raise ValueError("its header does not describe models")
    if note["kind"] not in KINDS:
        raise ValueError(f"kind {note['kind']!r} is none of {KINDS}")
    _check_numbers({name: note[name] for name in SETTINGS}, SETTINGS, "the settings")
    if note["size"] % 8:
        raise ValueError(f"size {note['size']} is not divisible by 8")
    if note["radius"] is not None:
        _check_numbers({"radius": note["radius"]}, {"radius": (1, note["size"])}, "the settings")
    _check_numbers(note["decoding"], DECODING, "decoding")
    _check_built(note["built"])
    _check_classes(note["classes"], note["built"].get("classifier"))


def _check_numbers(values: Any, ranges: dict[str, tuple[float, float]], where: str) -> None:
    """Known names, numbers of the right type, within their ranges."""
    if not isinstance(values, dict) or not set(values) <= set(ranges):
        raise ValueError(f"{where} know {', '.join(ranges)} only")
    for name, value in values.items():
        least, most = ranges[name]
        number = isinstance(value, int if name in WHOLE else (int, float))
        if not number or isinstance(value, bool) or not least <= value <= most:
            kind = "whole number" if name in WHOLE else "number"
            raise ValueError(f"{name} in {where} is not a {kind} from {least} to {most}")


def _check_built(built: Any) -> None:
    if not isinstance(built, dict) or not set(built) <= set(NETWORKS):
        raise ValueError(f"parts are {' and '.join(NETWORKS)} only")
    for part, made in built.items():
        if not isinstance(made, list | tuple) or len(made) != 2 or not isinstance(made[0], str):
            raise ValueError(f"the {part} is not described by the name of a network and arguments")
        if made[0] not in NETWORKS[part]:
            raise ValueError(f"no {part} is called {made[0][:40]!r}")
        _check_numbers(made[1], NETWORKS[part][made[0]], f"{made[0]}'s arguments")


def _check_classes(classes: Any, classifier: Any) -> None:
    """Names that can be printed, as many as the classifier has answers."""
    if not isinstance(classes, list | tuple) or not all(isinstance(name, str) for name in classes):
        raise ValueError("the classes are not a list of names")
    for name in classes:
        if not 0 < len(name) <= LONGEST or name != printable(name):
            raise ValueError(f"{name[:LONGEST]!r} is no name of a class")
    answers = classifier[1].get("classes", 4) if classifier else len(classes)
    if len(classes) != answers or len(set(classes)) != answers or answers > 100:
        raise ValueError(f"{len(classes)} names of classes for {answers} answers")
