"""PN and PNU of the arcs chapter's full column: the paper's network, with intervals over nights.

Reads trainings that ``python -m geoviz_ml.experiments arcs --profile paper --only PNU`` has kept,
or trains what is missing. Beside the networks stand never saying arc, both kinds with the true
prior, a threshold on brightness, and the masks before and after the CRF.

    python -m tests.benchmarks.arcs_full [--out FOLDER] [--seeds N] [--record]
"""

import argparse
from pathlib import Path

from geoviz_ml import scoreboard, setup
from geoviz_ml.experiments import Arcs
from tests.benchmarks.arcs_acceptance import TRUE, masks, patches, priors, report

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder of the trainings")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    how_often = {"seeds": args.seeds, "seeds_prior": args.seeds}
    arcs = Arcs(setup("paper"), folder=args.out, **how_often)
    run = arcs.run
    column = f"{run.network} of width {run.width}, {run.nights} nights, {run.steps} steps."

    def keep(claim, values, why):
        scoreboard.record(
            arcs.settings, "arcs", f"Full column, {claim}", values,
            why=f"{column} {why}", command="arcs_full",
        )  # fmt: skip

    groups = {"PN": "PN", "PNU": "PNU"}
    parts = patches(arcs, groups | TRUE), priors(arcs), masks(arcs, groups | TRUE)
    report(parts, keep if args.record else None)
