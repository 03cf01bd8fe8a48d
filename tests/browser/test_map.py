"""The map explorer in a browser without a network."""

import pytest

from geoviz_ml.show import map_explorer

from ..show.test_maps import TABLE

pytestmark = pytest.mark.browser


@pytest.fixture
def page(offline_page, tmp_path):
    path = tmp_path / "map.html"
    body = map_explorer(TABLE, title="Map").static()
    path.write_text(f"<!doctype html><meta charset=utf-8><body>{body}", encoding="utf-8")
    return offline_page(path)


def test_seasons_switch_and_are_counted(page):
    counts = page.locator("[data-part=counts]")
    assert counts.inner_text() == "3 of 3 regions shown, 2 in the north, 1 in the south."
    page.get_by_label("winter").uncheck()
    assert counts.inner_text() == "2 of 3 regions shown, 1 in the north, 1 in the south."
    assert page.locator("[data-point]:visible").count() == 2


def test_keyboard_goes_from_region_to_region(page):
    page.locator("[data-part=slider]").focus()
    page.keyboard.press("ArrowRight")
    text = page.locator("[data-part=text]").inner_text()
    assert text.startswith("Region 2 of 3: 2022-03-02 00:00 UT, spring, 6.2 kHz")


def test_magnetic_coordinates_move_the_points_and_hide_the_land(page):
    mark = page.locator("[data-point='1']")
    before = mark.get_attribute("transform")
    page.get_by_label("magnetic").check()
    x = float(mark.get_attribute("transform").split("(")[1].split()[0])
    assert mark.get_attribute("transform") != before
    assert x == pytest.approx(720 * (90 / 360 + 0.5), abs=0.1)
    assert not page.locator(".gv-land").is_visible()
