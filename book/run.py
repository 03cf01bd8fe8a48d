"""Execute the book's notebooks that changed, one line of progress each.

As many run at once as there are processors, at most four, and share these; one alone is timed as a
reader will find it, so what is stored comes from ``--jobs 1``.

Outputs go into jupyter-cache, from which `jupyter-book build` takes them. A notebook is executed
again when its code changes; all are when the library, the pinned versions or the profile change.

    python book/run.py            execute what changed
    python book/run.py NAME ...   of these folders only, such as alfven, changed or not
    python book/run.py --jobs 1   one after another
    python book/run.py --store    copy executed outputs and results into the repository (NAME ...)
"""

import argparse
import base64
import hashlib
import io
import os
import re
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

import nbformat
from filelock import Timeout
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from PIL import Image

from geoviz_ml.files import alone, atomic_path

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
BUILD = ROOT / "_build"
CACHE = BUILD / ".jupyter_cache"
RESULTS = BUILD / "results"
TRAININGS = BUILD / "trainings"
CORES = os.cpu_count() or 1


def notebooks(folders: list[str] = ()) -> list[Path]:
    """The notebooks of the table of contents, in order; all, or of some folders, and the scoreboard."""
    names = re.findall(r"^ *- file: (\S+)", (BOOK / "_toc.yml").read_text(), re.M)
    paths = [path for name in names if (path := BOOK / f"{name}.ipynb").exists()]
    shown = {*folders, "book"}  # the folder of the scoreboard
    return [path for path in paths if not folders or path.parent.name in shown]


def fingerprint() -> str:
    """Changes when anything but the notebooks that decides their outputs changes."""
    digest = hashlib.sha256(os.environ.get("GEOVIZ_ML_PROFILE", "quick").encode())
    for folder in ("geoviz_ml", "data_fetch"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".js", ".html", ".json", ".toml", ".tsv"}:
                digest.update(path.read_bytes())
    digest.update((ROOT / "constraints.txt").read_bytes())
    return digest.hexdigest()


