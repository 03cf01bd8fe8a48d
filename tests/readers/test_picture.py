"""A picture is what a viewer shows; a mask is what was drawn; what cannot be trusted is named."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.readers import read_mask, read_picture
from geoviz_ml.readers.picture_file import _png_size

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (12, 20), dtype=np.uint8)
DRAWN = np.zeros((12, 20), bool)
DRAWN[2:6, 3:9] = True

# what EXIF's eight orientations ask a viewer to do with the stored rows and columns
UPRIGHT = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).T,
    8: np.rot90,
}


def tiff(path, values, **tags):
    """A TIFF of one strip with chosen tags, written here: Pillow does not write negatives."""
    values = np.ascontiguousarray(values)
    entries = {256: values.shape[1], 257: values.shape[0], 258: 8 * values.itemsize, 259: 1}
    entries |= {262: 1, 273: 0, 277: 1, 278: values.shape[0], 279: values.nbytes}
    entries |= {int(tag): value for tag, value in tags.items()}
    entries[273] = 8 + 2 + 12 * len(entries) + 4
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    for tag, value in sorted(entries.items()):
        head += struct.pack("<HHII", tag, 4, 1, value)
    path.write_bytes(head + bytes(4) + values.tobytes())
    return path


def png_chunks(path):
    raw, at, chunks = path.read_bytes(), 8, []
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4])
        chunks.append((raw[at + 4 : at + 8], raw[at + 8 : at + 8 + size]))
        at += 12 + size
    return chunks


def png(path, chunks):
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
    )
    return path


# -- turned pictures ------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_cameras_orientation_is_obeyed(tmp_path, suffix, orientation):
    stored = np.zeros((16, 32), np.uint8)
    stored[:8, :8] = 255
    stored[8:, 24:] = 128
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(stored).save(path, exif=exif, quality=100)
    expected = UPRIGHT[orientation](stored) / np.float32(255)
    np.testing.assert_allclose(read_picture(path), expected, atol=0.02)
    if suffix != "jpg":
        Image.fromarray(np.where(stored == 255, 255, 0).astype(np.uint8)).save(path, exif=exif)
        np.testing.assert_array_equal(read_mask(path), UPRIGHT[orientation](stored == 255))


def test_a_picture_of_sixteen_bits_is_turned_too(tmp_path):
    values = RNG.integers(0, 65536, (6, 9), dtype=np.uint16)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(values).save(tmp_path / "a.png", exif=exif)
    expected = np.rot90(values, -1) / 65535
    np.testing.assert_allclose(read_picture(tmp_path / "a.png"), expected, rtol=1e-6)


# -- numbers and what is white --------------------------------------------------------------------


def test_a_palette_is_looked_up(tmp_path):
    palette = Image.fromarray(GREY % 3, "P")
    palette.putpalette([255, 255, 255, 0, 0, 0, 255, 0, 0])
    palette.save(tmp_path / "a.png")
    palette.save(tmp_path / "a.tif")
    palette.save(tmp_path / "a.bmp")
    expected = np.array([255, 0, 76])[GREY % 3] / 255  # .299 of red
    for suffix in ("png", "tif", "bmp"):
        np.testing.assert_allclose(read_picture(tmp_path / f"a.{suffix}"), expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_is_zero_is_turned(tmp_path, dtype):
    values = np.linspace(0, np.iinfo(dtype).max, 60).astype(dtype).reshape(6, 10)
    path = tiff(tmp_path / "a.tif", values, **{"262": 0})
    expected = 1 - values / np.iinfo(dtype).max
    np.testing.assert_allclose(read_picture(path), expected, atol=1e-6)
    two = np.where(values > 10, np.iinfo(dtype).max, 0).astype(dtype)
    np.testing.assert_array_equal(read_mask(tiff(path, two, **{"262": 0})), values <= 10)
    assert read_mask(tiff(path, np.zeros_like(two), **{"262": 0})).all()
    assert not read_mask(tiff(path, np.full_like(two, two.max()), **{"262": 0})).any()


def test_twelve_bits_in_sixteen_are_not_taken_for_black(tmp_path):
    values = RNG.integers(0, 4096, (6, 10), dtype=np.uint16)
    for suffix in ("png", "tif"):
        path = tmp_path / f"a.{suffix}"
        Image.fromarray(values).save(path)
        with pytest.raises(DataFileError, match=r"nearly black. If its camera has 12 bits"):
            read_picture(path)
        np.testing.assert_allclose(read_picture(path, bits=12), values / 4095, rtol=1e-6)
        np.testing.assert_allclose(read_picture(path, bits=16), values / 65535, rtol=1e-6)
        with pytest.raises(DataFileError, match="expected 0 to 1023"):
            read_picture(path, bits=10)
        Image.fromarray(np.zeros_like(values)).save(path)
        assert not read_picture(path).any()  # all black is black
    with pytest.raises(UsageError, match="9 to 16"):
        read_picture(path, bits=8)


def test_a_tiff_of_twelve_bits_counts_to_4095(tmp_path):
    values = RNG.integers(0, 4096, (4, 6), dtype=np.uint16)
    pairs = values.reshape(-1, 2).astype(int)
    packed = np.stack(
        [pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], axis=1
    ).astype(np.uint8)
    path = tiff(tmp_path / "a.tif", packed, **{"256": 6, "257": 4, "258": 12, "278": 4})
    np.testing.assert_allclose(read_picture(path), values / 4095, rtol=1e-6)


def test_colours_of_sixteen_bits_with_twelve_used_are_refused(tmp_path):
    rows = RNG.integers(0, 4096, (4, 15)).astype(">u2")
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", 5, 4, 16, 2, 0, 0, 0)
    path = png(
        tmp_path / "a.png", [(b"IHDR", head), (b"IDAT", zlib.compress(body)), (b"IEND", b"")]
    )
    for bits in (None, 12):
        with pytest.raises(DataFileError, match="save it as grey"):
            read_picture(path, bits)
    assert 0 < read_picture(path, bits=16).max() < 0.1


def test_whole_numbers_of_32_bits_count_to_65535(tmp_path):
    values = RNG.integers(0, 65536, (6, 10)).astype(np.int32)
    Image.fromarray(values).save(tmp_path / "a.tif")
    np.testing.assert_allclose(read_picture(tmp_path / "a.tif"), values / 65535, rtol=1e-6)
    for wrong in (70_000, -1):
        values[0, 0] = wrong
        Image.fromarray(values).save(tmp_path / "a.tif")
        with pytest.raises(DataFileError, match=f"{wrong}.* expected 0 to 65535"):
            read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("wrong", [1.01, -0.01, np.nan, np.inf])
def test_floating_point_lies_in_0_to_1(tmp_path, wrong):
    values = RNG.random((6, 10)).astype(np.float32)
    Image.fromarray(values).save(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif"), values)
    values[0, 0] = wrong
    Image.fromarray(values).save(tmp_path / "a.tif")
    with pytest.raises(DataFileError, match=r"expected 0 to 1\."):
        read_picture(tmp_path / "a.tif")


def test_transparent_is_black_in_proportion(tmp_path):
    alpha = RNG.integers(0, 256, GREY.shape, dtype=np.uint8)
    expected = GREY / 255 * (alpha / 255)
    for mode, bands in (("LA", [GREY, alpha]), ("RGBA", [GREY] * 3 + [alpha])):
        image = Image.merge(mode, [Image.fromarray(band) for band in bands])
        image.save(tmp_path / f"{mode}.png")
        np.testing.assert_allclose(read_picture(tmp_path / f"{mode}.png"), expected, atol=1e-6)
    Image.fromarray(GREY).save(tmp_path / "key.png", transparency=int(GREY[0, 0]))
    expected = np.where(GREY == GREY[0, 0], 0, GREY) / 255
    np.testing.assert_allclose(read_picture(tmp_path / "key.png"), expected, atol=1e-6)


def test_a_picture_of_which_nothing_is_to_be_seen_is_named(tmp_path):
    Image.new("RGBA", (8, 8), (90, 90, 90, 0)).save(tmp_path / "a.png")
    with pytest.raises(DataFileError, match="transparent everywhere"):
        read_picture(tmp_path / "a.png")


def test_one_colour_can_be_read(tmp_path):
    colours = RNG.integers(0, 256, (12, 20, 3), dtype=np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    for i, name in enumerate(("red", "green", "blue")):
        one = read_picture(tmp_path / "a.png", channel=name)
        np.testing.assert_allclose(one, colours[..., i] / 255, atol=1e-6)
    weighted = colours @ [0.299, 0.587, 0.114] / 255
    np.testing.assert_allclose(read_picture(tmp_path / "a.png"), weighted, atol=0.003)
    Image.fromarray(GREY).save(tmp_path / "b.png")
    np.testing.assert_allclose(read_picture(tmp_path / "b.png", channel="red"), GREY / 255)
    Image.fromarray(DRAWN).save(tmp_path / "c.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "c.png", channel="blue"), DRAWN)
    with pytest.raises(UsageError, match="red, green, blue"):
        read_picture(tmp_path / "a.png", channel="infrared")


# -- masks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 255), (1, 2), (254, 255), (0, 40000)])
def test_any_two_values_make_a_mask(tmp_path, low, high):
    dtype = np.uint16 if high > 255 else np.uint8
    Image.fromarray(np.where(DRAWN, high, low).astype(dtype)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), DRAWN)


@pytest.mark.parametrize("kind", ["1", "F", "I", "palette", "colours", "tRNS"])
def test_a_mask_may_be_of_any_kind(tmp_path, kind):
    path = tmp_path / "a.tif"
    if kind == "1":
        Image.fromarray(DRAWN).save(path)
    elif kind in "FI":
        Image.fromarray(DRAWN.astype(np.float32 if kind == "F" else np.int32)).save(path)
    elif kind == "palette":  # white has the number 0
        palette = Image.fromarray((~DRAWN).astype(np.uint8), "P")
        palette.putpalette([255, 255, 255, 0, 0, 0])
        palette.save(path)
    elif kind == "colours":  # dark blue on black
        Image.fromarray(np.where(DRAWN[..., None], [0, 0, 90], 0).astype(np.uint8)).save(path)
    else:
        path = tmp_path / "a.png"
        grey = np.where(DRAWN, 200, 7).astype(np.uint8)
        Image.fromarray(grey).save(path, transparency=7)
    np.testing.assert_array_equal(read_mask(path), DRAWN)


@pytest.mark.parametrize("paint", [(0, 0, 0), (255, 255, 255), (200, 30, 0)])
@pytest.mark.parametrize("below", [0, 255])
def test_what_is_drawn_on_a_transparent_layer_is_marked(tmp_path, paint, below):
    layer = np.full((*DRAWN.shape, 4), below, np.uint8)
    layer[..., 3] = 0
    layer[DRAWN] = (*paint, 255)
    Image.fromarray(layer).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), DRAWN)


def test_a_mask_with_transparent_corners_is_the_mask(tmp_path):
    layer = np.zeros((*DRAWN.shape, 4), np.uint8)
    layer[DRAWN, :3] = 255
    layer[..., 3] = 255
    layer[:, 15:] = 255, 0, 0, 0
    Image.fromarray(layer).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), DRAWN)
    layer[..., 3] = 255
    layer[:, 15:] = 0, 0, 0, 255  # an opaque layer is no layer
    Image.fromarray(layer).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), DRAWN)
    layer[..., 3] = 0  # nothing was drawn
    Image.fromarray(layer).save(tmp_path / "a.png")
    assert not read_mask(tmp_path / "a.png").any()


def test_a_mask_of_one_value_is_full_or_empty(tmp_path):
    for value in (0, 1, 255):
        Image.fromarray(np.full((5, 7), value, np.uint8)).save(tmp_path / "a.png")
        assert read_mask(tmp_path / "a.png").all() == read_mask(tmp_path / "a.png").any()
        assert read_mask(tmp_path / "a.png").any() == (value > 0)


def test_a_mask_that_is_none_is_named(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.where(DRAWN, 255, 0).astype(np.uint8)).save(tmp_path / "a.jpg", quality=50)
    with pytest.raises(DataFileError, match="not as JPEG"):
        read_mask(tmp_path / "a.jpg")
    smooth = np.where(DRAWN, 255, 0).astype(np.uint8)
    smooth[1, 3:9] = 100
    Image.fromarray(smooth).save(path)
    with pytest.raises(DataFileError, match="holds 3 values"):
        read_mask(path)
    layer = np.dstack([smooth * 0] * 3 + [smooth])
    Image.fromarray(layer).save(path)
    with pytest.raises(DataFileError, match="3 values of transparency"):
        read_mask(path)


def test_two_values_that_look_alike_are_named(tmp_path):
    colours = np.where(DRAWN[..., None], [3, 21, 0], [0, 0, 116])  # 299 3 + 587 21 = 114 116
    Image.fromarray(colours.astype(np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(DataFileError, match="equally bright"):
        read_mask(tmp_path / "a.png")
    palette = Image.fromarray(DRAWN.astype(np.uint8), "P")
    palette.putpalette([9, 9, 9, 9, 9, 9])
    palette.save(tmp_path / "a.png")
    with pytest.raises(DataFileError, match="palette shows all values in one colour"):
        read_mask(tmp_path / "a.png")


# -- pages, formats, whole files ------------------------------------------------------------------


@pytest.mark.parametrize("read", [read_picture, read_mask])
@pytest.mark.parametrize("name", ["a.tif", "a.png"])
def test_a_stack_or_a_film_is_never_read_in_part(tmp_path, read, name):
    pages = [Image.fromarray(np.full((8, 8), v, np.uint8)) for v in (0, 100, 255)]
    pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    with pytest.raises(DataFileError, match="several pages"):
        read(tmp_path / name)
    pages[0].save(tmp_path / name, save_all=True)
    assert read(tmp_path / name).shape == (8, 8)


def test_several_cameras_in_one_jpeg_are_a_stack(tmp_path):
    pages = [Image.fromarray(np.full((8, 8), v, np.uint8)) for v in (0, 100)]
    pages[0].save(tmp_path / "a.mpo", save_all=True, append_images=pages[1:])
    raw = (tmp_path / "a.mpo").read_bytes()
    assert read_picture(tmp_path / "a.mpo").max() == 0  # kinds not stated: a preview behind it
    at = raw.index(struct.pack("<HHI", 0xB002, 7, 32))
    entries = raw.index(b"MPF\0") + 4 + int.from_bytes(raw[at + 8 : at + 12], "little")
    odd = bytearray(raw)
    odd[entries + 16 : entries + 20] = (0x020002).to_bytes(4, "little")  # a pair for both eyes
    (tmp_path / "a.mpo").write_bytes(odd)
    with pytest.raises(DataFileError, match="several pages"):
        read_picture(tmp_path / "a.mpo")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PPM", "TGA", "PDF", "JPEG2000"])
def test_only_the_four_formats_are_opened(tmp_path, kind):
    Image.fromarray(GREY).save(tmp_path / "a.png", kind)
    with pytest.raises(DataFileError, match="another kind than PNG, TIFF, JPEG, BMP"):
        read_picture(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(DataFileError, match="another kind"):
        read_mask(tmp_path / "b.png")


@pytest.mark.parametrize("name", ["grey.png", "colours.png", "a.tif", "a.jpg", "a.bmp", "lzw.tif"])
def test_a_picture_cut_anywhere_is_an_error(tmp_path, name):
    path = tmp_path / name
    values = GREY if "grey" in name else np.dstack([GREY] * 3)
    Image.fromarray(values).save(path, compression="tiff_lzw" if "lzw" in name else None)
    whole = path.read_bytes()
    read_picture(path)
    for end in [*range(0, len(whole) - 1, max(len(whole) // 60, 1)), len(whole) - 1]:
        path.write_bytes(whole[:end])
        with pytest.raises(DataFileError, match=name):
            read_picture(path)


@pytest.mark.parametrize("bands", [1, 3])
def test_a_png_of_too_few_rows_is_an_error(tmp_path, bands):
    """A whole stream of one row of twelve: decoders fill the rest with zeros, silently."""
    path = tmp_path / "a.png"
    Image.fromarray(GREY if bands == 1 else np.dstack([GREY] * 3)).save(path)
    chunks = png_chunks(path)
    rows = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    assert len(rows) == 12 * (1 + 20 * bands)
    head = chunks[0]
    for count in (0, 1, 11):
        short = zlib.compress(rows[: count * (1 + 20 * bands)])
        png(path, [head, (b"IDAT", short), (b"IEND", b"")])
        with pytest.raises(DataFileError, match="bytes of its pixels are missing"):
            read_picture(path)
    png(path, [head, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])
    np.testing.assert_allclose(read_picture(path), GREY / 255, atol=1e-6)


def test_a_png_whose_checksum_does_not_fit_is_an_error(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GREY).save(path)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"IEND") - 6] ^= 1
    path.write_bytes(raw)
    with pytest.raises(DataFileError, match="checksum"):
        read_picture(path)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 9), (20, 12), (8, 8), (17, 1), (1, 17)])
@pytest.mark.parametrize("kind", [(1, 0), (8, 0), (16, 0), (8, 2), (4, 3), (8, 4), (16, 6)])
def test_interlaced_pngs_are_counted_as_the_specification_says(size, kind):
    """Against the number of each pass's pixels, counted one by one."""
    pattern = np.array(
        [
            [1, 6, 4, 6, 2, 6, 4, 6],
            [7] * 8,
            [5, 6] * 4,
            [7] * 8,
            [3, 6, 4, 6] * 2,
            [7] * 8,
            [5, 6] * 4,
            [7] * 8,
        ]
    )
    width, height = size
    bits, colour = kind
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    number = pattern[np.arange(height)[:, None] % 8, np.arange(width) % 8]
    expected = 0
    for one in range(1, 8):
        for row in number == one:
            expected += 1 + -(-int(row.sum()) * bits * samples // 8) if row.any() else 0
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 1)
    assert _png_size(bytes(16) + head) == expected
    assert _png_size(bytes(16) + head[:-1] + b"\0") == height * (
        1 + -(-width * bits * samples // 8)
    )


def test_a_tiff_with_too_few_strips_is_an_error(tmp_path):
    path = tmp_path / "a.tif"
    tiff(path, GREY)
    np.testing.assert_allclose(read_picture(path), GREY / 255, atol=1e-6)
    tiff(path, GREY, **{"278": 1})  # one strip of a row each is promised, one is there
    with pytest.raises(DataFileError, match="1 strips or tiles and needs 12"):
        read_picture(path)
    tiff(path, GREY, **{"279": 100})
    with pytest.raises(DataFileError, match="pixels need 240 bytes, it has 100"):
        read_picture(path)


@pytest.mark.parametrize("packed", ["tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"])
def test_packed_tiffs_are_read_and_refused_when_a_strip_is_cut(tmp_path, packed):
    path = tmp_path / "a.tif"
    Image.fromarray(GREY).save(path, compression=packed)
    np.testing.assert_allclose(read_picture(path), GREY / 255, atol=1e-6)
    with Image.open(path) as image:
        count = image.tag_v2[279][0]
    raw = path.read_bytes()
    entry = struct.pack("<HH", 279, 4) + bytes([1, 0, 0, 0])
    assert raw.count(entry + struct.pack("<I", count)) == 1
    raw = raw.replace(entry + struct.pack("<I", count), entry + struct.pack("<I", count // 2))
    path.write_bytes(raw)
    with pytest.raises(DataFileError, match="a.tif: is not a whole TIFF"):
        read_picture(path)


@pytest.mark.parametrize("packed", ["jpeg", "group4", "tiff_lzma"])
def test_tiffs_packed_so_that_a_cut_is_not_noticed_are_refused(tmp_path, packed):
    Image.fromarray(DRAWN).convert("L" if packed == "jpeg" else "1").save(
        tmp_path / "a.tif", compression=packed.removeprefix("tiff_")
    )
    with pytest.raises(DataFileError, match="packed in a way that is not read"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("size", [(1, 2**26), (2**26, 1), (8192, 8192), (40000, 2), (0, 5)])
def test_a_small_file_that_claims_many_pixels_is_refused(tmp_path, size):
    head = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    path = png(tmp_path / "a.png", [(b"IHDR", head), (b"IDAT", b"x"), (b"IEND", b"")])
    with pytest.raises(DataFileError):
        read_picture(path)
    path.write_bytes(tiff(path, GREY, **{"256": size[0], "257": size[1]}).read_bytes())
    with pytest.raises(DataFileError):
        read_picture(path)


def test_lists_and_scans_without_end_are_not_followed(tmp_path):
    """Each would take seconds and hundreds of MB before it were refused by a decoder."""
    tiff(tmp_path / "a.tif", GREY, **{"278": 1, "273": 0, "279": 1})
    raw = bytearray((tmp_path / "a.tif").read_bytes())
    at = raw.index(struct.pack("<HH", 279, 4)) + 4
    raw[at : at + 4] = struct.pack("<I", 2**20)
    (tmp_path / "a.tif").write_bytes(bytes(raw) + bytes(2**22))
    with pytest.raises(DataFileError, match="too many strips or tiles"):
        read_picture(tmp_path / "a.tif")
    Image.fromarray(GREY).save(tmp_path / "a.jpg", progressive=True)
    raw = (tmp_path / "a.jpg").read_bytes()
    scan = raw[raw.rindex(b"\xff\xda") : raw.rindex(b"\xff\xd9")]
    (tmp_path / "a.jpg").write_bytes(raw[:-2] + scan * 100 + raw[-2:])
    with pytest.raises(DataFileError, match="more than 64 scans"):
        read_picture(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes(b"\xff\xd8" + b"\xff\xe5\0\2" * 200_000)
    with pytest.raises(DataFileError, match="too many segments"):
        read_picture(tmp_path / "b.jpg")
    chunks = [*png_chunks(save_png(tmp_path / "a.png"))]
    png(tmp_path / "a.png", chunks[:1] + [(b"aaAa", b"")] * 200_000 + chunks[1:])
    with pytest.raises(DataFileError, match="too many chunks"):
        read_picture(tmp_path / "a.png")


def save_png(path):
    Image.fromarray(GREY).save(path)
    return path


def test_an_empty_mask_of_a_large_camera_is_read(tmp_path):
    Image.new("1", (6000, 4000)).save(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size < 20_000
    assert not read_mask(tmp_path / "a.png").any()


@pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    for read in (read_picture, read_mask):
        with pytest.raises(DataFileError, match="no regular file"):
            read(tmp_path / "a.png")
        with pytest.raises(MissingDataError):
            read(tmp_path / "b.png")


@pytest.mark.data
def test_real_pictures_of_all_formats_are_read(real_data):
    shapes = {
        "all_sky/kho/LYR-Sony-111220_200933.jpg": (2832, 2832),
        "all_sky/longyearbyen_2014/20140218235440.jpg": (480, 720),
        "all_sky/trex_gill/20211030_060500_149606_gill_rgb-04_320ms_burst.png": (480, 553),
        "oath/images/00001.png": (256, 256),
    }
    for name, shape in shapes.items():
        picture = read_picture(real_data / name)
        assert picture.shape == shape
        with Image.open(real_data / name) as image:
            np.testing.assert_array_equal(picture, np.asarray(image.convert("L")) / np.float32(255))
