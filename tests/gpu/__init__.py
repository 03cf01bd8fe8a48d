"""Ten minutes on a GPU, in one command: see `python -m tests.gpu --help`."""
