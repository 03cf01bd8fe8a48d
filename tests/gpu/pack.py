"""What a machine with torch lacks, as wheels in one folder: python -m tests.gpu.pack

For a GPU that reaches no package index. Wheels are of the versions tested here; what such a machine
has (see PRESENT) is left out.

    python -m tests.gpu.pack --python 3.12 --into _build/gpu
    # there:
    python -m pip install --no-index --no-deps --target _build/gpu/site _build/gpu/*.whl
    PYTHONPATH=_build/gpu/site:. python -m tests.gpu --out OUT --minutes 9
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PRESENT = {
    *("torch", "torchvision", "timm", "torchmetrics", "scikit-image", "scikit-learn", "xarray"),
    *("pandas", "h5py", "matplotlib", "opencv-python-headless", "numpy", "scipy", "pillow"),
    *("packaging", "setuptools", "pip", "wheel", "typing-extensions", "requests", "tqdm"),
    *("filelock", "networkx", "jinja2", "sympy", "fsspec", "joblib", "threadpoolctl", "pyyaml"),
    *("safetensors", "huggingface-hub", "python-dateutil"),
}


def needed(name: str, found: dict[str, str]) -> dict[str, str]:
    """Packages and versions that `name` needs and such a machine lacks, with all that they need."""
    for text in requires(name) or ():
        requirement = Requirement(text)
        other = canonicalize_name(requirement.name)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if not wanted or other in PRESENT or other in found or other.startswith("nvidia-"):
            continue
        try:
            found[other] = version(other)
        except PackageNotFoundError:
            continue  # for another platform
        needed(other, found)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default="3.12", help="version of the interpreter there")
    parser.add_argument("--into", type=Path, default=Path("_build/gpu"))
    args = parser.parse_args()
    args.into.mkdir(parents=True, exist_ok=True)
    pins = [f"{name}=={number}" for name, number in sorted(needed("geoviz_ml", {}).items())]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    subprocess.run(
        [*command, "--python-version", args.python, "-d", str(args.into), *pins], check=True
    )
    wheels = [*args.into.glob("*.whl")]
    size = sum(path.stat().st_size for path in wheels) / 2**20
    print(f"{len(wheels)} wheels, {size:.0f} MB, in {args.into}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
