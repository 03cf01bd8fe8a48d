"""What observers call a group of spots: its Mount Wilson and its Zurich class, by definition.

Spots are as `geoviz_ml.simulate.active_region.Region.spots_at` gives them: arrays (k,) of places
`u`, `v` and `radius` in megametres, `area` in millionths of the hemisphere, and `sign` of the
polarity, largest first.
"""

from __future__ import annotations

import numpy as np

from .active_region import DEGREE

PENUMBRA = 12.0  # area from which a spot has one
SHARED = 0.7  # umbrae nearer than this part of the sum of their spots' radii share a penumbra
CLASSES = ("Alpha", "Beta", "Beta-Gamma", "Beta-Delta", "Beta-Gamma-Delta", "Gamma", "Gamma-Delta")


def magnetic_class(spots: dict[str, np.ndarray]) -> str:
    """Mount Wilson class of spots, by its definition; "" without spots.

    `spots` are arrays (k,), see the head of the module.

    * Alpha: spots of one polarity.
    * Beta: two polarities which a straight line divides.
    * Beta-Gamma: a bipole which no line divides; Gamma: not even the middles of the polarities lie
      apart.
    * Delta, in addition: umbrae of opposite polarity in one penumbra.
    """
    sign = spots["sign"]
    if len(sign) == 0:
        return ""
    if (sign == sign[0]).all():
        return "Alpha"
    place = np.stack([spots["u"], spots["v"]])
    name = "Beta"
    if not divided(place, sign):
        weight = spots["area"]
        middle = [np.average(place[:, sign == s], axis=1, weights=weight[sign == s])
                  for s in (1, -1)]  # fmt: skip
        spread = np.sqrt(np.cov(place, aweights=weight).trace())
        apart = np.linalg.norm(middle[0] - middle[1]) > 0.25 * spread
        name = "Beta-Gamma" if apart else "Gamma"
    return name + ("-Delta" if has_delta(spots) else "")


def divided(place: np.ndarray, sign: np.ndarray) -> bool:
    """Is there a straight line with all positive places (2, k) on one side, negative on the other?

    `sign` (k,) is the polarity of each. If there is one, there is one through a pair of places or,
    tried here, near its direction.
    """
    first, second = np.triu_indices(len(sign), 1)
    step = place[:, second] - place[:, first]
    angle = np.arctan2(step[1], step[0])[:, None] + [np.pi / 2 - 1e-6, np.pi / 2 + 1e-6]
    angle = angle.ravel()
    across = np.cos(angle)[:, None] * place[0] + np.sin(angle)[:, None] * place[1]
    plus, minus = across[:, sign > 0], across[:, sign < 0]
    return bool(
        ((plus.min(axis=1) > minus.max(axis=1)) | (minus.min(axis=1) > plus.max(axis=1))).any()
    )


def has_delta(spots: dict[str, np.ndarray]) -> bool:
    """Do umbrae of opposite polarity share a penumbra? `spots` are arrays (k,)."""
    large = spots["area"] >= PENUMBRA
    u, v, radius, sign = (spots[name][large] for name in ("u", "v", "radius", "sign"))
    away = np.hypot(u[:, None] - u, v[:, None] - v)
    near = away < SHARED * (radius[:, None] + radius)
    return bool((near & (sign[:, None] * sign < 0)).any())


def mcintosh(spots: dict[str, np.ndarray], extent: float) -> str:
    """Modified Zurich class of spots (McIntosh 1990) that stretch over `extent` degrees.

    `spots` are arrays (k,), one spot at least. First letter: size and penumbrae of the group;
    second: penumbra of its largest spot; third: how densely spots fill its middle.
    """
    large = spots["area"] >= PENUMBRA
    sign = spots["sign"]
    bipolar = (sign != sign[0]).any()
    both = len(set(sign[large])) == 2
    if not bipolar:
        first = "H" if large.any() else "A"
    elif not large.any():
        first = "B"
    else:
        first = "C" if not both else "D" if extent <= 10 else "E" if extent <= 15 else "F"
    if not large.any():
        return first + "x" + ("o" if bipolar else "x")
    wide = 2 * spots["radius"][0] > 2.5 * DEGREE
    round_ = first in "HC" or not has_delta(spots)
    second = ("h" if round_ else "k") if wide else ("s" if round_ else "a")
    third = "x" if not bipolar else "o" if len(sign) < 9 else "i" if len(sign) < 22 else "c"
    return first + second + third
