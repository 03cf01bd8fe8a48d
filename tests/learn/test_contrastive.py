"""SimCLR: it learns without labels, it repeats, it survives a kill."""

import math
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist

from geoviz_ml.errors import UsageError
from geoviz_ml.learn import simclr_learner
from geoviz_ml.learn.contrastive import alignment, features, uniformity
from geoviz_ml.learn.training import fit
from geoviz_ml.models import ResNet18
from geoviz_ml.prepare import Views
from geoviz_ml.settings import set_seed

from ..conftest import ROOT
from .skies import skies


def learner(seed=0, **options):
    set_seed(seed)
    options = {"batch_size": 24, "lr": 1e-3, "seed": seed, "device": "cpu", **options}
    return simclr_learner(skies()[0], ResNet18(width=4), **options)


def weights(learner):
    return torch.cat([p.detach().ravel().float() for p in learner.model.state_dict().values()])


def test_it_learns_to_find_partners():
    one = learner()
    table = fit(one, 12)
    assert list(table.columns) == ["epoch", "loss", "alignment", "uniformity"]
    assert list(table.epoch) == list(range(1, 13))
    assert table.loss.iloc[-1] < table.loss.iloc[0] < math.log(2 * 24 - 1)
    assert table.uniformity.iloc[-1] < table.uniformity.iloc[0]


def test_the_network_sees_two_different_views_of_the_same_pictures():
    from fastai.callback.core import Callback

    seen = []

    class Look(Callback):
        order = 20

        def before_batch(self):
            seen.append((self.xb[0].clone(), self.yb[0].clone()))

    whole = Views(crop=None, flip_ud=0)
    for views in (whole, Views()):
        one = learner(views=views)
        one.add_cb(Look())
        fit(one, 1)
    pictures = torch.from_numpy(skies()[0]).float() / 255
    (x, numbers), (random, _) = seen[0], seen[-1]
    assert x.shape == (48, 1, 32, 32)
    for half in x.chunk(2):
        torch.testing.assert_close(half[:, 0], pictures[numbers], atol=1e-5, rtol=0)
    assert not torch.allclose(*random.chunk(2))


def test_alignment_and_uniformity_equal_their_formulas():
    rng = np.random.default_rng(0)
    z1, z2 = rng.normal(size=(2, 7, 5))
    u1, u2 = (z / np.linalg.norm(z, axis=1, keepdims=True) for z in (z1, z2))
    expected = np.mean([np.sum((a - b) ** 2) for a, b in zip(u1, u2, strict=True)])
    assert alignment(*map(torch.tensor, (z1, z2))).item() == pytest.approx(expected, rel=1e-5)
    pairs = [np.exp(-2 * np.sum((u1[i] - u1[j]) ** 2)) for i in range(7) for j in range(i)]
    assert uniformity(torch.tensor(z1)).item() == pytest.approx(np.log(np.mean(pairs)), rel=1e-5)
    assert uniformity(torch.ones(4, 3)).item() == 0


def test_same_seed_same_weights_other_seed_other_weights():
    one, same, other = learner(0), learner(0), learner(1)
    for each in (one, same, other):
        fit(each, 2)
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


def test_bytes_and_floats_train_alike():
    pictures, _ = skies()
    ends = []
    for kind in (pictures, (pictures / 255).astype(np.float32)):
        set_seed(0)
        one = simclr_learner(kind, ResNet18(width=4), batch_size=24, device="cpu")
        fit(one, 1)
        ends.append(weights(one))
    torch.testing.assert_close(*ends, rtol=1e-3, atol=1e-3)


def test_a_killed_process_goes_on_and_ends_with_the_same_weights(tmp_path):
    script = textwrap.dedent("""
        import os, signal, sys, torch
        from fastai.callback.core import Callback
        from tests.learn.test_contrastive import learner, fit, weights

        class Kill(Callback):
            def after_batch(self):
                if self.epoch == 2 and self.training:
                    os.kill(os.getpid(), signal.SIGKILL)

        torch.set_num_threads(1)
        one = learner()
        one.add_cbs([Kill()] if sys.argv[2] == "kill" else [])
        fit(one, 4, folder=sys.argv[1])
        torch.save(weights(one), sys.argv[1] + "/end.pt")
    """)

    def process(fate):
        command = [sys.executable, "-W", "ignore", "-c", script, str(tmp_path), fate]
        return subprocess.run(command, cwd=ROOT).returncode

    assert process("kill") == -signal.SIGKILL
    assert not (tmp_path / "end.pt").exists()
    assert process("live") == 0
    whole = learner()
    table = fit(whole, 4)
    assert torch.equal(weights(whole), torch.load(tmp_path / "end.pt", weights_only=True))
    assert len(fit(learner(), 4, folder=tmp_path)) == len(table)


