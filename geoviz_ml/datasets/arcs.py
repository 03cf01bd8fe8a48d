"""All-sky cameras' raw minutes and pictures as pictures alike, with arcs where they are known."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import DataFileError, MissingDataError
from ..files import memory_cap, read_npz
from ..prepare.patches import to_picture
from ..prepare.scaling import oath_scale
from ..prepare.sky_disk import SkyDisk, round_sky
from ..progress import progress
from .base import PictureSet, picture_table, truth_of
from .layout import TRUTH
from .sky_frames import find_skies, frame_files, picture_skymap, read_frames

MINUTE = ".pgm.gz"
SIDE = 256  # pixels of a picture
SIMULATE = "Simulate the folder again."
SKY = ["sky_x", "sky_y", "sky_across", "sky_down"]


@dataclass(frozen=True, kw_only=True, repr=False)
class ArcPictures(PictureSet):
    """All-sky pictures, bytes (N, 256, 256) as `to_picture` makes them: the sky is round.

    Attributes
    ----------
    channel : str or None
        Of pictures in colour.

    See `PictureSet` for the rest. The table adds `frame`, the number in the file, `camera`, and
    where the sky is in the file (see `SkyDisk`; NaN where it fills it): `sky_x`, `sky_y`,
    `sky_across`, `sky_down`. Simulated minutes have the columns of `geoviz_ml.simulate.arcs.make`
    too.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_arcs
    >>> from geoviz_ml.simulate import arcs
    >>> minutes = load_arcs(arcs.make(tempfile.mkdtemp(), 1, frames=1))
    >>> type(minutes).__name__, minutes.pictures.dtype.name, minutes.table.data[0]
    ('ArcPictures', 'uint8', 'simulated')
    >>> pictures, masks = minutes.pair  # what a network learns from
    >>> pictures.shape, masks.shape
    ((1, 256, 256), (1, 256, 256))
    """

    channel: str | None = None

    shared: ClassVar[tuple[str, ...]] = ("folder", "channel")

    def frame(self, number: int) -> xr.DataArray:
        """All frames of the file of a picture, as read: (time, y, x)."""
        return read_frames(self.folder / self.table.file[number], self.channel)

    def skymap(self, number: int) -> xr.Dataset:
        """Where the pixels of a picture look and lie, as `read_skymap` tells of THEMIS's.

        Raises
        ------
        MissingDataError
            The folder has no map of this camera at this time.
        """
        row = self.table.iloc[number]
        sky = None if np.isnan(row.sky_x) else SkyDisk(*row[SKY].astype(float))
        return picture_skymap(self.folder, row, sky, SIDE)


def load_arcs(
    folder: str | PathLike, every: int | None = None, channel: str | None = None
) -> ArcPictures:
    """Load frames of all-sky cameras, and the masks of their arcs where they are known.

    Parameters
    ----------
    folder : path-like
        Raw minutes (THEMIS, Rainbow), frames of Poker Flat (FITS) or pictures (JPEG, PNG), in
        ``stream0``, or anywhere in the folder and below; cameras may be mixed. Simulated ones have
        ``truth`` and ``truth.csv``.
    every : int, optional
        Take a minute's first frame and every so many after it; by default the first alone.
    channel : {"red", "green", "blue"}, optional
        Of pictures in colour; by default their brightness.

    Returns
    -------
    ArcPictures
        In order of the files' names.

    Raises
    ------
    MissingDataError
        No such files, or masks for some minutes only.
    DataFileError
        A file is damaged.

    Notes
    -----
    Format: THEMIS frames are 256 x 256 pixels, counts of 16 bits, north up and east left, 20 a
    minute. Of other cameras the sky is found, cut out and made round; Poker Flat's is turned north
    up, others are left as they lie, and what stands in front of the sky stays. Masks are of the
    pixels of arcs. No splits are published: keep a night together. Citation: Donovan et al. 2006,
    doi:10.1016/j.jastp.2005.03.027 (University of Calgary, NASA, CSA). Licence: THEMIS is free for
    research with acknowledgement; of other cameras see their sets. To fetch: ``themis``,
    ``themis-sample``, ``poker-flat-sample``, ``all-sky-sample``.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_arcs
    >>> from geoviz_ml.simulate import arcs
    >>> load_arcs(arcs.make(tempfile.mkdtemp(), 2, frames=1))
    ArcPictures: 2 simulated pictures, (256, 256) pixels, masks
    """
    folder = Path(folder)
    files, told = frame_files(folder)
    found = {file.name: _truth(folder, file.name) for file in files}
    truth = truth_of(found, folder, "masks", asked=False)
    skies = find_skies(files, channel)
    rows, pictures, masks = [], [], []
    for number, file in enumerate(progress(files, "reading frames")):
        frames, sky = read_frames(file, channel), skies.get(file)
        chosen = [0] if every is None else [*range(0, len(frames), every)]
        where = [np.nan] * 4 if sky is None else [sky.x, sky.y, sky.across, sky.down]
        model = str(frames.attrs.get("header", {}).get("Imager model", ""))
        camera = frames.attrs["imager"], frames.attrs["site"], model.startswith("simulated")
        rows += [(number, i, frames.time.values[i], *camera, *where) for i in chosen]
        pictures += [_picture(frames[i], sky) for i in chosen]
        if truth:
            masks.append(read_truth(folder, file)[chosen])
    names = ["number", "frame", "time", "camera", "place", "simulated", *SKY]
    table = pd.DataFrame(rows, columns=names)
    table = table.assign(**{k: told[k].to_numpy()[table.number] for k in told})
    table = table.assign(file=[files[i] for i in table.number]).drop(columns="number")
    return ArcPictures(
        pictures=np.stack(pictures),
        table=picture_table(folder, **{k: table[k].to_list() for k in table}),
        folder=folder,
        masks=np.concatenate(masks) if truth else None,
        channel=channel,
    )


def _picture(frame: xr.DataArray, sky: SkyDisk | None) -> np.ndarray:
    if sky is None:
        return to_picture(frame)
    return to_picture(oath_scale(round_sky(frame.values, sky, SIDE)))


def _truth(folder: Path, name: str) -> Path | None:
    return next((folder / TRUTH).rglob(f"{name.removesuffix(MINUTE)}.npz"), None)


def read_truth(folder: str | PathLike, file: str | PathLike) -> np.ndarray:
    """Masks of the arcs of one simulated minute, bool (time, y, x).

    Parameters
    ----------
    folder : path-like
        What `geoviz_ml.simulate.arcs.make` filled.
    file : str or path-like
        A `file` of ``truth.csv``, or a file below ``stream0``.

    Raises
    ------
    MissingDataError, DataFileError
        There are no masks of this minute, or they are damaged.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_arcs, read_truth
    >>> from geoviz_ml.simulate import arcs
    >>> minutes = load_arcs(arcs.make(tempfile.mkdtemp(), 1, frames=2))
    >>> read_truth(minutes.folder, minutes.table.file[0]).shape  # a mask a frame
    (2, 256, 256)
    """
    path = _truth(Path(folder), Path(file).name)
    if path is None:
        raise MissingDataError(f"holds no masks of {Path(file).name}.", Path(folder) / TRUTH)
    stored = read_npz(path, ("arcs", "shape"), SIMULATE)
    bits, shape = stored["arcs"], [int(side) for side in stored["shape"].ravel()]
    if len(shape) != 3 or bits.dtype != np.uint8 or bits.shape != (-(-prod(shape) // 8),):
        raise DataFileError(f"is damaged: it claims masks of shape {shape}.", path, SIMULATE)
    if min(shape) < 1 or prod(shape) > memory_cap(0) // 4:
        raise DataFileError(f"claims masks of shape {shape}.", path, SIMULATE)
    return np.unpackbits(bits, count=prod(shape)).reshape(shape).view(bool)
