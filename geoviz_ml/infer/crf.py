"""Mend the edges of a mask by its picture: a fully connected CRF (Kraehenbuehl and Koltun 2011)."""

from __future__ import annotations

import importlib.util
import math

import numpy as np

from ..errors import UsageError, unmasked
from ..prepare.scaling import as_values
from .mean_field import SURE, mean_field

BACKENDS = ("auto", "pydensecrf", "torch")
QUICK = 1e-7  # see `mean_field`: float32 is enough for pictures of 256 levels


def refine_crf(
    image: np.ndarray,
    prob: np.ndarray,
    backend: str = "auto",
    *,
    sxy: float = 3.0,
    compat: float = 3.0,
    bilateral_sxy: float = 80.0,
    bilateral_srgb: float = 13.0,
    bilateral_compat: float = 10.0,
    iterations: int = 5,
    mask_prob: float = 0.8,
    device=None,
) -> np.ndarray:
    """Let every pixel agree with all pixels that are near, and of a like brightness.

    Parameters
    ----------
    image : ndarray (H, W)
        Grey: bytes, or floats in 0..1.
    prob : ndarray (H, W)
        Probability of the class sought. A mask of bool counts as `mask_prob` inside and
        1 - `mask_prob` outside.
    backend : {"auto", "pydensecrf", "torch"}
        "auto": pydensecrf where it is installed, as it is several times as quick on a CPU;
        otherwise torch. The two are alike but not equal: where that matters name one of them.
    sxy, compat : float
        Width (pixels) and weight of the kernel of distance alone.
    bilateral_sxy, bilateral_srgb, bilateral_compat : float
        Widths (pixels; grey levels of 255) and weight of the kernel of distance and colour. The
        colour is red = green = blue = grey, so the distance in grey counts three times squared.
    iterations : int
        Steps of the mean field.
    mask_prob : float
        Between 0.5 and 1.
    device : torch.device or str, optional
        Of the torch backend. Default: a GPU if there is one.

    Returns
    -------
    ndarray (H, W) of float32
        Refined probability.

    Raises
    ------
    UsageError
        Arrays that are not what they should be, or a backend that is not there.

    Notes
    -----
    The defaults are those of pydensecrf and of Katafuchi's code, which refines the mask, not the
    probability. pydensecrf filters with a permutohedral lattice, which is quick and approximate;
    the torch backend leaves out no pair and is right to some 1e-4, see
    `geoviz_ml.infer.mean_field`.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.infer import refine_crf
    >>> image = np.zeros((16, 16), np.uint8)
    >>> image[4:12, 4:12] = 200
    >>> mask = image > 100
    >>> mask[6, 6] = False  # a hole that the picture does not have
    >>> bool(refine_crf(image, mask, backend="torch")[6, 6])
    True
    """
    backend = chosen_backend(backend)
    grey, prob = _grey(image), _probability(prob, mask_prob)
    if grey.shape != prob.shape:
        raise UsageError(f"the image is {grey.shape}, the probability {prob.shape}.")
    widths = (sxy, bilateral_sxy, bilateral_srgb)
    if min(widths) <= 0 or min(compat, bilateral_compat) < 0 or iterations < 0:
        raise UsageError("widths must be above 0, weights and iterations not below.")
    smooth = (sxy, compat)
    bilateral = (bilateral_sxy, bilateral_srgb / math.sqrt(3), bilateral_compat)
    if backend == "pydensecrf":
        return _pydensecrf(grey, prob, smooth, bilateral, iterations)
    found = mean_field(grey, prob, smooth, bilateral, iterations, device, cut=QUICK)
    return found.astype(np.float32)


def chosen_backend(backend: str = "auto") -> str:
    """Which backend `refine_crf` uses here: "pydensecrf" or "torch".

    Raises
    ------
    UsageError
        There is no such backend, or it is not installed.
    """
    if backend not in BACKENDS:
        raise UsageError(f"no backend {backend!r}.", advice=f"Use one of {BACKENDS}.")
    if backend == "auto":
        return "pydensecrf" if has_pydensecrf() else "torch"
    if backend == "pydensecrf" and not has_pydensecrf():
        raise UsageError(
            "pydensecrf is not installed.",
            advice="Install geoviz_ml[crf] (Python below 3.13), or use backend='torch'.",
        )
    return backend


def has_pydensecrf() -> bool:
    """Whether pydensecrf can be imported."""
    return importlib.util.find_spec("pydensecrf") is not None


def _pydensecrf(grey, prob, smooth, bilateral, iterations) -> np.ndarray:
    from pydensecrf.densecrf import DenseCRF2D
    from pydensecrf.utils import create_pairwise_bilateral

    height, width = grey.shape
    crf = DenseCRF2D(width, height, 2)  # in this order
    energy = -np.log(np.stack([1 - prob, prob]).clip(SURE, 1))
    crf.setUnaryEnergy(np.ascontiguousarray(energy.reshape(2, -1), np.float32))
    (sxy, compat), (far, levels, weight) = smooth, bilateral
    crf.addPairwiseGaussian(sxy=sxy, compat=compat)
    places = create_pairwise_bilateral((far, far), (levels,), grey[..., None], chdim=2)
    crf.addPairwiseEnergy(places, compat=weight)
    return np.array(crf.inference(iterations), np.float32)[1].reshape(height, width)


def _grey(image: np.ndarray) -> np.ndarray:
    """Levels from 0 to 255, float32."""
    image = np.asarray(unmasked(image, "the image"))
    if image.ndim != 2 or image.size == 0:
        raise UsageError(f"the image must be grey, (H, W), not {image.shape}.")
    levels = as_values(image, "the image")
    return levels.astype(np.float32) if levels.dtype == np.uint8 else levels * 255


def _probability(prob: np.ndarray, mask_prob: float) -> np.ndarray:
    prob = np.asarray(unmasked(prob, "prob"))
    if prob.dtype == bool:
        if not 0.5 < mask_prob < 1:
            raise UsageError(f"mask_prob is {mask_prob}.", advice="Use 0.5 to 1.")
        return np.where(prob, mask_prob, 1 - mask_prob)
    if prob.dtype.kind != "f" or prob.size == 0 or not (prob.min() >= 0 and prob.max() <= 1):
        raise UsageError(
            "prob must be a mask of bool, or floats from 0 to 1 without NaN.",
            advice="For scores g of a network use g >= 0, or 1 / (1 + exp(-g)).",
        )
    return prob.astype(np.float64)
