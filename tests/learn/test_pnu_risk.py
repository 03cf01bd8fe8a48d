"""The PNU risk against its formulas in float64, and its identities."""

import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.learn.losses import PNURisk
from geoviz_ml.learn.pnu_weight import choose_eta, heuristic_eta, validation_risk

LOSSES = {
    "sigmoid": lambda m: 1 / (1 + np.exp(m)),
    "logistic": lambda m: np.log1p(np.exp(-m)),
    "squared": lambda m: (1 - m) ** 2 / 4,
    "double_hinge": lambda m: np.max([-m, np.max([0 * m, (1 - m) / 2], axis=0)], axis=0),
}
ETAS = [-1, -0.6, 0, 0.3, 1]
every_loss = pytest.mark.parametrize("loss", LOSSES)
every_eta = pytest.mark.parametrize("eta", ETAS)


def sample(seed=0, n=(7, 5, 11)):
    rng = np.random.default_rng(seed)
    labels = np.repeat([1, -1, 0], n)
    order = rng.permutation(len(labels))
    return rng.normal(0, 2, len(labels))[order], labels[order]


def risk(scores, labels, *args, **options):
    return PNURisk(*args, **options)(torch.tensor(scores), torch.tensor(labels)).item()


def formula(scores, labels, prior, eta, loss, clamp):
    """Sakai et al. 2017, written down from the paper's definitions."""
    ell = LOSSES[loss]
    p, n, u = (scores[labels == y] for y in (1, -1, 0))
    floor = 0 if clamp else -np.inf
    r_pn = prior * ell(p).mean() + (1 - prior) * ell(-n).mean()
    r_pu = prior * ell(p).mean() + max(floor, ell(-u).mean() - prior * ell(-p).mean())
    r_nu = (1 - prior) * ell(-n).mean() + max(floor, ell(u).mean() - (1 - prior) * ell(n).mean())
    return (1 - eta) * r_pn + eta * r_pu if eta >= 0 else (1 + eta) * r_pn - eta * r_nu


@every_loss
@every_eta
@pytest.mark.parametrize("clamp", [True, False])
def test_it_is_the_formula(loss, eta, clamp):
    clamped = 0
    for seed in range(20):
        scores, labels = sample(seed)
        for prior in (0.2, 0.7):
            expected = formula(scores, labels, prior, eta, loss, clamp)
            assert risk(scores, labels, prior, eta, loss, clamp) == pytest.approx(expected, 1e-12)
            clamped += expected != formula(scores, labels, prior, eta, loss, not clamp)
    assert (clamped > 0) == (eta != 0)  # the samples do reach the clamp


@every_loss
def test_the_three_risks_are_equal_on_an_exact_mixture(loss):
    rng = np.random.default_rng(1)
    p, n = rng.normal(1, 2, 6), rng.normal(-1, 2, 6)
    scores, labels = np.r_[p, n, p, n], np.repeat([1, -1, 0], [6, 6, 12])
    risks = [risk(scores, labels, 0.5, eta, loss, clamp=False) for eta in (0, 1, -1, 0.4, -0.4)]
    assert risks == pytest.approx([risks[0]] * 5, rel=1e-12)


@every_loss
@pytest.mark.parametrize("clamp", [True, False, "step"])
def test_pn_ignores_unlabeled_pu_negatives_and_nu_positives(loss, clamp):
    scores, labels = sample()
    for eta, stratum in ((0, 0), (1, -1), (-1, 1)):
        other = np.where(labels == stratum, np.nan, scores)
        before = risk(scores, labels, 0.4, eta, loss, clamp)
        assert np.isfinite(before)
        if eta == 0:
            assert risk(other, labels, 0.4, eta, loss, clamp) == before
        other = np.where(labels == stratum, -3.0, scores)
        assert risk(other, labels, 0.4, eta, loss, clamp) == before


@every_loss
@every_eta
@pytest.mark.parametrize("clamp", [True, False, "step"])
def test_swapped_classes_leave_the_risk_as_it_is(loss, eta, clamp):
    for seed in range(5):
        scores, labels = sample(seed)
        one = risk(scores, labels, 0.3, eta, loss, clamp)
        assert risk(-scores, -labels, 0.7, -eta, loss, clamp) == pytest.approx(one, rel=1e-12)


def test_sigmoid_loss_has_the_known_short_forms():
    scores, labels = sample(3)
    p, n, u = (scores[labels == y] for y in (1, -1, 0))
    ell = LOSSES["sigmoid"]
    pu = 2 * 0.4 * ell(p).mean() + ell(-u).mean() - 0.4
    nu = 2 * 0.6 * ell(-n).mean() + ell(u).mean() - 0.6
    assert risk(scores, labels, 0.4, 1, clamp=False) == pytest.approx(pu, rel=1e-12)
    assert risk(scores, labels, 0.4, -1, clamp=False) == pytest.approx(nu, rel=1e-12)


