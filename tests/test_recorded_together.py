"""Results recorded by several processes at once are all kept."""

import json
import subprocess
import sys

SCRIPT = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from geoviz_ml.scoreboard import keep
folder, me = Path(sys.argv[1]), sys.argv[2]
keep.provenance = lambda device: {}
read = keep.json.loads
def slowly(text):  # the other has read by then, too
    time.sleep(0.05)
    return read(text)
keep.json.loads = slowly
settings = SimpleNamespace(results=folder, profile="quick", device=None)
print("ready", flush=True)
sys.stdin.readline()
for i in range(5):
    keep.record(settings, "toy", f"{me}, {i}", 1.0)
"""


def test_no_result_is_lost(tmp_path):
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([*command, name], **pipes) for name in ("a", "b")]
    for one in both:
        assert one.stdout.readline() == "ready\n"
    for one in both:
        one.stdin.write("\n")
        one.stdin.flush()
    assert [one.wait(60) for one in both] == [0, 0]
    for one in both:
        one.stdin.close()
        one.stdout.close()
    results = json.loads((tmp_path / "toy-quick-simulated.json").read_text())["results"]
    assert sorted(results) == [f"{name}, {i}" for name in "ab" for i in range(5)]
