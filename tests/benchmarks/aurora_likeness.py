"""How close simulated skies are to real ones; nothing here passes or fails.

    python -m tests.benchmarks.aurora_likeness DATA

DATA holds ``oath`` (label table, pictures, ``glcm_features.csv``). Printed are the five numbers of
`compare_pictures`, for the real pictures and simulated ones of the same classes; and for each class
the medians of texture of all real pictures beside those of simulated ones, with the overlap of the
two distributions (1 less the Kolmogorov-Smirnov distance).
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

from geoviz_ml.analysis import compare_pictures
from geoviz_ml.classical import texture_features
from geoviz_ml.readers import read_oath
from geoviz_ml.simulate import aurora

GREY = 0.587  # of green, see `texture_features`
SHOWN = ["contrast_0", "homogeneity_0", "energy_0", "correlation_0"]


def main(data: Path, n: int = 400, seed: int = 101) -> None:
    """Print both comparisons for n simulated pictures, each of a sequence of its own or nearly."""
    real = read_oath(data / "oath")
    published = pd.read_csv(data / "oath" / "glcm_features.csv")
    with tempfile.TemporaryDirectory() as folder:
        simulated = read_oath(aurora.make(folder, n, seed, in_a_row=1.5))
    alike = simulated.image[simulated.name.isin(np.unique(real.name))].values
    print(compare_pictures(real.image.values, alike).round(2).to_string())
    texture = texture_features(np.round(simulated.image.values * GREY).astype(np.uint8))
    rows = []
    for name in aurora.COUNTS:
        theirs = published[published.picType == name]
        ours = texture[(simulated.name == name).values]
        for feature in SHOWN:
            overlap = 1 - ks_2samp(theirs[feature], ours[feature]).statistic
            rows.append((name, feature, theirs[feature].median(), ours[feature].median(), overlap))
    table = pd.DataFrame(rows, columns=["class", "feature", "real", "simulated", "overlap"])
    print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
