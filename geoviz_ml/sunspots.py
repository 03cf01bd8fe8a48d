"""Active regions of a folder of pictures: found, cut out, named, and put into one table.

    python -m geoviz_ml.sunspots FOLDER --out OUT [--model FILE]

OUT gets

* ``regions.csv``, a row a region: `file`, `time`, `region` (1, 2, ... in the picture), `x1`, `y1`,
  `x2`, `y2` in pixels of the picture with north up; `latitude` and `longitude` (Stonyhurst degrees,
  north and west positive) and `carrington`, or why not in `place_note`; `class` and
  `class_confidence` (probability), or why not in `class_note`; `detector` and its `confidence`;
* ``pictures.csv``, a row a picture: what kind it is, how many regions it has, or what is wrong;
* ``crops/FILE_NN.png`` and ``annotated/FILE.png``, at the scale that the networks see;
* ``done/FILE.json``, from which a later call knows what it need not do again.

Exit codes: 0 done, 1 some pictures failed or nothing could be done, 2 wrong command, 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from .errors import DataFileError, GeovizError, MissingDataError
from .files import atomic_path
from .prepare.crops import cut_boxes
from .prepare.sun_picture import KINDS, RADIUS, SunPicture, place_boxes, sun_picture
from .readers import read_magnetogram

VERSION = 1  # of what is written; another number, and everything is done again
ENDINGS = (".fits", ".fit", ".fts", ".fits.gz", ".jp2", ".png", ".jpg", ".jpeg")
COLUMNS = [
    *("file", "time", "region", "x1", "y1", "x2", "y2", "latitude", "longitude", "carrington"),
    *("place_note", "class", "class_confidence", "class_note", "detector", "confidence"),
]
PICTURE_COLUMNS = ["file", "status", "time", "kind", "regions", "note"]
CLASSICAL = {  # chosen by tests/benchmarks/sunspots_classical.py and deepsdo.py
    "magnetogram": {"low": 0.28, "high": 0.4, "join": 14.0, "margin": 2.0, "least": 20.0},
    "continuum": {"low": 0.1, "high": 0.13, "join": 32.0, "margin": 9.0, "least": 1.5},
}
NAMELESS = "not classified"


@dataclass
class Found:
    """One picture and what is in it.

    Attributes
    ----------
    picture : SunPicture
    boxes : ndarray (k, 4)
        x1, y1, x2, y2 in pixels of `picture.values`.
    table : DataFrame
        The columns of ``regions.csv`` but `file`.
    time : str
        UT; empty where the file does not tell.
    note : str
        What is odd about the picture.
    """

    picture: SunPicture
    boxes: np.ndarray
    table: pd.DataFrame
    time: str = ""
    note: str = ""


def find_regions(
    path: str | PathLike, models=None, *, kind: str | None = None, north_up: bool = False
) -> Found:
    """Find and name the active regions of one picture.

    Parameters
    ----------
    path : path-like
        A file that `read_magnetogram` reads.
    models : SunModels, optional
        From `geoviz_ml.models.load_sun_models`. Without a detector the classical one does the work,
        without a classifier the class is "not classified".
    kind : {"magnetogram", "continuum"}, optional
        What the picture shows, where its header does not tell; by default limb darkening tells.
    north_up : bool
        Trust that a picture without a header shows the whole disk with north up, and give
        positions; otherwise they are left blank.

    Returns
    -------
    Found

    Raises
    ------
    GeovizError
        The file cannot be read, shows no Sun, one too small, or not the kind the models know.
    """
    path = Path(path)
    data = read_magnetogram(path)
    size, radius = (models.size, models.radius) if models else (512, None)
    try:
        picture = sun_picture(data, size, kind, radius)
    except GeovizError as error:
        raise DataFileError(error.problem, path, error.advice) from error
    if models and (models.detector or models.classifier) and picture.kind != models.kind:
        raise DataFileError(
            f"is a {picture.kind}, the models know a {models.kind} only.",
            path,
            "Give --kind if that is wrong, or other models.",
        )
    boxes, name = _detect(picture, models)
    corners = ["x1", "y1", "x2", "y2"]
    table = pd.DataFrame(picture.to_file(boxes[:, :4]), columns=corners)
    table = place_boxes(table, data, north_up)
    names, sure, note = _classify(picture, boxes[:, :4], models)
    table = table.assign(
        time=data.attrs.get("time", ""),
        region=np.arange(1, len(boxes) + 1),
        detector=name,
        confidence=boxes[:, 4],
        class_confidence=sure,
        class_note=note,
        **{"class": names},
    )
    time = data.attrs.get("time", "")
    return Found(picture, boxes[:, :4], table[COLUMNS[1:]], time, _note(data))


def _note(data) -> str:
    """What a reader of the table must know about the picture."""
    turned = data.attrs.get("header", {}).get("CROTA2", 0.0)
    lean = data.attrs.get("rotation", 0.0)
    said = []
    if isinstance(turned, int | float) and abs((turned + 180) % 360 - 180) > 90:
        said.append("Upside down in the file: turned by 180 degrees; pixels are of the turned one.")
    if abs(lean) > 5:
        said.append(f"North leans by {lean:.1f} degrees; the detector does not know.")
    return " ".join(said)


def _detect(picture: SunPicture, models) -> tuple[np.ndarray, str]:
    """Boxes (k, 5) within the picture, from left to right, and the detector's name."""
    if models is None or models.detector is None:
        from .classical import find_active_regions

        boxes = find_active_regions(picture.signal(), **classical_options(picture))
        name = "classical"
    else:
        from .infer.detection import detect

        boxes = detect(models.detector, picture.grey()[None], **models.decoding)[0]
        boxes = boxes[boxes[:, 4] >= models.confidence]
        name = models.built["detector"][0]
    height, width = picture.values.shape
    boxes[:, :4] = boxes[:, :4].clip(0, (width, height, width, height))
    boxes = boxes[((boxes[:, 2:4] - boxes[:, :2]) >= 1).all(axis=1)]
    return boxes[np.argsort(boxes[:, 0], kind="stable")], name


