"""Half-orbits of a folder: order, masks, what is absent."""

import numpy as np
import pytest

from geoviz_ml.datasets import load_half_orbits, true_mask
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.simulate.nucleus import make


def test_true_mask_absent_or_damaged_is_an_error(tmp_path):
    with pytest.raises(MissingDataError):
        true_mask(tmp_path / "no.png", (4, 4))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(DataFileError, match="bad.png"):
        true_mask(tmp_path / "bad.png", (4, 4))


def test_folder_is_loaded_in_order_of_time(tmp_path):
    make(tmp_path, 5, seed=1, coarse=16)
    orbits = load_half_orbits(tmp_path, (48, 40))
    assert orbits.pictures.shape == orbits.masks.shape == (5, 48, 40)
    assert orbits.pictures.dtype == np.float32
    assert np.isfinite(orbits.pictures).all()
    starts = [place.time.values[0] for place in orbits.places]
    assert starts == sorted(starts)
    some = orbits[np.array([3, 1])]
    assert some.names == [orbits.names[3], orbits.names[1]]
    np.testing.assert_array_equal(some.pair[0], orbits.pictures[[3, 1]])
    assert load_half_orbits(tmp_path, (48, 40), None).masks is None
    with pytest.raises(UsageError, match="masks"):
        load_half_orbits(tmp_path, (48, 40), "drawn")
    with pytest.raises(MissingDataError):
        load_half_orbits(tmp_path / "truth", (48, 40))
