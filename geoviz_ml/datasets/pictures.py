"""A folder of your own pictures, with masks or without, as arrays for a network."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import DataFileError, MissingDataError, UsageError, height_and_width
from ..files import doubled, listing
from ..readers.picture import read_mask, read_picture
from ..readers.picture_file import SUFFIXES
from .base import PictureSet, picture_table, truth_of


@dataclass(frozen=True, kw_only=True, repr=False)
class Pictures(PictureSet):
    """Pictures of one size, 0 black and 1 white, in the order of their names.

    See `PictureSet`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.datasets import load_pictures
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("night_2", "night_1"):
    ...     Image.fromarray(np.full((6, 8), 255, np.uint8)).save(folder / f"{name}.png")
    >>> pictures = load_pictures(folder)
    >>> pictures
    Pictures: 2 real pictures, (6, 8) pixels, no truth
    >>> pictures.names.tolist()
    ['night_1', 'night_2']
    """

    @property
    def names(self) -> np.ndarray:
        """File names without suffix, (N,) of str."""
        return np.array([Path(file).stem for file in self.table.file])


def load_pictures(
    folder: str | PathLike,
    masks: str | PathLike | None = None,
    size: tuple[int, int] | None = None,
    bits: int | None = None,
) -> Pictures:
    """Load all pictures of a folder as grey values, with the masks of the same names.

    Parameters
    ----------
    folder : path-like
        Holds PNG, TIFF, JPEG or BMP files; anything else in it is left alone, hidden files too. 8
        and 16 bits a pixel, colours (turned into brightness), or floating-point numbers in 0..1;
        see `geoviz_ml.readers.read_picture`.
    masks : path-like, optional
        A folder with a mask for every picture: the same name, the suffix may differ. A mask has at
        most two values or colours, of which the brighter marks what is sought, or is drawn on a
        transparent layer; see `geoviz_ml.readers.read_mask`.
    size : (int, int), optional
        Height and width in pixels to which all are resized: averaged for smaller, interpolated for
        larger ones. Of a mask a pixel is kept where at least half of it was marked. Default: as
        they are, if all are alike.
    bits : int, optional
        How many bits of grey pictures of 16 are used: 12 for a camera that counts to 4095.

    Returns
    -------
    Pictures
        Sorted by name: name files such that this is their order in time, and splits are easy.

    Raises
    ------
    MissingDataError
        No such folder, no picture in it, or a picture without its mask.
    DataFileError
        A file is damaged, holds several pages, has 12 bits in 16 and no `bits` is given, or a mask
        is no mask or not of its picture's size.
    UsageError
        The pictures differ in size and no `size` is given, `size` is none, or two have the same
        name.

    Notes
    -----
    Format, units and classes are yours: brightness becomes 0 to 1, a mask is one class. No time is
    read and nothing is split: neighbours in time belong on one side of a split. Pictures count as
    real unless a simulator's recipe lies with them. Licence and citation are those of your source.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.datasets import load_pictures
    >>> folder = Path(tempfile.mkdtemp())
    >>> Image.fromarray(np.array([[0, 0, 255, 255]] * 4, np.uint8)).save(folder / "a.png")
    >>> load_pictures(folder, masks=folder).masks[0].astype(int).tolist()  # its own mask, for once
    [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]]
    >>> load_pictures(folder, size=(2, 2))
    Pictures: 1 real pictures, (2, 2) pixels, no truth
    """
    size = size if size is None else height_and_width(size)
    files, truth = _files(folder), None
    if masks is not None:
        beside = _files(masks)
        found = {name: beside.get(name) for name in files}
        truth = truth_of(found, Path(masks), "masks", asked=True)
    pictures, drawn = [], []
    for i, file in enumerate(files.values()):
        picture = read_picture(file, bits)
        if truth is not None:
            mask = read_mask(truth[i])
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
    files = listing(folder, SUFFIXES)
    if not files:
        raise MissingDataError(f"no picture here ({', '.join(SUFFIXES)}).", folder)
    for same in doubled(files, lambda file: file.stem).values():
        raise UsageError(f"has the name of {same[0].name}.", same[1], "Rename one.")
    return {file.stem: file for file in files}


def _resize(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    image = Image.fromarray(values).resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(image).clip(0, 1)  # averages, where the picture becomes smaller


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
