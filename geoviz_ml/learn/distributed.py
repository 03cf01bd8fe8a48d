"""One training on several GPUs, or processes: torch's DistributedDataParallel, and SimCLR's loss.

Each process ("rank") has the whole model and a slice of every batch; gradients are averaged (Li et
al. 2020, doi:10.14778/3415478.3415530). SimCLR compares every view with all others of the batch, so
its vectors are gathered from all ranks (Chen et al. 2020, section 2.2).

    with ranks() as device:                     # torchrun --nproc-per-node 4 train.py
        learner = simclr_learner(pictures, ResNet18, batch_size=512, device=device)
        fit_ranks(learner, 100, folder="out")
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

import pandas as pd
import torch
import torch.distributed as dist
from fastai.callback.core import Callback
from fastai.learner import Learner
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ..errors import UsageError
from .checkpoint import Checkpoint
from .losses import NTXent
from .training import fit


def world() -> tuple[int, int]:
    """Number of this rank, and how many there are; (0, 1) without others."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


@contextmanager
def ranks() -> Iterator[torch.device]:
    """Join the others that ``torchrun`` has started, within the block; gives this rank's device.

    A GPU each where there are GPUs (nccl), else the CPU (gloo). Without ``torchrun`` there are no
    others.
    """
    gpu = torch.cuda.is_available()
    device = torch.device("cuda" if gpu else "cpu")
    if "RANK" not in os.environ:
        yield device
        return
    if gpu:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if gpu else "gloo")
    try:
        yield device
    finally:
        dist.destroy_process_group()


class Gather(torch.autograd.Function):
    """The rows (n, F) of all ranks, one below the other (ranks n, F), with their gradients."""

    @staticmethod
    def forward(ctx, own: Tensor) -> Tensor:
        """Rows (ranks n, F) of all, from one's own (n, F)."""
        parts = [torch.empty_like(own) for _ in range(world()[1])]
        dist.all_gather(parts, own.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        """Gradient (n, F) of one's own rows, on which the losses of all ranks depend."""
        grad = grad.contiguous()
        dist.all_reduce(grad)
        rank, of = world()
        return grad.chunk(of)[rank]


class GatheredNTXent(NTXent):
    """`NTXent` among the views of all ranks.

    Called with this rank's pairs (B, F), as many as every other's. The mean over the ranks is the
    loss of the whole batch, and so are the gradients, once they are averaged.
    """

    def forward(self, z1: Tensor, z2: Tensor) -> Tensor:
        if world()[1] == 1:
            return super().forward(z1, z2)
        with torch.autocast(z1.device.type, enabled=False):
            z = torch.cat([z1, z2])
            z = z.to(torch.promote_types(z.dtype, torch.float32))
            z = nn.functional.normalize(z, eps=1e-4)
            place = torch.arange(len(z), device=z.device)
            first = world()[0] * len(z)
            logits = z @ Gather.apply(z).T / self.temperature
            logits[place, first + place] = -torch.inf  # itself
            return nn.functional.cross_entropy(logits, first + place.roll(len(z1)))


class GatheredPairs(GatheredNTXent):
    """`GatheredNTXent` of an answer (2B, F): first views of B pictures, then B of the same."""

    def forward(self, z: Tensor, _=None) -> Tensor:
        return super().forward(*z.chunk(2))


class Ranks(Callback):
    """Trains on a slice of every batch, and averages gradients and history over the ranks.

    Validation is done whole by every rank. Outside training the learner has its plain model.

    Parameters
    ----------
    views : optional
        What is drawn anew on every epoch and must differ between the ranks; has a method ``seed``.
    """

    order = 8  # after the epoch's seed, before views and mixed precision

    def __init__(self, views=None):
        self.views = views

    def before_fit(self):
        gpu = self.dls.device.type == "cuda"
        self.plain = self.model
        self.wrapped = DistributedDataParallel(
            self.plain, device_ids=[self.dls.device.index] if gpu else None
        )

    def before_train(self):
        self.learn.model = self.wrapped
        rank, _ = world()
        if rank:  # EpochSeed has made all alike
            torch.manual_seed(torch.initial_seed() + 7919 * rank)
            if self.views is not None:
                self.views.seed(torch.initial_seed() % 2**31)

    def before_batch(self):
        if self.training:
            rank, of = world()
            self.learn.xb = tuple(x.chunk(of)[rank] for x in self.xb)
            self.learn.yb = tuple(y.chunk(of)[rank] for y in self.yb)

    def after_train(self):
        self.learn.model = self.plain
        _, of = world()
        self.history.batches *= of
        counts = torch.tensor([float(self.history.pictures)], device=self.dls.device)
        dist.all_reduce(counts)
        self.history.pictures = int(counts.item())
        for values in self.history.measured.values():
            whole = torch.stack(values).sum(0)
            dist.all_reduce(whole)
            values[:] = [whole]

    def after_cancel_fit(self):
        self.learn.model = self.plain


def fit_ranks(
    learner: Learner, epochs: int, *, folder: str | PathLike | None = None, one_cycle: bool = False
) -> pd.DataFrame:
    """`fit` by all ranks together; without others it is `fit`.

    The learner's batch is that of all ranks together. The first rank keeps the checkpoint, of the
    plain model.

    Parameters
    ----------
    learner : Learner
        On every rank made in the same way, with the device from `ranks`. Its loss is a mean over
        pictures, or SimCLR's, which is replaced by `GatheredPairs`.
    epochs, folder, one_cycle
        As in `fit`. All ranks must see the folder.

    Returns
    -------
    DataFrame
        The history of all ranks together.

    Raises
    ------
    UsageError
        The batches cannot be divided equally among the ranks, or these do not see one checkpoint.
    DataFileError
        The checkpoint is damaged.

    Notes
    -----
    A batch normalisation sees the slice of its own rank.
    """
    rank, of = world()
    if of == 1:
        return fit(learner, epochs, folder=folder, one_cycle=one_cycle)
    data = learner.dls.train
    if data.bs % of or (not data.drop_last and data.n % data.bs):
        raise UsageError(
            f"batches of {data.bs} of {data.n} pictures cannot be divided among {of} ranks.",
            advice="Choose a batch divisible by their number, and drop_last=True.",
        )
    if isinstance(learner.loss_func, NTXent):
        learner.loss_func = GatheredPairs(learner.loss_func.temperature)
    learner.recipe = {**learner.recipe, "ranks": of}
    views = next((cb.augment for cb in learner.cbs if hasattr(cb, "augment")), None)
    start = 0
    if folder is not None:
        dist.barrier()  # the first rank has written what a call before has left
        path = Path(folder) / "checkpoint.pt"
        recipe = {**learner.recipe, "one_cycle": one_cycle and epochs}
        start = Checkpoint(path, recipe).resume(learner)
        if len(set(gathered(start))) > 1:
            raise UsageError(
                "the ranks find different checkpoints.", path, "Give a folder that all of them see."
            )
    with learner.added_cbs(Ranks(views)):
        return fit(
            learner, epochs, folder=None if rank else folder, one_cycle=one_cycle, start=start
        )


def gathered(number: int) -> list[int]:
    """The numbers of all ranks."""
    numbers = [0] * world()[1]
    dist.all_gather_object(numbers, number)
    return numbers
