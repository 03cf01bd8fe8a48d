"""The README's examples run as they are printed, outside the repository.

python tests/test_readme.py PYTHON     install into an empty environment first (minutes)
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Stands in for what the example reads: an hour of noise, as the instrument would write it.
FILES = """
from pathlib import Path
import numpy as np
from geoviz_ml.simulate import alfven
alfven.make(Path("made"), 1, seed=1, raw_nights=1, p_gap=0)
folder = Path("folder/of/hourly")
folder.mkdir(parents=True)
(Path("made") / "raw").rename(folder / "files")
"""


def examples() -> list[str]:
    """The Python blocks of the README."""
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), flags=re.S)


def run(python: str | Path, folder: Path) -> None:
    """Run each example with `python` in an empty folder."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    for example in examples():
        subprocess.run([python, "-c", FILES + example], cwd=folder, env=env, check=True)


def test_the_examples_of_the_readme_run(tmp_path):
    assert examples()
    run(sys.executable, tmp_path)


def main(python: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        archive, there = folder / "geoviz_ml.zip", folder / "empty" / "bin" / "python"
        command = ["git", "archive", "--prefix=geoviz_ml/", f"--output={archive}", "HEAD"]
        subprocess.run(command, cwd=ROOT, check=True)
        subprocess.run([python, "-m", "venv", folder / "empty"], check=True)
        subprocess.run([there, "-m", "pip", "install", "-q", archive], check=True)
        (folder / "elsewhere").mkdir()
        run(there, folder / "elsewhere")
        subprocess.run([there, "-m", "pip", "check"], check=True)
        for script in ("geoviz-ml", "data-fetch"):
            subprocess.run(
                [there.with_name(script), "--help"], check=True, stdout=subprocess.DEVNULL
            )
        for package in ("geoviz_ml", "data_fetch"):
            code = f"from importlib.resources import files; files({package!r}).joinpath"
            subprocess.run([there, "-c", f"{code}('py.typed').read_bytes()"], check=True)
    print("pip install . into an empty environment, and the examples of the README: fine")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else sys.executable)
