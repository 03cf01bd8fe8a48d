"""The rule for pictures: bytes, or floats from 0 to 1, and nothing else."""

import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.models.pictures import as_floats, as_tensor
from geoviz_ml.prepare.scaling import as_values

BYTES = np.random.default_rng(0).integers(0, 256, (3, 5, 7), np.uint8)
BYTES[0, 0, :2] = 0, 255


@pytest.mark.parametrize("as_kind", [np.asarray, torch.from_numpy])
def test_bytes_become_a_255th_and_floats_stay(as_kind):
    found = as_floats(as_kind(BYTES))
    np.testing.assert_allclose(found, BYTES.astype(float) / 255, rtol=1e-7)
    assert as_floats(found) is found
    assert str(found.dtype).endswith("float32")


@pytest.mark.parametrize("dtype", [bool, np.float16, np.float32, np.float64, ">f4"])
def test_floats_of_any_kind_and_bool_become_float32(dtype):
    pictures = (BYTES > 127).astype(dtype)
    found = as_values(pictures)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, pictures)


def test_what_interpolation_leaves_beyond_the_ends_is_cut_off():
    pictures = np.array([-1e-6, 0.5, 1 + 1e-6])
    np.testing.assert_array_equal(as_values(pictures), np.float32([0, 0.5, 1]))


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        (BYTES.astype(np.float32), "from 0 to 255"),
        (-(BYTES / 255), "from -1 to"),
        (np.full((2, 4, 4), np.nan), "there is NaN"),
        (np.where(BYTES == 255, np.inf, 0.5), "to inf"),
        (BYTES.astype(np.int64), "of type int64"),
        (BYTES.astype(np.uint16) * 256, "of type uint16"),
        (BYTES.astype(complex), "of type complex128"),
        (BYTES.astype(object), "of type object"),
    ],
)
def test_all_else_is_refused_with_what_it_is(pictures, said):
    with pytest.raises(UsageError, match=said):
        as_values(pictures)


def test_whole_numbers_are_told_what_to_do():
    with pytest.raises(
        UsageError, match="the sky: of type uint16.*Divide by it .65535 for 16 bits"
    ):
        as_tensor(BYTES.astype(np.uint16), "the sky")


def test_tensors_have_a_channel_and_share_memory():
    floats = np.ascontiguousarray(BYTES / np.float32(255))
    for pictures in (BYTES, floats):
        tensor = as_tensor(pictures)
        assert tensor.shape == (3, 1, 5, 7)
        assert tensor.data_ptr() == pictures.ctypes.data
    assert as_tensor(np.stack([BYTES, BYTES], 1)).shape == (3, 2, 5, 7)


def test_a_picture_that_must_not_be_written_is_copied():
    fixed = BYTES.copy()
    fixed.flags.writeable = False
    as_tensor(fixed)[:] = 0
    np.testing.assert_array_equal(fixed, BYTES)


def test_shapes_that_are_no_set_of_pictures_are_named():
    for bad in (BYTES[0], BYTES[:0], BYTES[None, None]):
        with pytest.raises(UsageError, match=r"must be \(N, H, W\) or"):
            as_tensor(bad)
    with pytest.raises(UsageError, match=r"must be \(N, H, W\), not \(1, 3, 5, 7\)"):
        as_tensor(BYTES[None], grey=True)


def test_pictures_of_several_sizes_are_named():
    for second in (BYTES[1, :4], BYTES[1, :, :3]):
        with pytest.raises(UsageError, match="the sky must have one size.*5, 7"):
            as_tensor([BYTES[0], second], "the sky")
