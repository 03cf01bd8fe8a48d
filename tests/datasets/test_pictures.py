"""A folder of pictures: any usual kind is read, what does not fit is named."""

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.datasets import load_pictures
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError

RNG = np.random.default_rng(0)


def save(folder, name, values, mode=None):
    folder.mkdir(exist_ok=True)
    Image.fromarray(values, mode).save(folder / name)


@pytest.fixture
def pairs(tmp_path):
    grey = RNG.integers(0, 256, (3, 12, 20), dtype=np.uint8)
    marked = RNG.random(grey.shape) > 0.7
    marked[1] = False  # nothing to be seen there
    for i in range(3):
        save(tmp_path / "pictures", f"day_{i}.png", grey[i])
        save(tmp_path / "masks", f"day_{i}.png", marked[i].astype(np.uint8) * 255)
    return tmp_path, grey, marked


def test_pictures_and_masks_come_in_the_order_of_their_names(pairs):
    folder, grey, marked = pairs
    (folder / "pictures" / "notes.txt").write_text("not a picture")
    loaded = load_pictures(folder / "pictures", folder / "masks")
    assert loaded.names.tolist() == ["day_0", "day_1", "day_2"]
    np.testing.assert_array_equal(loaded.pictures, grey.astype(np.float32) / 255)
    np.testing.assert_array_equal(loaded.masks, marked)
    assert loaded.pictures.dtype == np.float32
    some = loaded[1:]
    assert len(some) == 2
    assert some.pair[0] is some.pictures
    assert load_pictures(folder / "pictures").masks is None


def test_every_usual_kind_of_file_is_read(tmp_path):
    values = np.linspace(0, 1, 60, dtype=np.float32).reshape(6, 10)
    eight, sixteen = (values * 255).round().astype(np.uint8), (values * 65535).astype(np.uint16)
    save(tmp_path, "a.png", eight)
    save(tmp_path, "b.png", sixteen)
    save(tmp_path, "c.tif", values)
    save(tmp_path, "d.TIFF", sixteen)
    save(tmp_path, "e.bmp", np.repeat(eight[..., None], 3, 2))
    save(tmp_path, "f.png", np.dstack([eight] * 3 + [np.full_like(eight, 255)]))
    loaded = load_pictures(tmp_path)
    assert len(loaded) == 6
    np.testing.assert_allclose(loaded.pictures, np.broadcast_to(values, (6, 6, 10)), atol=0.003)


def test_any_two_values_make_a_mask(tmp_path):
    marked = RNG.random((8, 8)) > 0.5
    save(tmp_path / "masks", "a.png", marked.astype(np.uint8))
    save(tmp_path / "masks", "b.tif", marked.astype(np.uint16) * 40000)
    Image.fromarray(marked).save(tmp_path / "masks" / "c.png")
    palette = Image.fromarray(marked.astype(np.uint8), "P")
    palette.putpalette([0, 0, 0, 200, 0, 0])
    palette.save(tmp_path / "masks" / "d.png")
    save(tmp_path / "masks", "e.png", np.ones((8, 8), np.uint8))
    for name in "abcde":
        save(tmp_path / "pictures", f"{name}.jpg", np.zeros((8, 8), np.uint8))
    masks = load_pictures(tmp_path / "pictures", tmp_path / "masks").masks
    np.testing.assert_array_equal(masks[:4], np.broadcast_to(marked, (4, 8, 8)))
    assert masks[4].all()


def test_resized_pictures_keep_their_mean_and_masks_their_place(pairs):
    folder, grey, _ = pairs
    half = np.zeros((12, 20), np.uint8)
    half[:, 10:] = 1
    for i in range(3):
        save(folder / "masks", f"day_{i}.png", half)
    loaded = load_pictures(folder / "pictures", folder / "masks", size=(6, 10))
    assert loaded.pictures.shape == loaded.masks.shape == (3, 6, 10)
    np.testing.assert_allclose(loaded.pictures.mean((1, 2)), grey.mean((1, 2)) / 255, atol=0.03)
    assert not loaded.masks[:, :, :5].any()
    assert loaded.masks[:, :, 5:].all()


def test_sizes_that_differ_need_a_size(pairs):
    folder, *_ = pairs
    save(folder / "pictures", "day_9.png", np.zeros((5, 7), np.uint8))
    with pytest.raises(UsageError, match=r"day_9.png: is 5 x 7 pixels, others are 12 x 20"):
        load_pictures(folder / "pictures")
    assert load_pictures(folder / "pictures", size=(8, 8)).pictures.shape == (4, 8, 8)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda f: (f / "masks/day_1.png").unlink(), MissingDataError, "1 of 3 .* day_1"),
        (
            lambda f: save(f / "masks", "day_1.png", np.zeros((5, 7), np.uint8)),
            DataFileError,
            "5 x",
        ),
        (
            lambda f: save(
                f / "masks", "day_1.png", np.arange(240, dtype=np.uint8).reshape(12, 20)
            ),
            DataFileError,
            "day_1.png: holds 240 values",
        ),
        (
            lambda f: (f / "pictures/day_1.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense"),
            DataFileError,
            "day_1.png: is not a whole PNG picture",
        ),
        (
            lambda f: save(f / "pictures", "day_1.tif", np.zeros((12, 20), np.uint8)),
            UsageError,
            "has the name of day_1.png",
        ),
        (
            lambda f: (
                (f / "pictures/day_1.png").unlink(),
                save(f / "pictures", "day_1.tif", np.full((12, 20), 7, np.float32)),
            ),
            DataFileError,
            "values from 7 to 7",
        ),
    ],
)
def test_what_does_not_fit_is_named(pairs, change, error, said):
    folder, *_ = pairs
    change(folder)
    with pytest.raises(error, match=said):
        load_pictures(folder / "pictures", folder / "masks")


def test_a_folder_that_is_absent_or_empty_is_named(tmp_path):
    with pytest.raises(MissingDataError, match="no such folder"):
        load_pictures(tmp_path / "nowhere")
    with pytest.raises(MissingDataError, match="no picture here"):
        load_pictures(tmp_path)


def test_pictures_without_masks_say_so(pairs):
    folder, *_ = pairs
    with pytest.raises(MissingDataError, match="no masks"):
        load_pictures(folder / "pictures").pair  # noqa: B018
