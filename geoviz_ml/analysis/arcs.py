"""A night of arcs: a keogram, and area, length, width and place of the arcs in time.

Measures of our own: the papers of the course give none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import binary_dilation, label
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from skimage.graph import pixel_graph

from ..errors import UsageError
from ..geometry.earth import degrees, unit
from ..geometry.footprints import Footprints, fits, footprints, in_frame
from ..prepare.pictures import in_order
from ..scores.arrays import as_mask

EIGHT = np.ones((3, 3), bool)  # pixels that touch by a corner belong together
RIDGE_PIXELS = 9  # fewer pixels make no point of a ridge
SKY = ["area", "length", "width", "latitude", "longitude", "mag_latitude", "mag_longitude", "cut"]
COLUMNS = ["time", "pieces", "pixels", "brightness", "background", *SKY]


def keogram(
    frames: xr.DataArray,
    skymap: xr.Dataset | None = None,
    coordinates: str = "geographic",
    *,
    altitude: float = 110.0,
    min_elevation: float = 10.0,
    width: float = 20.0,
    step: float = 0.05,
) -> xr.DataArray:
    """The slice from south to north through the site, for every frame.

    Parameters
    ----------
    frames : DataArray (time, y, x)
        As from `geoviz_ml.readers.read_themis`; row 0 is north.
    skymap : Dataset, optional
        As from `read_skymap`. Without it the slice is the middle column (two, for an even number),
        and its coordinate is the row.
    coordinates : {"geographic", "magnetic"}
        Latitude along the slice, and the meridian that it follows. Magnetic: of the centred dipole
        of the IGRF at the time of the first frame.
    altitude, min_elevation
        Of the aurora, km, and of the lowest pixels, degrees; see `footprints`.
    width : float, km
        The mean is taken over five lines within it.
    step : float, degrees
        Of latitude. Near the zenith a pixel is smaller, far below it is larger: there it repeats.

    Returns
    -------
    DataArray (latitude, time), or (y, time) without a skymap
        In the units of the frames; NaN where nothing is seen. Attributes: `coordinates` ("pixels"
        without a skymap), `missing` (text, where something is).

    Raises
    ------
    UsageError
        The skymap does not fit the frames, or see `footprints`.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.analysis import keogram
    >>> sky = np.zeros((3, 8, 8))
    >>> sky[[0, 1, 2], [2, 3, 4]] = 50.0  # a band from west to east, which goes south
    >>> times = pd.date_range("2014-03-10", periods=3, freq="3s")
    >>> slices = keogram(xr.DataArray(sky, {"time": times}, ("time", "y", "x")))
    >>> slices.dims, slices.argmax("y").values.tolist()  # pixels: there is no skymap
    (('y', 'time'), [2, 3, 4])
    """
    _check_frames(frames)
    attrs = {"units": frames.attrs.get("units", ""), "site": frames.attrs.get("site", "")}
    if skymap is None:
        width_px = frames.sizes["x"]
        middle = frames.isel(x=slice((width_px - 1) // 2, width_px // 2 + 1)).mean("x")
        middle = middle.assign_coords(y=("y", np.arange(frames.sizes["y"]), {"units": "pixel"}))
        attrs |= {"coordinates": "pixels", "missing": "latitudes: there is no skymap"}
        middle.attrs = attrs
        return middle.transpose("y", "time").rename("keogram")
    fits(skymap, frames)
    if not (step > 0 and width >= 0):
        raise UsageError("step must be above 0 and width not below.")
    ground, date = footprints(skymap, altitude, min_elevation), frames.time.values[0]
    at = in_frame(*degrees(ground.place[ground.seen]), coordinates, date)
    site = in_frame(
        skymap.attrs["site_latitude"], skymap.attrs["site_longitude"], coordinates, date
    )
    latitude = np.arange(np.ceil(at[0].min() / step), np.floor(at[0].max() / step) + 1) * step
    values = frames.values.reshape(len(frames), -1)[:, ground.seen.ravel()]
    tree, reach = cKDTree(unit(*at)), _reach(ground)
    total = np.zeros((len(latitude), len(frames)))
    count = np.zeros((len(latitude), 1))
    for east in np.linspace(-width / 2, width / 2, 5):
        turn = np.degrees(east / ground.radius) / np.cos(np.radians(latitude))
        far, pixel = tree.query(unit(latitude, site[1] + turn))
        near = far <= reach[pixel]
        total[near] += values[:, pixel[near]].T
        count[near] += 1
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
    return xr.DataArray(
        mean,
        {
            "latitude": (
                "latitude",
                latitude,
                {"units": "degree", "long_name": f"{coordinates} latitude"},
            ),
            "time": frames.time,
        },
        ("latitude", "time"),
        "keogram",
        {**attrs, "coordinates": coordinates, "altitude": altitude},
    )


def _reach(ground: Footprints) -> np.ndarray:
    """How far from the middle of each seen pixel something may still be in it, in radii.

    Half the larger distance to the next pixel below and beside, and half as much again.
    """
    far = np.zeros(ground.seen.shape)
    below = np.linalg.norm(np.diff(ground.place, axis=0), axis=-1)
    beside = np.linalg.norm(np.diff(ground.place, axis=1), axis=-1)
    for pixels, gap in (
        (far[:-1], below),
        (far[1:], below),
        (far[:, :-1], beside),
        (far[:, 1:], beside),
    ):
        np.fmax(pixels, gap, out=pixels)
    return 0.75 * far[ground.seen]


def arc_table(
    masks: np.ndarray | xr.DataArray | Sequence,
    frames: xr.DataArray,
    skymap: xr.Dataset | None = None,
    *,
    altitude: float = 110.0,
    min_elevation: float = 10.0,
    min_pixels: int = 20,
) -> pd.DataFrame:
    """Area, length, width, brightness and place of the arcs of every frame.

    Parameters
    ----------
    masks : array-like of bool, or of 0 and 1, (time, y, x)
    frames : DataArray (time, y, x)
        As from `geoviz_ml.readers.read_themis`.
    skymap : Dataset, optional
        As from `read_skymap`. Without it there are pixels and brightness only.
    altitude, min_elevation
        Of the aurora, km, and of the lowest pixels, degrees; see `footprints`.
    min_pixels : int
        Smaller pieces are left out.

    Returns
    -------
    DataFrame
        A row a frame: `time`; `pieces` (that do not touch) and `pixels` of the mask; `brightness`,
        mean of the mask, and `background`, median of the other pixels that are seen, in the units
        of the frames; `area` (km^2), `length` (km; of several pieces the sum), `width` (km, area /
        length), all on the shell at `altitude`; `latitude`, `longitude`, `mag_latitude`,
        `mag_longitude`, the centre of the area (degrees); `cut`, whether the arc reaches the edge
        of what is seen, so that area and length are lower bounds. An empty mask has area and
        length 0, and no width, brightness and place (NaN). ``attrs``: `units` of the brightness,
        `altitude`, `magnetic` (what the magnetic coordinates are) and `missing` (a list: what
        could not be given, and why).

    Raises
    ------
    UsageError
        Masks that are probabilities or do not fit the frames, or a skymap that does not.

    Notes
    -----
    The length is that of a ridge. From one end of the piece (the pixel farthest from any other, by
    ways within the piece) the distance along it is found for every pixel; pixels of like distance
    are put together, in bins as long as the arc is wide; their centres of gravity are the ridge.
    So a bent or folded arc has the length along its bends. Of a fork only one branch counts.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from geoviz_ml.analysis import arc_table
    >>> from geoviz_ml.readers import read_skymap, read_themis
    >>> from geoviz_ml.simulate import arcs
    >>> folder = arcs.make(tempfile.mkdtemp(), 1, frames=1)
    >>> frames = read_themis(next(folder.glob("stream0/**/*.pgm.gz")))
    >>> mask = np.zeros(frames.shape, bool)
    >>> mask[:, 120:128, 88:168] = True  # a band through the zenith, 80 by 8
    >>> table = arc_table(mask, frames, read_skymap(next(folder.glob("skymaps/*.sav"))))
    >>> table[["pixels", "length", "width"]].round().values.tolist()  # km at an altitude of 110 km
    [[640.0, 116.0, 11.0]]
    """
    _check_frames(frames)
    masks = as_mask(in_order(masks, "time", "y", "x"))
    if masks.shape != frames.shape:
        raise UsageError(
            f"masks are {masks.shape}, the frames {frames.shape}.", advice="Give a mask a frame."
        )
    ground = None
    if skymap is not None:
        fits(skymap, frames)
        ground = footprints(skymap, altitude, min_elevation)
    rows = [
        {"time": time, **_row(mask, frame, ground, min_pixels)}
        for time, mask, frame in zip(frames.time.values, masks, frames.values, strict=True)
    ]
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    if ground is not None:
        date = frames.time.values[0]
        place = in_frame(table.latitude.values, table.longitude.values, "magnetic", date)
        table["mag_latitude"], table["mag_longitude"] = place
    table.attrs = {
        "units": frames.attrs.get("units", ""),
        "altitude": altitude,
        "magnetic": "centred dipole of the IGRF",
        "missing": [] if ground else [f"{name}: there is no skymap" for name in SKY],
    }
    return table


def _check_frames(frames: xr.DataArray) -> None:
    if getattr(frames, "dims", None) != ("time", "y", "x") or not frames.size:
        raise UsageError(
            f"frames must be a DataArray (time, y, x), not {type(frames).__name__} "
            f"{getattr(frames, 'dims', '')}.",
            advice="See geoviz_ml.readers.read_themis.",
        )


def _row(mask: np.ndarray, frame: np.ndarray, ground: Footprints | None, min_pixels: int) -> dict:
    seen = np.ones(mask.shape, bool) if ground is None else ground.seen
    pieces, count = label(mask & seen, EIGHT)
    size = np.bincount(pieces.ravel(), minlength=count + 1)
    large = np.flatnonzero(size >= min_pixels)
    mask = np.isin(pieces, large[large > 0])
    found = {
        "pieces": int((large > 0).sum()),
        "pixels": int(mask.sum()),
        "brightness": float(np.nanmean(frame[mask])) if mask.any() else np.nan,
        "background": float(np.nanmedian(frame[seen & ~mask])) if (seen & ~mask).any() else np.nan,
    }
    if ground is None:
        return found
    found |= {"area": float(ground.area[mask].sum()), "length": 0.0, "cut": False}
    if mask.any():
        found["length"] = ridge_length(np.where(mask, pieces, 0), ground)
        found["width"] = found["area"] / found["length"]
        centre = (ground.area[mask, None] * ground.place[mask]).sum(0)
        found["latitude"], found["longitude"] = map(float, degrees(centre))
        found["cut"] = bool((binary_dilation(~seen, EIGHT, border_value=1) & mask).any())
    return found


def ridge_length(pieces: np.ndarray, ground: Footprints) -> float:
    """Length in km along the ridges of labelled pieces (H, W); 0 is no piece. See `arc_table`.

    `ground` are the footprints of the same pixels.
    """
    mask = pieces > 0
    place, area = ground.place[mask], ground.area[mask]
    names, piece = np.unique(pieces[mask], return_inverse=True)
    graph = _neighbours(mask, place, ground.radius)

    def distances(start: np.ndarray) -> np.ndarray:  # each piece from its own start
        return dijkstra(graph, indices=start, min_only=True)

    def last(distance: np.ndarray) -> np.ndarray:  # the farthest pixel of each piece
        order = np.lexsort((distance, piece))
        return order[np.r_[np.flatnonzero(np.diff(piece[order])), len(order) - 1]]

    along = distances(last(distances(np.unique(piece, return_index=True)[1])))
    ends = along[last(along)]
    total = 0.0
    for number in range(len(names)):
        own = piece == number
        total += _ridge(place[own], area[own], along[own], ends[number], ground.radius)
    return total


def _ridge(place, area, along, end: float, radius: float) -> float:
    pixel = np.sqrt(area.mean())  # its ends lie half a pixel beyond the middles of the last ones
    bins = int(min((end + pixel) ** 2 / area.sum(), len(area) / RIDGE_PIXELS))
    if bins < 2:
        return end + pixel
    at = np.minimum((along / end * bins).astype(int), bins - 1)
    centres = np.stack([np.bincount(at, area * p, bins) for p in place.T], axis=1)
    centres = centres[np.bincount(at, minlength=bins) > 0]
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    steps = 2 * np.arcsin(np.linalg.norm(np.diff(centres, axis=0), axis=1) / 2) * radius
    return float(steps.sum() * bins / (bins - 1) + pixel)


def _neighbours(mask: np.ndarray, place: np.ndarray, radius: float) -> csr_matrix:
    """Distances in km between the pixels of a mask that touch."""
    number = np.zeros(mask.shape, int)
    number[mask] = np.arange(len(place))

    def far(one: np.ndarray, other: np.ndarray, _) -> np.ndarray:
        return np.linalg.norm(place[one] - place[other], axis=1) * radius

    return pixel_graph(number, mask=mask, edge_function=far, connectivity=2)[0]
