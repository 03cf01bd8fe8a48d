"""A real day without fringes beside a simulated one, and fringes of known strength put into it.

Networks that have seen simulated nights only, and peak tracking, look for the fringes; what they
flag when nothing was put in is their false alarm. Thresholds are those of the chapter, chosen by
labels of simulated validation nights. The day is one: intervals are over the fringes drawn and the
networks, not over days.

    python -m tests.benchmarks.alfven_real_day --day FOLDER [--profile quick|paper] [--record]
        [--out FOLDER --seeds N --group GROUP...] [--figure FILE --theirs FILE]
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr

from geoviz_ml import scoreboard, setup
from geoviz_ml.classical import label_fringes
from geoviz_ml.experiments import Alfven
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.prepare import picture, spectrogram
from geoviz_ml.prepare.pictures import mask_picture
from geoviz_ml.readers import read_search_coil, sierra_nevada_response
from geoviz_ml.scores import interval, tally
from geoviz_ml.show.plots import plot_spectrogram
from geoviz_ml.simulate import alfven
from geoviz_ml.simulate.inject import inject_fringes

STRENGTHS = (0.25, 0.5, 1.0, 1.5, 2.2, 3.0, 4.0)
DRAWS, SEED = 12, 2015
GROUPS = ("U-net, set B", "U-net without skips, set B")
DATE = np.datetime64("2014-12-01")  # of the long night that the fringes follow
WHY = (
    "One real day (Sierra Nevada, 1 March 2015), simulated fringes; intervals over 12 draws of "
    "fringes, each in both halves of the day."
)


def real_day(folder: Path) -> xr.DataArray:
    """The day's spectrogram in pT/sqrt(Hz)."""
    day = spectrogram(read_search_coil(folder))
    response = sierra_nevada_response(day.frequency.clip(day.frequency[1]).values)
    return (day / response).assign_attrs(units="pT/sqrt(Hz)")


def pieces(day: xr.DataArray) -> list[xr.DataArray]:
    """Its first and its last twelve hours."""
    starts = (0, day.sizes["time"] - 432)
    return [day.isel(time=slice(s, s + 432)) for s in starts]


def halves(day: xr.DataArray, size) -> np.ndarray:
    """These as pictures (2, H, W)."""
    return np.stack([picture(piece, size).fillna(0).values for piece in pieces(day)])


def injected(day: xr.DataArray, strength: float, size) -> tuple[np.ndarray, np.ndarray]:
    """Pictures and masks (24, H, W), the same fringes at every strength."""
    pairs = [
        inject_fringes(piece, strength, np.random.default_rng([SEED, i]), DATE)
        for piece in pieces(day)
        for i in range(DRAWS)
    ]
    pictures = np.stack([picture(a, size).fillna(0).values for a, _ in pairs])
    return pictures, np.stack([mask_picture(m, size).values for _, m in pairs])


def finders(experiment: Alfven, groups: list[str]) -> dict:
    """Functions from pictures to masks, several of a method one a seed."""

    def peaks(name):
        tuned = experiment.peaks[name]
        return lambda pictures: np.stack([label_fringes(p, **tuned) for p in pictures])

    def network(learner):
        cut = experiment.threshold(learner, "B")
        return lambda pictures: predict(learner, pictures) >= cut

    networks = {group: [network(one) for one in experiment.trained(group)] for group in groups}
    return {
        **{name: [peaks(name)] for name in experiment.peaks},
        **networks,
    }


def main(day: xr.DataArray, experiment: Alfven, groups: list[str]) -> pd.DataFrame:
    size = experiment.run.size
    methods = finders(experiment, groups)
    untouched = halves(day, size)
    rows = []
    for name, several in methods.items():
        flagged = [float(find(untouched).mean()) for find in several]
        rows.append((name, "flagged, nothing injected", flagged, ""))
        print(rows[-1], flush=True)
    for strength in STRENGTHS:
        pictures, masks = injected(day, strength, size)
        for name, several in methods.items():
            marked = [find(pictures) for find in several]
            right = [(m & masks).sum((1, 2)) for m in marked]
            for what, wholes in (
                ("found", masks.sum((1, 2))),
                ("right of what is marked", [m.sum((1, 2)) for m in marked]),
            ):
                counted = tally(right, wholes, groups=np.tile(np.arange(DRAWS), 2))
                if np.isfinite(counted.by_seed()).all():
                    what = f"{what} at strength {strength:g}"
                    rows.append((name, what, counted.by_seed().tolist(), str(interval(counted))))
                    print(rows[-1], flush=True)
    return pd.DataFrame(rows, columns=["method", "what", "values", "interval"])


def record(found: pd.DataFrame, profile: str) -> None:
    """Keep them with the results that the library carries."""
    settings = setup(profile)
    for row in found.itertuples():
        why = f"{WHY} Here: {row.interval}." if row.interval else WHY
        claim = f"Fringes injected into a real day, {row.what}: {row.method}"
        scoreboard.record(
            settings, "alfven", claim, row.values, data="real", why=why,
            command="alfven_real_day" + ("" if profile == "quick" else "_full"),
        )  # fmt: skip


def draw(day: xr.DataArray, theirs: Path, path: Path) -> None:
    """The real day, a simulated night without fringes, and their mean spectra."""
    rng = np.random.default_rng(4)
    night = alfven.as_spectrogram(
        alfven.night(
            np.datetime64("2015-03-01"), rng, alfven.Physics(p_fringes=0, p_gap=0, p_pc1=0)
        ),
        rng,
    )
    last = pieces(day)[1]
    fig, axes = plt.subplots(
        1, 3, figsize=(11, 3.4), layout="constrained", width_ratios=(1.25, 1.25, 1)
    )
    for ax, one, name in zip(axes, (last, night), ("real", "simulated"), strict=False):
        plot_spectrogram(ax, one)
        ax.set_title(name)
    for one, name, colour in ((last, "real", "#d55e00"), (night, "simulated", "#0072b2")):
        mean = np.sqrt((one**2).mean("time"))
        axes[2].loglog(one.frequency[1:], mean[1:], color=colour, label=name)
    with np.load(theirs, allow_pickle=False) as file:
        axes[2].loglog(
            file["arr_1"], np.sqrt((file["arr_3"][72:] ** 2).mean(0)), "k--", lw=1,
            label="real, as its authors\nprocessed it",
        )  # fmt: skip
    axes[2].set(xlim=(0.5, 10), ylim=(0.05, 3))
    axes[2].set(xlabel="frequency (Hz)", ylabel="amplitude (pT/√Hz)", title="mean of 12 hours")
    axes[2].legend(frameon=False, fontsize=8)
    fig.savefig(path, dpi=90)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--day", type=Path, required=True, help="hours of the Sierra Nevada day")
    parser.add_argument("--profile", default="quick", choices=["quick", "paper"])
    parser.add_argument("--out", type=Path, help="folder of the trainings")
    parser.add_argument("--seeds", type=int, help="how many of each, if not as the profile says")
    parser.add_argument("--group", nargs="+", default=list(GROUPS), help="which networks")
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    parser.add_argument("--figure", type=Path, help="write the figure of the chapter")
    parser.add_argument("--theirs", type=Path, help="the authors' processed spectra, .npz")
    args = parser.parse_args()
    the_day = real_day(args.day)
    if args.figure:
        draw(the_day, args.theirs, args.figure)
    fewer = {"seeds": args.seeds} if args.seeds else {}
    chapter = Alfven(setup(args.profile), folder=args.out, **fewer)
    measured = main(the_day, chapter, args.group)
    if args.record:
        record(measured, args.profile)
