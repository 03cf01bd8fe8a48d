"""Published numbers: they agree with each other, and each is used or explained."""

import json
from pathlib import Path

import pytest

from geoviz_ml import papers, scoreboard
from geoviz_ml.errors import UsageError

BOOK = Path(__file__).resolve().parents[2] / "book"


def test_a_table_has_the_papers_rows_and_columns():
    table = papers.published("aurora", "Table I")
    assert list(table.index) == ["ridge on Inception", "ResNet18 with labels", "SimCLR"]
    assert table.loc["ridge on Inception", "Accuracy"] == 0.817
    assert papers.published("nucleus", "Table 4").mIoU.idxmax() == "ODM_Unet"


def test_the_published_f1_follows_from_precision_and_recall():
    row = papers.published("sunspots", "Detection").loc["DetectNet"]
    precision, recall = row["precision at IoU 0.7"], row["recall at IoU 0.7"]
    f1 = 2 * precision * recall / (precision + recall)
    assert f1 == pytest.approx(row["F1 at IoU 0.7"], abs=6e-5)


def test_the_regions_of_the_year_sum_to_453_by_season_and_hemisphere():
    counts = papers.published("nucleus", "Regions of the year")
    assert counts.to_numpy().sum() == 453
    assert counts.sum(axis=1).tolist() == [142, 124, 129, 58]
    assert counts.sum().tolist() == [266, 187]


def test_no_published_number_stands_beside_two_of_one_claim():
    for chapter in papers.chapters():
        claims = [c for one in papers._numbers(chapter) for c in one["claims"]]
        assert len(claims) == len(set(claims))


def test_the_ridge_on_another_network_has_no_published_number():
    assert papers.beside("aurora", "Accuracy, official splits: ridge on SimCLR") is None
    assert papers.beside("aurora", "Accuracy, official splits: SimCLR") == 0.909


def test_an_unknown_paper_or_table_is_named():
    with pytest.raises(UsageError, match="whistlers"):
        papers.published("whistlers")
    with pytest.raises(UsageError, match="Table 9.*Table I"):
        papers.published("aurora", "Table 9")


def test_results_hold_no_published_number_of_their_own():
    for path in [*(BOOK / "results").glob("*.json"), *scoreboard.keep.RECORDED.glob("*.json")]:
        for claim, entry in json.loads(path.read_text(encoding="utf-8"))["results"].items():
            assert set(entry) == {"ours", "spread", "seeds", "why"}, claim


def test_every_table_of_a_paper_stands_beside_a_result_or_says_why_not():
    alone = scoreboard.alone(BOOK / "results")
    assert (alone.note.str.len() > 20).all()


def test_a_published_number_stands_only_beside_a_claim_that_names_its_quantity():
    for chapter in papers.chapters():
        for one in papers._numbers(chapter):
            quantity = one["row"] if one["column"] == "published" else one["column"]
            assert all(quantity in claim for claim in one["claims"])
    assert papers.beside("sunspots", "Detection, DetectNet: recall") is None
    assert papers.beside("sunspots", "Detection, DetectNet: recall at IoU 0.5") is None


def test_a_claim_beside_a_number_whose_quantity_it_hides_cannot_be_written():
    with pytest.raises(UsageError, match="does not say so: 'Detection, {row}: recall'"):
        papers._claim("Detection, {row}: recall", "DetectNet", "recall at IoU 0.7")
