"""Networks that others trained, from the model hub of timm: used frozen, and only if reachable."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch
from urllib.parse import urlsplit

import numpy as np

from ..errors import DownloadError
from .pictures import as_floats
from .prediction import in_batches, run_batches


def frozen_features(name: str, pictures: np.ndarray, batch_size: int = 64) -> np.ndarray:
    """Features of pictures by a pretrained network.

    Parameters
    ----------
    name : str
        A model of timm with pretrained weights, such as "vit_small_patch14_dinov2".
    pictures : ndarray (N, H, W)
        Bytes, or floats in 0..1. Brought to the network's own size; the grey is repeated in its
        three channels.
    batch_size : int

    Returns
    -------
    ndarray (N, F), float32

    Raises
    ------
    DownloadError
        The weights cannot be fetched.
    UsageError
        The pictures are not what they should be, or the batch size is less than 1.
    """
    import timm
    import torch

    batches = in_batches(pictures, batch_size, grey=True)
    try:
        with _no_waiting():
            model = timm.create_model(name, pretrained=True, num_classes=0).eval()
    except Exception as error:  # the hub's library has no common family of errors
        raise DownloadError(
            f"the weights of {name} cannot be fetched ({type(error).__name__}).",
            advice="With a network, run this again; they are kept on this computer afterwards.",
        ) from error
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    settings = timm.data.resolve_model_data_config(model)
    mean, std = (torch.tensor(settings[key])[:, None, None].to(device) for key in ("mean", "std"))

    def normalised(batch):
        x = as_floats(batch.to(device))
        x = torch.nn.functional.interpolate(x, settings["input_size"][1:], mode="bilinear")
        return (x.expand(-1, 3, -1, -1) - mean) / std

    return torch.cat(run_batches(model.to(device), map(normalised, batches))).numpy()


@contextmanager
def _no_waiting() -> Iterator[None]:
    """Without a network, look only among the weights that are here, instead of trying for long."""
    from huggingface_hub import constants

    try:
        socket.create_connection((urlsplit(constants.ENDPOINT).hostname, 443), timeout=5).close()
    except OSError:
        with patch.object(constants, "HF_HUB_OFFLINE", True):
            yield
    else:
        yield
