"""The parts of it: groups, classes, scale, tiles, scores; each against a count by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.errors import DataFileError, UsageError
from geoviz_ml.own import groups_from, read_colours, regions_of
from geoviz_ml.own.colours import classes_of
from geoviz_ml.own.groups import deal
from geoviz_ml.own.judge import at_thresholds, by_brightness, counts, histogram, sureness
from geoviz_ml.own.network import MARGIN, WINDOW, cut, probabilities
from geoviz_ml.own.scale import ceiling, choose_factor, enlarge, shrink, shrink_classes
from geoviz_ml.scores import iou
from geoviz_ml.scores.thresholds import THRESHOLDS

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["n1/001", "n1/002", "n2/001"], ["n1", "n1", "n2"]),
        (["s_p1", "s_p2", "t_p1"], ["/s", "/s", "/t"]),
        (["a 2010-03-01 2", "a 2010-03-02 1"], ["20100301", "20100302"]),
        (["201003010930", "201003022015"], ["20100301", "20100302"]),
        (["west_01", "west_02", "east_01"], ["west", "west", "east"]),
        (["001", "002", "003", "004"], ["block 1", "block 2", "block 3", "block 4"]),
        (["20101399_1", "20101399_2"], ["block 1", "block 2"]),  # there is no such month
    ],
)
def test_groups_are_read_from_names(names, groups):
    found, how = groups_from(names)
    assert found.tolist() == groups
    assert how.startswith(("by ", "in "))


def test_neighbours_stay_in_one_block():
    found, _ = groups_from([f"{i:03}" for i in range(20)])
    assert found.tolist() == [f"block {1 + i // 4}" for i in range(20)]


def test_blocks_are_taken_whatever_the_names_tell():
    found, how = groups_from([f"2010-03-{day:02}" for day in range(1, 9)], blocks=2)
    assert found.tolist() == ["block 1"] * 4 + ["block 2"] * 4
    assert how == "in 2 blocks of neighbours"
    with pytest.raises(UsageError, match="3 pictures cannot be parted into 4 blocks"):
        groups_from(["a", "b", "c"], blocks=4)


def test_groups_are_dealt_whole_and_evenly():
    groups, sizes = np.repeat(list("abcdef"), 3), np.repeat([9, 1, 8, 2, 7, 3], 3)
    folds = deal(groups, sizes, 3)
    assert all(len(set(folds[groups == name])) == 1 for name in "abcdef")
    assert [sizes[folds == k].sum() for k in range(3)] == [30, 30, 30]


def test_pictures_without_anything_are_dealt_to_all_folds():
    folds = deal([f"{i}" for i in range(12)], [8, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0], 3)
    assert np.bincount(folds).tolist() == [4, 4, 4]
    assert np.bincount(folds[6:]).tolist() == [2, 2, 2]


def colours(values):
    return np.array(values) * 0x010101


@pytest.mark.parametrize(
    ("masks", "names", "ground"),
    [
        ([[0, 1]], ["1"], 0),
        ([[0, 255]], ["255"], 0),
        ([[1, 2]], ["2"], 1),  # of two the brighter one marks
        ([[0, 1], [0, 255]], ["255"], 0),  # two programs
        ([[7, 7, 7, 3, 9]], ["3", "9"], 7),  # no black: the most frequent is the ground
        ([[0, 1], [0, 2]], ["1", "2"], 0),
    ],
)
def test_classes_are_those_that_were_drawn(masks, names, ground):
    found = classes_of(colours(mask) for mask in masks)
    assert (found.names, found.background) == (names, ground * 0x010101)


def test_one_and_255_are_the_same_class_where_two_programs_were_used():
    found = classes_of(colours(mask) for mask in ([0, 1], [0, 255]))
    assert found.numbers(colours([[0, 1, 255]])).tolist() == [[0, 1, 1]]


@pytest.mark.parametrize("values", [[0, 3, 9], [0, 1, 40_000]])
def test_masks_are_written_in_the_colours_in_which_they_came(tmp_path, values):
    drawn = np.array([values], np.uint16 if max(values) > 255 else np.uint8)
    Image.fromarray(drawn).save(tmp_path / "a.png")
    read = read_colours(tmp_path / "a.png")
    found = classes_of([read])
    found.drawn(found.numbers(read)).save(tmp_path / "b.png")
    assert np.asarray(Image.open(tmp_path / "b.png")).tolist() == [values]


def test_soft_edges_of_a_layer_are_refused(tmp_path):
    paint = np.zeros((2, 3, 4), np.uint8)
    paint[0, :, 3] = 0, 120, 255
    Image.fromarray(paint).save(tmp_path / "a.png")
    with pytest.raises(DataFileError, match="soft edges"):
        read_colours(tmp_path / "a.png")


def test_shrinking_is_a_mean_over_blocks_and_a_constant_comes_back():
    values = RNG.random((10, 13, 2), np.float32)
    small = shrink(values, 4)
    assert small.shape == (3, 4, 2)
    np.testing.assert_allclose(small[1, 2], values[4:8, 8:12].mean((0, 1)), rtol=1e-6)
    flat = np.full((10, 13, 1), 0.3, np.float32)
    np.testing.assert_allclose(enlarge(shrink(flat, 4), 4, (10, 13)), flat, rtol=1e-6)


@pytest.mark.parametrize("wide", [1, 2, 3, 5, 8])
def test_a_line_is_never_shrunk_away(wide):
    line = np.zeros((256, 256), np.uint8)
    line[101 : 101 + wide] = 1
    factor, cover, left = choose_factor([line])
    small = shrink_classes(line, factor, cover).repeat(factor, 0).repeat(factor, 1)
    assert iou(small > 0, line > 0) == pytest.approx(left)
    assert left >= 0.9


def test_the_ceiling_is_the_overlap_with_what_was_shrunk_and_enlarged():
    disc = (np.hypot(*np.mgrid[-20:20, -20:20]) < 15).astype(np.uint8)
    again = (disc.reshape(10, 4, 10, 4).mean((1, 3)) >= 0.5).repeat(4, 0).repeat(4, 1)
    assert ceiling([disc], 4, 0.5) == pytest.approx(iou(again, disc > 0))


def test_tiles_cover_every_pixel_and_keep_what_is_marked():
    picture = np.arange(50 * 70, dtype=np.float32).reshape(50, 70, 1) / 3500
    classes = np.zeros((50, 70), np.uint8)
    classes[49, 69] = 1
    tiles, answers = cut([picture], [classes], (32, 32))
    assert set(np.round(tiles * 3500).astype(int).ravel()) == set(range(3500))
    assert answers.any()
    few, kept = cut([picture], [classes], (32, 32), most=2)
    assert len(few) == 2
    assert kept.any()


def test_a_picture_smaller_than_a_tile_is_continued_by_its_edge():
    tiles, _ = cut([np.ones((20, 24, 1), np.float32)], [np.zeros((20, 24), np.uint8)], (32, 32))
    assert tiles.shape == (1, 1, 32, 32)
    assert tiles.min() == 1


class Blur:
    """A network that sees eight pixels around each, and gives two classes."""

    def __new__(cls):
        import torch

        net = torch.nn.Conv2d(1, 2, 17, padding=8, padding_mode="replicate")
        torch.nn.init.normal_(net.weight, generator=torch.Generator().manual_seed(0))
        return net


def test_a_large_picture_is_marked_as_if_it_were_seen_at_once():
    from geoviz_ml.models.prediction import network_outputs

    assert MARGIN > 8
    picture, net = RNG.random((64, WINDOW + 300, 1), np.float32), Blur()
    whole = network_outputs(net, picture.transpose(2, 0, 1)[None], 1, lambda x: x.softmax(1))[0]
    np.testing.assert_allclose(
        probabilities([net], picture)[:, :-16], whole.transpose(1, 2, 0)[:, :-16], atol=1e-5
    )


def test_counts_are_those_of_iou():
    found, truth = RNG.integers(0, 3, (2, 9, 9)).astype(np.uint8)
    counted = counts(found, truth, 3)
    for number in (1, 2):
        both, either = counted[number - 1]
        assert both / either == iou(found == number, truth == number)


def test_at_every_threshold_the_iou_of_one_class_is_that_of_its_mask():
    chance, truth = RNG.random((12, 12)), RNG.random((12, 12)) > 0.5
    both = np.stack([1 - chance, chance], -1)
    found = at_thresholds(both, truth.astype(np.uint8))[:, 0]
    expected = [iou((1 - both[..., 0] >= t), truth) for t in THRESHOLDS]
    np.testing.assert_allclose(found[:, 0] / found[:, 1], expected)


def test_brightness_alone_is_chosen_on_the_other_folds():
    bright = np.zeros((2, 8, 8, 1))
    truth = np.zeros((2, 8, 8), np.uint8)
    bright[:, :4], truth[:, :4] = 0.9, 1
    truth[1] = 1 - truth[1]  # in the other fold the dark is sought
    levels = np.stack([histogram(b, t, 2) for b, t in zip(bright, truth, strict=True)])
    scored = by_brightness(levels, np.array([0, 1]))
    assert scored[:, 0, 0].tolist() == [0, 0]  # what is learned on one is wrong on the other
    both = by_brightness(np.stack([levels[0]] * 2), np.array([0, 1]))
    assert both[:, 0].tolist() == [[32, 32], [32, 32]]


def test_sureness_is_the_expected_overlap():
    chance = RNG.random((40, 40))
    found = (chance >= 0.5).astype(np.uint8)
    told = sureness(np.stack([1 - chance, chance], -1), found, 0.0)
    drawn = RNG.random((500, 40, 40)) < chance  # truths as likely as the probabilities say
    true = [iou(found > 0, one) for one in drawn]
    assert told == pytest.approx(np.mean(true), abs=0.01)
    assert sureness(np.dstack([np.ones((4, 4)), np.zeros((4, 4))]), np.zeros((4, 4)), 1.0) == 1


def test_one_picture_has_no_groups():
    with pytest.raises(UsageError, match="1 picture cannot be parted"):
        groups_from(["a"])


def test_names_of_files_are_grouped_as_the_same_names_without_suffix():
    names = [f"{series}_{i:02}" for series in ("north", "south") for i in range(3)]
    expected, how = groups_from(names)
    assert expected.tolist() == ["north"] * 3 + ["south"] * 3
    for files in ([f"{name}.png" for name in names], [Path(f"{name}.tiff") for name in names]):
        found, same = groups_from(files)
        assert (found.tolist(), same) == (expected.tolist(), how)
    assert len(set(groups_from([f"{i:03}.png" for i in range(20)])[0])) == 5


def test_probabilities_of_a_region_are_those_of_its_pixels():
    found = np.zeros((3, 3), np.uint8)
    found[:2, :2] = 1
    sure = np.random.default_rng(0).random((3, 3, 3))
    table = regions_of(found, sure, ["a", "b"])
    assert table.confidence[0] == pytest.approx(sure[:2, :2, 1].mean())
    with pytest.raises(UsageError, match="do not fit probabilities"):
        regions_of(found, np.moveaxis(sure, 2, 0)[:2], ["a", "b"])
    with pytest.raises(UsageError, match="do not fit probabilities"):
        regions_of(found, sure, ["a"])
