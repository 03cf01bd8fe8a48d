"""Folders as people keep them go from pictures and some masks to masks of all, without an edit."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoviz_ml.own import find_items, make_plan
from geoviz_ml.simulate.writers_sun import write_voc

GOOD = 0.6  # IoU of a bright rectangle, found after forty steps; marking everything has 0.2


def everything(desk, names):
    """What marking every pixel scores."""
    return np.mean([(desk.truth[name] > 0).mean() for name in names])


def test_1_some_masks_beside_their_pictures(desk, marked, score):
    for i in range(8):
        desk.pair(f"sky{i}", f"sky{i}.png", f"sky{i}_mask.png" if i % 2 else None)
    found, said = marked()
    new = [f"sky{i}" for i in (0, 2, 4, 6)]
    assert "8 pictures, 4 with masks" in said
    assert found.check_first["item"].tolist() != []
    assert set(found.check_first["item"]) == set(new)
    assert found.check_first.sureness.is_monotonic_increasing
    assert score(found, new) > max(GOOD, everything(desk, new))
    drawn = ["sky1", "sky3", "sky5", "sky7"]  # marked by networks that had not seen them
    assert score(found, drawn) == pytest.approx(found.verdict.of("255"))
    assert found.verdict.of("255", "everything") == pytest.approx(everything(desk, drawn))


def test_2_folders_of_pictures_and_masks_by_night(desk, marked, score):
    for night in ("2010-03-01", "2010-03-02", "2010-03-03"):
        for i in range(3):
            key = f"{night}_{i}"
            mask = f"masks/{key}_Mask.bmp" if i else None  # values 1 and 2
            desk.pair(key, f"pictures/{key}.png", mask, values=(1, 2))
    found, said = marked()
    assert "by the date in their names: 3 groups" in said
    groups = dict(zip(found.plan.groups, found.plan.folds, strict=True))
    assert sorted(groups.values()) == [0, 1, 2]  # no night is on both sides
    assert set(found.verdict.table.groups) == {3}
    new = [f"{night}_0" for night in ("2010-03-01", "2010-03-02", "2010-03-03")]
    assert score(found, new, value=2) > GOOD


def test_3_colours_and_classes(desk, marked, score):
    red, blue, colours = (200, 60, 60), (60, 60, 200), {1: (255, 0, 0), 2: (0, 0, 255)}
    for i in range(8):
        _, one = desk.scene((32, 32), 0.2)
        _, two = desk.scene((32, 32), 0.2)
        classes = np.where(two, 2, np.where(one, 1, 0)).astype(np.uint8)
        picture = np.full((32, 32, 3), 60) + desk.rng.integers(0, 30, (32, 32, 3))
        for number, colour in {1: red, 2: blue}.items():
            picture[classes == number] = colour
        desk.save(f"day{i}.png", picture.astype(np.uint8))
        if i < 6:
            mask = Image.fromarray(classes, "P")
            mask.putpalette([0, 0, 0, *colours[1], *colours[2]])
            (desk.folder / "labels").mkdir(exist_ok=True)
            mask.save(desk.folder / "labels" / f"day{i}.png")
        desk.truth[f"day{i}"] = classes
    found, said = marked(steps=60)
    assert "2 classes: #0000ff, #ff0000" in said
    assert "in colour" in said
    saved = Image.open(found.out / "masks" / "day7.png").convert("RGB")
    shown = {tuple(colour) for colour in np.asarray(saved).reshape(-1, 3).tolist()}
    assert shown <= {(0, 0, 0), *colours.values()}
    for name in ("#0000ff", "#ff0000"):
        assert found.verdict.of(name) > found.verdict.of(name, "everything")
    assert score(found, ["day6", "day7"], value=1, number=2) > 0.3  # in the order of said colours


def test_4_the_cameras_orientation_is_obeyed(desk, marked, score):
    for i in range(7):
        bright, truth = desk.scene((32, 48))
        lying = np.rot90(bright)  # as the sensor holds it; 6: turn it clockwise
        exif = Image.Exif()
        exif[0x0112] = 6
        grey = (255 * lying).astype(np.uint8)
        desk.save(f"c{i}.jpg", grey, quality=95, exif=exif)
        if i < 5:
            desk.save(f"c{i}-mask.png", truth.astype(np.uint8) * 255)
        desk.truth[f"c{i}"] = truth.astype(np.uint8)
    found, said = marked()
    assert "32 x 48 pixels" in said
    assert score(found, ["c5", "c6"]) > GOOD


def test_5_masks_painted_on_a_transparent_layer(desk, marked, score):
    for i in range(7):
        bright, truth = desk.scene((32, 32))
        opacity = np.full((32, 32), 255, np.uint8)
        opacity[:4, :4] = 0  # a corner cut off
        grey = (255 * bright).astype(np.uint8)
        desk.save(f"a{i}.png", np.dstack([grey, opacity]), "LA")
        paint = np.zeros((32, 32, 4), np.uint8)  # black paint
        paint[truth, 3] = 255
        if i < 5:
            desk.save(f"masks/a{i}.png", paint)
        desk.truth[f"a{i}"] = truth.astype(np.uint8)
    found, _ = marked()
    assert score(found, ["a5", "a6"]) > GOOD


def test_6_stacks(desk, marked, score):
    desk.folder.mkdir()
    for night in range(4):
        pages = [desk.scene((32, 32)) for _ in range(3)]
        for name, part in {"": 0, "_mask": 1}.items():
            if night == 3 and part:
                continue  # nobody has marked the last
            scale = 255 if part == 0 else 1
            first, *rest = (
                Image.fromarray((scale * page[part]).astype(np.uint8)) for page in pages
            )
            path = desk.folder / f"night{night}{name}.tif"
            first.save(path, save_all=True, append_images=rest)
        for i, (_, truth) in enumerate(pages, 1):
            desk.truth[f"night{night}_p{i}"] = truth.astype(np.uint8)
    found, said = marked()
    assert "12 pictures, 9 with masks" in said
    assert "by their folders, or stacks: 3 groups" in said
    assert score(found, [f"night3_p{i}" for i in (1, 2, 3)], value=1) > GOOD


@pytest.mark.parametrize(("top", "bits"), [(4095, 12), (65535, 16)])
def test_7_twelve_and_sixteen_bits(desk, marked, score, top, bits):
    for i in range(6):
        bright, truth = desk.scene((32, 32))
        suffix = ("png", "tif")[i % 2]
        desk.save(f"d{i}.{suffix}", (top * bright).astype(np.uint16))
        if i < 4:
            desk.save(f"d{i}_mask.png", truth.astype(np.uint8) * 255)
        desk.truth[f"d{i}"] = truth.astype(np.uint8)
    found, said = marked()
    assert f"{bits} bits" in said
    assert score(found, ["d4", "d5"]) > GOOD


def test_8_sizes_that_differ_and_lines_of_two_pixels(desk, marked, score):
    sizes = [(32, 48), (48, 32), (40, 40), (37, 45), (48, 48), (33, 33)]
    for i, size in enumerate(sizes):
        line = np.zeros(size, bool)
        row = desk.rng.integers(4, size[0] - 6)
        line[row : row + 2] = True
        grey = 255 * np.where(line, 0.8, 0.2) + desk.rng.normal(0, 10, size)
        desk.save(f"e{i}.png", grey.clip(0, 255).astype(np.uint8))
        if i < 4:
            desk.save(f"masks/e{i}.png", line.astype(np.uint8) * 255)
        desk.truth[f"e{i}"] = line.astype(np.uint8)
    found, said = marked(steps=60)
    assert "32 x 48 to 48 x 32 pixels" in said
    assert "as they are: less would lose what is marked" in said
    assert score(found, ["e4", "e5"]) > GOOD


def test_9_large_things_are_found_in_smaller_pictures_and_marked_at_full_size(desk, marked, score):
    for i in range(6):
        desk.pair(f"g{i}", f"g{i}.png", f"g{i}_mask.png" if i < 4 else None, size=(128, 160))
    found, said = marked()
    assert found.plan.way.factor > 1
    assert f"shrunk {found.plan.way.factor} times" in said
    assert score(found, ["g4", "g5"]) > GOOD


def test_10_boxes(desk, marked):
    rows = []
    for i in range(8):
        bright, truth = desk.scene((48, 48))
        desk.save(f"pictures/b{i}.png", (255 * bright).astype(np.uint8))
        y, x = np.nonzero(truth)
        rows.append([f"b{i}.png", x.min(), y.min(), x.max() + 1, y.max() + 1])
    empty = (60 * np.ones((48, 48))).astype(np.uint8)
    desk.save("pictures/b8.png", empty)
    table = pd.DataFrame(rows[:6], columns=["file", "x1", "y1", "x2", "y2"])
    table.loc[6, "file"] = "b8.png"  # somebody looked, and there is nothing
    table.to_csv(desk.folder / "boxes.csv", index=False)
    found, said = marked(steps=60)
    assert "9 pictures, 7 with boxes, something in 6" in said
    assert found.verdict.of("boxes") > found.verdict.of("boxes", "nothing") == 0
    last = found.regions[found.regions["item"] == "b7"].iloc[0]  # the largest comes first
    box = last[["x1", "y1", "x2", "y2"]].to_numpy(float)
    assert np.abs(box - rows[7][1:]).max() <= 4


def test_11_boxes_of_other_programs(desk):
    for i, key in enumerate(("a", "b", "c")):
        bright, _ = desk.scene((40, 80))
        desk.save(f"images/{key}.png", (255 * bright).astype(np.uint8))
        labels = desk.folder / "labels"
        labels.mkdir(exist_ok=True)
        if i < 2:
            (labels / f"{key}.txt").write_text("0 0.5 0.5 0.25 0.5")  # as YOLO writes it
    (desk.folder / "images" / "c.txt").write_text("a note, and no boxes")
    write_voc(
        desk.folder / "images" / "c.xml",
        pd.DataFrame({"label": ["arc"], "x1": 30, "y1": 10, "x2": 50, "y2": 30}),
        "c.png",
        (40, 80),
    )
    plan = make_plan(find_items(desk.folder))
    assert "3 with boxes" in plan.said[0]
    expected = np.zeros((40, 80), np.uint8)
    expected[10:30, 30:50] = 1
    for truth in plan.truth:
        np.testing.assert_array_equal(truth, expected)


def test_a_mask_finds_its_picture_by_name_only(desk):
    desk.pair("a", "images/night1/a.png", "masks/night1/a_mask.png")
    desk.pair("a", "images/night2/a.png", "night2/masks/a.png")
    desk.pair("b", "b.png")
    found = {item.name: item.mask for item in find_items(desk.folder)}
    assert found["b"] is None
    assert found["night1/a"] == desk.folder / "masks/night1/a_mask.png"
    assert found["night2/a"] == desk.folder / "night2/masks/a.png"
