"""Networks by the names of their parts in one file: weights, how to build and use them, a card.

The file is safetensors: numbers only, nothing in it is executed. It may come from a stranger: its
description is checked before a network is built, and its tensors are compared with those of the
network before any is made. What is in one file, and what may be, is told by those who read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from torch import nn

from ..errors import DataFileError, UsageError
from ..files import atomic_path, printable, untrusted
from ..files.tensors import TensorFile, pack_tensors
from .built import blueprint, build, built_of, check_built
from .card import ModelCard, told
from .plain import as_plain, odd_entry
from .prediction import network_of

FORMAT = 2
ENTRIES = {"format", "networks", "use", "card"}
ALONE = "network"  # the part of a file of one network
WHAT, AGAIN = "file of networks", "Save it again, or get it again from where it came from."


def check_alone(built: Mapping[str, Any], use: Mapping[str, Any]) -> None:
    """Refuse, by a ValueError, what is not one network: `check` of `read_networks`."""
    if set(built) != {ALONE}:
        raise ValueError(f"it holds {' and '.join(built)[:80] or 'nothing'}, not one network")


def pack_networks(
    networks: Mapping[str, nn.Module],
    built: Mapping[str, list | None],
    use: Mapping[str, Any] | None = None,
    card: ModelCard | None = None,
) -> bytes:
    """The bytes of a file of networks by the names of their parts; see `write_networks`."""
    note = {"format": FORMAT, "networks": dict(built), "use": dict(use or {})}
    return pack_tensors(_tensors(networks), note | {"card": card and card.plain()})


def _tensors(networks: Mapping[str, nn.Module]) -> dict:
    """Parameters and buffers of all networks, by the name of the part and their own."""
    return {
        f"{part}.{name}": value
        for part, network in networks.items()
        for name, value in network.state_dict().items()
    }


def write_networks(
    path: str | PathLike,
    networks: Mapping[str, nn.Module],
    built: Mapping[str, list | None],
    use: Mapping[str, Any] | None = None,
    card: ModelCard | None = None,
) -> Path:
    """Write one or several networks into one file, and the card, if there is one, beside it.

    Parameters
    ----------
    path : path-like
    networks : mapping
        Name of a part -> its network.
    built : mapping
        Name of a part -> name and arguments of its network, or None if it cannot be built again.
    use, card
        See `save_network`.

    Raises
    ------
    UsageError
        A description does not build its network, a setting is odd, or numbers are not finite.
    """
    path = Path(path)
    try:
        use = _check_use(as_plain(dict(use or {})))
        for part, network in networks.items():
            if built[part] is not None:
                _compare(network, built[part])
            if not all(value.isfinite().all() for value in network.state_dict().values()):
                raise ValueError(f"the {part} has numbers that are not finite")
        packed = pack_networks(networks, built, use, card)
    except (ValueError, TypeError, RuntimeError) as error:
        reason = error.problem.rstrip(".") if isinstance(error, UsageError) else _first_line(error)
        raise UsageError(f"cannot be saved: {reason}.", path) from error
    _write(path, packed, card, built, use)
    return path


def add_card(path: str | PathLike, card: ModelCard, use: Mapping[str, Any] | None = None) -> None:
    """Give a file that is there another card and other settings; its tensors stay as they are.

    Raises
    ------
    MissingDataError, DataFileError
        As `load_network`.
    UsageError
        A setting is none that a file can hold.
    """
    path, use = Path(path), as_plain(dict(use or {}))
    if odd := odd_entry(use):
        raise UsageError(f"these settings are no small table of texts and numbers: {odd}.", path)
    with untrusted(path, WHAT, AGAIN):
        file = TensorFile(path)
        note = {**file.note, "use": use, "card": card.plain()}
        tensors = file.tensors()
    if note != file.note:
        _write(path, pack_tensors(tensors, note), card, note["networks"], use)


def _write(path: Path, packed: bytes, card: ModelCard | None, built: Mapping, use: Mapping) -> None:
    """The file, and beside it the card as a page."""
    with atomic_path(path) as tmp:
        tmp.write_bytes(packed)
    if card is not None:
        page = f"{card.markdown()}\n## How it is used\n\n"
        for part, one in built.items():
            kind = f"{one[0]} ({told(one[1])})" if one else "not of this library"
            page += f"- {part}: {kind}\n"
        page += f"- settings: {told(use)}\n"
        page += f"- SHA-256 of the file: {hashlib.sha256(packed).hexdigest()}\n"
        with atomic_path(path.with_suffix(".md")) as tmp:
            tmp.write_text(page, encoding="utf-8")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")


def _compare(network: nn.Module, built: list) -> None:
    """Refuse a network whose layers or tensors are not those that its description makes."""
    if _layers(network) != _layers(blueprint(built)):
        raise ValueError(f"{built[0]} of {str(built[1])[:80]} does not rebuild the network")


def _layers(network: nn.Module) -> tuple[dict, list]:
    """Shapes of the tensors; names, kinds and settings of the layers, as printing shows them."""
    layers = network.named_modules()
    told = [  # a list of parameters tells their type and place, which may be others
        (name, type(layer), "" if isinstance(layer, nn.ParameterList) else layer.extra_repr())
        for name, layer in layers
    ]
    return {name: value.shape for name, value in network.state_dict().items()}, told


def read_networks(
    path: str | PathLike,
    sha256: str | None = None,
    into: Mapping[str, Any] | None = None,
    what: str = WHAT,
    check: Callable[[dict, dict], None] | None = None,
) -> tuple[dict[str, nn.Module], dict, ModelCard | None, str]:
    """Read what `write_networks` wrote.

    Memory is at most a few times the size of the file: nothing is built before the file is known
    to have its weights.

    Parameters
    ----------
    path, sha256
        The file, and the SHA-256 that it must have, if that is known.
    into : mapping, optional
        Name of a part -> network or Learner that gets its weights; others are built.
    what : str
        How an error calls the file.
    check : callable, optional
        Is given the descriptions of the networks by their parts, and the settings; a ValueError of
        it says what a caller cannot use.

    Returns
    -------
    networks : dict
        In evaluation mode.
    use : dict
    card : ModelCard or None
    sha256 : str

    Raises
    ------
    MissingDataError, DataFileError
        As `load_network`.
    """
    into = {part: network_of(model) for part, model in (into or {}).items()}
    with untrusted(path, what, AGAIN):
        file = TensorFile(path)
        if sha256 is not None and sha256.strip().lower() != file.sha256:
            problem = f"has the SHA-256 {file.sha256[:12]}..., not {printable(sha256)[:12]}..."
            raise DataFileError(problem, path, "It is another file than the one that was meant.")
        try:
            return *_opened(file, into, check), file.sha256
        except UsageError as error:  # of a network or a card that cannot be
            raise ValueError(error.problem.rstrip(".")) from error


def _opened(
    file: TensorFile, into: Mapping[str, nn.Module], check: Callable | None
) -> tuple[dict[str, nn.Module], dict, ModelCard | None]:
    """Networks, settings and card of a file."""
    note = file.note
    if not isinstance(note, dict) or "format" not in note:
        raise ValueError("its header describes no network of this library")
    if note["format"] != FORMAT or set(note) != ENTRIES:
        raise ValueError(f"format {str(note['format'])[:20]!r} is not {FORMAT}")
    built, use = _checked(note["networks"], into), _check_use(note["use"])
    if check is not None:
        check(built, use)
    card = None if note["card"] is None else ModelCard.of(note["card"])
    wanted = {p: into[p] if p in into else blueprint(one) for p, one in built.items()}
    file.check(_tensors(wanted))
    tensors = file.tensors()
    networks = dict(into)
    for part in built.keys() - into.keys():
        networks[part] = build(built[part])
        networks[part].built = built[part]
    for part, network in networks.items():
        start = f"{part}."
        network.load_state_dict(
            {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
        )
        network.eval()
    return networks, use, card


def _checked(built: Any, into: Mapping[str, nn.Module]) -> dict[str, list | None]:
    """Descriptions of networks by their parts, each of which can be built or is there."""
    if not isinstance(built, dict) or len(built) > 4 or not all(map(str.isidentifier, built)):
        raise ValueError("its parts are no networks")
    if missing := sorted(set(into) - set(built)):
        raise ValueError(f"it has no part {missing[0]}")
    for part, one in built.items():
        if part not in into:
            if one is None:
                raise ValueError(f"the {part} is none that can be built: give it as `into`")
            check_built(one)
        elif one is not None and (own := built_of(into[part])) and own[0] != one[0]:
            raise ValueError(f"it is a {str(one[0])[:40]}, not a {own[0]}")
    return built


def _check_use(use: Any) -> dict:
    """Settings of use, unless they are no small table of texts and numbers."""
    if odd := odd_entry(use) if isinstance(use, dict) else f"they are a {type(use).__name__}":
        raise ValueError(f"the settings of its use are no small table of texts and numbers: {odd}")
    return use
