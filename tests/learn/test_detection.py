"""The detection learner: the published loss, it learns, it repeats, it goes on."""

import numpy as np
import pytest
import torch

from geoviz_ml.boxes import encode_boxes
from geoviz_ml.errors import UsageError
from geoviz_ml.infer.detection import detect
from geoviz_ml.learn import detection_learner
from geoviz_ml.learn.losses import DetectNetLoss
from geoviz_ml.learn.training import fit
from geoviz_ml.models import DetectNet, small_faster_rcnn
from geoviz_ml.prepare import BoxCrops
from geoviz_ml.scores import detection_scores
from geoviz_ml.settings import set_seed


def squares(n=8, size=64, seed=0):
    """Grey noise with one or two dark rectangles, and their boxes; every fourth has none."""
    rng = np.random.default_rng(seed)
    pictures = 0.6 + 0.05 * rng.normal(size=(n, size, size))
    boxes = []
    for i, picture in enumerate(pictures):
        rows = []
        for x in [4, 36][: 0 if i % 4 == 3 else rng.integers(1, 3)]:
            x, y = x + rng.integers(0, 4), rng.integers(2, 32)
            width, height = rng.integers(16, 25, 2)
            picture[y : y + height, x : x + width] -= 0.5
            rows.append([x, y, x + width, y + height])
        boxes.append(np.array(rows, float).reshape(-1, 4))
    return pictures.clip(0, 1).astype(np.float32), boxes


def learner(seed=0, make=lambda: DetectNet(width=0.125, dropout=0.1), **options):
    set_seed(seed)
    options = {"lr": 3e-3, "batch_size": 8, "seed": seed, "augment": BoxCrops(64), **options}
    return detection_learner(squares(16), squares(4, seed=1), make(), **options)


def weights(learner):
    return torch.cat([p.detach().ravel().float() for p in learner.model.state_dict().values()])


def test_loss_is_the_published_sum_in_float64():
    """2 L1 + Eucl with mask m, scale s and norm o, cell by cell."""
    rng = np.random.default_rng(0)
    boxes = [[[4.0, 8, 44, 60]], [[10.0, 10, 20, 30], [30, 20, 62, 62]]]
    target = np.stack([encode_boxes(b, (64, 64), 8) for b in boxes]).astype(float)
    output = rng.normal(0, 3, (2, 5, 8, 8))
    euclidean = l1 = 0.0
    for picture in range(2):
        for row, column in np.ndindex(8, 8):
            out, want = output[picture, :, row, column], target[picture, :, row, column]
            euclidean += (1 / (1 + np.exp(-out[0])) - want[0]) ** 2
            if want[0]:
                box = next(
                    b for b in reversed(boxes[picture])
                    if np.allclose(np.array(b) - np.array([column, row] * 2) * 8, want[1:5])
                )  # fmt: skip
                side = np.array([box[2] - box[0], box[3] - box[1]])
                norm = 64 / np.prod(np.minimum(side, np.maximum(20, 0.4 * side)))
                l1 += (np.abs(out[1:] - want[1:5]) * norm / np.tile(side, 2)).sum()
    loss = DetectNetLoss()
    got = loss(torch.from_numpy(output), torch.from_numpy(target)).item()
    assert got == pytest.approx(euclidean / 4 + 2 * l1 / 2, rel=1e-5)
    assert loss.parts["box"].item() == pytest.approx(l1 / 2, rel=1e-5)


def test_loss_of_a_perfect_answer_is_nothing():
    target = torch.from_numpy(encode_boxes([[4.0, 8, 44, 60]], (64, 64), 8))[None]
    output = torch.cat([(target[:, :1] - 0.5) * 100, target[:, 1:5]], dim=1)
    assert DetectNetLoss()(output, target).item() == pytest.approx(0, abs=1e-6)


def test_detectnet_learns_squares():
    one = learner()
    fit(one, 60, one_cycle=True)
    pictures, boxes = squares(8, seed=2)
    found = detect(one, pictures, eps=0.3, threshold=1)
    assert detection_scores(found, boxes)["F1 at IoU 0.5"] > 0.6


