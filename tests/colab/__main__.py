"""A simulated Colab: torch and numpy are there already, this package is not; then "run all".

    python -m tests.colab                      every chapter and lab, Python 3.12 (minutes each)
    python -m tests.colab --python 3.13 alfven_lab

The environment is kept in ``_build/colab/<python>``; the package is taken out of it before each
notebook, so that each first cell installs it, from the last commit of this repository. It fails
if a cell raises, or if the first cell changed torch, torchvision or numpy.
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
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "_build" / "colab"
ADDRESS = re.compile(r"git\+https://github\.com/geoviz-ml/geoviz-ml@v[\w.]+")
# What Colab has, as far as it matters here. Versions: inside our ranges, older than our pins.
KEPT = {
    "3.12": ["torch==2.8.0", "torchvision==0.23.0", "numpy==2.0.2"],
    "3.13": ["torch==2.8.0", "torchvision==0.23.0", "numpy==2.1.3"],
}
OTHERS = ["ipykernel", "ipywidgets", "matplotlib", "pandas", "scipy", "scikit-learn", "requests"]


def environment(version: str, kept: list[str]) -> Path:
    """The interpreter of an environment like Colab's; made if it is not there."""
    folder = BUILD / version
    python = folder / "bin" / "python"
    if not (folder / ".made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([f"python{version}", "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *kept, *OTHERS], check=True)
        (folder / ".made").touch()
    kernel = folder / "share" / "jupyter" / "kernels" / "colab"
    kernel.mkdir(parents=True, exist_ok=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Colab", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    return python


def versions(python: Path) -> dict[str, str]:
    """Every installed package and its version."""
    listed = subprocess.check_output([python, "-m", "pip", "list", "--format=json"], text=True)
    return {p["name"].lower(): p["version"] for p in json.loads(listed)}


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


def run(path: Path, python: Path, limit: int) -> str:
    """Run one notebook from the top; what went wrong, or nothing."""
    subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", "geoviz_ml"], check=True)
    before = versions(python)
    notebook = as_on_colab(path, last_commit().as_uri())
    bin_first = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    env |= {"PATH": bin_first, "COLAB_RELEASE_TAG": "simulated", "TQDM_DISABLE": "1"}
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    with tempfile.TemporaryDirectory() as folder:
        env.setdefault("GEOVIZ_ML_DATA", str(BUILD / "data"))
        env["GEOVIZ_ML_RESULTS"] = folder
        client = NotebookClient(
            notebook, timeout=limit, kernel_name="colab", resources={"metadata": {"path": folder}}
        )
        try:
            with client.setup_kernel(env=env):
                for i in code:
                    client.execute_cell(notebook.cells[i], i)
                    if i != code[0]:
                        continue
                    after = versions(python)
                    changed = {p: (v, after.get(p)) for p, v in before.items() if after.get(p) != v}
                    if changed:
                        print(f"  the first cell changed {changed}")
                    if {"torch", "torchvision", "numpy"} & set(changed):
                        return "the first cell changed torch, torchvision or numpy"
                    if "geoviz_ml" not in after and "geoviz-ml" not in after:
                        return "the first cell did not install the package"
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            return str(error)
    return ""


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.colab", description=__doc__.split("\n")[0])
    parser.add_argument("--python", default="3.12", help="3.12 (default) or 3.13")
    parser.add_argument("--limit", type=int, default=1800, help="seconds a cell")
    parser.add_argument("--newest", action="store_true", help="newest torch and numpy at start")
    parser.add_argument("notebooks", nargs="*", help="such as alfven alfven_lab; default all")
    args = parser.parse_args()
    kept = ["torch", "torchvision", "numpy"] if args.newest else KEPT[args.python]
    os.environ["JUPYTER_PATH"] = str(BUILD / args.python / "share" / "jupyter")
    paths = sorted((ROOT / "book").glob("*/*.ipynb"))
    paths = [p for p in paths if not args.notebooks or p.stem in args.notebooks]
    if not paths:
        parser.error(f"there is no notebook {' '.join(args.notebooks)} in the book")
    python = environment(args.python, kept)
    failed = 0
    for path in paths:
        start = time.monotonic()
        print(f"{path.stem}, Python {args.python}: running ...", flush=True)
        trouble = run(path, python, args.limit)
        failed += bool(trouble)
        print(f"  {trouble[-3000:] or 'runs'}, {time.monotonic() - start:.0f} s", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
