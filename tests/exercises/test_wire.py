"""What crosses the line between notebook and grader, and what does not."""

import contextlib
import io
import json
import os
import sys
import threading
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geoviz_ml.exercises.values import HASHED, MOST
from geoviz_ml.exercises.wire import LARGEST, LineCut, Wire


@pytest.fixture
def line():
    wire = Wire(io.BytesIO(), io.BytesIO())
    return lambda value: wire.decode(json.loads(json.dumps(wire.encode(value))))


@pytest.mark.parametrize(
    "value",
    [
        None,
        ...,
        True,
        10**30,
        0.1,
        "ä\n",
        2 - 3j,
        [1, [2]],
        (1, ...),
        {1, "a"},
        {(1, 2): [3.0]},
        (),
    ],
    ids=lambda value: f"{type(value).__name__}_{value}" if type(value) is not set else "a_set",
)
def test_plain_values_arrive_as_they_are(line, value):
    assert line(value) == value
    assert type(line(value)) is type(value)


def test_not_a_number_arrives(line):
    assert np.isnan(line(float("nan")))


@pytest.mark.parametrize("dtype", [bool, "u1", "i8", "f4", "c16", "U3", "M8[s]"])
def test_arrays_keep_values_shape_and_type(line, dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    assert (line(array) == array).all()
    assert line(array).dtype == array.dtype
    assert isinstance(line(array[0, 1]), np.generic)


def test_a_tensor_arrives_as_an_array(line):
    torch = pytest.importorskip("torch")
    assert np.array_equal(line(torch.arange(3.0, requires_grad=True)), np.arange(3.0))


class Yes:
    """Claims to equal everything."""

    __eq__ = __gt__ = __lt__ = lambda self, other: True
    __hash__ = None


def test_tables_ranges_and_frozen_sets_arrive_as_what_they_hold(line):
    assert line(pd.Series([1.5, 2.5])).tolist() == [1.5, 2.5]
    assert line(pd.DataFrame({"a": [1, 2]})).tolist() == [[1], [2]]
    assert line(xr.DataArray([[1, 2]])).tolist() == [[1, 2]]
    assert line(range(3)) == [0, 1, 2]
    assert line(frozenset("ab")) == {"a", "b"}


@pytest.mark.parametrize("value", [Yes(), np.array([Yes()]), [object()]])
def test_objects_do_not_cross(line, value):
    with pytest.raises(TypeError, match="cannot be marked"):
        line(value)


def test_a_number_that_lies_about_itself_arrives_as_the_number(line):
    liar = type("Liar", (int,), {"__eq__": lambda a, b: True, "__repr__": lambda a: "42"})
    assert line(liar(7)) == 7
    assert type(line(liar(7))) is int


@pytest.fixture
def pair():
    """Two connected ends."""
    (a, b), (c, d) = os.pipe(), os.pipe()
    files = os.fdopen(a, "rb"), os.fdopen(d, "wb"), os.fdopen(c, "rb"), os.fdopen(b, "wb")
    yield Wire(*files[:2]), Wire(*files[2:])
    for file in files:
        file.close()


def test_a_function_is_called_on_the_side_where_it_lives(pair):
    ours, theirs = pair
    here = []

    def scale(array, by):
        here.append(threading.current_thread().name)
        return array * by

    def serve():
        theirs.send("check", theirs.encode(scale))
        theirs.receive()

    side = threading.Thread(target=serve, name="student")
    side.start()
    answer = ours.decode(ours.receive()[1])
    assert (answer(np.arange(3), 2) == [0, 2, 4]).all()
    with pytest.raises(Exception, match="unsupported operand") as caught:
        answer(None, 2)
    assert type(caught.value).__name__ == "TypeError"
    ours.send("verdict", "")
    side.join()
    assert here == ["student", "student"]


@pytest.mark.parametrize("text", [b"", b"[1", b"{}\n", b'["call", 99, [], {}]\n', b"[]\n"])
def test_nonsense_cuts_the_line(text):
    with pytest.raises(LineCut):
        Wire(io.BytesIO(text), io.BytesIO()).receive()


MADE_UP = {
    "a pickle": {"": "array", "dtype": "|O8", "shape": [1], "data": "gASVAAAA"},
    "a file of numpy": {"": "array", "npy": ""},
    "records": {"": "array", "dtype": "i4,i4", "shape": [1], "data": "AAAAAAAAAAA="},
    "items without size": {"": "array", "dtype": "<U0", "shape": [10**9], "data": ""},
    "void": {"": "array", "dtype": "|V0", "shape": [10**9], "data": ""},
    "a shape that is a lie": {"": "array", "dtype": "<f8", "shape": [10**6], "data": ""},
    "a negative shape": {"": "array", "dtype": "<f8", "shape": [-1, -1], "data": "AAAAAAAAAAA="},
    "a shape of truths": {"": "array", "dtype": "|u1", "shape": [True], "data": "AA=="},
    "many axes": {"": "array", "dtype": "|u1", "shape": [1] * 33, "data": "AA=="},
    "no base 64": {"": "array", "dtype": "|u1", "shape": [1], "data": "!!!!"},
    "deep": "lists",
    "wide": {"": "list", "items": [0] * (MOST + 1)},
    "a large set": {"": "set", "items": list(range(HASHED + 1))},
    "a large dictionary": {"": "dict", "items": [[n, 0] for n in range(HASHED + 1)]},
    "a key that cannot be one": {"": "dict", "items": [[{"": "list", "items": []}, 0]]},
    "no pair": {"": "dict", "items": [[1, 2, 3]]},
    "a bare list": [1, 2],
    "no kind": {},
    "another kind": {"": "code", "items": []},
    "a complex text": {"": "complex", "items": ["1", "2"]},
}


@pytest.mark.parametrize("value", MADE_UP.values(), ids=MADE_UP)
def test_what_was_made_up_is_not_understood(value):
    if value == "lists":
        for _ in range(50):
            value = {"": "list", "items": [value]}
    with pytest.raises(LineCut):
        Wire(io.BytesIO(), io.BytesIO()).decode(value)


def test_keys_that_collide_are_too_few_to_matter(line):
    step = sys.hash_info.modulus  # all multiples of it have one hash
    keys = [n * step for n in range(HASHED)]
    assert line(set(keys)) == set(keys)
    with pytest.raises(LineCut):
        line(set(range(HASHED + 1)))


@pytest.mark.parametrize("shape", [(0,), (0, 6), (3, 0, 2)])
def test_empty_arrays_keep_their_shape(line, shape):
    assert line(np.empty(shape)).shape == shape


def test_what_is_too_large_is_told_where_it_was_made(line):
    for value in (
        np.zeros(LARGEST),
        "x" * LARGEST,
        [0] * (MOST + 1),
        [[0] * 200] * 200,
        range(10**12),
    ):
        with pytest.raises(TypeError, match="cannot be marked|too large"):
            line(value)
    nested = []
    for _ in range(100):
        nested = [nested]
    with pytest.raises(TypeError, match="deep"):
        line(nested)


DENSE = {
    "lists in one list": b"[" + b"[]," * (LARGEST // 3 - 2) + b"0]\n",
    "lists in lists": b"[" * (LARGEST - 1) + b"\n",
    "numbers": b"[" + b"0," * (LARGEST // 2 - 2) + b"0]\n",
    "texts": b"[" + b'"a",' * (LARGEST // 4 - 2) + b"0]\n",
}


@pytest.mark.parametrize("text", DENSE.values(), ids=DENSE)
def test_a_message_costs_little_more_than_its_bytes(text):
    wire = Wire(io.BytesIO(text), io.BytesIO())
    tracemalloc.start()
    with contextlib.suppress(LineCut):
        wire.receive()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * 2**20


def test_a_line_without_end_is_cut():
    with pytest.raises(LineCut, match="too much at once"):
        Wire(io.BytesIO(b"1" * (LARGEST + 10) + b"\n"), io.BytesIO()).receive()
