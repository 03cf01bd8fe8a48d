"""How far NOAA's own table lets one copy a region's class from another day: a leak, and a ceiling.

A random quarter of 30 years of region-days is tested: each gets the class that its region has on
the nearest day of the other three quarters. No picture is looked at. Five quarters are drawn.

    python -m tests.benchmarks.noaa_leak --table mount_wilson_1996_2026.csv [--record]
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit

from geoviz_ml import scoreboard, setup
from geoviz_ml.experiments.sunspot_classes import SCHEME, copied, nearest_day
from geoviz_ml.readers import read_srs
from geoviz_ml.scores import interval, majority_accuracy, tally

WHY = "NOAA's table 1996 to 2026; five random quarters in place of seeds."


def region_days(table: Path) -> pd.DataFrame:
    """A row a region and day: `time`, `number`, `mount_wilson`, and `paper`, the folded class."""
    rows = read_srs(table)
    rows = rows[rows.section == "I"].reset_index(drop=True)
    rows = rows.rename(columns={"date": "time"})[["time", "number", "mount_wilson"]]
    return rows.assign(paper=rows.mount_wilson.map(SCHEME))


def measure(rows: pd.DataFrame) -> dict[str, list[float]]:
    """What is copied, and the floor, in each of five random quarters."""
    found: dict[str, list[float]] = {}
    splitter = ShuffleSplit(5, test_size=0.25, random_state=0)
    for split in splitter.split(rows):
        seen, right = copied(rows, split)
        one = {
            "test region-days whose region is in training": seen,
            "accuracy of copying the nearest day's class, regions seen": right,
        }
        for scheme in ("mount_wilson", "paper"):
            truth = rows[scheme].iloc[split[1]].to_numpy()
            said = nearest_day(rows, split, rows[scheme])
            name = "NOAA's classes" if scheme == "mount_wilson" else "the paper's scheme"
            one[f"accuracy of copying the nearest day's class, {name}"] = (said == truth).mean()
            one[f"accuracy of the majority class, {name}"] = majority_accuracy(truth)
        for claim, value in one.items():
            found.setdefault(claim, []).append(float(value))
    said = nearest_day(rows, split, rows.paper) == rows.paper.iloc[split[1]].to_numpy()
    by_region = tally(said.astype(float), groups=rows.number.iloc[split[1]])
    print("the paper's scheme, over regions, one quarter:", interval(by_region))
    return found


def next_day(rows: pd.DataFrame) -> dict[str, float]:
    """How often a region has the class of the day before."""
    rows = rows.sort_values(["number", "time"])
    before = rows.shift()
    next_one = (rows.number == before.number) & (rows.time - before.time == pd.Timedelta("1D"))
    return {
        f"region-days with the class of the day before, {name}": float(
            np.mean(rows[scheme][next_one] == before[scheme][next_one])
        )
        for scheme, name in {
            "mount_wilson": "NOAA's classes",
            "paper": "the paper's scheme",
        }.items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    days = region_days(args.table)
    print(f"{len(days)} region-days of {days.number.nunique()} regions")
    claims = {f"NOAA's table: {k}": v for k, v in (measure(days) | next_day(days)).items()}
    for claim, value in claims.items():
        print(f"{np.mean(value):.4f}  {claim}")
    if args.record:
        scoreboard.record(
            setup("quick"), "sunspots", claims, data="real", why=WHY, command="noaa_leak"
        )
