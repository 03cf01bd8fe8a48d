"""What crosses the line between notebook and grader, and what does not."""

import base64
import io
import json
import os
import threading

import numpy as np
import pytest

from geoviz_ml.exercises.wire import LineCut, Wire


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
    ids=repr,
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


def test_a_tensor_arrives_as_a_tensor(line):
    torch = pytest.importorskip("torch")
    assert torch.equal(line(torch.arange(3.0, requires_grad=True)), torch.arange(3.0))


class Yes:
    """Claims to equal everything."""

    __eq__ = __gt__ = __lt__ = lambda self, other: True
    __hash__ = None


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

    def scale(array, by=1):
        here.append(threading.current_thread().name)
        return array * by

    def serve():
        theirs.send("check", theirs.encode(scale))
        theirs.receive()

    side = threading.Thread(target=serve, name="student")
    side.start()
    answer = ours.decode(ours.receive()[1])
    assert (answer(np.arange(3), by=2) == [0, 2, 4]).all()
    with pytest.raises(Exception, match="unsupported operand") as caught:
        answer(None, by=2)
    assert type(caught.value).__name__ == "TypeError"
    ours.send("verdict", "")
    side.join()
    assert here == ["student", "student"]


@pytest.mark.parametrize("text", [b"", b"[1", b"{}\n", b'["call", 99, [], {}]\n', b"[]\n"])
def test_nonsense_cuts_the_line(text):
    with pytest.raises(LineCut):
        Wire(io.BytesIO(text), io.BytesIO()).receive()


def test_nothing_is_unpickled():
    file = io.BytesIO()
    np.save(file, np.array([Yes()], dtype=object), allow_pickle=True)
    made_up = {"": "array", "npy": base64.b64encode(file.getvalue()).decode()}
    with pytest.raises(ValueError, match="allow_pickle"):
        Wire(io.BytesIO(), io.BytesIO()).decode(made_up)
