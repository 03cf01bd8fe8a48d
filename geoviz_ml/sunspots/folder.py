"""Active regions of many pictures: a run that can be stopped, and goes on where it was."""

from __future__ import annotations

import json
import sys
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from ..datasets.layout import SUN_ENDINGS
from ..errors import GeovizError, MissingDataError, UsageError
from ..files import atomic_path, listing, printable, safe_cell
from ..prepare.crops import cut_boxes
from . import find
from .draw import annotated, grey_bytes
from .names import crop_name, later_crops, output_name

VERSION = 3  # of what is written; another number, and everything is done again
COLUMNS = ["file", *find.COLUMNS]
PICTURE_COLUMNS = ["file", "status", "time", "kind", "regions", "note"]


def process_folder(
    folder: str | PathLike,
    out: str | PathLike,
    models=None,
    *,
    kind: str | None = None,
    north_up: bool = False,
    progress: bool | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find and name the regions of all pictures of a folder; see the package for what is written.

    A call that was stopped goes on with the next one: pictures that are done are not done again,
    unless the file, the models or an option have changed. A picture that fails is named in
    ``pictures.csv``, does not stop the others, and is tried again by the next call.

    Parameters
    ----------
    folder, out : path-like
        `out` may lie in `folder`.
    models, kind, north_up
        As in `find_regions`.
    progress : bool, optional
        Show a bar; by default in a terminal.

    Returns
    -------
    regions, pictures : DataFrame
        As ``regions.csv`` and ``pictures.csv``, but without apostrophes before formulas.

    Raises
    ------
    MissingDataError
        There is no such folder, or no picture in it. Hidden files are none.
    UsageError
        `out` cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.simulate import sunspots
    >>> from geoviz_ml.sunspots import process_folder
    >>> folder, out = sunspots.make(tempfile.mkdtemp(), 2, size=128), tempfile.mkdtemp()
    >>> _ = (folder / "fits" / "broken.fits").write_bytes(b"none")
    >>> regions, pictures = process_folder(folder / "fits", out, progress=False)
    >>> pictures.status.tolist()  # the broken one stops nothing
    ['done', 'done', 'failed']
    """
    folder, out = Path(folder), Path(out)
    files = listing(folder, [f"*{ending}" for ending in SUN_ENDINGS])
    if not files:
        raise MissingDataError(f"has no picture ({', '.join(SUN_ENDINGS)}).", folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"is no folder to write to ({error.strerror}).", out) from error
    setting = [VERSION, kind, north_up, models.key if models else ""]
    regions, pictures = [], []
    try:
        for file in tqdm(files, "pictures", disable=None if progress is None else not progress):
            try:
                one = _once(file, out, setting, models, kind=kind, north_up=north_up)
            except Exception as error:  # one picture must not stop the others
                said = error if isinstance(error, GeovizError) else f"{file}: {error!r}"
                said, name = printable(said), printable(file.name)
                tqdm.write(f"Error: {said}", file=sys.stderr)
                pictures.append({"file": name, "status": "failed", "note": said})
                continue
            regions += one["regions"]
            pictures.append(one["picture"])
    finally:
        tables = (
            pd.DataFrame(regions, columns=COLUMNS),
            pd.DataFrame(pictures, columns=PICTURE_COLUMNS).astype({"regions": "Int64"}),
        )
        for name, table in zip(("regions.csv", "pictures.csv"), tables, strict=True):
            with atomic_path(out / name) as tmp:
                table.map(safe_cell).to_csv(tmp, index=False, float_format="%.6g")
    return tables


def _once(file: Path, out: Path, setting: list, models, **options) -> dict:
    """The rows of a picture: from the note of an earlier call, or by doing the work."""
    status = file.stat()
    stamp = [*setting, status.st_size, status.st_mtime_ns]
    name = output_name(file.name)
    note = out / "done" / f"{name}.json"
    kept = _read_note(note)
    if kept.get("stamp") == stamp:
        return kept
    found = find.find_regions(file, models, **options)
    _save(out / "annotated" / f"{name}.png", annotated(found))
    crops = cut_boxes(grey_bytes(found), found.boxes, square=False)
    for number, crop in enumerate(crops, 1):
        _save(out / "crops" / crop_name(name, number), crop.astype(np.uint8))
    for old in reversed(later_crops(out / "crops", name, len(crops))):
        old.unlink()
    table = found.table.astype(object).where(found.table.notna(), None)
    picture = {
        "file": printable(file.name),
        "status": "done",
        "time": found.time,
        "kind": found.picture.kind,
        "regions": len(found.boxes),
        "note": found.note,
    }
    rows = [{"file": printable(file.name), **row} for row in table.to_dict("records")]
    one = {"stamp": stamp, "picture": picture, "regions": rows}
    with atomic_path(note) as tmp:  # written last: a picture with a note is done
        tmp.write_text(json.dumps(one), encoding="utf-8")
    return one


def _read_note(note: Path) -> dict:
    """The note of an earlier call; empty if there is none, or it is damaged."""
    try:
        kept = json.loads(note.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    whole = isinstance(kept, dict) and {"stamp", "picture", "regions"} <= set(kept)
    return kept if whole else {}


def _save(path: Path, picture: np.ndarray) -> None:
    from PIL import Image

    with atomic_path(path) as tmp:
        Image.fromarray(picture).save(tmp, "PNG")
