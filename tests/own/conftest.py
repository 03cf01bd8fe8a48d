"""Folders of small pictures, drawn with a truth, as people keep theirs."""

import json

import numpy as np
import pytest
from PIL import Image


class Desk:
    """A folder to fill, and the truth of every picture in it."""

    def __init__(self, folder):
        self.folder, self.truth, self.rng = folder, {}, np.random.default_rng(0)

    def scene(self, size, part=0.3):
        """A bright rectangle on a dark noisy ground: brightness 0 to 1, and its mask (H, W)."""
        height, width = size
        high, wide = int(part * height) + 4, int(part * width) + 4
        top = self.rng.integers(0, height - high + 1)
        left = self.rng.integers(0, width - wide + 1)
        mask = np.zeros(size, bool)
        mask[top : top + high, left : left + wide] = True
        noise = self.rng.normal(0, 0.05, size)
        return np.clip(np.where(mask, 0.75, 0.25) + noise, 0, 1), mask

    def save(self, name, values, mode=None, **options):
        """Write an array as a picture."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(values), mode).save(path, **options)

    def pair(self, key, picture, mask=None, *, size=(32, 32), values=(0, 255)):
        """Write a scene as 8 bits, and its mask where it gets a name; keep the truth."""
        bright, truth = self.scene(size)
        self.save(picture, (255 * bright).astype(np.uint8))
        if mask:
            self.save(mask, np.where(truth, values[1], values[0]).astype(np.uint8))
        self.truth[key] = truth.astype(np.uint8)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "mine")


QUICK = {"steps": 40, "base": 4}


@pytest.fixture
def marked(desk):
    """Marks the desk's folder, quickly; what was said stands in ``said``."""
    from geoviz_ml.own import mark_folder

    def run(**options):
        said = []
        found = mark_folder(desk.folder, **{**QUICK, **options}, say=said.append)
        return found, "\n".join(said)

    return run


@pytest.fixture
def score(desk):
    """IoU of the saved masks with the truth over all pictures, each as large as its picture."""

    def of(found, names, value=255, number=1):
        both = either = 0
        for name in names:
            saved = np.asarray(Image.open(found.out / "masks" / f"{name}.png"))
            assert saved.shape == desk.truth[name].shape, json.dumps([name, saved.shape])
            answer, truth = saved == value, desk.truth[name] == number
            both, either = both + (answer & truth).sum(), either + (answer | truth).sum()
        return both / either

    return of
