"""A simulated OATH folder: the archive's layout, shares and sequences."""

import filecmp

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare import block_folds, nearest_label, oath_splits
from geoviz_ml.readers import read_oath, read_oath_table
from geoviz_ml.simulate import aurora, aurora_plan
from geoviz_ml.simulate.night_sky import Night

N = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return aurora.make(tmp_path_factory.mktemp("oath"), N, seed=3, in_a_row=4)


def test_reader_takes_the_folder(folder):
    data = read_oath(folder)
    assert data.image.shape == (N, 256, 256)
    assert data.attrs["missing"] == []
    truth = pd.read_csv(folder / "truth.csv")
    assert list(truth.name) == list(data.name.values)
    assert list(truth.picture) == list(range(1, N + 1))
    assert all(row.kind in aurora.KINDS[row.name] for row in truth.itertuples(index=False))


def test_table_is_laid_out_as_published(folder):
    lines = (folder / "classifications" / "classifications.csv").read_text().splitlines()
    assert lines[18] == "class2,class6,picNum,picType,rotAng"
    assert len(lines) == 19 + N


def test_split_table_is_the_official_recipe(folder):
    rows = np.loadtxt(folder / "classifications" / "train_test_split.csv", delimiter=",")
    assert rows.shape == (5, N)
    for row, (train, test) in zip(rows, oath_splits(N), strict=True):
        np.testing.assert_array_equal(row, np.concatenate([train, test]))


@pytest.mark.data
def test_split_table_of_all_5824_is_the_published_one(real_data, tmp_path):
    from geoviz_ml.simulate.writers_oath import write_oath

    write_oath(tmp_path, (np.zeros((2, 2), np.uint8) for _ in range(5824)), np.zeros(5824, int))
    ours, theirs = (
        np.loadtxt(path, delimiter=",")
        for path in (
            tmp_path / "classifications" / "train_test_split.csv",
            real_data / "oath" / "train_test_split.csv",
        )
    )
    np.testing.assert_array_equal(ours, theirs)


def test_only_green_is_filled_and_only_in_the_circle(folder):
    y, x = np.indices((256, 256)) - 127.5
    outside = np.hypot(y, x) > 0.85 * 128
    for path in sorted((folder / "images" / "cropped_scaled").iterdir())[::7]:
        with Image.open(path) as picture:
            red, green, blue = (np.asarray(c) for c in picture.split())
        assert not red.any()
        assert not blue.any()
        assert not green[outside].any()
        assert (green[~outside] == 255).mean() == pytest.approx(0.01, abs=0.005)
        assert 0.43 < (green == 0).mean() < 0.46


def test_shares_are_those_of_the_label_table():
    assert aurora_plan.class_counts(5824) == aurora.COUNTS
    for n in (1, 7, 600, 1000):
        counts = aurora_plan.class_counts(n)
        assert sum(counts.values()) == n
        for name, count in counts.items():
            assert abs(count - n * aurora.COUNTS[name] / 5824) < 1


@pytest.mark.data
def test_constants_are_those_of_the_real_label_table(real_data):
    table = read_oath_table(real_data / "oath")
    assert table.name.value_counts().to_dict() == aurora.COUNTS
    code = table.class6.to_numpy()
    first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    length = np.diff(np.r_[first, len(code)])
    for k, mean in enumerate(aurora_plan.IN_A_ROW.values()):
        assert length[code[first] == k].mean() == pytest.approx(mean, abs=0.06)
    follows = np.zeros((6, 6), int)
    np.add.at(follows, (code[first][:-1], code[first][1:]), 1)
    np.testing.assert_array_equal(follows, aurora_plan.FOLLOWS)


def test_sequences_are_whole_and_in_order_of_time():
    table = aurora.timetable(1000, seed=1)
    assert (table.class6.value_counts().sort_index() == list(
        aurora_plan.class_counts(1000).values())).all()  # fmt: skip
    for column in ("sequence", "night"):
        assert table[column].diff().dropna().isin([0, 1]).all()
    assert (table.groupby("sequence")[["class6", "kind", "night"]].nunique() == 1).all(axis=None)
    assert (table.groupby("night").seconds.apply(lambda s: s.diff().dropna() > 0)).all()
    assert table.groupby("night").sequence.nunique().max() == 4


