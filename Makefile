# Two commands matter: `make book` and `make test`. `make help` lists all.
PYTHON ?= python3
BIN := .venv/bin
JB := $(BIN)/jupyter-book build book --toc $(CURDIR)/book/_toc.yml --path-output . -W -n --keep-going
export PYDEVD_DISABLE_FILE_VALIDATION := 1
# JupyterLab (`make lab`) shares the folder of the commands in a shell, these have their own
book test unit check outputs colab installed: export GEOVIZ_ML_DATA ?= $(CURDIR)/_build/data
book test: export TQDM_DISABLE := 1  # no half-filled bars in stored outputs

.DEFAULT_GOAL := help
.PHONY: help install book html lite lab students key slides pdf colab installed test unit check outputs clean

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[all,dev]'
	$(BIN)/python -m pip check
	touch .venv/.installed

install: .venv/.installed  ## make .venv and install everything into it

book: install  ## execute what changed, build the book, say where it is
	$(BIN)/python book/run.py
	$(JB) --config _config.yml
	$(BIN)/python book/slides.py _build/html/slides
	$(BIN)/python book/teach.py students --out _build/html/students
	@echo "The book is in _build/html/index.html"

html: install  ## build the book from the outputs stored in the notebooks
	mkdir -p _build
	sed 's/execute_notebooks: cache/execute_notebooks: "off"/; s/^\(    [a-z]*\): book$$/\1: ..\/book/' _config.yml > _build/stored.yml
	$(JB) --config _build/stored.yml
	$(BIN)/python book/slides.py _build/html/slides
	$(BIN)/python book/teach.py students --out _build/html/students
	@echo "The book is in _build/html/index.html"

lite: install  ## labs that train nothing as a JupyterLite site: _build/lite/site (needs a network)
	$(BIN)/python book/teach.py lite
	rm -rf _build/lite/wheels build
	$(BIN)/python -m pip wheel -q --no-deps --wheel-dir _build/lite/wheels .
	rm -rf build
	$(PYTHON) -m venv _build/lite/venv
	_build/lite/venv/bin/python -m pip install -q 'jupyterlite-core[contents]==0.8.6' jupyterlite-pyodide-kernel==0.8.6
	cd book/lite && $(CURDIR)/_build/lite/venv/bin/jupyter-lite build

lab: install  ## open JupyterLab on the first chapter
	$(BIN)/jupyter lab book/alfven/alfven.ipynb

students: install  ## labs and lessons without solutions, to hand out: _build/students
	$(BIN)/python book/teach.py students

key: install  ## all solutions on one page: _build/key
	$(BIN)/python book/teach.py key

slides: install  ## a deck with notes a chapter, no network: _build/slides
	$(BIN)/python book/slides.py

pdf: html  ## the whole book as one file: _build/book.pdf (needs Chromium)
	$(BIN)/python book/pdf.py

colab: install  ## run the chapters as on Colab (PYTHONS="3.12 3.13"): long
	for version in $(or $(PYTHONS),3.13); do $(BIN)/python -m tests.colab --python $$version || exit 1; done

installed: install  ## install into an empty environment, run the README's examples
	$(BIN)/python tests/test_readme.py $(PYTHON)

# two at a time, a thread each: two threads on something this small mostly wait for each other
BOTH := OMP_NUM_THREADS=1 GEOVIZ_ML_PROCESSES=1 $(BIN)/python -m pytest -n 2 --dist loadscope
# in the order of their names: by the number of tests, the few long ones come last, one after another
UNIT := $(BOTH) --no-loadscope-reorder tests --ignore=tests/browser

unit: install  ## only the unit tests, a few minutes
	$(UNIT)

test: install  ## unit tests, every notebook (nbval, small settings), strict build, links, browser
	$(UNIT)
	rm -rf _build/trainings
	GEOVIZ_ML_RESULTS=$(CURDIR)/_build/results GEOVIZ_ML_STRICT=1 GEOVIZ_ML_TRAININGS=$(CURDIR)/_build/trainings \
	  GEOVIZ_ML_CHANGED=$(CURDIR)/tests/notebooks.json $(BOTH) --nbval-lax book --timeout=1800
	$(MAKE) html
	$(BIN)/python -m pytest -n 2 --dist load tests/browser

check: install  ## style of code and notebooks
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

outputs: install  ## execute what changed, one after another, and store outputs and results
	$(BIN)/python book/run.py --jobs 1
	$(BIN)/python book/run.py --store

clean:  ## remove what was built (not .venv)
	rm -rf _build
