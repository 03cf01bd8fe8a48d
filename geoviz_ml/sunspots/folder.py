"""Active regions of many pictures: a run that can be stopped, and goes on where it was."""

from __future__ import annotations

import json
import sys
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from ..datasets.layout import SUN_ENDINGS
from ..errors import GeovizError, MissingDataError, UsageError
from ..files import atomic_path, listing, printable, safe_cell
from ..prepare.crops import cut_boxes
from ..survey import Fault, work_through
from ..survey.keys import read_note
from . import find
from .draw import annotated, grey_bytes
from .names import crop_name, later_crops, output_name

VERSION = 3  # of what is written; another number, and everything is done again
COLUMNS = ["file", *find.COLUMNS]
TOGETHER = 500  # pictures whose rows are written at once
PICTURE_COLUMNS = ["file", "status", "time", "kind", "regions", "note"]


def process_folder(
    folder: str | PathLike,
    out: str | PathLike,
    models=None,
    *,
    kind: str | None = None,
    north_up: bool = False,
    progress: bool | None = None,
    executor: Executor | int | None = None,
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
    executor : Executor or int, optional
        Who does it, see `geoviz_ml.survey.survey`.

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
    options = {"kind": kind, "north_up": north_up, "progress": progress, "executor": executor}
    rows: tuple[list, list] = ([], [])
    survey_folder(folder, out, models, then=rows, **options)
    return _tables(*rows)


def survey_folder(
    folder: str | PathLike,
    out: str | PathLike,
    models=None,
    *,
    kind: str | None = None,
    north_up: bool = False,
    progress: bool | None = None,
    executor: Executor | int | None = None,
    shard: tuple[int, int] | None = None,
    then: tuple[list, list] | None = None,
) -> dict[str, int]:
    """`process_folder` for an archive: the tables are written, and not held in memory.

    Parameters
    ----------
    folder, out, models, kind, north_up, progress, executor
        As of `process_folder`.
    shard : (int, int), optional
        (i, n): do every n-th picture from the i-th (0 to n - 1), and write no tables; a call
        without it does what is left, and writes them.
    then : (list, list), optional
        Gets the rows of both tables, too.

    Returns
    -------
    dict
        Number of `pictures`, `regions`, and `failed` pictures, of a shard its own.

    Raises
    ------
    MissingDataError, UsageError
        As of `process_folder`.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.simulate import sunspots
    >>> from geoviz_ml.sunspots import survey_folder
    >>> folder = sunspots.make(tempfile.mkdtemp(), 1, size=256, fits=0)
    >>> out, how = tempfile.mkdtemp(), {"kind": "magnetogram", "progress": False}
    >>> survey_folder(folder / "png", out, **how)["pictures"]
    1
    """
    folder, out = Path(folder), Path(out)
    files = listing(folder, [f"*{ending}" for ending in SUN_ENDINGS])
    if not files:
        raise MissingDataError(f"has no picture ({', '.join(SUN_ENDINGS)}).", folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"is no folder to write to ({error.strerror}).", out) from error
    files = files if shard is None else files[shard[0] :: shard[1]]
    work = PictureWork(out, models, models.key if models else "", kind, north_up)
    left = [file for file in files if work.kept(file) is None]
    failed: dict[Path, str] = {}
    bar = tqdm(
        total=len(files), desc="pictures", disable=None if progress is None else not progress
    )
    try:
        with bar:
            bar.update(len(files) - len(left))
            for file, fault in work_through(left, work, out, executor):
                if fault:
                    failed[file] = fault.note
                    tqdm.write(f"Error: {fault.note}", file=sys.stderr)
                bar.update()
    finally:
        counts = _write(files, work, failed, None if shard else out, then)
    return counts


def _write(files: list[Path], work: PictureWork, failed: dict, out: Path | None, then) -> dict:
    """Write the rows of all pictures that are done or have failed, some hundred at a time."""
    counts = {"pictures": 0, "regions": 0, "failed": len(failed)}
    with ExitStack() as stack:
        names = ("regions.csv", "pictures.csv")
        paths = [stack.enter_context(atomic_path(out / name)) for name in names] if out else []
        for start in range(0, len(files), TOGETHER):
            rows: tuple[list, list] = ([], [])
            for file in files[start:][:TOGETHER]:
                one = work.kept(file)
                if file in failed:
                    told = {"status": "failed", "note": failed[file]}
                    rows[1].append({"file": printable(file.name), **told})
                elif one:
                    rows[0].extend(one["regions"])
                    rows[1].append(one["picture"])
            for path, table in zip(paths, _tables(*rows), strict=bool(paths)):
                with path.open("a", encoding="utf-8", newline="") as into:
                    told = table.map(safe_cell)
                    told.to_csv(into, index=False, header=not start, float_format="%.6g")
            for whole, some in zip(then or (), rows, strict=bool(then)):
                whole.extend(some)
            counts["regions"] += len(rows[0])
            counts["pictures"] += len(rows[1])
    return counts


def _tables(regions: list[dict], pictures: list[dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    told = pd.DataFrame(pictures, columns=PICTURE_COLUMNS).astype({"regions": "Int64"})
    return pd.DataFrame(regions, columns=COLUMNS), told


@dataclass(frozen=True)
class PictureWork:
    """Does a picture: what is sent to the workers of a survey.

    Attributes
    ----------
    out : pathlib.Path
    models : SunModels or None
    key : str
        Of the models.
    kind, north_up
        As in `find_regions`.
    """

    out: Path
    models: object
    key: str
    kind: str | None
    north_up: bool

    def __call__(self, file: Path) -> Fault | None:
        """Do a picture and keep its rows; what is wrong, if anything."""
        try:
            if self.kept(file) is None:
                self._do(file)
        except Exception as error:  # one picture must not stop the others
            said = error if isinstance(error, GeovizError) else f"{file}: {error!r}"
            return Fault("failed", printable(said))
        return None

    def kept(self, file: Path) -> dict | None:
        """The rows of a picture, from the note of an earlier call; None if it is to be done."""
        try:
            kept = read_note(self._note(file), {"stamp": list, "picture": dict, "regions": list})
            whole = all(isinstance(row, dict) for row in kept.get("regions", []))
            return kept if whole and kept.get("stamp") == self._stamp(file) else None
        except OSError:  # the file, or the disk, is gone: doing it will say so
            return None

    def _note(self, file: Path) -> Path:
        return self.out / "done" / f"{output_name(file.name)}.json"

    def _stamp(self, file: Path) -> list:
        status = file.stat()
        setting = [VERSION, self.kind, self.north_up, self.key]
        return [*setting, status.st_size, status.st_mtime_ns]

    def _do(self, file: Path) -> None:
        stamp, name, out = self._stamp(file), output_name(file.name), self.out
        found = find.find_regions(file, self.models, kind=self.kind, north_up=self.north_up)
        _save(out / "annotated" / f"{name}.png", annotated(found))
        crops = cut_boxes(grey_bytes(found), found.boxes, square=False)
        for number, crop in enumerate(crops, 1):
            _save(out / "crops" / crop_name(name, number), crop.astype(np.uint8))
        for old in reversed(later_crops(out / "crops", name, len(crops))):
            old.unlink(missing_ok=True)  # another process may be at the same picture
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
        with atomic_path(self._note(file)) as tmp:  # written last: a picture with a note is done
            tmp.write_text(json.dumps(one), encoding="utf-8")


def _save(path: Path, picture: np.ndarray) -> None:
    from PIL import Image

    with atomic_path(path) as tmp:
        Image.fromarray(picture).save(tmp, "PNG")
