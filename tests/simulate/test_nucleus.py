"""Simulated half-orbits: true files, true masks, the paper's counts."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.constants import atomic_mass, e, m_e
from scipy.ndimage import label
from scipy.stats import chisquare

from geoviz_ml.datasets import true_mask
from geoviz_ml.errors import UsageError
from geoviz_ml.papers.seasons import season
from geoviz_ml.prepare import box_mask, half_orbit_picture
from geoviz_ml.readers import read_cses, read_voc
from geoviz_ml.simulate import nucleus, vlf
from geoviz_ml.simulate.nucleus import Physics, half_orbit, make, plan

PAPER = {  # section 5.2: north, south
    "spring": (80, 62),
    "summer": (71, 53),
    "autumn": (79, 50),
    "winter": (36, 22),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make(tmp_path_factory.mktemp("nucleus"), 8, seed=3, coarse=8, share=1.0, p_gap=1.0)


def test_same_seed_same_bytes(folder, tmp_path):
    again = make(tmp_path, 8, seed=3, coarse=8, share=1.0, p_gap=1.0)
    files = sorted(f.relative_to(folder) for f in folder.rglob("*") if f.is_file())
    assert len(files) == 3 * 8 + 2
    for file in files:
        assert (folder / file).read_bytes() == (again / file).read_bytes(), file


def test_files_are_read_as_half_orbits_of_the_satellite(folder):
    for path in (folder / "spectra").iterdir():
        data = read_cses(path)
        assert data.attrs["direction"] == ("ascending" if path.stem[26] == "1" else "descending")
        assert 20000 < data.attrs["orbit"] < 27000
        assert data.frequency.values[[0, -1]] == pytest.approx([85, 24915], abs=30)
        assert np.abs(data.latitude).max() <= 65
        assert {1, 2} >= set(data.workmode.values)


def test_full_resolution_has_the_steps_of_the_instrument():
    grid = vlf.grid(41700)
    assert grid.shape == (1017, 1024)
    assert np.diff(grid.kHz).mean() == pytest.approx(25 / 1024, rel=1e-4)


def test_masks_and_boxes_fit_the_pictures_and_each_other(folder):
    found = 0
    for path in (folder / "spectra").iterdir():
        picture = half_orbit_picture(read_cses(path))
        mask = true_mask(folder / "truth" / f"{path.stem}.png", picture.shape)
        boxes = read_voc(folder / "boxes" / f"{path.stem}.xml")
        assert (boxes.attrs["height"], boxes.attrs["width"]) == picture.shape
        filled = box_mask(boxes, picture.shape)
        assert not (mask & ~filled).any()
        assert label(mask, np.ones((3, 3)))[1] == len(boxes)
        assert not mask[:, ~picture.seen.values].any()
        found += len(boxes)
    assert found >= 6


def test_truth_lies_where_the_table_says(folder):
    table = pd.read_csv(folder / "truth.csv", parse_dates=["time"])
    assert table.mag_latitude.abs().between(58, 80).all()
    assert table.kHz.between(0, 12.5).all()
    for row in table[table.pixels > 12].itertuples():
        picture = half_orbit_picture(read_cses(folder / "spectra" / f"{row.file}.h5"))
        mask = picture.copy(data=true_mask(folder / "truth" / f"{row.file}.png", picture.shape))
        near = mask.sel(frequency=row.kHz * 1000, time=row.time, method="nearest")
        assert bool(near)
        assert float(near.mag_latitude) == pytest.approx(row.mag_latitude, abs=1.0)


def test_nuclei_are_bright_and_fade_outward():
    p = Physics(p_gap=0, p_fill=0, second=0)
    number, side = next(each for each in plan(8, 0, Physics(share=1.0)))
    with_, without = (half_orbit(number, s, np.random.default_rng(5), p, 4) for s in (side, 0))
    row = with_.nuclei.iloc[0]
    gain = np.log10(with_.power["z"] / np.median(without.power["z"], axis=0))
    inside, rim = with_.mask, ~with_.mask
    g = with_.grid
    at = g.seconds[np.argmin(np.abs(g.track["time"] - np.datetime64(row.time)))]
    away = np.hypot((g.seconds - at)[:, None] / 45, (g.kHz - row.kHz) / 0.55)
    assert gain[inside & (away < 0.5)].mean() > gain[inside & (away > 0.7)].mean() > 0
    assert with_.power["z"][inside].mean() > 2 * with_.power["z"][rim & (away < 4)].mean()
    assert without.mask.sum() == 0


def test_z_shows_nuclei_best():
    this = half_orbit(*plan(8, 0, Physics(share=1.0))[0], np.random.default_rng(5), None, 4)
    around = this.mask.any(axis=1)[:, None] & ~this.mask

    def contrast(name):
        bins = this.mask.any(axis=0)
        power = this.power[name][:, bins]
        return power[this.mask[:, bins]].mean() / power[around[:, bins]].mean()

    assert contrast("z") > max(contrast("x"), contrast("y"))


def test_seasons_and_hemispheres_follow_the_papers_counts():
    p = Physics(share=1.0)
    first = (nucleus.YEAR[0] - nucleus.LAUNCH) / np.timedelta64(1, "s")
    counts = Counter()
    for number, side in plan(400, 1, p):
        at = nucleus.LAUNCH + np.timedelta64(int(number * nucleus.PERIOD * 500), "ms")
        assert number * nucleus.PERIOD / 2 >= first
        assert nucleus.YEAR[0] <= at < nucleus.YEAR[1]
        counts[season(at.item().month), side] += 1
    found = [counts[name, side] for name in PAPER for side in (1, -1)]
    expected = np.array([n for pair in PAPER.values() for n in pair]) * 400 / 453
    assert chisquare(found, expected).pvalue > 0.001


def test_background_falls_with_frequency_as_asked():
    grid = vlf.grid(41700, 4)
    p = Physics()
    spectra = [vlf.background(grid, np.random.default_rng(i), p.level, p.slope) for i in range(20)]
    some = (grid.kHz > 1) & (grid.kHz < 8)
    median = np.median(spectra, axis=(0, 1))[some]
    slope = np.polyfit(np.log10(grid.kHz[some] + 0.2), np.log10(median), 1)[0]
    assert slope == pytest.approx(-p.slope, abs=0.1)


def test_transmitter_is_loudest_above_its_station():
    for number in range(41701, 41851, 2):
        grid = vlf.grid(number, 4)
        away = np.hypot(grid.track["latitude"] + 21.8, grid.track["longitude"] - 114.2)
        if away.min() < 3:
            break
    lines = sum(vlf.transmitters(grid, np.random.default_rng(i), False) for i in range(5))
    column = np.argmin(np.abs(grid.kHz - 19.8))
    assert np.abs(lines[:, column].argmax() - away.argmin()) <= 20
    assert lines[:, column].max() > 100 * lines[:, column - 20].max()


def test_coarse_averages_keep_the_power_of_thin_lines():
    fine, coarse = (
        vlf.instrument(vlf.grid(41700, c), np.random.default_rng(0), 2).mean() for c in (1, 8)
    )
    assert fine == pytest.approx(coarse, rel=0.3)


def test_folder_of_another_simulation_is_not_touched(folder):
    with pytest.raises(UsageError, match="another simulation"):
        make(folder, 8, seed=4, coarse=8)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 2, "coarse": 3}, {"n": 2, "colour": 1}])
def test_what_cannot_be_is_an_error(tmp_path, wrong):
    with pytest.raises(UsageError):
        make(tmp_path, **wrong)


def test_field_and_lower_hybrid_frequency_along_the_orbits_are_what_the_pages_say():
    """Of O+ in a dense plasma; the simulated band goes the other way."""
    grids = [vlf.grid(number, 16) for number in range(41500, 41652)]
    mag = np.concatenate([g.mag for g in grids])
    field = np.concatenate([g.track["field"] for g in grids]) * 1e-9
    belts = field[(mag > 58) & (mag < 80)] * 1e6
    np.testing.assert_allclose(np.percentile(belts, [5, 50, 95]), [42.3, 46.1, 51.2], atol=0.4)
    hybrid = e * field / (2 * np.pi) / np.sqrt(m_e * 16 * atomic_mass) / 1000
    edge = [
        g.kHz[(vlf.lower_hybrid(g, np.random.default_rng(i)) > 0).argmax(axis=1)] - g.bin / 2
        for i, g in enumerate(grids)
    ]
    edge = np.concatenate(edge)
    for low, oxygen, drawn in ((30, 5.3, 6.8), (50, 7.1, 5.4)):
        there = (mag > low) & (mag < low + 10)
        assert hybrid[there].mean() == pytest.approx(oxygen, abs=0.15)
        assert edge[there].mean() == pytest.approx(drawn, abs=0.25)
