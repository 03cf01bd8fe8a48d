"""An encoder and its linear probe as one network (the probe of Johnson et al. 2021)."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ..errors import UsageError
from ..models.prediction import network_outputs
from ..models.simclr import ResNet18, ResNetClassifier
from .probe import standardised_logistic


def probed_network(
    encoder: nn.Module, pictures: np.ndarray, labels: np.ndarray, C: float = 1.0
) -> tuple[ResNetClassifier, list]:
    """Fit a linear probe on an encoder's features, and make one network of the two.

    It answers as `geoviz_ml.learn.probe.linear_probe`, and can be saved and used without
    scikit-learn: the standardisation of the features is folded into its last layer.

    Parameters
    ----------
    encoder : nn.Module
        A `ResNet18`, such as ``learner.model.encoder`` after SimCLR; it is copied.
    pictures : ndarray (N, H, W)
        As those that the encoder was trained on; the probe is fitted on all of them.
    labels : ndarray (N,)
        Of at least two classes.
    C : float
        The inverse of the penalty, a factor on the loss.

    Returns
    -------
    ResNetClassifier
        In evaluation mode, on the CPU: pictures (B, 1, H, W) to logits (B, classes).
    list
        The classes, in the order of the logits.

    Raises
    ------
    UsageError
        All labels are one class, they are not one a picture, or the encoder is no `ResNet18`.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import probed_network
    >>> from geoviz_ml.learn.classification import classify
    >>> from geoviz_ml.models import ResNet18
    >>> pictures = np.zeros((8, 32, 32), np.float32)
    >>> pictures[4:, 8:24, 8:24] = 1
    >>> labels = np.array(["dark"] * 4 + ["lit"] * 4)
    >>> network, classes = probed_network(ResNet18(width=4).eval(), pictures, labels)
    >>> [classes[k] for k in classify(network, pictures).argmax(1)[[0, 7]]]
    ['dark', 'lit']
    """
    labels = np.asarray(labels)
    if labels.shape != (len(pictures),):
        n = len(pictures)
        raise UsageError(f"labels of {labels.shape} are not one for each of {n} pictures.")
    kinds = len(set(labels.tolist()))
    if kinds < 2 or not isinstance(encoder, ResNet18):
        raise UsageError(f"there is no probe of {type(encoder).__name__} with {kinds} classes.")
    features = network_outputs(encoder, pictures)
    scaler, regression = standardised_logistic(C).fit(features, labels)
    weight, bias = regression.coef_ / scaler.scale_, regression.intercept_
    bias = bias - weight @ scaler.mean_
    if len(weight) == 1:  # of two classes scikit-learn tells the second one's logit alone
        weight, bias = np.vstack([0 * weight, weight]), np.concatenate([0 * bias, bias])
    first = encoder[0]
    network = ResNetClassifier(len(bias), first.out_channels, first.in_channels).eval()
    network[0].load_state_dict(encoder.state_dict())
    with torch.no_grad():
        network[1].weight.copy_(torch.from_numpy(weight))
        network[1].bias.copy_(torch.from_numpy(bias))
    return network, regression.classes_.tolist()
