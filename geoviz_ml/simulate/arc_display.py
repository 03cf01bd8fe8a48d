"""A night's aurora as it goes on: arcs that drift, brighten, fold and break up.

A display is a function ``display(rng)`` that returns ``draw(seconds, x, y)`` as the forms of
`geoviz_ml.simulate.aurora_forms` do, with seconds counted from the onset of the breakup (or from
the middle of the night where nothing breaks up). After the phases of Akasofu 1964: arcs drift
equatorward; the most equatorward one brightens in some minutes, beads and folds grow on it by a
factor e in a minute or two; bright forms expand poleward for ten minutes; fragments fade and
patches drift for the rest of the night. An arc lies at the poleward edge of diffuse light, which
is from some tenth to twice as bright as the arc, as in arc pictures of OATH.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import aurora_forms as forms
from .aurora_forms import LINE, Draw
from .curtain import Curtain


def quiet(rng: np.random.Generator) -> Draw:
    """Arcs that drift and come and go, and never break up."""
    form = forms.multiple_arcs if rng.random() < 0.6 else forms.single_arc
    arcs, slow = form(rng), forms.waves(rng, 300, 3000, 0.4)
    diffuse = 1.5 * rng.lognormal(0, 0.6)

    def draw(t, x, y):
        curtains, column = arcs(t, x, y)
        return _scaled(curtains, np.exp(0.5 * slow(np.float32(0), 1.5 * t))), diffuse * column

    return draw


def substorm(rng: np.random.Generator) -> Draw:
    """Growth, onset, expansion and recovery."""
    y0, drift, tilt = rng.uniform(-160, 120), rng.uniform(0.03, 0.15), rng.normal(0, 0.06)
    bend, along = forms.waves(rng, 300, 1500, 0.4), forms.waves(rng, 200, 1200, 0.6)
    width, bright, gain = rng.uniform(4, 9), 2.5 * rng.lognormal(0, 0.4), rng.uniform(4, 9)
    wave, speed = rng.uniform(60, 130), rng.normal(0, 0.8)
    fold, lean, swift = rng.uniform(160, 350), rng.uniform(0.05, 0.2), rng.normal(0, 0.5)
    where, crinkle = forms.waves(rng, 300, 1000, 0.5), forms.waves(rng, 60, 350, 0.9)
    poleward, climb = rng.uniform(0.5, 1.2), rng.uniform(300, 900)
    others, torn = forms.multiple_arcs(rng), forms.breakup(rng)
    patchy, fine = forms.patches(rng), forms.rays(rng)
    band = forms.glow_south(rng, y0, 0.5 * bright)  # the arc is its poleward edge

    def draw(t, x, y):
        grown = np.exp(-max(-t, 0) / 120)  # of waves on the arc
        after = 1 - np.exp(-max(t, 0) / 200)  # of what the breakup makes
        faded = np.exp(-max(t - climb, 0) / 700)
        # the arc of the onset
        north = y0 - drift * t if t < 0 else y0 + 0.1 * poleward * min(t, climb)
        phase = 2 * np.pi * (LINE - swift * t) / fold
        size = 0.15 * fold * grown * min(max(t, 0) / 240 + 0.1, 1)
        here = size * (1 + np.tanh(1.5 * where(LINE, t)))  # folds are not everywhere
        curve_x = LINE + lean * here * np.sin(2 * phase)
        curve_y = north + tilt * LINE + 15 * bend(LINE, t) + here * np.sin(phase)
        curve_y = curve_y + 0.5 * size * crinkle(LINE, t)
        bead = 1 + 0.9 * grown * np.sin(2 * np.pi * (LINE - speed * t) / wave)
        light = bright * (1 + gain * grown * faded) * bead * np.exp(0.4 * along(LINE, t))
        curtains = [Curtain(curve_x, curve_y, light, width, 8 + 8 * grown)]
        # arcs poleward of it, before
        before, _ = others(t, x[:1], y[:1])
        level = np.exp(-max(t, 0) / 150) * np.exp(-max(-t - 600, 0) / 1500)
        curtains += [replace(c, y=c.y + 120) for c in _scaled(before, 0.5 * level)]
        # expansion: rays at the poleward edge, fragments behind it
        rays, _ = fine(t, x[:1], y[:1])
        edge = poleward * min(max(t, 0), climb)
        curtains += [replace(c, y=c.y + edge) for c in _scaled(rays, 0.7 * after * faded)]
        pieces, _ = torn(t, x[:1], y[:1])
        curtains += [replace(c, y=c.y + 0.4 * edge) for c in _scaled(pieces, after * faded)]
        _, column = patchy(t, x, y)
        column = (0.25 + 0.9 * (1 - np.exp(-max(t, 0) / 900))) * column
        column = column + np.exp(-max(t, 0) / 600) * band(t, x, y - north + y0)
        return [c for c in curtains if np.max(c.brightness) > 0.02], column

    return draw


def diffuse(rng: np.random.Generator) -> Draw:
    """Patches, a veil or a wide band: light without an arc, or nearly."""
    return (forms.patches, forms.veil, forms.broad_band)[rng.integers(3)](rng)


DISPLAYS = {"substorm": substorm, "quiet": quiet, "diffuse": diffuse, "empty": forms.no_form}


def _scaled(curtains: list[Curtain], factor: float) -> list[Curtain]:
    return [replace(c, brightness=c.brightness * factor) for c in curtains]