def test_a_detector_of_torchvision_learns_squares():
    one = learner(make=small_faster_rcnn, lr=1e-3, batch_size=4)
    table = fit(one, 16, one_cycle=True)
    pictures, boxes = squares(8, seed=2)
    assert detection_scores(detect(one, pictures), boxes, confidence=0.5)["F1 at IoU 0.5"] > 0.6
    assert table.train_box_reg.iloc[-1] < table.train_box_reg.max()


def test_history_has_the_loss_its_parts_and_the_scores_asked_for():
    one = learner(score=lambda model: {"weights": sum(p.numel() for p in model.parameters())})
    table = fit(one, 2)
    assert list(table.epoch) == [1, 2]
    columns = [f"{part}_{name}" for part in ("train", "valid") for name in ("loss", "coverage")]
    assert np.isfinite(table[columns]).all(axis=None)
    expected = table.valid_coverage + 2 * table.valid_box
    np.testing.assert_allclose(table.valid_loss, expected, rtol=1e-5)
    assert (table.weights > 1000).all()


@pytest.mark.parametrize("make", [lambda: DetectNet(width=0.125), small_faster_rcnn])
def test_a_run_in_two_parts_ends_with_the_same_weights(tmp_path, make):
    whole, first, second = (learner(make=make) for _ in range(3))
    fit(whole, 2)
    fit(first, 1, folder=tmp_path)
    fit(second, 2, folder=tmp_path)
    assert torch.equal(weights(whole), weights(second))


def test_a_checkpoint_of_other_boxes_is_refused(tmp_path):
    fit(learner(), 1, folder=tmp_path)
    set_seed(0)
    pictures, boxes = squares(16)
    boxes[0] = boxes[0] + 1
    other = detection_learner(
        (pictures, boxes), squares(4, seed=1), DetectNet(width=0.125, dropout=0.1),
        lr=3e-3, batch_size=8, augment=BoxCrops(64),
    )  # fmt: skip
    with pytest.raises(UsageError, match="data"):
        fit(other, 2, folder=tmp_path)


def test_input_that_makes_no_sense_is_refused():
    pictures, boxes = squares(4)
    broken = pictures.copy()
    broken[0, 0, 0] = np.nan
    for train, word in [
        ((pictures, boxes[:3]), "boxes of 3"),
        ((broken, boxes), "NaN"),
        ((pictures[0], boxes), "N, H, W"),
        ((pictures, [np.array([[9.0, 9, 1, 1]])] * 4), "order"),
    ]:
        with pytest.raises(UsageError, match=word):
            detection_learner(train, (pictures, boxes), DetectNet(width=0.125))


def test_the_default_is_as_nvidia_published_it():
    """Batches of 10, Adam at 2e-4."""
    sets = squares(20), squares(4, seed=1)
    one = detection_learner(*sets, DetectNet(width=0.125), device="cpu")
    one.create_opt()
    assert type(one.opt.opt) is torch.optim.Adam
    assert (one.lr, one.dls.train.bs, len(one.dls.train)) == (2e-4, 10, 2)


def test_the_validation_loss_is_the_mean_over_pictures_as_they_are():
    set_seed(0)
    pictures, boxes = squares(5, seed=1)
    one = detection_learner(
        squares(8), (pictures, boxes), DetectNet(width=0.125),
        lr=3e-3, batch_size=4, augment=BoxCrops(64), device="cpu", mixed_precision=False,
    )  # fmt: skip
    last = fit(one, 2).iloc[-1]
    target = torch.from_numpy(np.stack([encode_boxes(b, (64, 64), 8) for b in boxes]))
    one.model.eval()
    with torch.no_grad():
        answer = one.model(torch.from_numpy(pictures)[:, None])
    loss = DetectNetLoss()
    assert last.valid_loss == pytest.approx(loss(answer, target).item(), rel=1e-4)
    assert last.valid_box == pytest.approx(loss.parts["box"].item(), rel=1e-4)
