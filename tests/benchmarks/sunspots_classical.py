"""The parameters of the classical detector for magnetograms, chosen on simulated Suns.

What `geoviz_ml.sunspots` uses where no model is given. Chosen on some sequences of days, scored on
others.

    python -m tests.benchmarks.sunspots_classical --out FOLDER
"""

import argparse
from pathlib import Path

from geoviz_ml import simulate
from geoviz_ml.classical import find_active_regions, tune_find_active_regions
from geoviz_ml.prepare import sun_picture
from geoviz_ml.readers import read_kitti, read_magnetogram
from geoviz_ml.scores import detection_scores

GRID = {
    "low": (0.2, 0.24, 0.28, 0.32, 0.36),
    "high": (0.3, 0.4, 0.5),
    "join": (10.0, 14.0, 18.0, 24.0),
    "margin": (0.0, 2.0, 4.0),
    "least": (0.0, 10.0, 20.0, 40.0, 80.0),
}
PICTURES, SEED = 112, 77  # eight Suns, two weeks each; two are for the test
TEST = 28


def main(out: Path) -> None:
    folder = simulate.sunspots.make(out / "magnetograms", PICTURES, SEED, size=512, fits=0)
    files = sorted((folder / "png").glob("*.png"))
    pictures = [sun_picture(read_magnetogram(file)) for file in files]
    signals = [picture.signal() for picture in pictures]
    truth = [
        picture.from_file(read_kitti(folder / "boxes" / f"{file.stem}.txt"))
        for picture, file in zip(pictures, files, strict=True)
    ]
    chosen = tune_find_active_regions(signals[:-TEST], truth[:-TEST], GRID)
    print("chosen:", chosen)
    for name, part in (("chosen on", slice(-TEST)), ("test", slice(-TEST, None))):
        found = [find_active_regions(signal, **chosen) for signal in signals[part]]
        scores = detection_scores(found, truth[part])
        print(f"{name}:", {key: round(value, 3) for key, value in scores.items()})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="keeps the simulated pictures")
    main(parser.parse_args().out)
