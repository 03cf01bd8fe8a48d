"""Pages of a stack: each is what Pillow reads there, and chains without an end are refused."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.errors import DataFileError
from geoviz_ml.readers import read_picture
from geoviz_ml.readers.stack import one_page, page_places

PAGES = np.random.default_rng(0).integers(0, 256, (3, 6, 9), np.uint8)


def stack(**options):
    into = io.BytesIO()
    first, *rest = map(Image.fromarray, PAGES)
    first.save(into, "TIFF", save_all=True, append_images=rest, **options)
    return into.getvalue()


@pytest.mark.parametrize(
    "options", [{}, {"compression": "tiff_lzw"}, {"big_tiff": True}], ids=["plain", "LZW", "big"]
)
def test_each_page_is_read_alone(tmp_path, options):
    path = tmp_path / "s.tif"
    path.write_bytes(stack(**options))
    for i, page in enumerate(PAGES):
        np.testing.assert_allclose(read_picture(path, page=i), page / 255, atol=1e-6)
    with pytest.raises(DataFileError, match="several pages"):
        read_picture(path)
    with pytest.raises(DataFileError, match="has 3 pages, no page 4"):
        read_picture(path, page=3)


def test_other_files_have_one_page():
    assert page_places(b"\x89PNG\r\n\x1a\n", "a.png") == [0]
    assert one_page(b"\x89PNG", 0, "a.png") == b"\x89PNG"


@pytest.mark.parametrize("to", [8, 10**6], ids=["circle", "beyond the file"])
def test_a_chain_without_an_end_is_refused(to):
    raw = bytearray(stack())
    last = page_places(bytes(raw), "s.tif")[-1]
    entries = struct.unpack_from("<H", raw, last)[0]
    first = page_places(bytes(raw), "s.tif")[0]
    struct.pack_into("<I", raw, last + 2 + 12 * entries, first if to == 8 else to)
    with pytest.raises(DataFileError, match="chain of pages without an end"):
        page_places(bytes(raw), "s.tif")
