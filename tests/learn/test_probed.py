"""Encoder and probe as one network: the answers of scikit-learn, without scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from geoviz_ml.errors import UsageError
from geoviz_ml.learn import features, probed_network
from geoviz_ml.learn.classification import classify
from geoviz_ml.models import ResNet18, SimCLR


@pytest.fixture
def sky():
    """Forty pictures of noise on levels, and a trained-looking encoder."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    pictures = rng.random((40, 32, 32)) * rng.random((40, 1, 1))
    encoder = ResNet18(width=4).eval()
    for value in encoder.buffers():
        if value.is_floating_point():
            value.add_(torch.rand_like(value))
    return pictures.astype(np.float32), encoder


@pytest.mark.parametrize("names", [["dark", "lit"], ["arc", "cloudy", "moon"], [7, 3, 5, 9]])
def test_it_answers_as_the_probe_of_scikit_learn(sky, names):
    pictures, encoder = sky
    labels = np.array(names)[np.arange(len(pictures)) % len(names)]
    network, classes = probed_network(encoder, pictures, labels, C=0.5)
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=2000))
    probe.fit(features(encoder, pictures), labels)
    assert classes == probe.classes_.tolist()
    expected = probe.predict_proba(features(encoder, pictures))
    np.testing.assert_allclose(classify(network, pictures), expected, atol=2e-5)


def test_the_encoder_stays_as_it_was(sky):
    pictures, encoder = sky
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    network, _ = probed_network(encoder, pictures, np.arange(40) % 2)
    with torch.no_grad():
        network[0][0].weight.zero_()
    assert all(torch.equal(encoder.state_dict()[name], before[name]) for name in before)


def test_one_class_or_another_encoder_is_refused(sky):
    pictures, encoder = sky
    with pytest.raises(UsageError, match="with 1 classes"):
        probed_network(encoder, pictures, np.zeros(40))
    with pytest.raises(UsageError, match="probe of SimCLR"):
        probed_network(SimCLR(encoder), pictures, np.arange(40) % 2)
