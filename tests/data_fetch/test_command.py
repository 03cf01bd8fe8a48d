"""``python -m data_fetch``: what it prints, exit codes, and one clear message for what fails."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial

import pytest

from data_fetch import load, names
from data_fetch.__main__ import main

from .server import silent, until, whole

GILL = ["--site", "gill", "--start", "2014-03-10", "--end", "2014-03-10"]


@pytest.fixture
def zipped(server, monkeypatch):
    """A small archive in the place of a data set's own."""
    import io
    import zipfile

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("unet/picture.txt", "one")
    address = server.on("/zip", whole(content.getvalue()))
    monkeypatch.setitem(load("alfven-pictures").extra["files"][0], "addresses", [address])
    return "alfven-pictures"


def test_list_tells_everything_of_every_set(capsys):
    assert main(["list"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for name in names():
        entry = load(name)
        for text in (name, entry.what, entry.size, entry.licence, entry.citation, entry.home):
            assert " ".join(text.split()) in told
    assert told.count("here no") == len(names())


def test_fetch_prints_the_folder_and_then_the_set_is_here(zipped, data, capsys):
    assert main([zipped]) == 0
    assert capsys.readouterr().out.strip() == str(data / zipped)
    assert (data / zipped / "picture.txt").read_text() == "one"
    main(["list"])
    assert "here      here" in capsys.readouterr().out


def test_verify_tells_what_is_right_and_what_is_not(zipped, data, capsys):
    assert main([zipped, "--verify"]) == 1
    assert main([zipped]) == 0
    assert main([zipped, "--verify"]) == 0
    assert "all files are right" in capsys.readouterr().out
    (data / zipped / "picture.txt").write_text("two")
    assert main([zipped, "--verify"]) == 1
    assert "picture.txt has another SHA-256" in capsys.readouterr().out


def test_dry_run_tells_count_and_bytes(capsys, data):
    assert main(["oath-tables", "--dry-run"]) == 0
    assert "2 files to fetch, 0.9 MB" in capsys.readouterr().out
    assert not data.exists()


def test_from_takes_files(zipped, tmp_path, data, capsys):
    main([zipped])
    (data / zipped / "unet.zip").rename(tmp_path / "unet.zip")
    assert main([zipped, "--from", str(tmp_path)]) == 0
    assert "1 files taken" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["nosuch"], "there is no data set 'nosuch'"),
        (["oath", "--site", "gill"], "has no site"),
        (["themis"], "needs --site"),
        (["themis", "--site", "gill", "--start", "x", "--end", "y"], "no time"),
        (["cses"], "by hand"),
        (["oath", "--from", "not there"], "no such folder"),
        (["oath", "--verify"], "nothing was fetched"),
        (["alfven", "--start", "2016-01-01", "--end", "2016-01-02"], "--from FOLDER"),
    ],
)
def test_what_fails_is_one_message_and_exit_code_1(capsys, arguments, match):
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert match in told
    assert told.count("Error:") == 1
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "arguments", [[], ["oath", "--verify", "--dry-run"], ["oath", "--size", "big"], ["oath", "--x"]]
)
def test_wrong_command_is_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_module_runs_and_ends_quietly_when_nobody_reads():
    command = f"{sys.executable} -m data_fetch list | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == (names()[0], "")


def test_stopping_it_is_no_traceback(server, monkeypatch, data):
    """Ctrl-C while a server is silent."""
    server.on("/themis/stream0/2014/03/10/", silent)
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", server.url)
    command = [sys.executable, "-m", "data_fetch", "themis", *GILL]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # in the background it is not
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    until(lambda: bool(server.seen))
    running.send_signal(signal.SIGINT)
    told = running.communicate(timeout=30)[1]
    assert running.returncode == 130
    assert told.strip() == "Stopped. The same command continues."
