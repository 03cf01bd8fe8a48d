"""The tables and the sheet of a folder that was marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from ..files import atomic_path, safe_cell
from ..readers.boxes import CORNERS
from ..scores import f1_tally, tally
from .folder import Item
from .judge import Verdict, row
from .marker import COLUMNS, Marker
from .plan import Plan
from .regions import REGION
from .sheet import Small, contact_sheet

FIRST = 12  # pictures on the sheet of those to check by hand first


@dataclass(frozen=True)
class Marked:
    """What `mark_folder` found and wrote.

    Attributes
    ----------
    out : pathlib.Path
    plan : Plan
    verdict : Verdict
    threshold : float
        The probability from which on pixels of new pictures are marked.
    pictures : DataFrame
        A row a picture: `item`, `status` ("done", or "damaged" and why in `note`), `mask` (file in
        `out`), `by` (which networks), `sureness` (see `geoviz_ml.own.judge.sureness`), `marked`
        (share of the pixels), `drawn` (somebody had drawn on it).
    regions : DataFrame
        A row a region: `item`, `class`, `x1`, `y1`, `x2`, `y2`, `pixels`, `confidence`.
    agreement : float
        Rank correlation of sureness and IoU over pictures with masks; NaN if it cannot be told.

    Examples
    --------
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from geoviz_ml.own import Marked
    >>> pictures = pd.DataFrame({"item": ["a", "b", "c"], "status": "done"})
    >>> pictures = pictures.assign(drawn=[True, False, False], sureness=[0.9, 0.8, 0.3])
    >>> marked = Marked(Path("out"), None, None, 0.5, pictures, pd.DataFrame())
    >>> marked.check_first["item"].tolist()  # the new ones, the least sure first
    ['c', 'b']
    """

    out: Path
    plan: Plan = field(repr=False)
    verdict: Verdict
    threshold: float
    pictures: pd.DataFrame = field(repr=False)
    regions: pd.DataFrame = field(repr=False)
    agreement: float = math.nan

    @property
    def check_first(self) -> pd.DataFrame:
        """The pictures without hand-drawn masks, the least sure first."""
        new = self.pictures[~self.pictures.drawn & (self.pictures.status == "done")]
        return new.sort_values("sureness", kind="stable", ignore_index=True)


def marked_of(
    marker: Marker, verdict: Verdict, table: pd.DataFrame, known: dict[str, float]
) -> Marked:
    """Make the tables from that of the survey, and score boxes where boxes were given.

    Parameters
    ----------
    marker : Marker
    verdict : Verdict
        Of the pixels.
    table : DataFrame
        A row a region, as `Survey.read` gives it.
    known : dict
        Name of a picture with something in its mask -> IoU of all classes.
    """
    regions = table.loc[table["class"].ne("") & table.x1.notna(), ["item", *REGION]]
    pictures = table.drop_duplicates("item")[["item", "status", "note", *COLUMNS]]
    pictures = pictures.drop(columns=[*REGION]).reset_index(drop=True)
    pictures["drawn"] = pictures["item"].isin(marker.folds)
    both = pictures[pictures["item"].isin(known)]
    sure, right = both.sureness.to_numpy(float), both["item"].map(known).to_numpy(float)
    told = len(sure) > 3 and np.ptp(sure) > 0 and np.ptp(right) > 0
    agreement = float(spearmanr(sure, right)[0]) if told else math.nan
    plan = marker.plan
    if plan.items[0].boxes is not None:
        whole = pd.concat([verdict.table, _box_rows(plan, regions)], ignore_index=True)
        verdict = Verdict(whole, verdict.leads)
    regions = regions.reset_index(drop=True)
    return Marked(marker.out, plan, verdict, marker.thresholds[-1], pictures, regions, agreement)


def _box_rows(plan: Plan, regions: pd.DataFrame) -> pd.DataFrame:
    """F1 of boxes at an overlap of one half, on pictures not seen."""
    of = {name: rows for name, rows in regions.groupby("item")}
    truth = [item.boxes for item in plan.items]
    found = [
        of[item.name][[*CORNERS, "confidence"]].to_numpy(float)
        if item.name in of
        else np.zeros((0, 5))
        for item in plan.items
    ]
    nothing = tally(np.zeros(len(truth)), [len(one) for one in truth], plan.groups)
    answers = {"nothing": nothing, "network": f1_tally([found], truth, plan.groups)}
    return pd.DataFrame(
        [row("boxes", "F1", name, one, len(truth)) for name, one in answers.items()]
    )


def write(marked: Marked, marker: Marker, items: Sequence[Item]) -> list[str]:
    """Write the tables and the sheet; what there is to say, in sentences."""
    first = marked.check_first
    for name, table in {
        "results.csv": marked.verdict.table,
        "pictures.csv": marked.pictures,
        "check_first.csv": first[["item", "sureness", "marked", "mask"]],
    }.items():
        with atomic_path(marked.out / name) as tmp:
            table.map(safe_cell).to_csv(tmp, index=False)
    of = {item.name: item for item in items}
    smalls = []
    for name, sure in first[["item", "sureness"]].head(FIRST).itertuples(index=False):
        whole, _, found = marker.answer(of[name])
        smalls.append(Small(whole, f"{name}: {sure:.2f}", found))
    if smalls:
        contact_sheet(marked.out / "check_first.png", smalls)
    return _sentences(marked)


def _sentences(marked: Marked) -> list[str]:
    told = []
    for one in marked.verdict.table.to_dict("records"):
        between = "" if np.isnan(one["low"]) else f" [{one['low']:.2f}, {one['high']:.2f}]"
        told.append(f"{one['class']}, {one['score']}, {one['method']}: {one['value']:.2f}{between}")
    told += marked.verdict.sentences()
    counts = marked.pictures.status.value_counts()
    told.append(
        f"{counts.get('done', 0)} masks are in {marked.out.name}/masks; new pictures are marked "
        f"from a probability of {marked.threshold:.2f} on."
    )
    if not math.isnan(marked.agreement):
        told.append(
            "Where masks are known, the rank correlation of sureness and IoU is "
            f"{marked.agreement:.2f}: check_first.csv is worth that much."
        )
    for one in marked.pictures[marked.pictures.status != "done"].to_dict("records"):
        told.append(f"Not marked: {one['note']}")
    return told
