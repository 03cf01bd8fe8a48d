"""Real files go through their chapter's path to the end: from the fetched folder to its numbers.

The networks are tiny and hardly trained: what is tested is that nothing stands between the files
and the result, not how good it is.
"""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.analysis import survey_archive, track_fringes
from geoviz_ml.classical import find_active_regions, texture_features
from geoviz_ml.datasets import load_nights, load_oath, load_suns
from geoviz_ml.datasets.sun_regions import region_days
from geoviz_ml.learn import features, fit, probe, segmentation_learner, simclr_learner
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.models import ResNet18, UNet
from geoviz_ml.prepare import sun_picture
from geoviz_ml.readers import read_magnetogram
from geoviz_ml.scores import detection_scores
from geoviz_ml.settings import set_seed
from geoviz_ml.simulate import alfven
from geoviz_ml.sunspots import find_regions
from geoviz_ml.sunspots.__main__ import main

pytestmark = pytest.mark.data

SIZE, SMALL = (96, 48), 128


@pytest.fixture(scope="module")
def unet(tmp_path_factory):
    """A small U-net after two epochs of simulated nights."""
    nights = load_nights(alfven.make(tmp_path_factory.mktemp("nights"), 6, seed=1), SIZE)
    set_seed(0)
    learner = segmentation_learner(
        nights[:4].pair, nights[4:].pair, UNet(base=4), lr=1e-2, device="cpu"
    )
    fit(learner, 2)
    return learner.model


def test_the_day_of_the_sierra_nevada_ends_with_fringes_or_none(fetched, unet, tmp_path):
    folder = fetched("alfven-sample")
    nights = load_nights(folder, SIZE)
    assert [str(date) for date in nights.dates] == ["2015-02-28", "2015-03-01"]
    assert set(nights.table.place) == {"Sierra Nevada"}
    probability = predict(unet, nights.pictures)
    tables = [
        track_fringes(p, nights.frequency, t) for p, t in zip(probability, nights.time, strict=True)
    ]
    assert all({"time", "f", "delta_f", "delta_f_sigma"} <= set(table) for table in tables)
    asked = [*nights.dates, np.datetime64("2015-03-02")]
    survey = survey_archive(unet, folder, asked, tmp_path, size=SIZE, threshold=0.5)
    status = survey.groupby("date").status.first()
    assert status.iloc[-1] == "missing"
    assert set(status.iloc[:-1]) <= {"fringes", "none"}
    np.testing.assert_allclose(survey.groupby("date").gap.first()[:2], nights.table.gap, atol=1e-6)


def test_eight_pictures_of_oath_are_split_learned_and_probed(fetched):
    sky = load_oath(fetched("oath-sample"))
    pictures, labels = sky.pair
    set_seed(0)
    learner = simclr_learner(pictures[:, ::8, ::8], ResNet18(width=4), batch_size=4, device="cpu")
    fit(learner, 1)
    for known in (features(learner, pictures[:, ::8, ::8]), texture_features(pictures).to_numpy()):
        scores = probe.score(probe.linear_probe(known, labels), labels, sky.splits)
        assert len(scores.table) == 5
        assert scores.confusion.sum() == sum(len(test) for _, test in sky.splits)


def test_boxes_on_continuum_pictures_score_the_classical_detector(twelve):
    suns = load_suns(twelve)
    found = []
    for file, picture in zip(suns.table.file, suns.pictures, strict=True):
        shot = find_regions(twelve / file)
        np.testing.assert_allclose(shot.picture.grey(), picture, atol=1e-6)
        found.append(np.column_stack([shot.boxes, shot.table.confidence]))
    scores = detection_scores(found, suns.boxes)
    assert scores["recall at IoU 0.5"] > 0.4
    assert scores["precision at IoU 0.5"] > 0.4
    darkness = 0.25 - suns.pictures[0] / 2  # what the grey levels keep of it
    assert find_active_regions(darkness, 0.1, 0.13).shape[1] == 5


