"""A season of all-sky minutes: masks of arcs, what they measure on the map, and keograms.

Bookkeeping of our own; the scan and the CRF are those of `geoviz_ml.infer`, the rest is of
`geoviz_ml.analysis.arcs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..datasets.sky_frames import frame_files, read_frames
from ..errors import DataFileError, MissingDataError, UsageError
from ..files import open_nc, save_nc
from ..infer import raster_scan, refine_crf
from ..infer.crf import chosen_backend
from ..models.prediction import network_of
from ..prepare.patches import high_sky, to_picture
from ..readers import find_skymap, read_skymap
from ..survey import Survey, file_stamp, survey, weights_key
from ..survey.parts import part_name
from .arcs import COLUMNS, arc_table, keogram

UNSEEN = -30.0  # score outside the high sky
_skymap_of = lru_cache(maxsize=8)(read_skymap)  # the minutes of a station share one
KINDS = {"frame": "whole", "site": "text"} | dict.fromkeys(COLUMNS, "number")
KINDS |= {"time": "time", "pieces": "whole", "pixels": "whole", "cut": "yes"}


def survey_minutes(
    model,
    folder: str | PathLike,
    files: Iterable[str | PathLike] | None,
    out: str | PathLike,
    *,
    every: int = 20,
    step: int = 1,
    shift: float = 0.0,
    crf: Mapping | None = None,
    min_elevation: float = 14.0,
    coordinates: str = "magnetic",
    **options,
) -> Survey:
    """Find the arcs of every minute, measure them and write one table, ``out/arcs.csv``.

    ``out/keograms-magnetic-20``, named after `coordinates` and `every`, gets the slice from south
    to north of every minute, see `join_keograms`.

    Parameters
    ----------
    model : nn.Module or Learner
        Maps patches (B, 1, 32, 32) to raw scores (B, 1).
    folder : path-like
        Holds raw minutes of THEMIS, also in folders below, and their skymaps.
    files : iterable of path-like, optional
        Those asked for, there or not, relative to `folder`; by default all that are there.
    out : path-like
        Folder of the results.
    every : int
        Take a minute's first frame and every so many after it.
    step : int
        Of `raster_scan`, pixels.
    shift : float
        Added to the scores, in their unit, before they become probabilities.
    crf : mapping, optional
        Options of `refine_crf`, such as those that the chapter chooses. None: no CRF. Its backend
        is chosen here, once for all workers, and is part of what decides the result.
    min_elevation : float
        Of the lowest pixels that are measured, degrees.
    coordinates : {"magnetic", "geographic"}
        Of the keograms.
    **options
        ``executor``, ``shard``, ``group`` and ``readers`` of `geoviz_ml.survey.survey`. With
        ``group`` an hour, say, minutes share a part: there are fewer files.

    Returns
    -------
    Survey
        One row a frame with `frame` (its number in the file), `site` and the columns of
        `arc_table`. Status is "arcs", "none", "missing", "damaged" or "failed". Where there is no
        skymap, `note` says so, and there are pixels only.

    Raises
    ------
    UsageError
        The CRF's backend is none, or not installed; or as of `geoviz_ml.survey.survey`.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.analysis import survey_minutes
    >>> from geoviz_ml.models import PatchNet
    >>> from geoviz_ml.simulate import arcs
    >>> folder = arcs.make(tempfile.mkdtemp(), 1, frames=1, minutes=1)
    >>> survey_minutes(PatchNet(width=2), folder, None, tempfile.mkdtemp()).done
    1
    """
    folder, out = Path(folder), Path(out)
    if files is None:
        files = [path.relative_to(folder) for path in frame_files(folder)[0]]
    if crf:
        crf = {**crf, "backend": chosen_backend(crf.get("backend", "auto"))}
    recipe = {
        "weights": weights_key(network_of(model)),
        "every": every,
        "step": step,
        "shift": shift,
        "crf": crf or None,
        "min_elevation": min_elevation,
        "coordinates": coordinates,
    }
    keograms = out / f"keograms-{coordinates}-{every}"
    work = MinuteWork(network_of(model), folder, keograms, recipe)
    return survey(
        [Path(file).as_posix() for file in files],
        work,
        out,
        recipe,
        columns=KINDS,
        name="arcs",
        stamp=lambda file: file_stamp(folder / file),
        label="surveying minutes",
        **options,
    )


@dataclass(frozen=True)
class MinuteWork:
    """Finds the arcs of a minute: what is sent to the workers of a survey.

    Attributes
    ----------
    model : torch.nn.Module
    folder, keograms : pathlib.Path
        Of the minutes; of their slices.
    recipe : dict
        The options of `survey_minutes`.
    """

    model: object
    folder: Path
    keograms: Path
    recipe: dict

    def __call__(self, file: str) -> pd.DataFrame:
        """The rows of one minute.

        Raises
        ------
        MissingDataError, DataFileError
            The file is not there or damaged.
        """
        path = self.folder / file
        if not path.is_file():
            raise MissingDataError("there is no such minute.", path)
        frames = read_frames(path)[:: self.recipe["every"]]
        rows, columns = frames.shape[1:]
        if rows != columns:
            raise DataFileError(f"has frames of {rows} x {columns} pixels, not square ones.", path)
        skymap, note = self._skymap(frames)
        masks = np.stack([self.mask(to_picture(frame)) for frame in frames])
        lowest = self.recipe["min_elevation"]
        try:
            table = arc_table(masks, frames, skymap, min_elevation=lowest)
            slices = keogram(frames, skymap, self.recipe["coordinates"])
        except UsageError as error:  # a skymap of another size, say
            raise DataFileError(error.problem, path, error.advice) from error
        self._keep(slices, file)
        return table.assign(
            frame=np.arange(len(frames)) * self.recipe["every"],
            site=frames.attrs["site"],
            status="arcs" if (table.pieces > 0).any() else "none",
            note=note,
        )

    def mask(self, picture: np.ndarray) -> np.ndarray:
        """The arcs of one picture (H, W) of bytes, bool (H, W)."""
        high = high_sky(len(picture))
        scores = raster_scan(self.model, picture, step=self.recipe["step"], where=high)
        scores = np.where(high, scores, UNSEEN) + self.recipe["shift"]
        if self.recipe["crf"] is None:
            return high & (scores >= 0)
        prob = 1 / (1 + np.exp(-scores.clip(UNSEEN, -UNSEEN)))
        return high & (refine_crf(picture, prob, **self.recipe["crf"]) >= 0.5)

    def _skymap(self, frames: xr.DataArray) -> tuple[xr.Dataset | None, str]:
        try:
            path = find_skymap(self.folder, frames.attrs["site"], frames.time.values[0])
        except MissingDataError as error:
            return None, str(error)
        return _skymap_of(path), ""

    def _keep(self, slices: xr.DataArray, file: str) -> None:
        """Write the minute's mean slice."""
        mean = slices.mean("time", keep_attrs=True).astype(np.float32)
        mean = mean.assign_coords(time=slices.time.values[0]).expand_dims("time")
        name = part_name(Path(file).name, str(Path(file).parent))  # two folders may have one name
        save_nc(mean.to_dataset(name="keogram"), self.keograms / f"{name}.nc")