@contextmanager
def quiet():
    """Keep what the kernel says about itself out of the lines of progress."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def renew(names: list[str]) -> str:
    """Forget what was executed with another library, or nobody noted with which.

    The note is written before anything is executed, so that a run that is killed leaves no outputs
    that a later one, with another library, takes for its own. It is empty while outputs of more
    than one library may be there.
    """
    note, now = CACHE / "fingerprint", fingerprint()
    same = note.exists() and note.read_text() == now
    if not names and not same:
        shutil.rmtree(CACHE, ignore_errors=True)
    if not same:
        with atomic_path(note) as tmp:
            tmp.write_text("" if names else now)
    return now


def forget(cache, path: Path) -> None:
    """Let a notebook count as not executed."""
    with suppress(KeyError):
        cache.remove_cache(cache.match_cache_file(str(path)).pk)


def run(path: Path) -> tuple[float, str]:
    """Execute a notebook and keep it in the cache; seconds, and what went wrong, if anything."""
    cache, start = get_cache(CACHE), time.monotonic()
    executor = load_executor("local-serial", cache)
    with quiet():
        result = executor.run_and_cache(filter_uris=[str(path)], timeout=3600)
    seconds = time.monotonic() - start
    if result.succeeded:
        return seconds, ""
    record = cache.get_project_record(str(path))
    return seconds, record.traceback or "It could not be executed."


def execute(names: list[str], jobs: int) -> int:
    """Execute what changed, or all of some folders; the number of notebooks that failed."""
    begun_with = renew(names)
    RESULTS.mkdir(parents=True, exist_ok=True)
    for path in (BOOK / "results").glob("*.json"):  # of chapters that are not run
        if not (RESULTS / path.name).exists():
            shutil.copy(path, RESULTS / path.name)
    os.environ.setdefault("GEOVIZ_ML_RESULTS", str(RESULTS))
    os.environ.setdefault("GEOVIZ_ML_DATA", str(BUILD / "data"))
    os.environ["GEOVIZ_ML_TRAININGS"] = str(TRAININGS)
    os.environ.setdefault("TQDM_DISABLE", "1")  # no bars in stored outputs
    if jobs > 1:
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, CORES // jobs)))
        os.environ.setdefault("GEOVIZ_ML_PROCESSES", "1")
    cache, todo = get_cache(CACHE), []
    for path in notebooks(names):
        cache.add_nb_to_project(str(path))
        if names or (path.stem == "scoreboard" and todo):
            forget(cache, path)  # it shows what the others recorded
        if not cache.list_unexecuted(filter_uris=[str(path)]):
            print(f"{path.relative_to(BOOK)}: unchanged", flush=True)
            continue
        for old in RESULTS.glob(f"{path.stem}-*.json"):
            old.unlink()  # what a chapter no longer claims
        shutil.rmtree(
            TRAININGS / path.stem, ignore_errors=True
        )  # outputs of one run
        todo.append(path)
    failed = done = 0
    last = [path for path in todo if path.stem == "scoreboard"]
    # chapters, which are the longest, come first
    first = sorted(
        (path for path in todo if path not in last),
        key=lambda path: path.stem != path.parent.name,
    )
    print(f"{len(todo)} notebooks to run, {jobs} at once", flush=True)
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for together in (first, last):
            begun = {pool.submit(run, path): path for path in together}
            for future in as_completed(begun):
                (seconds, problem), done = future.result(), done + 1
                name = begun[future].relative_to(BOOK)
                print(f"[{done}/{len(todo)}] {name}: {seconds:.0f} s", flush=True)
                if problem:
                    failed += 1
                    print(f"{name}\n{problem}", file=sys.stderr, flush=True)
    if fingerprint() != begun_with:
        print(
            "The library has changed meanwhile: the next run executes all.",
            flush=True,
        )
        (CACHE / "fingerprint").write_text("")
    return failed


def lighter(picture: str) -> str:
    """A large PNG (base64) in 256 colours, a third of the size.

    The palette covers all colours there are, so that a thin outline keeps its own.
    """
    raw, small = base64.b64decode(picture), io.BytesIO()
    if len(raw) < 60_000:
        return picture
    image = Image.open(io.BytesIO(raw)).convert("RGB")
    options = {"method": Image.Quantize.MAXCOVERAGE, "dither": Image.Dither.NONE}
    image.quantize(256, **options).save(small, "PNG", optimize=True)
    return base64.b64encode(min(raw, small.getvalue(), key=len)).decode() + "\n"


def store(names: list[str]) -> int:
    """Copy outputs from the cache into the notebooks, results into book/results; all or nothing.

    The number of notebooks that were not executed as they are now: with one, nothing is written.
    """
    cache, ready, left = get_cache(CACHE), {}, []
    for path in notebooks(names):
        try:
            _, ready[path] = cache.merge_match_into_notebook(nbformat.read(path, 4))
        except KeyError:
            left.append(str(path.relative_to(BOOK)))
    if left:
        print(
            f"Nothing is stored: {', '.join(left)} must be executed first.",
            file=sys.stderr,
        )
        return len(left)
    for path, notebook in ready.items():
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
            for output in cell.get("outputs", []):
                # a live view is dead without its kernel; the page's own version stays
                output.get("data", {}).pop(
                    "application/vnd.jupyter.widget-view+json", None
                )
                if "image/png" in output.get("data", {}):
                    output.data["image/png"] = lighter(output.data["image/png"])
        notebook.metadata.pop("widgets", None)
        with atomic_path(path) as tmp, tmp.open("w", encoding="utf-8") as file:
            nbformat.write(notebook, file)
    for path in RESULTS.glob("*.json"):
        if not names or path.name.split("-")[0] in names:
            with atomic_path(BOOK / "results" / path.name) as tmp:
                shutil.copyfile(path, tmp)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="folders of book/, such as alfven")
    parser.add_argument(
        "--store", action="store_true", help="copy outputs into the repository"
    )
    parser.add_argument(
        "--jobs", type=int, default=min(CORES, 4), help="notebooks at once"
    )
    args = parser.parse_args()
    if args.jobs < 1:
        parser.error("--jobs must be 1 or more")
    if unknown := set(args.names) - {p.parent.name for p in notebooks()}:
        parser.error(f"no notebook of {', '.join(unknown)} is in book/_toc.yml")
    BUILD.mkdir(exist_ok=True)
    try:
        with alone(BUILD / "run.lock", wait=False):
            failed = (
                store(args.names) if args.store else execute(args.names, args.jobs)
            )
    except Timeout:
        parser.exit(
            1, f"Another run is at work in {BUILD}: wait until it has ended.\n"
        )
    sys.exit(min(failed, 1))