def classical_options(picture: SunPicture) -> dict:
    """The parameters of `find_active_regions` for the scale of a picture."""
    scale = picture.radius / (RADIUS * 512)  # they were chosen on pictures of 512 pixels
    lengths = {"join": scale, "margin": scale, "smallest": scale, "least": scale**2}
    options = {"smallest": 20.0, **CLASSICAL[picture.kind]}
    return {name: value * lengths.get(name, 1) for name, value in options.items()}


def _classify(
    picture: SunPicture, boxes: np.ndarray, models
) -> tuple[list[str], list[float] | float, str]:
    """Classes and probabilities, or why there are none."""
    if models is None or models.classifier is None:
        why = "No model was given." if models is None else "The model has no classifier."
        return [NAMELESS] * len(boxes), np.nan, why
    if not len(boxes):
        return [], np.nan, ""
    from .learn.classification import classify

    cuts = cut_boxes(picture.grey(), boxes, models.side, models.margin)
    probability = classify(models.classifier, np.stack(cuts).clip(0, 1))
    best = probability.argmax(axis=1)
    return [models.classes[i] for i in best], probability.max(axis=1).tolist(), ""


def process_folder(
    folder: str | PathLike,
    out: str | PathLike,
    models=None,
    *,
    kind: str | None = None,
    north_up: bool = False,
    progress: bool | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find and name the regions of all pictures of a folder; see the module for what is written.

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
        As ``regions.csv`` and ``pictures.csv``.

    Raises
    ------
    MissingDataError
        There is no such folder, or no picture in it.
    """
    folder, out = Path(folder), Path(out)
    if not folder.is_dir():
        raise MissingDataError("there is no such folder of pictures.", folder)
    files = sorted(f for f in folder.iterdir() if f.name.lower().endswith(ENDINGS) and f.is_file())
    if not files:
        raise MissingDataError(f"has no picture ({', '.join(ENDINGS)}).", folder)
    setting = [VERSION, kind, north_up, models.key if models else ""]
    regions, pictures = [], []
    try:
        for file in tqdm(files, "pictures", disable=None if progress is None else not progress):
            try:
                one = _once(file, out, setting, models, kind=kind, north_up=north_up)
            except Exception as error:  # one picture must not stop the others
                said = str(error) if isinstance(error, GeovizError) else f"{file}: {error!r}"
                tqdm.write(f"Error: {said}", file=sys.stderr)
                pictures.append({"file": file.name, "status": "failed", "note": said})
                continue
            regions += one["regions"]
            pictures.append(one["picture"])
    finally:
        tables = [
            pd.DataFrame(rows, columns=columns)
            for rows, columns in ((regions, COLUMNS), (pictures, PICTURE_COLUMNS))
        ]
        for name, table in zip(("regions.csv", "pictures.csv"), tables, strict=True):
            table = table.astype({"regions": "Int64"}) if "regions" in table else table
            with atomic_path(out / name) as tmp:
                table.to_csv(tmp, index=False, float_format="%.6g")
    return tables[0], tables[1]


def _once(file: Path, out: Path, setting: list, models, **options) -> dict:
    """The rows of a picture: from the note of an earlier call, or by doing the work."""
    status = file.stat()
    stamp = [*setting, status.st_size, status.st_mtime_ns]
    note = out / "done" / f"{file.name}.json"
    if note.exists():
        kept = json.loads(note.read_text(encoding="utf-8"))
        if kept["stamp"] == stamp:
            return kept
    found = find_regions(file, models, **options)
    grey = np.round(255 * found.picture.grey()).astype(np.uint8)
    _save(out / "annotated" / f"{file.name}.png", annotated(found))
    for old in (out / "crops").glob(f"{file.name}_[0-9]*.png"):
        old.unlink()
    for number, cut in enumerate(cut_boxes(grey, found.boxes, square=False), 1):
        _save(out / "crops" / f"{file.name}_{number:02d}.png", cut.astype(np.uint8))
    table = found.table.astype(object).where(found.table.notna(), None)
    picture = {
        "file": file.name,
        "status": "done",
        "time": found.time,
        "kind": found.picture.kind,
        "regions": len(found.boxes),
        "note": found.note,
    }
    rows = [{"file": file.name, **row} for row in table.to_dict("records")]
    one = {"stamp": stamp, "picture": picture, "regions": rows}
    with atomic_path(note) as tmp:  # written last: a picture with a note is done
        tmp.write_text(json.dumps(one), encoding="utf-8")
    return one


def annotated(found: Found, zoom: int = 2) -> np.ndarray:
    """The picture with boxes, classes and probabilities, (zoom H, zoom W, 3) uint8."""
    from PIL import Image, ImageDraw, ImageFont

    grey = np.round(255 * found.picture.grey()).astype(np.uint8)
    picture = Image.fromarray(grey).convert("RGB")
    picture = picture.resize((zoom * grey.shape[1], zoom * grey.shape[0]))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(size=7 * zoom)
    for box, row in zip(found.boxes, found.table.to_dict("records"), strict=True):
        x1, y1, x2, y2 = np.rint(zoom * box).astype(int).tolist()
        draw.rectangle((x1, y1, x2 - 1, y2 - 1), outline="#e69f00", width=zoom)
        text = str(row["region"])
        if row["class"] != NAMELESS:
            text += f": {row['class']}, {100 * row['class_confidence']:.0f} %"
        left, top, right, bottom = draw.textbbox((0, 0), text, font=font, stroke_width=1)
        x = max(min(x1, picture.width - (right - left)), 0)
        y = y1 - bottom - 2 if y1 - bottom - 2 >= 0 else min(y2 + 2, picture.height - bottom)
        draw.text((x, y), text, "white", font=font, stroke_width=1, stroke_fill="black")
    return np.asarray(picture)


def _save(path: Path, picture: np.ndarray) -> None:
    from PIL import Image

    with atomic_path(path) as tmp:
        Image.fromarray(picture).save(tmp, "PNG")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m geoviz_ml.sunspots", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", type=Path, help="FITS, JPEG 2000, PNG and JPEG pictures")
    parser.add_argument("--out", type=Path, required=True, help="gets the tables and pictures")
    parser.add_argument("--model", type=Path, help="from save_sun_models; else the classical way")
    parser.add_argument("--kind", choices=KINDS, help="where the pictures do not tell")
    parser.add_argument(
        "--north-up",
        action="store_true",
        help="pictures without a header show the whole disk with north up: give positions",
    )
    given = parser.parse_args(arguments)
    try:
        models = None
        if given.model:
            from .models import load_sun_models

            models = load_sun_models(given.model)
        regions, pictures = process_folder(
            given.folder, given.out, models, kind=given.kind, north_up=given.north_up, progress=True
        )
    except GeovizError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The same command continues.", file=sys.stderr)
        return 130
    failed = int((pictures.status == "failed").sum())
    print(f"{len(pictures) - failed} pictures with {len(regions)} regions: {given.out}/regions.csv")
    if models is None or models.classifier is None:
        print(f"The regions are {NAMELESS}: {'no classifier in the' if models else 'no'} model.")
    if failed:
        print(f"{failed} pictures failed: see {given.out}/pictures.csv", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
