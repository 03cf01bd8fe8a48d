"""Real skies go through the arcs' path to the end: scan, CRF, keogram, areas on the ground."""

import numpy as np
import pytest

from geoviz_ml.analysis import arc_table, keogram
from geoviz_ml.datasets import load_arcs
from geoviz_ml.errors import MissingDataError, UsageError
from geoviz_ml.geometry.footprints import footprints
from geoviz_ml.infer import raster_scan, refine_crf
from geoviz_ml.models import PatchNet
from geoviz_ml.prepare.patches import cut_patches, high_sky, random_places, to_picture
from geoviz_ml.readers import (
    find_skymap,
    mosaic_skymap,
    read_dasc_skymap,
    read_mosaic,
    read_skymap,
)
from geoviz_ml.settings import set_seed

pytestmark = pytest.mark.data


@pytest.fixture
def net():
    """A patch classifier that has learned nothing."""
    set_seed(0)
    return PatchNet().eval()


def brightest(scores: np.ndarray, share: float = 0.1) -> np.ndarray:
    """The highest scores, as a mask: an untrained network has no threshold of its own."""
    return scores >= np.quantile(scores, 1 - share)


def cap(elevation: float, altitude: float = 110, earth: float = 6371) -> float:
    """Area (km^2) of the shell that is seen above an elevation (degrees) from one place."""
    high = np.radians(elevation)
    away = np.arccos(earth * np.cos(high) / (earth + altitude)) - high
    return 2 * np.pi * (earth + altitude) ** 2 * (1 - np.cos(away))


def test_raw_minutes_of_themis(fetched, net):
    sky = load_arcs(fetched("themis-sample"))
    assert sky.pictures.shape == (4, 256, 256)
    places = random_places(len(sky), 50, np.random.default_rng(0))
    assert cut_patches(sky.pictures, places).shape == (50, 32, 32)
    masks = np.stack(
        [brightest(raster_scan(net, picture)) & high_sky() for picture in sky.pictures]
    )
    refined = refine_crf(sky.pictures[0, 96:160, 96:160], masks[0, 96:160, 96:160])
    assert ((refined >= 0) & (refined <= 1)).all()
    frames = sky.frame(0)
    assert frames.sizes["time"] == 20
    assert keogram(frames).sizes == {"y": 256, "time": 20}
    table = arc_table(masks[:1], frames[:1])
    assert table.pixels[0] == pytest.approx(masks[0].sum(), rel=0.5)
    assert all(name in " ".join(table.attrs["missing"]) for name in ("area", "length"))


def test_a_skymap_gives_areas_and_refuses_another_site(fetched):
    folder = fetched("themis-sample")
    skymap = read_skymap(find_skymap(folder, "atha", "2023-03-24"))
    ground = footprints(skymap, 110)
    assert ground.area.sum() == pytest.approx(cap(10), rel=0.01)
    with pytest.raises(UsageError, match="of atha, the frames are of gill"):
        keogram(load_arcs(folder).frame(0), skymap)


def test_a_mosaic_with_bright_aurora(fetched, net):
    path = next((fetched("themis-sample") / "mosaic").glob("*.h5"))
    frames = read_mosaic(path)
    rows = np.flatnonzero(np.abs(frames.latitude.values - 62) < 9)
    columns = np.flatnonzero(np.abs(frames.longitude.values + 112) < 16)
    part = frames.isel(y=rows, x=columns)
    counts = part[0].fillna(0).values
    low, high = np.percentile(counts[counts > 0], [1, 99])
    picture = to_picture(((counts - low) / (high - low)).clip(0, 1).astype(np.float32))
    mask = brightest(raster_scan(net, picture)) | (picture > 200)
    prob = refine_crf(picture, mask)
    assert prob.shape == picture.shape
    skymap = mosaic_skymap(part)
    table = arc_table((prob >= 0.5)[None], part[:1], skymap)
    seen = footprints(skymap, 110)
    assert 0 < table.area[0] < seen.area.sum()
    assert 53 < table.latitude[0] < 71
    strip = keogram(part, skymap)
    assert strip.sizes["time"] == 20
    assert np.isfinite(strip).any()


def test_frames_of_poker_flat_with_azimuth_and_elevation(fetched, net):
    sky = load_arcs(fetched("poker-flat-sample"))
    assert sky.pictures.shape == (4, 256, 256)
    assert set(sky.table.place) == {"pkr"}
    green = sky[sky.table.file.str.contains("_0558_").to_numpy()]
    assert len(green) == 2
    skymap = green.skymap(0)
    ground = footprints(skymap, 110, 20)
    assert ground.area.sum() == pytest.approx(cap(20), rel=0.02)
    assert skymap.elevation.values[126:130, 126:130].min() > 80  # the zenith is near the middle
    mask = brightest(raster_scan(net, green.pictures[0])) & ground.seen
    prob = refine_crf(green.pictures[0, 96:160, 96:160], mask[96:160, 96:160])
    assert ((prob >= 0) & (prob <= 1)).all()
    frames = green.frame(0)
    raw = read_dasc_skymap(green.folder)
    strip = keogram(frames, raw)
    assert strip.latitude.min() < 65.1 < strip.latitude.max()
    table = arc_table((frames.values[0] > np.quantile(frames, 0.9))[None], frames, raw)
    assert 0 < table.area[0] < cap(10)


def test_pictures_of_other_cameras_become_round_skies(fetched):
    sky = load_arcs(fetched("all-sky-sample"))
    assert sky.pictures.shape == (15, 256, 256)
    assert sky.pictures.dtype == np.uint8
    assert not sky.pictures[:, ~high_sky(share=0.86)].any()
    assert sky.table.groupby("camera").size().to_dict() == {
        "kho": 3,
        "longyearbyen_2014": 8,
        "rainbow-08": 2,
        "rgb-04": 2,
    }
    rainbow = sky.table[sky.table.camera == "rainbow-08"].iloc[0]
    assert rainbow.sky_across / rainbow.sky_down == pytest.approx(1 / 0.5122, rel=0.03)
    assert rainbow.place == "rabb"
    round_in_the_file = sky.table[sky.table.camera == "longyearbyen_2014"].iloc[0]
    assert round_in_the_file.sky_across == pytest.approx(round_in_the_file.sky_down, rel=0.02)
    with pytest.raises(MissingDataError, match="no skymap of rabb"):
        sky.skymap(int(np.flatnonzero(sky.table.camera == "rainbow-08")[0]))
