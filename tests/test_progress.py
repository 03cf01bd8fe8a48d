"""A bar of progress runs through its items, and is silent where nobody watches."""

import pytest
import tqdm
import tqdm.notebook

from geoviz_ml import progress as module


@pytest.mark.parametrize("kind", [tqdm.tqdm, tqdm.notebook.tqdm])
def test_a_run_without_readers_shows_no_bar(monkeypatch, capfd, kind):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setattr(module, "tqdm", kind)
    assert list(module.progress(range(3), "counting")) == [0, 1, 2]
    with module.progress(label="counting", total=2) as bar:
        bar.update()
    assert capfd.readouterr() == ("", "")


def test_a_log_file_gets_no_bar_but_a_live_notebook_does(monkeypatch, capfd):
    monkeypatch.setenv("TQDM_DISABLE", "0")
    monkeypatch.setattr(module, "tqdm", tqdm.tqdm)
    assert module.progress(range(3)).disable
    monkeypatch.setattr(module, "tqdm", tqdm.notebook.tqdm)
    assert not module.progress(range(3), "counting").disable
    assert "counting" in capfd.readouterr().out
