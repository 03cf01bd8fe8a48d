"""Coloured pictures of the Sun: brightness where it tells the value, an error where it does not."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.errors import DataFileError
from geoviz_ml.geometry import disk_distance
from geoviz_ml.readers import read_magnetogram

AWAY = disk_distance((256, 256), (127.5, 127.5, 110))


def field():
    """A quiet disk with groups of both signs, -1 to 1."""
    rows, columns = np.indices((256, 256))
    values = np.random.default_rng(0).normal(0, 0.02, (256, 256))
    for x, sign in ((90, 1), (104, -1), (160, 1), (174, -1)):
        values += sign * np.exp(-((columns - x) ** 2 + (rows - 120) ** 2) / 40)
    return values.clip(-1, 1)


def coloured(*stops):
    """The field through a scale of colours, from -1 to 1; black beside the disk."""
    at = np.linspace(-1, 1, len(stops))
    colours = [np.interp(field(), at, part) for part in np.transpose(stops)]
    return np.where(AWAY[..., None] < 1, np.stack(colours, -1), 0).astype(np.uint8)


def read(folder, colours, kind):
    Image.fromarray(colours).save(folder / f"a.{kind}", quality=90)
    return read_magnetogram(folder / f"a.{kind}").values


@pytest.mark.parametrize("kind", ["png", "jpg"])
@pytest.mark.parametrize(
    "stops",
    [
        [(255, 0, 0), (255, 200, 0), (128, 128, 128), (0, 200, 60), (0, 0, 255)],
        [(0, 0, 255), (255, 255, 255), (255, 0, 0)],
        [(0, 0, 128), (0, 255, 255), (128, 255, 128), (255, 255, 0), (128, 0, 0)],
    ],
)
def test_scales_of_several_colours_are_refused(tmp_path, stops, kind):
    with pytest.raises(DataFileError, match="colours are a scale.*HMIB"):
        read(tmp_path, coloured(*stops), kind)


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_orange_pictures_are_their_brightness(tmp_path, kind):
    """As SDO colours its continuum: from black by orange to white, ever brighter."""
    colours = coloured((0, 0, 0), (180, 90, 20), (255, 230, 190))
    grey = read(tmp_path, colours, kind)
    expected = colours @ [0.299, 0.587, 0.114]
    assert np.abs(grey - expected).mean() < 2


def test_a_coloured_logo_beside_the_disk_does_not_matter(tmp_path):
    colours = coloured((0, 0, 0), (255, 255, 255))
    colours[236:250, 236:250] = (255, 40, 0)
    colours[236:243, 236:250] = (0, 120, 60)
    assert read(tmp_path, colours, "png").shape == (256, 256)


def test_transparent_sky_is_black(tmp_path):
    grey = coloured((0, 0, 0), (255, 255, 255))[..., 0]
    sky = np.where(AWAY < 1, 255, 0).astype(np.uint8)
    white = np.where(AWAY < 1, grey, 255).astype(np.uint8)
    Image.merge("LA", [Image.fromarray(white), Image.fromarray(sky)]).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_magnetogram(tmp_path / "a.png"), grey)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "JPEG2000"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_pictures_that_are_cut_short_are_errors(tmp_path, kind, part):
    stream = BytesIO()
    Image.fromarray(coloured((0, 0, 0), (255, 255, 255))[..., 0]).save(stream, kind)
    raw = stream.getvalue()
    (tmp_path / "a.png").write_bytes(raw[: int(part * len(raw))])
    with pytest.raises(DataFileError, match=r"a\.png"):
        read_magnetogram(tmp_path / "a.png")


def test_jpeg_2000_without_the_mark_of_its_end_is_an_error(tmp_path):
    stream = BytesIO()
    Image.new("L", (64, 48), 9).save(stream, "JPEG2000")
    (tmp_path / "a.jp2").write_bytes(stream.getvalue()[:-2] + b"ab")
    with pytest.raises(DataFileError, match="mark of its end"):
        read_magnetogram(tmp_path / "a.jp2")


def test_a_picture_of_one_column_is_refused(tmp_path):
    Image.new("L", (1, 60_000)).save(tmp_path / "a.png")
    with pytest.raises(DataFileError, match="claims 1 x 60000"):
        read_magnetogram(tmp_path / "a.png")
