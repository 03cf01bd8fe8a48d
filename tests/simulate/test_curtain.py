"""Auroral light: brightness that obeys its definition, wherever it is seen."""

import numpy as np
import pytest

from geoviz_ml.simulate.all_sky import AllSkyCamera, slant
from geoviz_ml.simulate.curtain import (
    PEAK,
    Curtain,
    _volumes,
    draw_curtains,
    draw_sheet,
    sample,
    texture,
)


def broad(y0, width=120.0, height=0.5):
    """A curtain so wide and flat that it is a sheet."""
    line = np.arange(-500, 500, 1.0)
    return Curtain(line, np.full_like(line, y0), np.full_like(line, 3.0), width, height)


def test_brightness_at_the_zenith_is_the_column_emission():
    picture = draw_curtains([broad(0.0)], AllSkyCamera())
    assert picture[118:138, 118:138].mean() == pytest.approx(3.0, rel=0.03)


def test_wide_flat_curtain_is_a_sheet_with_the_van_rhijn_function():
    camera = AllSkyCamera()
    view = camera.view(65)
    _, y = view.shell(PEAK)
    sheet = view.frame(draw_sheet(3 * np.exp(-0.5 * (y / 120) ** 2), view))
    drawn = draw_curtains([broad(0.0)], camera)
    zenith, _ = camera.direction(*np.indices((256, 256)))
    for low, high in ((0, 15), (25, 35), (50, 60)):
        ring = (zenith > low) & (zenith < high)
        assert drawn[ring].mean() == pytest.approx(sheet[ring].mean(), rel=0.03)
    assert draw_sheet(np.ones_like(y), view).max() == pytest.approx(slant(65, PEAK), rel=0.01)


def test_lower_edge_is_sharp_and_the_upper_is_not():
    """Seen from the south, the light falls off faster below its peak than above."""
    line = np.arange(-500, 500, 1.0)
    curtain = Curtain(line, np.full_like(line, 250.0), np.ones_like(line), 1.0, 12.0)
    profile = draw_curtains([curtain], AllSkyCamera())[:, 108:148].mean(1)
    top = profile.argmax()
    half = np.flatnonzero(profile > profile.max() / 2)
    horizon, above = top - half[0], half[-1] - top  # row 0 is north, the horizon
    assert above > 1.4 * horizon


def test_tall_rays_reach_below_where_real_ones_end():
    """A quarter below 100 km and a seventh below 90, as the docstring says; arcs hardly any."""
    line = np.arange(-50, 50, 1.0)
    for height, shares in ((30.0, (1 / 4, 1 / 7)), (8.0, (0.03, 0.0))):
        drawn = Curtain(line, np.zeros_like(line), np.ones_like(line), 3.0, height)
        _, _, altitude, light = _volumes(drawn)
        for below, share in zip((100, 90), shares, strict=True):
            assert light[altitude < below].sum() / light.sum() == pytest.approx(share, abs=0.03)


def test_texture_has_its_variance_and_repeats():
    field = texture(np.random.default_rng(0))
    assert field.std() == pytest.approx(1, abs=1e-3)
    x = np.linspace(0, 500, 77)
    np.testing.assert_allclose(
        sample(field, x, x / 2, 300.0), sample(field, x + 300, x / 2 - 600, 300.0), atol=1e-3
    )
