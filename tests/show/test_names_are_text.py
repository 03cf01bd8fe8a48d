"""Titles, names of maps and pictures, labels and axes are text in every explorer, never markup."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.show import (
    cluster_explorer,
    crf_explorer,
    detection_explorer,
    map_explorer,
    patch_cutter,
    threshold_explorer,
)

ODD = """</script><script>alert(1)</script>" onload='alert(1)' &lt;b>"""
PROB = np.linspace(0, 1, 256).reshape(16, 16)
REGION = {"longitude": -60, "latitude": 55, "mag_longitude": 10, "mag_latitude": 65,
          "season": "spring", "frequency": 6.2, "time": pd.Timestamp("2022-03-01")}  # fmt: skip


def clusters(name, folder):
    maps = {name: np.eye(4)[:, :2]}
    pictures = np.zeros((4, 8, 8), np.uint8)
    return cluster_explorer(pictures, maps, {2: np.arange(4) % 2}, [name] * 4, title=name)


def crf(name, folder):
    grid = {"compat": (0, 3)}
    return crf_explorer(PROB, PROB, PROB > 0.6, grid=grid, backend="torch", title=name)


def cutter(name, folder):
    return patch_cutter({name: PROB}, folder / "patches.csv", side=8, title=name)


def detections(name, folder):
    outputs = np.zeros((1, 5, 2, 2), np.float32)
    return detection_explorer(PROB[None], outputs, [np.zeros((0, 4))], stride=8, title=name)


def maps(name, folder):
    return map_explorer(pd.DataFrame([REGION]), title=name)


def widgets(name, folder):
    names = dict.fromkeys(("xlabel", "ylabel", "title", "map_name", "seen"), name)
    return threshold_explorer(PROB, PROB, **names)


EXPLORERS = [clusters, crf, cutter, detections, maps, widgets]


class Structure(HTMLParser):
    """The elements of a page, each with the names of its attributes."""

    def __init__(self, page: str):
        super().__init__()
        self.elements: list[tuple] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *(name for name, _ in attrs)))


def live(explorer) -> list[str]:
    """The markup of the live view, where there is one that the kernel draws."""
    if not hasattr(explorer, "live") or hasattr(explorer, "file"):  # a cutter's is a script
        return []
    todo, found = [explorer.live()], []
    for widget in todo:
        todo += getattr(widget, "children", ())
        found += [widget.value] if type(widget).__name__ == "HTML" else []
    assert found
    return found


@pytest.mark.parametrize("build", EXPLORERS, ids=lambda build: build.__name__)
def test_a_script_in_a_name_is_text(build, tmp_path):
    plain, odd = build("plain", tmp_path / "a"), build(ODD, tmp_path / "b")
    pages = [odd.static(), *live(odd)]
    for page, other in zip(pages, [plain.static(), *live(plain)], strict=True):
        assert Structure(page).elements == Structure(other).elements
        assert "<script>alert" not in page
        assert "alert" in page or "plain" not in other  # it was there to be seen
    for data in re.findall(r'data-part="data">(.*?)</script>', pages[0], re.DOTALL):
        assert "<" not in data
