"""Risks of a two-class network from positive, negative and unlabeled samples.

Sakai et al. 2017 (PNU), Kiryo et al. 2017 (the non-negative form). With p = P(y = +1), the prior,
and a loss l(m) of the margin m = y g, the risk of a score g can be written in three ways::

    R_PN = p E_P[l(g)] + (1 - p) E_N[l(-g)]
    R_PU = p E_P[l(g)] + { E_U[l(-g)] - p E_P[l(-g)] }
    R_NU = (1 - p) E_N[l(-g)] + { E_U[l(g)] - (1 - p) E_N[l(g)] }

A bracket is the risk of the class without labels. It cannot be negative, but an estimate from few
samples can, and a network learns to make it so.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import UsageError

MARGIN_LOSSES: dict[str, Callable[[Tensor], Tensor]] = {
    # l(m) + l(-m) = 1
    "sigmoid": lambda m: torch.sigmoid(-m),
    "zero_one": lambda m: (1 - torch.sign(m)) / 2,  # counts errors; has no gradient
    # l(m) - l(-m) = -m
    "logistic": lambda m: functional.softplus(-m),
    "squared": lambda m: (1 - m) ** 2 / 4,
    "double_hinge": lambda m: torch.maximum(-m, ((1 - m) / 2).clamp_min(0)),
}


class PNURisk(nn.Module):
    """Risk from positive, negative and unlabeled samples (Sakai et al. 2017)::

        R = (1 - eta) R_PN + eta R_PU      for eta >= 0
        R = (1 + eta) R_PN - eta R_NU      for eta < 0

    Parameters
    ----------
    prior : float
        Part of the positives among the unlabeled samples, between 0 and 1.
    eta : float
        1: PU, 0: PN, -1: NU, and their mixtures between.
    loss : {"sigmoid", "logistic", "squared", "double_hinge", "zero_one"}
        Of the margin. "zero_one" counts errors (a score of 0 as half of one); it is for
        validation, it cannot be trained.
    clamp : bool or "step"
        True: a negative bracket counts as 0 (and has no gradient). False: it counts as it is.
        "step": where a bracket is below -`beta`, R_PU (R_NU likewise) counts as p E_P[l(g)] -
        `beta`, and its gradient is that of -`gamma` times the bracket, which pushes the bracket
        back up (Kiryo et al. 2017, algorithm 1).
    beta, gamma : float
        For "step": 0 to `prior`, and 0 to 1.

    Raises
    ------
    UsageError
        A parameter is out of its range, or scores and labels do not fit.

    Notes
    -----
    Clamped batch by batch, the risk is too large on average: near the best network chance makes the
    bracket of a batch negative or positive, and only the positive ones push the scores, away from
    the class of the bracket. The fewer unlabeled samples a batch holds the worse; "step" pushes
    back.

    A stratum of which the batch holds nothing adds 0. Half precision is computed in float32. The
    network must answer with a raw score, the larger the more positive: no sigmoid at its end.

    Examples
    --------
    >>> risk = PNURisk(prior=0.4, eta=0.5)
    >>> risk(torch.tensor([2.0, -2.0, 0.0]), torch.tensor([1, -1, 0]))
    tensor(0.1573)
    """

    def __init__(
        self,
        prior: float,
        eta: float,
        loss: str = "sigmoid",
        clamp: bool | str = True,
        beta: float = 0.0,
        gamma: float = 1.0,
    ):
        super().__init__()
        check_prior(prior)
        if not -1 <= eta <= 1:
            raise UsageError(f"eta is {eta}.", advice="Use -1 (NU) to 1 (PU); 0 is PN.")
        if loss not in MARGIN_LOSSES:
            raise UsageError(f"no loss {loss!r}.", advice=f"Use one of {[*MARGIN_LOSSES]}.")
        if clamp not in (True, False, "step"):
            raise UsageError(f"clamp is {clamp!r}.", advice="Use True, False or 'step'.")
        if not (0 <= beta <= prior and 0 <= gamma <= 1):
            raise UsageError(f"beta {beta} must be in 0..prior, gamma {gamma} in 0..1.")
        self.prior, self.eta, self.loss, self.clamp = float(prior), float(eta), loss, clamp
        self.beta, self.gamma = float(beta), float(gamma)

    def extra_repr(self) -> str:
        names = ("prior", "eta", "loss", "clamp", "beta", "gamma")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)

    def forward(self, scores: Tensor, labels: Tensor) -> Tensor:
        """The risk of scores (B,) or (B, 1) under labels (B,): +1, -1, or 0 for unlabeled."""
        plus, minus = self.means(scores, labels)
        p, q, eta = self.prior, 1 - self.prior, self.eta
        pn = p * plus["P"] + q * minus["N"]
        if eta > 0:
            return (1 - eta) * pn + eta * self.whole(p * plus["P"], minus["U"] - p * minus["P"])
        if eta < 0:
            return (1 + eta) * pn - eta * self.whole(q * minus["N"], plus["U"] - q * plus["N"])
        return pn

    def bracket(self, scores: Tensor, labels: Tensor) -> Tensor:
        """The bracket of R_PU (of R_NU if eta is negative), unclamped, a scalar.

        Scores and labels are as of `means`.
        """
        plus, minus = self.means(scores, labels)
        if self.eta < 0:
            return plus["U"] - (1 - self.prior) * plus["N"]
        return minus["U"] - self.prior * minus["P"]

    def means(self, scores: Tensor, labels: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Mean of l(g) and of l(-g) in each stratum P, N, U, scalars; 0 for an empty one.

        Scores g are (B,) or (B, 1), labels (B,): +1, -1, or 0 for unlabeled.

        Raises
        ------
        UsageError
            Scores and labels do not fit, or a label is none of +1, -1 and 0.
        """
        scores = scores.squeeze(-1) if scores.ndim == 2 else scores
        if scores.ndim != 1 or scores.shape != labels.shape:
            raise UsageError(
                f"scores {tuple(scores.shape)} and labels {tuple(labels.shape)} do not fit.",
                advice="Give one score and one label a sample.",
            )
        scores = scores if scores.dtype == torch.float64 else scores.float()
        strata = {name: scores[labels == y] for name, y in (("P", 1), ("N", -1), ("U", 0))}
        if sum(len(part) for part in strata.values()) != len(scores):
            raise UsageError("a label is none of +1, -1 and 0 (unlabeled).")
        loss = MARGIN_LOSSES[self.loss]

        def mean(values: Tensor) -> Tensor:
            return values.sum() / max(len(values), 1)

        return (
            {name: mean(loss(part)) for name, part in strata.items()},
            {name: mean(loss(-part)) for name, part in strata.items()},
        )

    def whole(self, labeled: Tensor, bracket: Tensor) -> Tensor:
        """R_PU or R_NU of its two parts, in the form that `clamp` names; all are scalars.

        See the class for the forms.
        """
        if self.clamp is False:
            return labeled + bracket
        if self.clamp is True:
            return labeled + bracket.clamp_min(0)
        if bracket >= -self.beta:
            return labeled + bracket
        step = -self.gamma * bracket  # gives the gradient, not the value
        return (labeled - self.beta).detach() + (step - step.detach())

    def activation(self, scores: Tensor) -> Tensor:
        """Scores as numbers between 0 and 1; probabilities only if the loss is "logistic"."""
        return torch.sigmoid(scores.float())

    def decodes(self, scores: Tensor) -> Tensor:
        return scores >= 0


def check_prior(prior: float) -> None:
    """Raise `UsageError` unless `prior` lies between 0 and 1."""
    if not 0 < prior < 1:
        raise UsageError(
            f"the prior is {prior}.",
            advice="Give the part of positives among the unlabeled samples, between 0 and 1.",
        )
