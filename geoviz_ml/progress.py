"""A bar of progress: on a terminal and in a live notebook, not in logs and stored outputs."""

import os
from collections.abc import Iterable

from tqdm.auto import tqdm


def progress(items: Iterable | None = None, label: str = "", total: int | None = None) -> tqdm:
    """A bar that disappears when done; iterate over it, or `update` it inside ``with``.

    There is none where output goes to a file, nor where ``TQDM_DISABLE`` is set (which tqdm itself
    does not heed in a notebook).
    """
    never = os.environ.get("TQDM_DISABLE", "").lower() not in ("", "0", "false")
    return tqdm(items, label, total, disable=never or None, leave=False)
