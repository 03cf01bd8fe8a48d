"""What a training tells about itself: a row an epoch."""

from __future__ import annotations

import torch
from fastai.callback.core import Callback
from torch import Tensor


class History(Callback):
    """Keeps one row an epoch of what its subclasses measure, in training and in validation.

    A subclass says what is measured of a batch (`measure`) and, if it is not a mean over all
    pictures, what the row says of it (`summary`). The training values are taken while the network
    learns, with dropout on, as Keras reports them.

    Attributes
    ----------
    rows : list of dict
        `epoch`, counted from 1, and one item a number measured.
    """

    order, name = 60, "history"  # where `Checkpoint` looks for it

    def __init__(self):
        self.rows: list[dict] = []

    def measure(self) -> dict[str, Tensor]:
        """Numbers of this batch, summed over its pictures, left on the device.

        Asking for one of them would make the device wait.
        """
        raise NotImplementedError

    def summary(self, part: str, measured: dict[str, list[Tensor]]) -> dict[str, float]:
        """What the row says of a `part`, "train" or "valid", measured batch by batch."""
        return {f"{part}_{name}": total(v).item() / self.pictures for name, v in measured.items()}

    def before_epoch(self):
        self.row = {"epoch": self.epoch + 1}

    def _begin(self):
        self.measured, self.batches, self.pictures = {}, 0, 0

    before_train = before_validate = _begin

    def after_batch(self):
        with torch.no_grad():
            for name, value in self.measure().items():
                self.measured.setdefault(name, []).append(value.detach())
        self.batches += 1
        self.pictures += len(self.xb[0])

    def _end(self, part: str):
        if self.batches:
            self.row.update(self.summary(part, self.measured))

    def after_train(self):
        self._end("train")

    def after_validate(self):
        self._end("valid")

    def after_epoch(self):
        if len(self.row) > 1:  # an epoch that was done already is skipped
            self.rows.append(self.row)


def total(values: list[Tensor]) -> Tensor:
    """The sum over batches of tensors of one shape, and of that shape."""
    return torch.stack(values).sum(0)
