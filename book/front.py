"""Draw the pictures of the first page: for each chapter what it looks for, outlined by the truth.

python book/front.py

Everything is simulated, small and the same each time. The pictures go to ``book/_static/front``.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

OUT = Path(__file__).resolve().parent / "_static" / "front"
ORANGE = "#ff9d2e"


def alfven(ax, folder: Path) -> None:
    from geoviz_ml.datasets import load_nights
    from geoviz_ml.simulate import alfven

    nights = load_nights(
        alfven.make(folder, 1, seed=4, p_fringes=1, p_gap=0), (240, 320)
    )
    ax.imshow(nights.pictures[0], origin="lower", aspect="auto", cmap="cividis")


def nucleus(ax, folder: Path) -> None:
    from geoviz_ml.datasets import load_half_orbits
    from geoviz_ml.simulate import nucleus

    made = nucleus.make(folder, 1, seed=22, share=1.0, p_gap=0.0, p_fill=0.0)
    orbit = load_half_orbits(made, (512, 508))
    right = slice(240, None)  # where it is
    ax.imshow(
        orbit.pictures[0][:, right], aspect="auto", cmap="cividis", vmin=0, vmax=1
    )
    ax.contour(orbit.masks[0][:, right], [0.5], colors=ORANGE, linewidths=2)


def aurora(ax, folder: Path) -> None:
    from geoviz_ml.readers import read_oath
    from geoviz_ml.simulate import aurora

    sky = read_oath(aurora.make(folder, 120, seed=2))
    kinds = sky.class6.values
    first = [np.flatnonzero(kinds == kind)[0] for kind in range(6)]
    tiles = (
        sky.image.values[first]
        .reshape(2, 3, 256, 256)
        .swapaxes(1, 2)
        .reshape(512, 768)
    )
    ax.imshow(tiles, aspect="auto", cmap="gray")


def sunspots(ax, folder: Path) -> None:
    from geoviz_ml.readers import read_kitti
    from geoviz_ml.simulate import sunspots
    from PIL import Image

    made = sunspots.make(folder, 1, seed=3, size=512, fits=0)
    file = next((made / "png").glob("*.png"))
    with Image.open(file) as image:
        ax.imshow(
            np.asarray(image.convert("L"))[85:-85], cmap="gray", aspect="auto"
        )
    for box in read_kitti(made / "boxes" / f"{file.stem}.txt").itertuples():
        width, height = box.x2 - box.x1, box.y2 - box.y1
        ax.add_patch(
            Rectangle(
                (box.x1, box.y1 - 85), width, height, fill=False, ec=ORANGE, lw=2
            )
        )


def arcs(ax, folder: Path) -> None:
    from geoviz_ml.readers import read_themis
    from geoviz_ml.simulate import arcs

    made = arcs.make(folder, 12, seed=2)
    files = sorted(made.glob("stream0/**/*.pgm.gz"))
    masks = [arcs.read_truth(made, file)[0] for file in files]
    best = int(np.argmax([mask.mean() for mask in masks]))
    sky = np.log(read_themis(files[best])[0].values.astype(float))
    low, high = np.percentile(sky, [5, 99.8])
    ax.imshow(sky[43:-43], vmin=low, vmax=high, cmap="gray", aspect="auto")
    ax.contour(masks[best][43:-43], [0.5], colors=ORANGE, linewidths=1.5)


CHAPTERS: dict[str, Callable] = {
    f.__name__: f for f in (alfven, nucleus, aurora, sunspots, arcs)
}


def slider(folder: Path) -> str:
    """A night and a threshold to move, as an element of a page.

    The map is no network's: it is how much brighter a pixel is than those a little above and
    below, squeezed between 0 and 1.
    """
    from geoviz_ml.datasets import load_nights
    from geoviz_ml.show import threshold_explorer
    from geoviz_ml.simulate import alfven
    from scipy.ndimage import gaussian_filter

    nights = load_nights(
        alfven.make(folder, 1, seed=4, p_fringes=1, p_gap=0), (112, 128)
    )
    night = nights.pictures[0]
    smooth = gaussian_filter(night, (0.7, 1.5))
    contrast = smooth - gaussian_filter(night, (4, 4))
    explorer = threshold_explorer(
        night,
        1 / (1 + np.exp(-contrast / contrast.std())),
        nights.masks[0],
        threshold=0.6,
        extent=(18, 30, nights.frequency[0], nights.frequency[-1]),
        xlabel="time (hours after 0 UT of the first day)",
        ylabel="frequency (Hz)",
        title="One simulated night: where are the fringes?",
        map_name="the brightness over the neighbours (0 to 1)",
        seen="a spectrogram with a fan of thin bright lines below 6 hertz",
    )
    return explorer.static()


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        (OUT / "slider.html").write_text(slider(Path(folder) / "night"))
    for name, draw in CHAPTERS.items():
        fig = plt.figure(figsize=(4.8, 3.2), dpi=100)
        ax = fig.add_axes((0, 0, 1, 1), frameon=False, xticks=[], yticks=[])
        with tempfile.TemporaryDirectory() as folder:
            draw(ax, Path(folder) / name)
        fig.savefig(
            OUT / f"{name}.jpg", pil_kwargs={"quality": 82, "optimize": True}
        )
        plt.close(fig)
        print(f"{name}: {(OUT / f'{name}.jpg').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