def join_keograms(folder: str | PathLike, pattern: str = "*.nc") -> xr.DataArray:
    """The slices that `survey_minutes` has written, side by side: a keogram of a night or more.

    Parameters
    ----------
    folder : path-like
        ``keograms-...`` of its results.
    pattern : str
        Of the files' names, such as ``20090112*_gill_*.nc``: of one station.

    Returns
    -------
    DataArray (time, latitude)
        In the unit of the frames; NaN where nothing is seen.

    Raises
    ------
    MissingDataError
        There is no such file.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.analysis import join_keograms, survey_minutes
    >>> from geoviz_ml.models import PatchNet
    >>> from geoviz_ml.simulate import arcs
    >>> folder, out = arcs.make(tempfile.mkdtemp(), 1, frames=1, minutes=1), tempfile.mkdtemp()
    >>> _ = survey_minutes(PatchNet(width=2), folder, None, out)
    >>> join_keograms(out + "/keograms-magnetic-20").dims
    ('time', 'latitude')
    """
    files = sorted(Path(folder).glob(pattern))
    if not files:
        raise MissingDataError(f"holds no keogram {pattern}.", folder)
    slices = [open_nc(path)["keogram"] for path in files]
    return xr.concat(slices, "time", join="outer", combine_attrs="override").sortby("time")
