"""What the arcs chapter trains and measures: classifiers of patches from a hundred labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
from fastai.learner import Learner

from .. import models
from ..datasets import load_arcs
from ..learn import pnu_learner, segmentation_learner
from ..learn.pnu import predict_scores
from ..learn.pnu_weight import choose_eta
from ..learn.segmentation import predict
from ..prepare.patches import high_sky
from ..scores import Tally, tally
from ..simulate import arcs
from .arc_masks import agreement, level_claims, mask_claims
from .arc_nights import ArcNights, estimated_prior, half, some
from .experiment import Experiment
from .trainings import Training

ETAS = {"PN": 0.0, "PU": 1.0, "NU": -1.0}
CLAMPS = {"unclamped": False, "clamped": True, "step": "step"}
FACTORS = (0.25, 1, 4)  # of a prior that is wrong


class Arcs(Experiment):
    """Nights of all-sky cameras, and networks that learn arcs from few labelled patches.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.experiments import Arcs
    >>> chapter = Arcs(setup("quick"), seeds=2, labels=20)
    >>> [one.name for one in chapter.trainings() if one.group in ("PN", "PU")]
    ['PN, seed 0', 'PN, seed 1', 'PU, seed 0', 'PU, seed 1']
    """

    chapter, version = "arcs", arcs.VERSION
    columns: ClassVar = {
        "data_seed": ((21, 7101), "of the simulated nights"),
        "nights": ((60, 400), "simulated; three raw minutes of each"),
        "frames": ((1, 1), "taken of a minute (an imager takes 20)"),
        "labels": (
            (100, 100, 100),
            "patches cut by hand, half of them arc (as we read the abstract)",
        ),
        "unlabeled": ((3000, 3000, 3000), "patches cut at random"),
        "network": (
            ("PatchNet", "PatchResNet", "PatchResNet"),
            "PatchResNet is ResNet18 for patches",
        ),
        "width": ((8, 64, 64), "channels of its first layer"),
        "batch": (((16, 16, 64), (16, 16, 64)), "patches of a batch: arc, not arc, unlabeled"),
        "steps": ((300, 2400), "batches of a training"),
        "epochs": ((1, 4), "parts of a training, after each of which it can be cut"),
        "long": ((1000, 4800), "batches where the three forms of the risk are compared"),
        "long_epochs": ((10, 10), "parts of such a training"),
        "lr": ((1e-3, 1e-4), "highest learning rate"),
        "eta": (
            ((0.0, 0.25, 0.5, 1.0), (0.0, 0.25, 0.5, 0.75, 1.0)),
            "weights of the unlabeled patches that are tried",
        ),
        "seeds": ((5, 8), "trainings of PN, PU, NU and PNU each"),
        "label_counts": (
            ((20, 100, 500), (10, 30, 100, 300, 1000)),
            "numbers of labels of the curve",
        ),
        "seeds_labels": ((5, 3), "trainings for each other number of labels"),
        "seeds_prior": ((3, 3), "trainings for each prior that is assumed"),
        "scanned": ((24, 40), "test pictures of which masks are made"),
        "scan_step": ((1, 2), "pixels from score to score (without padding: 1)"),
        "unet": (((8, 8), (32, 30)), "of the U-net: channels of its first level, epochs"),
    }

    @cached_property
    def sky(self):
        """All pictures with their masks, see `load_arcs`; they are simulated if need be."""
        run = self.run
        folder = self.data / f"nights_{run.nights}_{run.frames}_{run.data_seed}"
        how = {"frames": run.frames, "minutes": 3, "every": 16}
        return load_arcs(arcs.make(folder, 3 * run.nights, seed=run.data_seed, **how))

    @cached_property
    def nights(self) -> ArcNights:
        """The same, apart by what they are for."""
        return ArcNights(self.sky)

    @property
    def network(self) -> partial:
        """Makes the network of this run."""
        return partial(getattr(models, self.run.network), width=self.run.width)

    def learner(
        self,
        eta: float | None,
        seed: int = 0,
        *,
        labels: int | None = None,
        prior_times: float | None = None,
        clamp: bool | str = "step",
        steps: int | None = None,
    ) -> Learner:
        """An untrained learner of patches.

        Parameters
        ----------
        eta : float, optional
            None: the one that is `chosen`, for which others are trained if they are not there.
        seed : int
            Of the patches too.
        labels : int, optional
            Other than the settings'.
        prior_times : float, optional
            The prior, in true ones. By default it is estimated from the patches.
        clamp : bool or str
            See `pnu_learner`.
        steps : int, optional
            An epoch.

        Raises
        ------
        Unfinished
            There is no time for the trainings of the choice.
        """
        run = self.run
        L, y, U, hidden = self.nights.draw(seed, labels or run.labels, run.unlabeled)
        if prior_times is None:
            prior = estimated_prior(L, y, U)
        else:
            prior = min(prior_times * float((hidden == 1).mean()), 0.9)
        return pnu_learner(
            (np.concatenate([L, U]), np.r_[y, np.zeros(len(U), int)]),
            self.nights.valid_set,
            self.network,
            prior=prior,
            eta=self.chosen if eta is None else eta,
            clamp=clamp,
            shares=run.batch,
            steps=steps or run.steps // run.epochs,
            lr=run.lr,
            seed=seed,
            device=self.settings.device,
        )

    @cached_property
    def tried(self) -> dict[float, Learner]:
        """The networks trained with each eta of the settings, first seed."""
        trainings = {eta: self.training(_of_eta(eta)) for eta in self.run.eta}
        return {eta: self.keep(one, measure=False) for eta, one in trainings.items()}

    @cached_property
    def chosen(self) -> float:
        """The eta of PNU, a weight: of those between 0 and 1, the one whose network does best on
        the nights for choosing.

        Networks that are not there are trained for it, by whoever asks first.
        """
        patches, labels = self.nights.valid_set
        drawn = self.nights.draw(0, self.run.labels, self.run.unlabeled)
        mixed = {eta: net for eta, net in self.tried.items() if 0 < eta < 1}
        scores = {eta: predict_scores(net, patches) for eta, net in mixed.items()}
        return choose_eta(scores, labels, estimated_prior(*drawn[:3]))

    def unet(self) -> Learner:
        """An untrained U-net that gets the masks themselves, on pictures of half the size."""
        train, few = self.nights.train, some(self.nights.valid_arcs, 8)
        model = partial(
            models.UNet, base=self.run.unet[0], norm=True, head=8, dropout=0.1, prior=0.05
        )
        return segmentation_learner(
            (half(train.pictures) / 255, half(train.masks & high_sky()) >= 0.5),
            (half(few.pictures) / 255, half(few.masks) >= 0.5),
            model,
            batch_size=8,
            lr=3e-3,
            device=self.settings.device,
        )

    def trainings(self) -> Iterator[Training]:
        """Forms of the PU risk; etas; PN, PU, NU, PNU; numbers of labels; priors; a U-net."""
        run = self.run
        error = "Error of patches, {}"
        for name, clamp in CLAMPS.items():
            how = {"prior_times": 1, "clamp": clamp, "steps": run.long // run.long_epochs}
            make = partial(self.learner, 1.0, **how)
            measure = partial(self.measure, error)
            yield Training(f"PU, {name} risk", 0, make, run.long_epochs, True, measure, run.key)
        groups = [(_of_eta(eta), 1, eta, error, {}) for eta in run.eta if 0 < eta < 1]
        groups += [(kind, run.seeds, eta, None, {}) for kind, eta in ETAS.items()]
        groups += [("PNU", run.seeds, None, None, {})]
        for n in run.label_counts:
            if n != run.labels:
                for kind, eta in (("PN", 0.0), ("PNU", None)):
                    claim = f"Error of patches with {n} labels, {kind}"
                    named = f"{kind}, {n} labels"
                    groups.append((named, run.seeds_labels, eta, claim, {"labels": n}))
        for factor in FACTORS:
            for kind, eta in (("PN", 0.0), ("PNU", None)):
                named = f"{kind}, assumed prior {factor:g} times the true one"
                groups.append((named, run.seeds_prior, eta, error, {"prior_times": factor}))
        for group, seeds, eta, claim, changed in groups:
            for seed in range(seeds):
                make = partial(self.learner, eta, seed, **changed)
                measure = partial(self.measure, claim)
                if claim is None:
                    measure = partial(self.measure_kind, group, seed)
                yield Training(group, seed, make, run.epochs, True, measure, run.key)
        ceiling = "U-net on true masks", 0, self.unet, run.unet[1], True, self.measure_unet
        yield Training(*ceiling, run.key)

    def errors(self, learners: Iterable[Learner]) -> Tally:
        """Test patches that networks (one a seed) take for the wrong class, and all that there
        are, of shape (seeds, nights)."""
        patches, arc = self.nights.test_set
        wrong = [(predict_scores(one, patches) >= 0) != arc for one in learners]
        return tally(wrong, groups=self.nights.test_nights)

    def never(self, seeds: int = 1) -> Tally:
        """The same of one who never says arc, beside so many seeds: all patches that are arc."""
        arc = np.tile(self.nights.test_set[1], (seeds, 1))
        return tally(arc, groups=self.nights.test_nights)

    def measure(self, claim: str, learner: Learner) -> dict[str, float]:
        """Part of the test patches that are classified wrongly."""
        patches, arc = self.nights.test_set
        return {claim: float(((predict_scores(learner, patches) >= 0) != arc).mean())}

    def measure_kind(self, kind: str, seed: int, learner: Learner) -> dict[str, float]:
        """Errors; of PN and PNU masks too, and of PNU what it gains on PN with the same patches."""
        claim = f"Error of patches with {self.run.labels} labels, {{}}"
        found = self.measure(claim, learner)
        alarms = float((predict_scores(learner, self.nights.empty_patches) >= 0).mean())
        found["Patches called arc in skies without an arc, {}"] = alarms
        if kind in ("PN", "PNU"):
            found |= mask_claims(learner, self.nights, self.run.scanned, self.run.scan_step)
        if kind == "PNU":
            pair = self.keep(self.training("PN", seed))
            found["Error of patches, PNU minus PN"] = found[claim] - pair.measured[claim]
        return found

    def measure_unet(self, learner: Learner) -> dict[str, float]:
        """Of its masks."""
        frames = some(self.nights.test, self.run.scanned)
        whole = predict(learner, half(frames.pictures) / 255).repeat(2, 1).repeat(2, 2)
        scores = agreement((whole >= 0.5) & high_sky(), frames)
        return {f"{what} of arcs: {{}}": value for what, value in scores.items()}

    def use(self, training: Training, learner: Learner) -> dict:
        """Pixels from score to score, of a network of patches."""
        scanned = isinstance(learner.model, models.PatchNet | models.PatchResNet)
        return {"step": self.run.scan_step} if scanned else {}

    def tallies(self, training: Training, learner: Learner) -> dict[str, Tally]:
        """Errors of patches, night by night."""
        names = [n for n in learner.measured if n.startswith("Error") and "minus" not in n]
        return {name: self.errors([learner]) for name in names}

    def untrained(self) -> dict[str, float]:
        """Nothing or everything is arc; a threshold on brightness; the estimated prior."""
        nights, run = self.nights, self.run
        L, y, U, hidden = nights.draw(0, run.labels, run.unlabeled)
        off = estimated_prior(L, y, U) - float((hidden == 1).mean())
        return {
            "Error of patches, nothing is arc": float(nights.test_set[1].mean()),
            "Prior by energy distance minus true prior": off,
            **level_claims(nights, run.scanned),
        }


def _of_eta(eta: float) -> str:
    """The group of the trainings with an eta."""
    return next((kind for kind, other in ETAS.items() if other == eta), f"PNU, eta {eta:g}")