def test_shuffles_leak_as_those_of_the_real_table_do():
    """Real labels: 94.6 % on the official shuffles, 57 and 37 % in blocks of 50 and 200."""
    labels = aurora.timetable(5824, seed=0).class6.to_numpy()

    def score(splits):
        return np.mean([(nearest_label(labels, a, b) == labels[b]).mean() for a, b in splits])

    assert score(oath_splits(5824)) == pytest.approx(0.946, abs=0.02)
    assert score(block_folds(5824, 5, 50)) == pytest.approx(0.57, abs=0.08)
    assert score(block_folds(5824, 5, 200)) == pytest.approx(0.37, abs=0.08)


def test_neighbours_are_alike_and_strangers_are_not(folder):
    truth = pd.read_csv(folder / "truth.csv")
    images = read_oath(folder).image.values.reshape(N, -1).astype(float)
    y, x = np.indices((256, 256)) - 127.5
    like = np.corrcoef(images[:, (np.hypot(y, x) < 100).ravel()])
    same = truth.sequence.to_numpy()[1:] == truth.sequence.to_numpy()[:-1]
    neighbours = np.diagonal(like, 1)[same]
    strangers = like[truth.night.to_numpy()[:, None] != truth.night.to_numpy()]
    assert np.median(neighbours) > 0.8
    assert np.median(strangers) < 0.5


@pytest.mark.parametrize(
    ("name", "kind"), [(n, k) for n, kinds in aurora.KINDS.items() for k in kinds]
)
def test_every_kind_is_finite_and_moves(name, kind):
    rng = np.random.default_rng(0)
    scene = aurora.Scene(name, kind, Night.draw(rng), rng)
    one, other = scene.radiance(-600.0), scene.radiance(600.0)
    assert np.isfinite(one).all()
    assert one.min() >= 0
    assert not np.array_equal(one, other)


def test_a_weaker_form_keeps_a_display_company():
    night = Night.draw(np.random.default_rng(0))
    for company, number in ((0.0, 1), (1.0, 2)):
        physics = aurora.Physics(company=company)
        scene = aurora.Scene("arc", "single", night, np.random.default_rng(1), physics)
        assert len(scene.forms) == number
        assert scene.forms[0][0] == 1.0
    share, other = scene.forms[1]
    alone = [draw(0.0, *scene.where) for _, draw in scene.forms]
    together = scene.aurora(0.0)
    assert together[1] == pytest.approx(alone[0][1] + share * other(0.0, *scene.where)[1])
    assert len(together[0]) == len(alone[0][0]) + len(alone[1][0])


def test_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        aurora.make(tmp_path / name, 8, seed=seed, in_a_row=3)
    files = [str(p.relative_to(tmp_path / "a")) for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert len(files) == 8 + 4
    _, different, missing = filecmp.cmpfiles(tmp_path / "a", tmp_path / "b", files, shallow=False)
    assert not different
    assert not missing
    _, different, _ = filecmp.cmpfiles(tmp_path / "a", tmp_path / "c", files, shallow=False)
    assert len([f for f in different if f.endswith(".png")]) == 8


def test_a_folder_is_kept_or_refused(tmp_path):
    aurora.make(tmp_path, 2, seed=5)
    picture = tmp_path / "images" / "cropped_scaled" / "00001.png"
    picture.write_bytes(b"mine")
    aurora.make(tmp_path, 2, seed=5)
    assert picture.read_bytes() == b"mine"
    with pytest.raises(UsageError, match="another simulation"):
        aurora.make(tmp_path, 2, seed=6)


def test_bad_requests_are_named(tmp_path):
    with pytest.raises(UsageError, match="colour"):
        aurora.make(tmp_path, 1, colour=3)
    with pytest.raises(UsageError, match="0 pictures"):
        aurora.make(tmp_path, 0)
