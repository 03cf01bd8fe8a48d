"""Texture features against the published table of OATH, and by hand."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoviz_ml.classical import texture_features
from geoviz_ml.errors import UsageError
from geoviz_ml.readers import read_oath


@pytest.mark.data
def test_equal_the_published_features_of_real_pictures(real_data):
    pictures = read_oath(real_data / "oath").image
    green = pictures.values  # the table was made of the grey value of red, green and blue
    grey = [
        np.asarray(Image.fromarray(np.stack([0 * g, g, 0 * g], -1)).convert("L")) for g in green
    ]
    published = pd.read_csv(real_data / "oath" / "glcm_features.csv").set_index("picNum")
    ours = texture_features(np.stack(grey))
    expected = published.loc[pictures.picture.values, ours.columns]
    assert len(ours) == 8
    np.testing.assert_allclose(ours, expected, rtol=5e-3)  # their rounding to grey is unknown


def test_a_chequered_picture_by_hand():
    picture = (np.indices((8, 8)).sum(0) % 2 * 10).astype(np.uint8)
    row = texture_features(picture[None]).iloc[0]
    assert row.contrast_0 == row.contrast_90 == 100
    assert row.dissimilarity_0 == 10
    assert row.homogeneity_0 == pytest.approx(1 / 101)
    assert row.correlation_0 == pytest.approx(-1)
    assert row.contrast_45 == row.contrast_135 == 0
    assert row.correlation_45 == pytest.approx(1)


def test_floats_are_refused():
    with pytest.raises(UsageError, match="uint8"):
        texture_features(np.zeros((2, 4, 4)))
