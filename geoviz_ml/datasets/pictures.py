"""A folder of your own pictures, with masks or without, as arrays for a network."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import DataFileError, MissingDataError, UsageError
from ..readers.untrusted import untrusted
from .base import PictureSet, picture_table, truth_of

SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}


@dataclass(frozen=True, kw_only=True)
class Pictures(PictureSet):
    """Pictures of one size, 0 black and 1 white, in the order of their names.

    See `PictureSet`.
    """

    @property
    def names(self) -> np.ndarray:
        """File names without suffix, (N,) of str."""
        return np.array([Path(file).stem for file in self.table.file])


def load_pictures(
    folder: str | PathLike,
    masks: str | PathLike | None = None,
    size: tuple[int, int] | None = None,
) -> Pictures:
    """Load all pictures of a folder as grey values, with the masks of the same names.

    Parameters
    ----------
    folder : path-like
        Holds PNG, TIFF, JPEG or BMP files; anything else in it is left alone. 8 and 16 bits a
        pixel, colours (turned into brightness), or floating-point numbers in 0..1.
    masks : path-like, optional
        A folder with a mask for every picture: the same name, the suffix may differ. A mask has at
        most two values, of which the greater, if it is not 0, marks what is sought.
    size : (int, int), optional
        Height and width in pixels to which all are resized: averaged for smaller, interpolated for
        larger ones. Of a mask a pixel is kept where at least half of it was marked. Default: as
        they are, if all are alike.

    Returns
    -------
    Pictures
        Sorted by name: name files such that this is their order in time, and splits are easy.

    Raises
    ------
    MissingDataError
        No such folder, no picture in it, or a picture without its mask.
    DataFileError
        A file is damaged, or a mask is no mask or not of its picture's size.
    UsageError
        The pictures differ in size and no `size` is given, or two have the same name.
    """
    files, truth = _files(folder), None
    if masks is not None:
        truth = truth_of(files, _files(masks).get, Path(masks), "masks", asked=True)
    pictures, drawn = [], []
    for i, file in enumerate(files.values()):
        picture = _read_picture(file)
        if truth is not None:
            mask = _read_mask(truth[i])
            if mask.shape != picture.shape:
                raise DataFileError(
                    f"is {_by(mask.shape)} pixels, its picture {_by(picture.shape)}.", truth[i]
                )
            drawn.append(mask if size is None else _resize(mask.astype(np.float32), size) >= 0.5)
        picture = picture if size is None else _resize(picture, size)
        if pictures and picture.shape != pictures[0].shape:
            raise UsageError(
                f"is {_by(picture.shape)} pixels, others are {_by(pictures[0].shape)}.",
                file,
                "Give size=(height, width).",
            )
        pictures.append(picture)
    return Pictures(
        pictures=np.stack(pictures),
        table=picture_table(Path(folder), [*files.values()]),
        folder=Path(folder),
        masks=np.stack(drawn) if drawn else None,
    )


def _files(folder: str | PathLike) -> dict[str, Path]:
    """The pictures of a folder by their names without suffix, sorted."""
    folder = Path(folder)
    if not folder.is_dir():
        raise MissingDataError("there is no such folder.", folder)
    files: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() in SUFFIXES and not file.name.startswith("."):
            if file.stem in files:
                raise UsageError(f"has the name of {files[file.stem].name}.", file, "Rename one.")
            files[file.stem] = file
    if not files:
        raise MissingDataError(f"no picture here ({', '.join(sorted(SUFFIXES))}).", folder)
    return files


def _read_picture(file: Path) -> np.ndarray:
    """Brightness (H, W) float32 in 0..1."""
    with untrusted(file, "picture"), Image.open(file) as image:
        image.load()
        if image.mode == "F":
            values = np.asarray(image, np.float32)
        elif image.mode.startswith("I"):
            values = np.asarray(image).astype(np.float32) / 65535
        else:
            values = np.asarray(image.convert("L"), np.float32) / 255
    if not (values.min() >= 0 and values.max() <= 1):
        raise DataFileError(
            f"holds values from {values.min():g} to {values.max():g}, or NaN.",
            file,
            "Scale floating-point pictures to 0..1 and integers to 16 bits.",
        )
    return values


def _read_mask(file: Path) -> np.ndarray:
    with untrusted(file, "picture"), Image.open(file) as image:
        kind = image.mode if image.mode in ("1", "L", "P", "F") or image.mode[0] == "I" else "L"
        values = np.asarray(image if kind == image.mode else image.convert("L"))
    known = np.unique(values)
    if len(known) > 2:
        raise DataFileError(
            f"holds {len(known)} values; a mask has two, for what is sought and for the rest.",
            file,
            "Save it without smoothing and not as JPEG, or cut it at a threshold first.",
        )
    return values == known[-1] if known[-1] else np.zeros(values.shape, bool)


def _resize(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    image = Image.fromarray(values).resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(image).clip(0, 1)  # averages, where the picture becomes smaller


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