@pytest.mark.parametrize("loss", ["logistic", "squared", "double_hinge"])
def test_convex_losses_have_the_known_short_form(loss):
    scores, labels = sample(3)
    p, u = scores[labels == 1], scores[labels == 0]
    expected = -0.4 * p.mean() + LOSSES[loss](-u).mean()
    assert risk(scores, labels, 0.4, 1, loss, clamp=False) == pytest.approx(expected, rel=1e-12)


@every_loss
@every_eta
@pytest.mark.parametrize("clamp", [True, False, "step"])
def test_an_empty_stratum_adds_nothing_and_breaks_no_gradient(loss, eta, clamp):
    scores, labels = sample()
    for missing in ([1], [-1], [0], [1, 0], [1, -1, 0]):
        kept = ~np.isin(labels, missing)
        g = torch.tensor(scores[kept], requires_grad=True)
        value = PNURisk(0.4, eta, loss, clamp)(g, torch.tensor(labels[kept]))
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(g.grad).all()
    assert value == 0  # of an empty batch
    kept = labels == 1
    expected = 0.4 * LOSSES[loss](scores[kept]).mean()
    assert risk(scores[kept], labels[kept], 0.4, 0, loss, clamp) == pytest.approx(expected)


def negative_bracket():
    """Scores whose bracket is negative: the unlabeled look less positive than the positives."""
    g = torch.tensor([2.0, 1.0, -3.0, -3.0], dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([1, 1, 0, 0])
    assert PNURisk(0.5, 1)(g, labels) > 0 > PNURisk(0.5, 1).bracket(g, labels)
    return g, labels


def gradient(g, value):
    return torch.autograd.grad(value, g)[0]


def test_unclamped_risk_can_be_negative_and_the_clamped_one_cannot():
    g, labels = negative_bracket()
    assert PNURisk(0.5, 1, "logistic", clamp=False)(10 * g, labels) < 0
    assert PNURisk(0.5, 1, "logistic", clamp=True)(10 * g, labels) > 0


def test_a_clamped_bracket_has_no_gradient():
    g, labels = negative_bracket()
    slope = gradient(g, PNURisk(0.5, 1)(g, labels))
    assert (slope[2:] == 0).all()
    expected = gradient(g, 0.5 * torch.sigmoid(-g[:2]).mean())
    torch.testing.assert_close(slope, expected)


def test_the_step_climbs_out_of_a_negative_bracket():
    g, labels = negative_bracket()
    step = PNURisk(0.5, 1, clamp="step", gamma=0.8, beta=0.01)
    bracket = torch.sigmoid(g[2:]).mean() - 0.5 * torch.sigmoid(g[:2]).mean()
    assert bracket < -0.01
    torch.testing.assert_close(gradient(g, step(g, labels)), gradient(g, -0.8 * bracket))
    expected = 0.5 * torch.sigmoid(-g[:2]).mean() - 0.01
    assert step(g, labels).item() == pytest.approx(expected.item(), rel=1e-12)


def test_the_step_is_the_plain_risk_while_the_bracket_is_above_minus_beta():
    g, labels = negative_bracket()
    step, plain = PNURisk(0.5, 1, clamp="step", beta=0.5), PNURisk(0.5, 1, clamp=False)
    assert step(g, labels) == plain(g, labels)
    torch.testing.assert_close(gradient(g, step(g, labels)), gradient(g, plain(g, labels)))


def test_a_clamp_batch_by_batch_overrates_the_risk_and_less_so_in_large_batches():
    rng = np.random.default_rng(0)
    p, u = rng.normal(5, 1, 400), np.r_[rng.normal(5, 1, 4000), rng.normal(-5, 1, 6000)]
    whole = risk(np.r_[p, u], np.repeat([1, 0], [400, 10000]), 0.4, 1, clamp=False)

    def excess(n, clamp):
        labels = np.repeat([1, 0], n)
        batches = [np.r_[rng.choice(p, n[0]), rng.choice(u, n[1])] for _ in range(500)]
        return np.mean([risk(batch, labels, 0.4, 1, clamp=clamp) for batch in batches]) - whole

    assert excess((8, 16), True) > 2 * excess((32, 256), True) > 0
    assert abs(excess((8, 16), False)) < excess((8, 16), True) / 2


@every_loss
@pytest.mark.parametrize("clamp", [True, False, "step"])
def test_gradient_of_a_mixture_is_that_of_a_finite_difference(loss, clamp):
    scores, labels = sample(1)
    labels = torch.tensor(labels)
    criterion = PNURisk(0.4, 0.5, loss, clamp)
    assert criterion.bracket(torch.tensor(scores), labels) > 0
    g = torch.tensor(scores, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: criterion(x, labels), g)


def test_scores_may_be_a_column_and_of_half_precision():
    scores, labels = sample()
    criterion = PNURisk(0.4, 0.5)
    column = criterion(torch.tensor(scores)[:, None].bfloat16(), torch.tensor(labels))
    assert column.dtype == torch.float32
    assert column.item() == pytest.approx(risk(scores, labels, 0.4, 0.5), abs=0.01)


def test_activation_and_decision_belong_together():
    g = torch.tensor([-1.0, 0.0, 2.0])
    criterion = PNURisk(0.4, 0)
    assert torch.equal(criterion.decodes(g), criterion.activation(g) >= 0.5)


def test_bad_parameters_are_named():
    for prior in (0, 1, -0.1, float("nan")):
        with pytest.raises(UsageError, match="prior"):
            PNURisk(prior, 0)
    with pytest.raises(UsageError, match="eta is 1.5"):
        PNURisk(0.5, 1.5)
    with pytest.raises(UsageError, match="no loss 'hinge'"):
        PNURisk(0.5, 0, "hinge")
    with pytest.raises(UsageError, match="clamp is 'maybe'"):
        PNURisk(0.5, 0, clamp="maybe")
    with pytest.raises(UsageError, match="beta"):
        PNURisk(0.5, 1, clamp="step", beta=0.6)


def test_bad_scores_and_labels_are_named():
    criterion = PNURisk(0.5, 0.5)
    with pytest.raises(UsageError, match="do not fit"):
        criterion(torch.zeros(4), torch.zeros(3))
    with pytest.raises(UsageError, match="do not fit"):
        criterion(torch.zeros(4, 2), torch.zeros(4))
    with pytest.raises(UsageError, match="none of"):
        criterion(torch.zeros(2), torch.tensor([1, 2]))


@pytest.mark.parametrize(("prior", "n"), [(0.4, (100, 100)), (0.2, (10, 300)), (0.7, (50, 20))])
def test_heuristic_eta_has_the_least_variance(prior, n):
    """Of the weights (1 + eta) p / n_P and (1 - eta) (1 - p) / n_N, tried on a fine grid."""
    etas = np.linspace(-1, 1, 20001)
    variance = ((1 + etas) * prior) ** 2 / n[0] + ((1 - etas) * (1 - prior)) ** 2 / n[1]
    assert heuristic_eta(prior, *n) == pytest.approx(etas[variance.argmin()], abs=1e-4)


def test_validation_risk_estimates_the_error_rate():
    rng = np.random.default_rng(0)
    truth = np.repeat([1, -1], [4000, 6000])
    scores = truth + rng.normal(0, 1.2, truth.shape)
    labels = np.r_[[1] * 3000, [-1] * 3000]
    labeled = labels + rng.normal(0, 1.2, labels.shape)
    all_scores, all_labels = np.r_[labeled, scores], np.r_[labels, 0 * truth]
    error = (np.sign(scores) != truth).mean()
    for eta in (None, 0, 0.5, 1, -1):
        assert validation_risk(all_scores, all_labels, 0.4, eta) == pytest.approx(error, abs=0.02)


def test_choose_eta_takes_the_network_with_fewest_errors():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, -1, 0], [300, 300, 1000])
    truth = np.r_[labels[:600], np.repeat([1, -1], [400, 600])]
    noise = {-0.5: 2.0, 0.0: 1.5, 0.5: 0.7, 1.0: 3.0}
    scores = {eta: truth + rng.normal(0, s, truth.shape) for eta, s in noise.items()}
    assert choose_eta(scores, labels, 0.4) == 0.5
    assert choose_eta(dict.fromkeys(noise, scores[0.0]), labels, 0.4) == 0.0
    with pytest.raises(UsageError, match="choose from"):
        choose_eta({}, labels, 0.4)


def test_heuristic_needs_both_classes():
    with pytest.raises(UsageError, match="both classes"):
        heuristic_eta(0.4, 10, 0)


@pytest.mark.parametrize("eta", [1, -1])
@every_loss
def test_a_bracket_is_the_risk_of_the_class_without_labels(loss, eta):
    g, labels = sample()
    way, of = (-1, 0.3) if eta > 0 else (1, 0.7)  # NU: the unlabeled as positives
    known = labels == (1 if eta > 0 else -1)
    want = LOSSES[loss](way * g[labels == 0]).mean() - of * LOSSES[loss](way * g[known]).mean()
    found = PNURisk(0.3, eta, loss).bracket(torch.tensor(g), torch.tensor(labels))
    assert found.item() == pytest.approx(want)
