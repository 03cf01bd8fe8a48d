"""Minutes of all-sky cameras of a folder."""

import numpy as np
import pytest

from geoviz_ml.datasets import load_arcs
from geoviz_ml.errors import MissingDataError
from geoviz_ml.prepare.patches import to_picture
from geoviz_ml.simulate import arcs


def test_a_simulated_folder_is_read(tmp_path):
    arcs.make(tmp_path, 2, seed=1, frames=1, minutes=1)
    data = load_arcs(tmp_path)
    assert data.pictures.shape == data.masks.shape == (2, 256, 256)
    np.testing.assert_array_equal(data.pictures[1], to_picture(data.frame(1)[0]))
    some = data[data.table.night.values == 1]
    assert len(some) == 1
    np.testing.assert_array_equal(some.masks[0], data.masks[1])
    next((tmp_path / "stream0").rglob("*.gz")).unlink()
    with pytest.raises(MissingDataError):
        load_arcs(tmp_path)
