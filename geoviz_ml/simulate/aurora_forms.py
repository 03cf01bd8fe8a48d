"""Forms of the aurora: what each draws, as curtains and as brightness of the layer at 110 km.

A form is a function ``form(rng)`` that fixes a display and returns ``draw(seconds, x, y)``: its
curtains, and its column brightness in kR at the points (x, y), km from below the station. Speeds
are km/s; sizes and speeds are those of the reviews (Partamies et al. 2010 for arcs; Hallinan and
Davis 1970 for curls; Motoba et al. 2012 for beads; Partamies et al. 2017 for omega bands; Jones et
al. 2013 for patches).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .curtain import Curtain, sample, texture

Draw = Callable[[float, np.ndarray, np.ndarray], tuple[list[Curtain], np.ndarray]]

LINE = 90 * np.sinh(np.linspace(-2.8, 2.8, 500))  # km along an arc, 1 km apart at the station


def single_arc(rng: np.random.Generator) -> Draw:
    """One arc from horizon to horizon, of a broad band and thin ones in it."""
    return _arcs(rng, 1)


def multiple_arcs(rng: np.random.Generator) -> Draw:
    """Two to four parallel arcs."""
    return _arcs(rng, int(rng.integers(2, 5)))


def faint_arc(rng: np.random.Generator) -> Draw:
    """One quiet arc hardly above the diffuse light."""
    return _arcs(rng, 1, level=1.3)


def _arcs(rng: np.random.Generator, number: int, level: float = 4.0) -> Draw:
    spread = rng.uniform(60, 130)
    north = rng.uniform(-220, 260) + spread * (np.arange(number) - (number - 1) / 2)
    drift, tilt = rng.normal(0, 0.12), rng.normal(0, 0.10)
    bend, glow = waves(rng, 300, 1500, 0.6), glow_south(rng, north.min(), level / 3)
    strands = []
    for y0 in north:
        bright = level * rng.lognormal(0, 0.65)
        width = rng.uniform(6, 16)
        strands.append((y0, bright, width, waves(rng, 250, 1200, 0.5)))
        for _ in range(rng.integers(1, 3)):  # thin ones
            apart = rng.normal(0, 1.2) * width
            strands.append((y0 + apart, 0.5 * bright, 2.5, waves(rng, 150, 700, 0.5)))
    size = rng.uniform(6, 20)

    def draw(t, x, y):
        curve = tilt * LINE + size * bend(LINE, t) + drift * t
        curtains = [
            Curtain(LINE, y0 + curve, bright * np.exp(0.45 * along(LINE, t)), width)
            for y0, bright, width, along in strands
        ]
        return curtains, glow(t, x, y)

    return draw


def folds(rng: np.random.Generator) -> Draw:
    """A band thrown into overhanging folds."""
    y0, wave = rng.uniform(-150, 200), rng.uniform(110, 240)
    size, lean = wave * rng.uniform(0.12, 0.45), wave * rng.uniform(0.1, 0.3)
    speed, bright = rng.normal(0, 0.5), 9 * rng.lognormal(0, 0.6)
    bend, along = waves(rng, 300, 1200, 0.6), waves(rng, 80, 400, 1.0)
    where, glow = waves(rng, 400, 1200, 0.3), glow_south(rng, y0, 1.2)
    lag, swing = rng.uniform(0, 2 * np.pi), rng.uniform(150, 400)

    def draw(t, x, y):
        phase = 2 * np.pi * (LINE - speed * t) / wave
        grown = (0.75 + 0.25 * np.sin(2 * np.pi * t / swing + lag)) * _step(where(LINE, t) + 0.8)
        curve_x = LINE + lean * grown * np.sin(2 * phase + lag)
        curve_y = y0 + 20 * bend(LINE, t) + size * grown * np.sin(phase)
        light = bright * np.exp(0.5 * along(LINE, t))
        return [
            Curtain(curve_x, curve_y, light, 4.0, 12.0),
            Curtain(curve_x, curve_y - 12, 0.5 * light, 9.0),
        ], glow(t, x, y)

    return draw


def curls(rng: np.random.Generator) -> Draw:
    """An arc rolled up into a row of spirals."""
    y0, apart = rng.uniform(-120, 180), rng.uniform(140, 320)
    middle = np.arange(-3, 4) * apart + rng.uniform(-0.2, 0.2, 7) * apart
    size, turns = apart * rng.uniform(0.15, 0.25), -rng.uniform(0.6, 1.3) * 2 * np.pi
    strength = rng.uniform(0.5, 1.0, 7)
    speed, growth, bright = rng.normal(0, 0.3), rng.uniform(200, 600), 9 * rng.lognormal(0, 0.6)
    bend, along, glow = (
        waves(rng, 400, 1500, 0.5),
        waves(rng, 80, 400, 0.8),
        glow_south(rng, y0, 1.2),
    )
    line = np.linspace(-600, 600, 4000)

    def draw(t, x, y):
        u, v = line, 10 * bend(line, t)
        for centre, wound in zip(middle + speed * t, strength, strict=True):
            du = u - centre
            angle = turns * wound * (1 + 0.3 * np.sin(t / growth))
            angle = angle * np.exp(-(du**2 + v**2) / (2 * size**2))
            u, v = (
                centre + du * np.cos(angle) - v * np.sin(angle),
                du * np.sin(angle) + v * np.cos(angle),
            )
        length = np.concatenate([[0], np.cumsum(np.hypot(np.diff(u), np.diff(v)))])
        even = np.linspace(0, length[-1], 1200)  # winding has stretched the curve
        light = bright * np.exp(0.4 * np.interp(even, length, along(line, t)))
        u, v = np.interp(even, length, u), np.interp(even, length, v)
        return [Curtain(u, y0 + v, light, 4.0, 10.0)], glow(t, x, y)

    return draw


def rays(rng: np.random.Generator) -> Draw:
    """Tall curtains of fine rays, folded a little."""
    fine = texture(rng, 1.8)
    y0, speed = rng.uniform(-150, 200), rng.normal(0, 0.6)
    sheets = [
        (y0 + 60 * k * rng.uniform(0.6, 1.4), 13 * rng.lognormal(0, 0.5), waves(rng, 90, 500, 0.9))
        for k in range(rng.integers(1, 4))
    ]
    tall, size = rng.uniform(18, 30), rng.uniform(10, 24)
    bend, glow, grain = waves(rng, 300, 1200, 0.6), glow_south(rng, y0, 1.0), rng.uniform(700, 1300)

    def draw(t, x, y):
        curtains = []
        for k, (north, bright, small) in enumerate(sheets):
            noise = sample(fine, LINE - speed * t, np.full_like(LINE, 80.0 * k), grain)
            curve = north + 20 * bend(LINE, t) + size * small(LINE, t)
            height = tall * (1 + 0.35 * noise.clip(-2, 2))
            curtains.append(Curtain(LINE, curve, bright * np.exp(0.6 * noise), 2.5, height))
        return curtains, glow(t, x, y)

    return draw


def beads(rng: np.random.Generator) -> Draw:
    """An arc that has broken into a row of bright beads."""
    y0, wave, speed = rng.uniform(-150, 220), rng.uniform(60, 125), rng.normal(0, 0.8)
    bright, tight = 10 * rng.lognormal(0, 0.6), rng.uniform(1.0, 2.0)
    bend, along, tilt = waves(rng, 400, 1500, 0.6), waves(rng, 150, 600, 0.5), rng.normal(0, 0.08)
    glow = glow_south(rng, y0, 1.2)

    def draw(t, x, y):
        phase = 2 * np.pi * (LINE - speed * t) / wave + 0.8 * along(LINE, 0)
        bead = np.exp(tight * (np.cos(phase) - 1))
        curve = y0 + tilt * LINE + 10 * bend(LINE, t) + 0.06 * wave * np.sin(phase)
        light = bright * np.exp(0.3 * along(LINE, t))
        return [
            Curtain(LINE, curve, light * bead, 9.0, 10.0),
            Curtain(LINE, curve, 0.25 * light, 4.0),
        ], glow(t, x, y)

    return draw


def omega_bands(rng: np.random.Generator) -> Draw:
    """Tongues of diffuse light that reach north, with a bright rim."""
    y0, wave = rng.uniform(-60, 140), rng.uniform(260, 480)
    size, lean, speed = rng.uniform(60, 120), rng.uniform(-0.8, 0.8), rng.uniform(0.3, 1.0)
    fill, rim = 2.5 * rng.lognormal(0, 0.3), 7 * rng.lognormal(0, 0.5)
    field, along, thick = texture(rng, 3.0), waves(rng, 60, 400, 1.0), rng.uniform(90, 200)

    def edge(u):
        c = np.cos(2 * np.pi * u / wave)
        return size * (c + 0.35 * c**2)

    def draw(t, x, y):
        rise = edge(LINE - speed * t)
        light = rim * np.exp(0.5 * along(LINE, t))
        inside = y0 + edge(x - lean * (y - y0) - speed * t) - y
        column = fill * _step(inside / 8) * np.exp(-np.maximum(inside, 0) / thick)
        column = column * (1 + 0.3 * sample(field, x - speed * t, y, 800))
        return [Curtain(LINE + lean * rise, y0 + rise, light, 5.0, 10.0)], column

    return draw


def breakup(rng: np.random.Generator) -> Draw:
    """Fragments of bright bands all over the sky, in fast motion."""
    pieces = []
    for _ in range(rng.integers(7, 15)):
        length, angle = rng.uniform(80, 350), rng.normal(0, 0.6)
        s = np.arange(-length / 2, length / 2, 1.0)
        turn = angle + s * rng.normal(0, 0.012) + 0.7 * np.sin(s / rng.uniform(12, 40))
        x, y = np.cumsum(np.cos(turn)), np.cumsum(np.sin(turn))
        place, speed = rng.normal(0, 150, 2), rng.normal(0, 0.35, 2)
        ends = 8 * rng.lognormal(0, 0.6) * np.cos(np.pi * s / length).clip(0) ** 0.7
        pieces.append((x - x.mean() + place[0], y - y.mean() + place[1], ends, speed,
                       rng.uniform(3, 8), rng.uniform(8, 20), rng.uniform(0, 6)))  # fmt: skip
    field, back = texture(rng, 3.0), rng.uniform(0.2, 0.8)

    def draw(t, x, y):
        curtains = [
            Curtain(px + vx * t, py + vy * t, light * (1 + 0.4 * np.sin(t / 60 + p)), width, tall)
            for px, py, light, (vx, vy), width, tall, p in pieces
        ]
        return curtains, back * np.exp(0.7 * sample(field, x - 0.3 * t, y, 900))

    return draw


def patches(rng: np.random.Generator) -> Draw:
    """Pulsating patches with fuzzy edges."""
    field, other = texture(rng, 3.4), texture(rng, 3.4)
    grain, bright, back = rng.uniform(450, 900), 1.8 * rng.lognormal(0, 0.5), rng.uniform(0.1, 0.6)
    drift, full, period = rng.normal(0.3, 0.2), rng.uniform(-0.2, 0.5), rng.uniform(8, 20)

    def draw(t, x, y):
        shape = _step((sample(field, x - drift * t, y, grain) - full) * 1.3)
        beat = sample(other, x - drift * t, y, 2 * grain)
        return [], back + bright * shape * (1 + 0.5 * np.sin(2 * np.pi * t / period + 4 * beat))

    return draw


def veil(rng: np.random.Generator) -> Draw:
    """A veil over much of the sky, streaked from east to west."""
    field, grain, stretch = texture(rng, 3.0), rng.uniform(300, 600), rng.uniform(3, 6)
    bright, drift, tilt = 1.4 * rng.lognormal(0, 0.5), rng.normal(0, 0.1), rng.normal(0, 0.1)
    y0, wide = rng.uniform(-200, 100), rng.uniform(150, 320)

    def draw(t, x, y):
        across = y - tilt * x - drift * t
        streak = np.exp(0.45 * sample(field, (x - 0.3 * t) / stretch, across, grain))
        return [], bright * streak * np.exp(-0.5 * ((across - y0) / wide) ** 2)

    return draw


def broad_band(rng: np.random.Generator) -> Draw:
    """A wide band without sharp edges; a weak arc may lie in it."""
    y0, wide, tilt = rng.uniform(-220, 240), rng.uniform(35, 100), rng.normal(0, 0.1)
    bright, drift = 2.2 * rng.lognormal(0, 0.5), rng.normal(0, 0.08)
    field, bend, glow = texture(rng, 3.0), waves(rng, 300, 1200, 0.5), glow_south(rng, y0, 1.2)
    core = bright * rng.uniform(0, 0.5)
    width = rng.uniform(10, 18)

    def draw(t, x, y):
        across = y - y0 - tilt * x - drift * t - 15 * bend(x, t)
        band = bright * np.exp(-0.5 * (across / wide) ** 2)
        band = band * np.exp(0.3 * sample(field, (x - 0.3 * t) / 3, across, 500))
        curve = y0 + tilt * LINE + drift * t + 15 * bend(LINE, t)
        return [Curtain(LINE, curve, np.full_like(LINE, core), width)], band + glow(t, x, y)

    return draw


def no_form(rng: np.random.Generator) -> Draw:
    """No aurora, or too little to name: at most a faint glow in the north."""
    glow = glow_south(rng, rng.uniform(300, 500), rng.uniform(0, 0.25))
    return lambda t, x, y: ([], glow(t, x, y))


def glow_south(rng: np.random.Generator, y0: float, level: float) -> Callable:
    """Diffuse light equatorward of y0 (km), as in the evening's proton aurora.

    It is a function of points (x, y) in km that gives kR of their shape, of the order of `level`.
    """
    level, fade = level * rng.lognormal(0, 0.5), rng.uniform(80, 250)
    edge, bend, field = rng.uniform(15, 50), waves(rng, 300, 1200, 0.4), texture(rng, 3.0)

    def glow(t, x, y):
        south = y0 - y + 15 * bend(x, t)
        patchy = np.exp(0.25 * sample(field, (x - 0.2 * t) / 2, y, 600))
        return level * _step(south / edge) * np.exp(-np.maximum(south, 0) / fade) * patchy

    return glow


def waves(rng: np.random.Generator, shortest: float, longest: float, speed: float) -> Callable:
    """A sum of four travelling waves, f(x, t), of variance 1.

    Their lengths are drawn from `shortest` to `longest`, km; `speed` is in km/s, t in seconds.
    """
    length = np.exp(rng.uniform(np.log(shortest), np.log(longest), 4)).astype(np.float32)
    size = length**0.5 / np.sqrt((length / 2).sum())
    phase, velocity = rng.uniform(0, 2 * np.pi, 4), rng.normal(0, speed, 4)

    def waves(x, t):
        total = 0.0
        for i in range(4):
            total = total + size[i] * np.sin(
                np.float32(2 * np.pi / length[i]) * x
                + np.float32(phase[i] - 2 * np.pi * velocity[i] * t / length[i])
            )
        return total

    return waves


def _step(z: np.ndarray) -> np.ndarray:
    """A smooth step from 0 to 1 about z = 0, some two units wide."""
    return 0.5 * (1 + np.tanh(z))