def test_a_checkpoint_of_other_views_is_refused(tmp_path):
    fit(learner(), 1, folder=tmp_path)
    with pytest.raises(UsageError, match="differs in loss, views"):
        fit(learner(temperature=0.1, views=Views(jitter=0.4)), 1, folder=tmp_path)


def test_fewer_pictures_than_a_batch_is_an_error():
    with pytest.raises(UsageError, match="96 pictures do not fill a batch of 97"):
        learner(batch_size=97)
    with pytest.raises(UsageError, match="batch of 1"):
        learner(batch_size=1)


def test_features_are_the_frozen_encoders_answers():
    one = learner(mixed_precision=False)
    pictures, _ = skies(10)
    h = features(one, pictures, batch_size=4)
    assert h.shape == (10, 32)
    assert h.dtype == np.float32
    one.model.eval()
    with torch.no_grad():
        expected = one.model.encoder(torch.from_numpy(pictures)[:, None].float() / 255)
    np.testing.assert_allclose(h, expected, atol=1e-5)
    np.testing.assert_array_equal(h, features(one.model.encoder, pictures, batch_size=4))


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 4)), np.full((4, 8, 8), np.nan), np.ones((4, 8, 8)) * 9]
)
def test_pictures_that_make_no_sense_are_named(bad):
    with pytest.raises(UsageError, match="pictures"):
        simclr_learner(bad, ResNet18(width=4), batch_size=2)


def test_the_defaults_are_the_published_ones():
    """Johnson et al. 2021: Adam at 3e-4, 128 pictures a batch, temperature 0.5."""
    model = ResNet18(width=4)
    one = simclr_learner(skies(300)[0], model, device="cpu")
    one.create_opt()
    (group,) = one.opt.opt.param_groups
    expected = torch.optim.Adam(model.parameters(), lr=3e-4).defaults
    assert one.lr == expected["lr"]
    assert [group[k] for k in ("eps", "betas")] == [expected[k] for k in ("eps", "betas")]
    assert group["weight_decay"] == 0
    assert len(one.dls.train) == 2
    assert one.loss_func.temperature == 0.5
    assert one.model.head[2].out_features == 128


def test_the_head_has_the_lengths_asked_for():
    head = learner(hidden=20, out=6).model.head
    assert [tuple(weight.shape) for weight in head.parameters()] == [(20, 32), (6, 20)]


def test_the_history_has_the_means_of_the_batches():
    one, answers = learner(mixed_precision=False), []
    one.loss_func.register_forward_hook(lambda loss, given, _: answers.append(given[0].detach()))
    row = fit(one, 1).iloc[0]
    expected = []
    for answer in answers:
        z = answer.double().numpy()
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        first, second = np.split(z, 2)
        likeness = np.exp(z @ z.T / 0.5) * (1 - np.eye(len(z)))
        partner = np.roll(np.arange(len(z)), len(first))
        loss = -np.log(likeness[np.arange(len(z)), partner] / likeness.sum(1)).mean()
        near = ((first - second) ** 2).sum(1).mean()
        spread = np.log(np.exp(-2 * pdist(first, "sqeuclidean")).mean())
        expected.append([loss, near, spread])
    assert len(answers) == 4
    found = [row["loss"], row.alignment, row.uniformity]
    np.testing.assert_allclose(found, np.mean(expected, axis=0), rtol=1e-4)


def test_an_encoder_with_an_encoder_in_it_is_asked_itself():
    class Squared(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = torch.nn.Flatten()

        def forward(self, pictures):
            return self.encoder(pictures) ** 2

    pictures = np.full((2, 4, 4), 0.5, np.float32)
    assert (features(Squared(), pictures) == 0.25).all()
