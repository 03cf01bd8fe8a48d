"""Checks of the toolbox's lessons. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import same, truth

# lesson 1: files and batches


@register("toolbox-1", "Choose nights first, and then all pieces of those nights.")
def split_by_night(answer, rng) -> bool:
    """Ask for a function of names "YYYY-MM-DD_part": the rows that validate, in whole nights.

    Of the nights 15 to 40 % must validate; the names come in any order, two to four a night.
    """
    for _ in range(5):
        days = rng.choice(900, rng.integers(8, 20), replace=False)
        evenings = np.datetime64("2013-01-01") + days
        names = [f"{e}_{part}" for e in evenings for part in range(rng.integers(2, 5))]
        names = [str(name) for name in rng.permutation(names)]
        rows = np.asarray(answer(names))
        if rows.ndim != 1 or rows.dtype.kind not in "iu" or len(set(rows.tolist())) < len(rows):
            raise ValueError("row numbers are asked for, each once")
        here = {names[i][:10] for i in rows}
        there = {name[:10] for i, name in enumerate(names) if i not in set(rows.tolist())}
        if here & there or not 0.15 <= len(here) / len(evenings) <= 0.4:
            return False
    return True


@register(
    "toolbox-2", "Range, NaN, classes, sizes, number, channel: which of them did you not ask?"
)
def healthy(answer, rng) -> bool:
    """Ask for a function of pictures (B, 1, H, W) and masks (B, H, W): can a network learn of them?

    Pictures are finite floats in 0..1 with one channel, masks hold whole numbers 0 and 1, and
    they are as many and of the same size. Each fault comes alone.
    """
    x = rng.random((4, 1, 8, 12), dtype=np.float32)
    y = (rng.random((4, 8, 12)) < 0.2).astype(np.int64)
    y[0, 0, :2] = 0, 1
    hole = np.where(rng.random(x.shape) < 0.1, np.float32(np.nan), x)
    hole[0, 0, 0, 0] = np.nan
    wrong = [
        (x * 255, y), (x - 0.5, y), (hole, y), (x, y * 255), (x[:, 0], y), (x, y[:, :, :-1]),
        (x[:3], y), (np.repeat(x, 3, axis=1), y), (x, y.swapaxes(1, 2)), (x, y - 1),
    ]  # fmt: skip
    right = [(x, y), (x, np.zeros_like(y)), (x[:1], y[:1])]
    tried = [(pair, True) for pair in right] + [(pair, False) for pair in wrong]
    order = rng.permutation(len(tried))
    return all(truth(answer(*tried[i][0])) == tried[i][1] for i in order)


@register("toolbox-3", "How many whole batches are there, and is there a rest?")
def batches(answer, rng) -> bool:
    """Ask for a function of pictures and batch size: batches of training and of validation.

    Training leaves out a last batch that is not full, validation does not.
    """
    pairs = [(int(n), int(bs)) for n, bs in rng.integers(3, 100, (8, 2))] + [(5, 8), (64, 16)]
    return all(same(answer(n, bs), (n // bs, -(-n // bs)), 0, 0) for n, bs in pairs)


# lesson 2: steps


@register("toolbox-4", "The gradient of (w x - t)^2 is 2 (w x - t) x; the second step has its own.")
def two_steps(answer, rng) -> bool:
    """Ask for a function of w, x, t and lr: the weight after two steps down (w x - t)^2."""
    for w, x, t, lr in rng.uniform([-2, 0.5, -2, 0.01], [2, 2, 2, 0.2], (6, 4)):
        at_the_end = t / x + (w - t / x) * (1 - 2 * lr * x**2) ** 2
        if not same(answer(w, x, t, lr), at_the_end):
            return False
    return True


@register("toolbox-5", "By which factor does one step change w's distance from the best w?")
def highest_rate(answer, rng) -> bool:
    """Ask for a function of inputs x (n,): the rate where steps on mean((w x - t)^2) grow."""
    return all(same(answer(x), len(x) / (x**2).sum()) for x in rng.uniform(-2, 2, (5, 7)))


@register("toolbox-6", "Which constant p is best? Set the derivative by p to zero.")
def weighted_floor(answer, rng) -> bool:
    """Ask for a function of share and weight: the least weighted cross-entropy of a constant.

    The loss is the mean of -weight y ln p - (1 - y) ln(1 - p).
    """
    p = (np.arange(200_000) + 0.5) / 200_000
    for share, weight in rng.uniform([0.02, 0.5], [0.5, 20], (4, 2)):
        loss = -weight * share * np.log(p) - (1 - share) * np.log(1 - p)
        if not same(answer(share, weight), loss.min()):
            return False
    return True


# lesson 3: rates and curves


@register("toolbox-7", "Each part is half a cosine: from its start to its end, flat at both.")
def one_cycle(answer, rng) -> bool:
    """Ask for a function of the part done (0 to 1) and the highest rate: the rate of one cycle.

    From a 25th of the highest up to it in the first quarter, then down to nothing.
    """
    for done, top in rng.uniform([0, 1e-4], [1, 1], (12, 2)):
        start, end, part = (top / 25, top, done / 0.25) if done < 0.25 else (top, 0, done / 0.75)
        part = part if done < 0.25 else (done - 0.25) / 0.75
        rate = end + (start - end) * (1 + np.cos(np.pi * part)) / 2
        if not same(answer(done, top), rate):
            return False
    return True


@register("toolbox-8", "Ask in the order of the text: training loss first, then validation loss.")
def diagnosis(answer, rng) -> bool:
    """Ask for a function of training losses, validation losses (epochs,) and floor: what is wrong.

    "rate too high", "underfit", "overfit" or "fine"; the curves of the check are clear cases.
    """
    epochs = np.arange(20)
    for floor in rng.uniform(0.2, 0.7, 3):
        noise = 0.01 * floor * rng.standard_normal((2, 20))
        fall = floor * (0.25 + 0.75 * np.exp(-epochs / rng.uniform(2, 4)))
        slow = floor * (1.3 - 0.3 * epochs / 19)
        wild = floor * (1.5 + rng.uniform(0, 2, 20))
        rise = fall + floor * 0.6 * np.maximum(0, epochs - 8) / 11
        broken = np.where(epochs > rng.integers(3, 15), np.nan, wild)
        cases = [
            (fall, fall * 1.1, "fine"), (slow, slow * 1.02, "underfit"), (fall, rise, "overfit"),
            (wild, wild * 1.1, "rate too high"), (broken, broken, "rate too high"),
        ]  # fmt: skip
        for i in rng.permutation(len(cases)):
            train, valid, name = cases[i]
            if not _text(answer(train + noise[0], valid + noise[1], floor), name):
                return False
    return True


@register("toolbox-9", "Count the windows that begin less than a width before, then those after.")
def twins(answer, rng) -> bool:
    """Ask for a function of width and stride: the other windows that share columns with one."""
    pairs = [(int(w), int(s)) for w, s in rng.integers(1, 60, (8, 2))] + [(64, 16), (10, 10)]
    return all(
        same(answer(w, s), 2 * sum(k * s < w for k in range(1, 100)), 0, 0) for w, s in pairs
    )


# lesson 4: augmentation and pretrained networks


@register("toolbox-10", "What happens to the picture must happen to the mask, and to nothing else.")
def later(answer, rng) -> bool:
    """Ask for a function of picture, mask (H, W) and columns: both moved right, edges repeated."""
    for columns in rng.integers(1, 8, 5):
        picture = rng.random((6, 10))
        mask = rng.random((6, 10)) < 0.3
        moved, marked = answer(picture, mask, int(columns))
        source = np.maximum(np.arange(10) - columns, 0)
        if not same(moved, picture[:, source], 0, 1e-9) or not same(marked, mask[:, source], 0, 0):
            return False
    return True


@register("toolbox-11", "Neighbours have the same ratio, not the same difference.")
def group_rates(answer, rng) -> bool:
    """Ask for a function of lowest rate, highest rate and groups: a rate for each group."""
    for low, factor in rng.uniform([1e-6, 3], [1e-3, 300], (5, 2)):
        n = int(rng.integers(2, 7))
        right = low * factor ** (np.arange(n) / (n - 1))
        if not same(answer(low, low * factor, n), right):
            return False
    return True


@register("toolbox-12", "Draw whole nights again, both networks on the same ones.")
def verdict(answer, rng) -> bool:
    """Ask for a function of two networks' scores a night (nights,): is the second ahead?

    "ahead", "behind" or "level", by an interval over nights of the difference; clear cases.
    """
    for _ in range(2):
        nights = rng.uniform(0.2, 0.7, 16)
        small = np.tile([-0.02, 0.02], 8)
        one = small.copy()
        one[rng.integers(16)] += 0.25
        cases = {"ahead": [0.06 + small], "behind": [-0.05 + small], "level": [small, one]}
        for word, differences in cases.items():
            for difference in differences:
                if not _text(answer(nights, nights + rng.permutation(difference)), word):
                    return False
    return True


# lesson 5: saving, metrics, splits, thresholds


@register("toolbox-13", "Which of them can hold more than numbers and names?")
def safe_files(answer) -> bool:
    """Ask for the set of what may be opened though a stranger made it."""
    if not isinstance(answer, set | list | tuple):
        raise TypeError("a set of texts is asked for")
    return sorted(answer) == ["safetensors", "torch.load, weights_only=True"]


@register("toolbox-14", "The nights that report must not take part in the choice.")
def chosen_elsewhere(answer, rng) -> bool:
    """Ask for a function of hits, unions (settings, nights) and two sets of nights: an honest IoU.

    The setting is the best on the first set of nights, the score is that setting's on the second.
    """
    for _ in range(5):
        union = rng.integers(50, 200, (12, 10))
        hits = (union * rng.random(union.shape)).astype(int)
        choose, report = np.split(rng.permutation(10), [5])
        best = max(range(12), key=lambda k: hits[k, choose].sum() / union[k, choose].sum())
        right = hits[best, report].sum() / union[best, report].sum()
        if not same(answer(hits, union, choose, report), right):
            return False
    return True


@register("toolbox-15", "How many independent answers are there, and how does a mean's error fall?")
def too_narrow(answer, rng) -> bool:
    """Ask for a function of the pictures of a stretch: by which factor an interval is too narrow.

    All pictures of a stretch are right, or all are wrong.
    """
    return all(same(answer(int(m)), np.sqrt(m)) for m in rng.integers(2, 40, 6))


def _text(answer: object, right: str) -> bool:
    """A text that must be one of a few words."""
    if not isinstance(answer, str):
        raise TypeError(f"{type(answer).__name__} where a text is asked for")
    return answer == right
