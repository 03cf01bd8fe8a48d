"""Clusters of a folder without labels, and the checks that speak for or against them."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import MissingDataError, UsageError
from geoviz_ml.own import cluster_folder
from geoviz_ml.own.__main__ import main


@pytest.fixture
def stripes(desk):
    """Upright and lying stripes of the same brightness, in turn."""
    for i in range(24):
        wave = np.sin(np.arange(32) * 1.5 + desk.rng.uniform(0, 6)) * 100 + 128
        picture = np.tile(wave, (32, 1)) if i % 2 else np.tile(wave, (32, 1)).T
        desk.save(f"{i:03}.png", (picture + desk.rng.normal(0, 3, (32, 32))).astype(np.uint8))
    return desk.folder


def test_every_picture_gets_a_cluster_and_the_checks_stand_beside(stripes):
    said = []
    found = cluster_folder(stripes, side=32, epochs=2, k=2, say=said.append)
    table = pd.read_csv(found.out / "clusters.csv")
    assert len(table) == 24
    assert (found.out / "clusters.png").stat().st_size > 0
    assert found.checks.index.tolist() == ["SimCLR", "texture", "brightness"]
    assert found.checks.loc["brightness", "brightness"] > 0.5
    assert found.checks.loc["texture", "brightness"] < 0.2  # kinds of one brightness
    assert "by chance" in "\n".join(said)
    again = cluster_folder(stripes, side=32, epochs=2, k=2)
    assert again.clusters.tolist() == found.clusters.tolist()


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_one_mean_brightness_of_all_pictures_is_said_and_stops_nothing(desk):
    pixels = desk.rng.integers(0, 256, 32 * 32).astype(np.uint8)
    for i in range(16):
        desk.save(f"{i:02}.png", desk.rng.permutation(pixels).reshape(32, 32))
    said = []
    found = cluster_folder(desk.folder, side=32, epochs=1, k=2, say=said.append)
    assert np.isnan(found.checks.loc["brightness", "silhouette"])
    assert "The mean brightness of all pictures is the same." in said


def test_pictures_that_are_all_the_same_are_refused(desk):
    for i in range(16):
        desk.save(f"{i:02}.png", np.full((32, 32), 80, np.uint8))
    with pytest.raises(UsageError, match="all pictures are the same"):
        cluster_folder(desk.folder, side=32)


def test_few_pictures_are_told(desk):
    for i in range(5):
        desk.pair(f"a{i}", f"a{i}.png")
    with pytest.raises(MissingDataError, match="5 pictures; clusters need 16"):
        cluster_folder(desk.folder)


@pytest.mark.parametrize("options", [{"k": 1}, {"k": 24}, {"side": 8}, {"epochs": 0}])
def test_options_without_sense_are_refused(stripes, options):
    with pytest.raises(UsageError):
        cluster_folder(stripes, **options)


def test_the_command_clusters(stripes, tmp_path, capsys):
    out = tmp_path / "out"
    assert main([str(stripes), "--clusters", "--k", "2", "--epochs", "1", "--out", str(out)]) == 0
    assert "24 pictures in 2 clusters" in capsys.readouterr().out
