"""A simulated Colab: its packages are there already, this one is not; then "run all".

    python -m tests.colab                      every chapter and lab, Python 3.13 (minutes each)
    python -m tests.colab --python 3.12 alfven_lab
    python -m tests.colab --form gpu --first alfven     the first cell alone, with a GPU's torch
    python -m tests.colab --cut 60 arcs                 killed after a minute, and run again

The environment, in ``_build/colab/<python>``, has the versions of Colab's own list as far as they
matter here (``freeze.toml``), with its old widgets, kernel and pip; torch is labelled as on a CPU
runtime (``2.11.0+cpu``, from an address) or on one with a GPU (``+cu128``). The package is taken
out before each notebook, so that each first cell installs it, from the last commit of this
repository. It fails if a cell raises, or if the first cell replaced anything that was there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "_build" / "colab"
ADDRESS = re.compile(r"git\+https://github\.com/geoviz-ml/geoviz-ml@v[\w.]+")
FREEZE = tomllib.loads(Path(__file__).with_name("freeze.toml").read_text())
VERSIONS = sorted(FREEZE["packages"])
NEWEST = {"torch", "torchvision", "numpy"}  # without versions under --newest
LABELS = {"cpu": "+cpu", "gpu": "+cu128"}


def freeze(version: str, newest: bool = False) -> list[str]:
    """What Colab has, as requirements."""
    packages = FREEZE["both"] | FREEZE["packages"][version]
    return [k if newest and k in NEWEST else f"{k}=={v}" for k, v in packages.items()]


def environment(version: str, newest: bool) -> Path:
    """The interpreter of an environment like Colab's; made if it is not there."""
    folder = BUILD / (version + "-newest" * newest)
    python = folder / "bin" / "python"
    if not (folder / ".made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([f"python{version}", "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "install", "-q"]
        subprocess.run([*pip, f"pip=={FREEZE['both']['pip']}"], check=True)
        subprocess.run([*pip, *freeze(version, newest)], check=True)
        (folder / ".made").write_text(json.dumps(sorted(versions(python))))
    kernel = folder / "share" / "jupyter" / "kernels" / "colab"
    kernel.mkdir(parents=True, exist_ok=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Colab", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    return python


def label(site: Path, form: str) -> None:
    """Let torch and torchvision say that they are Colab's builds for CPU or GPU.

    On a CPU runtime they come from an address, which ``pip freeze`` prints in place of a version.
    """
    for name in ("torch", "torchvision"):
        (info,) = site.glob(f"{name}-[0-9]*.dist-info")
        version = info.name.removesuffix(".dist-info").removeprefix(f"{name}-").split("+")[0]
        about = (info / "METADATA").read_text()
        about = re.sub(r"^Version: .*$", f"Version: {version}{LABELS[form]}", about, flags=re.M)
        (info / "METADATA").unlink()  # it may be a link into a cache
        (info / "METADATA").write_text(about)
        origin = {"url": f"file:///{name}.whl", "archive_info": {}}
        (info / "direct_url.json").unlink(missing_ok=True)
        if form == "cpu":
            (info / "direct_url.json").write_text(json.dumps(origin))
        info.rename(site / f"{name}-{version}{LABELS[form]}.dist-info")


def versions(python: Path) -> dict[str, str]:
    """Every installed package and its version."""
    listed = subprocess.check_output([python, "-m", "pip", "list", "--format=json"], text=True)
    return {p["name"].lower(): p["version"] for p in json.loads(listed)}


def as_made(python: Path) -> None:
    """Take out what first cells have brought."""
    made = json.loads((python.parents[1] / ".made").read_text())
    if brought := sorted(set(versions(python)) - set(made)):
        subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", *brought], check=True)


def last_commit() -> Path:
    """The repository as its last commit has it, as an archive that pip installs."""
    archive = BUILD / "geoviz_ml.zip"
    command = ["git", "archive", "--prefix=geoviz_ml/", f"--output={archive}", "HEAD"]
    subprocess.run(command, cwd=ROOT, check=True)
    return archive


def as_on_colab(path: Path, address: str) -> nbformat.NotebookNode:
    """The notebook whose first cell installs from `address`."""
    notebook = nbformat.read(path, 4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source, found = ADDRESS.subn(lambda _: address, first.source)
    if found != 1:
        raise SystemExit(f"{path.name}: the first cell installs no tagged version")
    return notebook


def replaced(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, str | None]]:
    """What was there and is there no more in its version: name -> (before, after)."""
    return {p: (v, after.get(p)) for p, v in before.items() if after.get(p) != v}


class Cut(Exception):
    """The kernel was killed on purpose."""


def run(path: Path, python: Path, limit: int, *, first: bool, cut: float, drive: Path) -> str:
    """Run one notebook from the top; what went wrong, or nothing.

    With `first` only its first cell; a `cut` of more than 0 kills the kernel so many seconds after
    the first cell, wherever it is, as a disconnect does, and raises `Cut`.
    """
    before = versions(python)
    notebook = as_on_colab(path, last_commit().as_uri())
    bin_first = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    env |= {"PATH": bin_first, "COLAB_RELEASE_TAG": "simulated", "TQDM_DISABLE": "1"}
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    with tempfile.TemporaryDirectory() as folder:
        env |= {"GEOVIZ_ML_DATA": str(drive), "GEOVIZ_ML_RESULTS": folder}
        client = NotebookClient(
            notebook, timeout=limit, kernel_name="colab", resources={"metadata": {"path": folder}}
        )
        end = threading.Timer(cut, lambda: client.km.provisioner.process.kill())
        try:
            with client.setup_kernel(env=env):
                for i in code:
                    client.execute_cell(notebook.cells[i], i)
                    if i != code[0]:
                        continue
                    after = versions(python)
                    if changed := replaced(before, after):
                        return f"the first cell replaced {changed}"
                    if not {"geoviz_ml", "geoviz-ml"} & set(after):
                        return "the first cell did not install the package"
                    new = sorted(f"{p} {v}" for p, v in after.items() if p not in before)
                    print(f"  the first cell brought {', '.join(new)}", flush=True)
                    if first:
                        return ""
                    if cut:
                        end.start()
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            if cut and end.finished.is_set():
                raise Cut(f"killed in cell {i} of {len(notebook.cells)}") from error
            return str(error)
        finally:
            end.cancel()
    return ""


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.colab", description=__doc__.split("\n")[0])
    parser.add_argument("--python", default=VERSIONS[-1], choices=VERSIONS)
    parser.add_argument("--form", default="cpu", choices=LABELS, help="which runtime's torch")
    parser.add_argument("--limit", type=int, default=1800, help="seconds a cell")
    parser.add_argument("--newest", action="store_true", help="newest torch and numpy at start")
    parser.add_argument("--first", action="store_true", help="the first cell of each, no more")
    parser.add_argument("--cut", type=float, default=0, help="kill it after SECONDS, run it again")
    parser.add_argument("notebooks", nargs="*", help="such as alfven alfven_lab; default all")
    args = parser.parse_args()
    paths = sorted((ROOT / "book").glob("*/*.ipynb"))
    paths = [p for p in paths if not args.notebooks or p.stem in args.notebooks]
    if not paths:
        parser.error(f"there is no notebook {' '.join(args.notebooks)} in the book")
    python = environment(args.python, args.newest)
    folder = python.parents[1]
    os.environ["JUPYTER_PATH"] = str(folder / "share" / "jupyter")
    label(folder / "lib" / f"python{args.python}" / "site-packages", args.form)
    failed = 0
    for path in paths:
        start = time.monotonic()
        print(f"{path.stem}, Python {args.python}, {args.form}: running ...", flush=True)
        drive = BUILD / "drive"  # what is on Drive outlives the machine
        for cut in (args.cut, 0) if args.cut else (0,):
            as_made(python)
            try:
                trouble = run(path, python, args.limit, first=args.first, cut=cut, drive=drive)
            except Cut as done:
                print(f"  {done}, {time.monotonic() - start:.0f} s; once more", flush=True)
                continue
            if trouble:
                break
        failed += bool(trouble)
        print(f"  {trouble[-3000:] or 'runs'}, {time.monotonic() - start:.0f} s", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
