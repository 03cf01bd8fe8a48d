"""No score stands alone: each table of results names what knowing nothing scores."""

import io

import pandas as pd
import pytest

from .test_notebooks import CHAPTERS, LESSONS, name, outputs

PAGES = [*CHAPTERS, *LESSONS]
SCORES = (
    "iou|soft iou|accuracy|f1|precision|recall|map|ap50|error|auc|silhouette|rand|probe|"
    "cross-entropy|loss|score|risk"
)
FLOORS = (
    "floor|never|constant|majority|knows nothing|all background|chance|copy|nearest day|"
    "nothing|everything|everywhere|at random"
)
NOT_RESULTS = ({"setting", "full"}, {"why"}, {"lesson"})  # settings, and the scoreboard's tables


def tables(path):
    """Every table that the notebook shows, as (first line of the cell, DataFrame)."""
    for place, out in outputs(path):
        page = out.get("data", {}).get("text/html", "")
        page = page if isinstance(page, str) else "".join(page)
        if "<table" in page:
            for frame in pd.read_html(io.StringIO(page)):
                yield place.source.splitlines()[0], frame


def floorless(frame):
    """Does a table give scores without saying what knowing nothing scores?"""
    frame = frame.map(str)
    head = {str(part).lower() for column in frame.columns for part in pd.Series(column).explode()}
    if frame.empty or any(words <= head for words in NOT_RESULTS):
        return False
    first = set(frame.iloc[:, 0].str.lower()) if len(frame.columns) else set()
    named = pd.Series(sorted(head | first), dtype=str)
    text = " ".join([*head, *frame.to_numpy().ravel()]).lower()
    scores = named.str.contains(rf"\b(?:{SCORES})\b").any()
    return bool(scores) and not pd.Series([text]).str.contains(rf"\b(?:{FLOORS})").any()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_table_of_scores_names_its_floor(path):
    alone = [(place, list(frame.columns)) for place, frame in tables(path) if floorless(frame)]
    assert not alone


def test_a_planted_table_without_a_floor_is_seen():
    scores = pd.DataFrame({"method": ["U-net", "peaks"], "IoU": [0.5, 0.1]})
    assert floorless(scores)
    assert floorless(scores.set_index("method").T.reset_index())
    assert not floorless(pd.concat([scores, pd.DataFrame({"method": ["all background"]})]))
    assert not floorless(scores.assign(floor=0.09))
    assert not floorless(pd.DataFrame({"setting": ["error"], "full": [2]}))
    assert not floorless(pd.DataFrame({"file": ["a.png"], "width": [32]}))
