"""Run an experiment, killed at five moments, then to its end: python -m ... FOLDER NAME SET ...

Imports come first, so that every kill hits the work itself. Used by `test_cut_short`.
"""

import importlib
import os
import random
import signal
import sys
import time

from geoviz_ml.experiments.__main__ import main, of_chapter

KILLS = 5
LATE = (  # what a chapter imports when it comes to it
    "albumentations",
    "astropy.io.fits",
    "dask.array",
    "h5py",
    "jinja2",
    "segmentation_models_pytorch",
    "torchmetrics.detection",
)


def child(arguments):
    pid = os.fork()
    if pid == 0:
        os._exit(main(arguments))
    return pid


def begin(folder, name, changes):
    """Set the folders; the arguments of the command."""
    os.environ["GEOVIZ_ML_DATA"] = os.environ["GEOVIZ_ML_RESULTS"] = folder
    sets = [part for change in changes for part in ("--set", change)]
    return [name, "--profile", "quick", "--out", f"{folder}/out", *sets]


if __name__ == "__main__":
    undisturbed, disturbed, name, *changes = sys.argv[1:]
    of_chapter(name)
    for module in LATE:
        importlib.import_module(module)
    began = time.monotonic()
    pid = child(begin(undisturbed, name, changes))
    if os.waitpid(pid, 0)[1]:
        sys.exit("the undisturbed run failed")
    seconds = time.monotonic() - began
    arguments, rng, killed = begin(disturbed, name, changes), random.Random(name), 0
    for _ in range(KILLS):
        pid = child(arguments)
        time.sleep(rng.uniform(0.05, 0.3) * seconds)
        os.kill(pid, signal.SIGKILL)
        killed += os.waitpid(pid, 0)[1] == signal.SIGKILL
    print(f"killed {killed} times, each within a third of {seconds:.1f} s")
    sys.exit(os.waitpid(child(arguments), 0)[1])
