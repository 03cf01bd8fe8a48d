"""The cluster explorer without a browser: what it says, and that both views say the same."""

import html
import re
import subprocess
import sys

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.show import cluster_explorer
from geoviz_ml.show.clusters import COLOURS, SHAPES

RNG = np.random.default_rng(0)
N = 40
PICTURES = RNG.integers(0, 256, (N, 16, 16)).astype(np.uint8)
MAPS = {"PCA": RNG.normal(size=(N, 2)), "t-SNE": RNG.normal(size=(N, 2))}
CLUSTERS = {k: np.arange(N) % k for k in (3, 4, 9)}
LABELS = np.array(["arc", "moon"])[np.arange(N) % 2]


def explorer(**changes):
    given = {"pictures": PICTURES, "maps": MAPS, "clusters": CLUSTERS, "labels": LABELS}
    return cluster_explorer(**{**given, **changes})


def test_text_counts_the_cluster_by_hand():
    one = explorer(numbers=np.arange(N) + 101)
    assert one.text(4, 5) == (
        "Picture 106 (moon) is in cluster 1 of 4, which has 10 pictures: moon 10."
    )
    assert one.text(3, 0).endswith("cluster 0 of 3, which has 14 pictures: arc 7, moon 7.")
    assert explorer(labels=None).text(3, 1) == (
        "Picture 1 is in cluster 1 of 3, which has 13 pictures."
    )


def test_counts_are_of_all_pictures_even_where_few_are_shown():
    few = explorer(most=8)
    assert few.numbers == [0, 5, 10, 15, 20, 25, 30, 35]
    assert "which has 14 pictures" in few.text(3, 0)
    assert few.scatter(3, "PCA", 0).count("<path") == 8


def test_the_map_keeps_the_order_of_places_upwards():
    at = explorer().maps["PCA"]
    np.testing.assert_array_equal(at[:, 0].argsort(), MAPS["PCA"][:, 0].argsort())
    np.testing.assert_array_equal(at[:, 1].argsort(), MAPS["PCA"][:, 1].argsort()[::-1])
    assert at.min() >= 0
    assert (at.max(0) <= [4000, 3000]).all()


def test_every_cluster_has_a_mark_of_its_own_and_neighbours_differ_in_both():
    marks = [(c % len(COLOURS), c % len(SHAPES)) for c in range(56)]
    assert len(set(marks)) == 56
    for one, other in zip(marks, marks[1:], strict=False):
        assert one[0] != other[0]
        assert one[1] != other[1]


def test_live_widgets_change_map_text_and_gallery():
    _, k, name, chosen, panels = explorer().live().children
    seen = [panels.value]
    k.value = 9
    seen.append(panels.value)
    name.value = "t-SNE"
    seen.append(panels.value)
    chosen.value = 7
    seen.append(panels.value)
    assert len(set(seen)) == 4
    assert explorer().text(9, 7) in panels.value
    assert panels.value.count("<img") == 1 + 4  # itself, and all of its cluster


def test_one_object_gives_the_live_and_the_static_view():
    bundle = explorer()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"].count('<input type="range"') == 2


def test_static_page_needs_nothing_from_outside():
    page = explorer(title="<b>x</b>", labels=["<i>y</i>"] * N).static()
    assert not re.search(r"""(src|href)=["'](https?:)?//|url\((?!data:)""", page)
    assert "<b>x</b>" not in page
    assert "<i>y</i>" not in page
    assert "__ID__" not in page


def test_any_name_of_a_map_finds_its_places():
    """A browser takes the value of an option, or else its text with the spaces joined."""
    names = ["t-SNE,  seed 0", " PCA", 'a "b" & <c>']
    page = explorer(maps=dict.fromkeys(names, MAPS["PCA"])).static()
    values = [html.unescape(v) for v in re.findall(r'<option value="([^"]*)"', page)]
    assert values == names


def test_large_pictures_are_shrunk_to_thumbnails():
    large = np.kron(PICTURES, np.ones((1, 8, 8), np.uint8))
    one = explorer(pictures=large, thumbnail=16)
    np.testing.assert_array_equal(one.pictures, PICTURES)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pictures": PICTURES / 255}, "uint8"),
        ({"k": 5}, "no clusters for k = 5"),
        ({"clusters": {}}, "no clusters"),
        ({"maps": {}}, "no map"),
        ({"maps": {"PCA": MAPS["PCA"][:-1]}}, "must be"),
        ({"clusters": {3: np.arange(N) % 4}}, "0 to 2"),
        ({"labels": LABELS[1:]}, "39 labels"),
    ],
)
def test_what_does_not_belong_together_is_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        explorer(**changes)


def test_importing_the_explorer_loads_no_torch():
    code = "import sys; from geoviz_ml.show import cluster_explorer; print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
