"""A survey of minutes: what decides the result names its parts, and no slice replaces another."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch

from geoviz_ml.analysis import join_keograms, survey_minutes
from geoviz_ml.analysis import sky_survey as sky_survey
from geoviz_ml.errors import UsageError
from geoviz_ml.models import PatchNet
from geoviz_ml.simulate import arcs

CRF = {"bilateral_sxy": 10, "bilateral_compat": 10, "compat": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two minutes of three frames."""
    return arcs.make(tmp_path_factory.mktemp("arcs"), 2, seed=3, frames=3, minutes=1)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return PatchNet(width=2)


def slices(out):
    """Content of each slice, by the folder and name of its file."""
    return {p.relative_to(out): p.read_bytes() for p in out.glob("keograms*/*.nc")}


@pytest.mark.parametrize("there", [False, True])
def test_the_crfs_backend_is_part_of_the_recipe(folder, network, tmp_path, monkeypatch, there):
    monkeypatch.setattr("geoviz_ml.infer.crf.has_pydensecrf", lambda: there)
    made = survey_minutes(network, folder, [], tmp_path, crf=CRF)
    _, recipe, _ = json.loads((made.parts / "recipe.json").read_text())
    assert recipe["crf"] == {**CRF, "backend": "pydensecrf" if there else "torch"}
    asked = survey_minutes(network, folder, [], tmp_path, crf=CRF | {"backend": "torch"})
    assert (asked.parts == made.parts) == (not there)


def test_a_backend_that_is_not_there_is_refused_before_the_work(folder, network, tmp_path):
    with pytest.raises(UsageError, match="no backend 'jax'"):
        survey_minutes(network, folder, None, tmp_path, crf={"backend": "jax"})
    assert not any(tmp_path.iterdir())


def test_slices_of_other_coordinates_and_frames_lie_beside_the_first(folder, network, tmp_path):
    survey_minutes(network, folder, None, tmp_path, every=3)
    first = slices(tmp_path)
    for other in ({"coordinates": "geographic", "every": 3}, {"every": 1}):
        assert survey_minutes(network, folder, None, tmp_path, **other).done == 2
    assert first.items() < slices(tmp_path).items()
    assert len(slices(tmp_path)) == 3 * len(first) == 6
    south = {
        kind: float(join_keograms(tmp_path / f"keograms-{kind}-3").latitude.min())
        for kind in ("magnetic", "geographic")
    }
    assert south["magnetic"] != pytest.approx(south["geographic"], abs=1)


def test_every_file_has_a_slice_whatever_its_name(folder, network, tmp_path):
    """Two folders may hold a file of one name, and names may differ behind their first dot."""
    data = tmp_path / "data"
    shutil.copytree(folder / "skymaps", data / "skymaps")
    files = ["a/x.1.pgm.gz", "a/x.2.pgm.gz", "b/x.1.pgm.gz"]
    one, other = sorted((folder / "stream0").rglob("*.pgm.gz"))
    for name, file in zip(files, (one, other, other), strict=True):
        (data / name).parent.mkdir(exist_ok=True, parents=True)
        shutil.copy(file, data / name)
    made = survey_minutes(network, data, files, tmp_path / "out", every=3)
    assert made.done == len(slices(tmp_path / "out")) == 3
    assert len(list((tmp_path / "out" / "keograms-magnetic-3").glob("x.1*.nc"))) == 2


def test_the_number_of_a_frame_is_that_in_its_file(folder, network, tmp_path):
    table = pd.read_csv(survey_minutes(network, folder, None, tmp_path, every=2).table)
    assert table.frame.tolist() == [0, 2, 0, 2]


class Middle(torch.nn.Module):
    """Scores a patch by its middle: 0 where that is grey 128, 1 a grey level."""

    def __init__(self):
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(255.0))

    def forward(self, x):
        return self.slope * x[:, :, 16, 16] - 128


def test_a_mask_is_where_the_shifted_score_is_0_or_more_or_the_crf_says_a_half(monkeypatch):
    """A CRF that changes nothing: its answer is the probability, expit(score + shift)."""
    monkeypatch.setattr(sky_survey, "refine_crf", lambda picture, prob: prob)
    picture = np.random.default_rng(0).integers(118, 138, (64, 64)).astype(np.uint8)
    high = np.hypot(*(np.indices((64, 64)) - 31.5)) <= 0.82 * 32
    for crf, shift in ((None, 0.0), (None, 3.0), ({}, 0.0), ({}, -2.0)):
        recipe = {"step": 1, "shift": shift, "crf": crf}
        mask = sky_survey.MinuteWork(Middle(), None, None, recipe).mask(picture)
        assert np.array_equal(mask, high & (picture + 1e-3 * (crf is None) >= 128 - shift))
