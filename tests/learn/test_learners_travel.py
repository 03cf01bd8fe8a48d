"""What any of the five learners has learned comes out of its file bit for bit."""

import pytest
import torch

from geoviz_ml.learn import fit
from geoviz_ml.models import load_network, save_network

from ..models.test_saved import CARD
from .five import FIVE, weights


@pytest.mark.parametrize("name", FIVE)
def test_a_trained_learner_comes_back_bit_for_bit(name, tmp_path):
    trained = FIVE[name].make(seed=1)
    fit(trained, 1)
    path = save_network(trained, tmp_path / "net.safetensors", CARD)
    into = FIVE[name].make(seed=2)
    assert not torch.equal(weights(into), weights(trained))
    load_network(path, into=into)
    assert torch.equal(weights(into), weights(trained))
    if name != "classification":  # its network is put together from torch's layers
        assert torch.equal(weights(load_network(path)), weights(trained))
