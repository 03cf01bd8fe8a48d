"""The bounded reader of IDL save files against scipy's reader of the whole format."""

import numpy as np
import pytest

from geoviz_ml.readers.idl import read_variables


def assert_same(ours, theirs):
    if isinstance(ours, dict):
        (row,) = theirs
        assert set(ours) == {name.lower() for name in row.dtype.names}
        for name, value in ours.items():
            assert_same(value, row[name])
    elif isinstance(ours, str):
        assert ours.encode() == theirs
    else:
        np.testing.assert_array_equal(ours, theirs)
        assert np.dtype(ours.dtype.str.replace(">", "<")) == np.asarray(theirs).dtype.newbyteorder(
            "<"
        )


@pytest.mark.data
def test_every_variable_of_a_real_file_equals_scipys(real_data):
    from scipy.io import readsav

    path = next((real_data / "themis" / "skymaps").glob("*.sav"))
    ours, theirs = read_variables(path.read_bytes()), readsav(str(path), python_dict=True)
    assert set(ours) == set(theirs)
    assert_same(ours["skymap"], theirs["skymap"])


@pytest.mark.data
def test_no_claim_is_believed(real_data):
    """Any of the first 2000 words made huge: an error or a value, and never more than the file."""
    raw = next((real_data / "themis" / "skymaps").glob("*.sav")).read_bytes()
    refused = 0
    for at in range(4, 8000, 4):
        try:
            read_variables(raw[:at] + b"\x7f\xff\xff\xf0" + raw[at + 4 :])
        except (ValueError, KeyError):
            refused += 1
    assert refused > 300