def near(rows: pd.DataFrame, size: float, limit: float = 60) -> np.ndarray:
    """Whether places lie within `limit` degrees of the disk's centre."""
    away = np.hypot(rows.x - (size - 1) / 2, rows.y - (size - 1) / 2)
    return (away < 0.46 * size * np.sin(np.radians(limit))).to_numpy()


def test_the_command_finds_noaas_groups_in_the_magnetograms_of_2026(fetched, tmp_path):
    """Eight of the 43 days; of all days the command finds .68, and .67 of its boxes are groups."""
    suns = load_suns(fetched("magnetograms-2026"), SMALL)
    assert (suns.boxes, len(suns.regions)) == (None, 48)
    daily = suns[(suns.table.time.dt.hour == 0).to_numpy()]
    assert len(daily) == 43
    part = daily[::6]
    folder = tmp_path / "daily"
    folder.mkdir()
    for file in part.table.file:
        (folder / file.split("/")[-1]).write_bytes((part.folder / file).read_bytes())
    out = tmp_path / "out"
    assert main([str(folder), "--out", str(out), "--kind", "magnetogram", "--north-up"]) == 0
    table = pd.read_csv(out / "regions.csv")
    groups = hits = boxes = right = 0
    for file, regions in zip(part.table.file, part.regions, strict=True):
        shot = sun_picture(read_magnetogram(part.folder / file), SMALL, "magnetogram")
        found = table[table.file == file.split("/")[-1]]
        x1, y1, x2, y2 = shot.from_file(found[["x1", "y1", "x2", "y2"]].to_numpy()).T
        x, y = regions.x.to_numpy()[:, None], regions.y.to_numpy()[:, None]
        inside = (x >= x1) & (x <= x2) & (y >= y1) & (y <= y2)
        middle = near(pd.DataFrame({"x": (x1 + x2) / 2, "y": (y1 + y2) / 2}), SMALL)
        seen = near(regions, SMALL)
        groups, hits = groups + seen.sum(), hits + inside[seen].any(1).sum()
        boxes, right = boxes + middle.sum(), right + inside[:, middle].any(0).sum()
    assert groups > 20
    assert hits / groups > 0.56
    assert right / boxes > 0.52


def test_the_magnetogram_of_2022_and_noaas_table_meet_at_the_same_place(fetched, tmp_path):
    pictures, texts = fetched("magnetograms-sample"), fetched("srs-sample")
    assert main([str(pictures / "magnetograms"), "--out", str(tmp_path / "out")]) == 0
    table = pd.read_csv(tmp_path / "out" / "regions.csv")
    both = tmp_path / "both"
    for name in ("magnetograms", "srs"):
        (both / name).mkdir(parents=True)
    for source, name in (
        (next((pictures / "magnetograms").iterdir()), "magnetograms"),
        (texts / "mount_wilson_1996_2026.csv", "srs"),
    ):
        (both / name / source.name).write_bytes(source.read_bytes())
    region = load_suns(both).regions[0].query("number == 13068").iloc[0]
    away = np.hypot(table.latitude - region.latitude, table.longitude - region.longitude)
    assert away.min() < 8  # half a day's rotation
    assert (region.mount_wilson, region.area) == ("Beta-Gamma", 120)


def test_the_texts_of_noaa_tell_what_its_table_tells(fetched, tmp_path):
    texts = fetched("srs-sample")
    table = region_days(texts)
    for text in sorted(texts.glob("*/20*SRS.txt")):
        alone = tmp_path / text.stem
        alone.mkdir()
        (alone / text.name).write_bytes(text.read_bytes())
        said = region_days(alone)
        spots = said[said.section == "I"]
        assert len(spots), text
        same = table.merge(spots, on=["date", "number", "latitude", "mount_wilson"])
        assert set(same.number) == set(spots.number)
