"""A loader says of its data what somebody needs who is about to use them."""

import pytest

from data_fetch import load, names
from geoviz_ml import datasets

ANYBODYS = "load_pictures"  # of no instrument: nothing to fetch
SETS = {name: load(name).loader.partition("(")[0].split(".") for name in names()}
SETS = {name: loader for name, (_, room, loader) in SETS.items() if room == "datasets"}


@pytest.mark.parametrize("loader", sorted(set(SETS.values())))
def test_a_loader_tells_format_splits_licence_and_citation(loader):
    told = getattr(datasets, loader).__doc__.lower()
    assert {
        word for word in ("format", "split", "licence", "citation") if word not in told
    } == set()


@pytest.mark.parametrize("name", [n for n, loader in SETS.items() if loader != ANYBODYS])
def test_a_loader_names_the_sets_that_can_be_fetched_for_it(name):
    assert f"``{name}``" in getattr(datasets, SETS[name]).__doc__
