"""One picture from its file to the file of its mask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from fastai.learner import Learner
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ..files import atomic_path
from .folder import Item
from .judge import decide, sureness
from .network import probabilities
from .plan import Plan
from .regions import REGION, regions_of
from .scale import enlarge, shrink

NOTE = "geoviz_ml.own"
COLUMNS = {"mask": "text", "by": "text", "sureness": "number", "marked": "number", **REGION}


@dataclass(frozen=True)
class Marker:
    """Marks one picture and writes its mask: the work that a survey does for each.

    Attributes
    ----------
    networks : tuple of Learner
        One a fold.
    thresholds : tuple of float
        Probabilities: one a fold, and the last one for pictures of none.
    folds : dict
        Of pictures with masks: name -> fold. They are marked by the network that has not seen them.
    plan : Plan
    out : pathlib.Path
        Masks go into its folder ``masks``.
    usual : float
        Pixels, see `geoviz_ml.own.judge.sureness`.
    key : str
        Of the networks and all that decides a mask; it stands in the file.
    """

    networks: tuple[Learner, ...]
    thresholds: tuple[float, ...]
    folds: dict[str, int]
    plan: Plan
    out: Path
    usual: float
    key: str

    def path(self, item: Item) -> Path:
        """The file of a picture's mask."""
        return self.out / "masks" / f"{item.name}.png"

    def wrote(self, item: Item) -> bool:
        """Is the file of a picture's mask there, and of these networks?"""
        try:
            with Image.open(self.path(item), formats=["PNG"]) as there:
                return there.info.get(NOTE) == self.key
        except (OSError, ValueError, Image.DecompressionBombError):  # not a mask of ours
            return False

    def answer(self, item: Item) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A picture (H, W, C), the probabilities (H, W, K) at its full size, classes (H, W)."""
        whole, fold = self.plan.way.read(item), self.folds.get(item.name)
        networks = self.networks if fold is None else self.networks[fold : fold + 1]
        small = probabilities(networks, shrink(whole, self.plan.way.factor))
        chances = enlarge(small, self.plan.way.factor, whole.shape[:2])
        return whole, chances, decide(chances, self.thresholds[-1 if fold is None else fold])

    def __call__(self, item: Item) -> pd.DataFrame:
        _, chances, found = self.answer(item)
        note = PngInfo()
        note.add_text(NOTE, self.key)
        with atomic_path(self.path(item)) as tmp:
            self.plan.classes.drawn(found).save(tmp, "PNG", pnginfo=note)
        fold = self.folds.get(item.name)
        regions = regions_of(found, chances, self.plan.classes.names)
        regions = regions if len(regions) else regions.reindex([0])
        return regions.assign(
            mask=self.path(item).relative_to(self.out).as_posix(),
            by="all networks" if fold is None else f"network {fold + 1}, which has not seen it",
            sureness=sureness(chances, found, self.usual),
            marked=float((found > 0).mean()),
        )
