"""Weights that travel: as they were, with their card; what is damaged or foreign is one error."""

import hashlib
import json
import os
import pickle
import re

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from geoviz_ml.errors import DataFileError, GeovizError, MissingDataError, UsageError
from geoviz_ml.models import (
    CardScore,
    DetectNet,
    GoogLeNet,
    ModelCard,
    ODMUNet,
    PatchNet,
    PatchResNet,
    ResNet18,
    ResNetClassifier,
    SimCLR,
    UNet,
    compared,
    load_network,
    save_network,
    small_faster_rcnn,
)
from geoviz_ml.models.built import NETWORKS, blueprint, build
from geoviz_ml.models.mobile import mobile_unet
from geoviz_ml.models.skipless import SkiplessUNet

SMALL = "mobilenetv3_small_050"
ODM = {"encoder": SMALL, "decoder": (16, 8, 8, 8, 8), "width": 8}
KINDS = {
    "Compared": lambda: compared.make("PSPNet", encoder=SMALL, decoder=0.25),
    "DetectNet": lambda: DetectNet(width=0.0625),
    "GoogLeNet": lambda: GoogLeNet(1, 3, width=0.0625),
    "MobileUNet": mobile_unet,
    "ODMUNet": lambda: ODMUNet(**ODM, prior=0.01),
    "PatchNet": lambda: PatchNet(4),
    "PatchResNet": lambda: PatchResNet(width=2),
    "ResNet18": lambda: ResNet18(width=2),
    "ResNetClassifier": lambda: ResNetClassifier(6, width=2),
    "SimCLR": lambda: SimCLR(ResNet18(width=2), out=8),
    "SkiplessUNet": lambda: SkiplessUNet(base=2, head=4),
    "UNet": lambda: UNet(base=2, norm=True, prior=0.1),
    "small_faster_rcnn": small_faster_rcnn,
}
CARD = ModelCard(
    title="A network of a test",
    data="simulated",
    about="three pictures",
    input={"shape": "(N, 1, 32, 32)", "range": "0 to 1", "units": "none"},
    classes=["thing"],
    scores=[CardScore("IoU", 0.5, 0.4, 0.6, floor=0.1)],
    recipe={"settings": {"epochs": 1}, "seed": 0, "versions": {"torch": "2"}, "commit": None},
    licence="CC BY 4.0",
    not_for="anything but this test",
)


@pytest.fixture
def unet(tmp_path):
    """A small network in a file."""
    torch.manual_seed(0)
    return save_network(UNet(base=2), tmp_path / "net.safetensors", CARD, {"threshold": 0.4})


def test_every_network_that_can_be_built_is_tried_here():
    assert set(KINDS) == set(NETWORKS)


@pytest.mark.parametrize("name", KINDS)
def test_a_network_comes_back_bit_for_bit(name, tmp_path):
    torch.manual_seed(1)
    network = KINDS[name]()
    for value in network.state_dict().values():  # running means and counts of training, too
        value.add_(1) if not value.is_floating_point() else value.add_(torch.rand_like(value))
    state = torch.random.get_rng_state()
    saved = load_network(save_network(network, tmp_path / "net.safetensors", CARD))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert saved.model.built[0] == name
    assert not saved.model.training
    again, before = saved.model.state_dict(), network.state_dict()
    assert list(again) == list(before)
    assert all(torch.equal(again[key], before[key]) for key in before)
    pictures = torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        answers = [one.eval()(pictures[..., :32, :32] if name[:8] == "PatchNet" else pictures)
                   for one in (network, saved.model)]  # fmt: skip
    torch.testing.assert_close(*answers, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", compared.NAMES)
def test_the_ten_networks_are_described_without_their_numbers(name):
    network = compared.make(name, encoder=SMALL, decoder=0.25)
    wanted = blueprint(network.built).state_dict()
    assert {k: v.shape for k, v in network.state_dict().items()} == {
        k: v.shape for k, v in wanted.items()
    }
    assert all(value.is_meta for value in wanted.values())


def test_an_object_of_a_derived_class_is_not_taken_for_the_class(tmp_path):
    class Doubled(UNet):
        def forward(self, x):
            return 2 * super().forward(x)

    path = save_network(Doubled(base=2), tmp_path / "net.safetensors", CARD)
    with pytest.raises(DataFileError, match="give it as `into`"):
        load_network(path)
    assert load_network(path, into=Doubled(base=2)).card == CARD


def test_a_network_of_ones_own_is_loaded_into_another_of_its_kind(tmp_path):
    first, second = torch.nn.Conv2d(1, 2, 3), torch.nn.Conv2d(1, 2, 3)
    path = save_network(first, tmp_path / "net.safetensors", CARD)
    assert load_network(path, into=second).model is second
    assert torch.equal(first.weight, second.weight)
    with pytest.raises(DataFileError, match=r"is \[2, 1, 3, 3\], not \[2, 1, 5, 5\]"):
        load_network(path, into=torch.nn.Conv2d(1, 2, 5))


def test_another_network_with_the_same_tensors_is_refused(unet):
    with pytest.raises(DataFileError, match="it is a UNet, not a SkiplessUNet"):
        load_network(unet, into=SkiplessUNet(base=2))


def test_card_and_settings_travel_and_the_page_names_the_file(unet):
    saved = load_network(unet)
    assert (saved.card, saved.use) == (CARD, {"threshold": 0.4})
    page = unet.with_suffix(".md").read_text("utf-8")
    assert page.endswith(f"- SHA-256 of the file: {saved.sha256}\n")
    assert "- network: UNet (in_channels 1; out_channels 1; base 2;" in page
    assert "- settings: threshold 0.4" in page
    assert saved.sha256 == hashlib.sha256(unet.read_bytes()).hexdigest()


def test_a_header_whose_length_begins_as_a_pickle_does_is_read(tmp_path):
    """0x80 is the first byte of pickles, and of one in 32 lengths of a header."""
    network, path = UNet(base=2), tmp_path / "net.safetensors"
    for n in range(256):
        save_network(network, path, CARD, {"note": "x" * (n + 1)})
        if path.read_bytes()[0] == 0x80:
            break
    assert path.read_bytes()[0] == 0x80
    assert len(load_network(path).use["note"]) == n + 1


def test_the_sha256_that_was_promised_is_asked_for(unet):
    good = hashlib.sha256(unet.read_bytes()).hexdigest()
    assert load_network(unet, sha256=good.upper()).sha256 == good
    with pytest.raises(DataFileError, match="another file than the one that was meant"):
        load_network(unet, sha256="0" * 64)


def test_an_address_is_no_file():
    with pytest.raises(UsageError, match=r"data_fetch\.fetch_weights"):
        load_network("https://example.org/net.safetensors")


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(MissingDataError, match="no such file"):
        load_network(tmp_path / "none.safetensors")


def note_of(path):
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["geoviz_ml"])


def changed(path, change):
    """The file with another note and other tensors, whole and well-formed."""
    note = note_of(path)
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(note, tensors)
    save_file(tensors, path, {"geoviz_ml": json.dumps(note)})


def bytes_of(path, change):
    path.write_bytes(change(path.read_bytes()))


class Harmful:
    def __reduce__(self):
        return print, ("executed",)


HEAD = "network.out.bias"
DAMAGES = {
    "empty": (lambda p: bytes_of(p, lambda raw: b""), "ends within its header"),
    "seven bytes": (lambda p: bytes_of(p, lambda raw: raw[:7]), "ends within its header"),
    "cut in its header": (lambda p: bytes_of(p, lambda raw: raw[:900]), "ends within its header"),
    "cut": (lambda p: bytes_of(p, lambda raw: raw[:-9]), "not a whole file of networks"),
    "longer": (lambda p: bytes_of(p, lambda raw: raw + b"more"), "not a whole file of networks"),
    "text": (lambda p: bytes_of(p, lambda raw: b"<html>not here</html>"), "claims a header"),
    "huge header": (
        lambda p: bytes_of(p, lambda raw: (2**40).to_bytes(8, "little") + raw[8:]),
        "claims a header of 1,099,511,627,776 bytes",
    ),
    "no JSON": (lambda p: bytes_of(p, lambda raw: raw[:8] + b"x" + raw[9:]), "not a whole file"),
    "deep JSON": (
        lambda p: bytes_of(p, lambda raw: (10**5).to_bytes(8, "little") + b"[" * 10**5 + b"]" * 10),
        "not a whole file",
    ),
    "pickle": (lambda p: p.write_bytes(pickle.dumps(Harmful())), "it is a pickle"),
    "torch's zip": (lambda p: torch.save({"a": torch.zeros(2)}, p), "it is a pickle"),
    "no note": (lambda p: save_file({"a": torch.zeros(2)}, p), "describes no network"),
    "note of others": (
        lambda p: save_file({"a": torch.zeros(2)}, p, {"geoviz_ml": "[1]"}),
        "describes no network",
    ),
    "format": (lambda p: changed(p, lambda n, t: n.update(format=9)), "format '9' is not 2"),
    "more in the note": (lambda p: changed(p, lambda n, t: n.update(run="rm")), "is not 2"),
    "missing": (lambda p: changed(p, lambda n, t: t.pop(HEAD)), f"its networks: {HEAD}"),
    "extra": (
        lambda p: changed(p, lambda n, t: t.update(more=torch.zeros(3))),
        "its networks: more",
    ),
    "shape": (lambda p: changed(p, lambda n, t: t.update({HEAD: torch.zeros(7)})), "is [7]"),
    "kind": (
        lambda p: changed(p, lambda n, t: t.update({HEAD: torch.zeros(1).long()})),
        "type I64",
    ),
    "NaN": (lambda p: changed(p, lambda n, t: t[HEAD].fill_(torch.nan)), "not finite"),
    "unknown": (
        lambda p: changed(p, lambda n, t: n.update(networks={"network": ["os.system", {}]})),
        "no network is called 'os.system'",
    ),
    "two": (
        lambda p: changed(p, lambda n, t: n["networks"].update(other=["UNet", {"base": 2}])),
        "it holds network and other",
    ),
    "path": (
        lambda p: changed(p, lambda n, t: n.update(networks={"../x": ["UNet", {}]})),
        "its parts are no networks",
    ),
    "use": (lambda p: changed(p, lambda n, t: n.update(use={"a": "\x1b[2J"})), "settings of its"),
    "card": (lambda p: changed(p, lambda n, t: n["card"].pop("licence")), "no model card"),
    "score": (
        lambda p: changed(p, lambda n, t: n["card"]["scores"][0].update(value="high")),
        "model card",
    ),
    "sparse": (lambda p: os.truncate(p, 2**31 + 1), "has 2,147,483,649 bytes"),
    "pipe": (lambda p: (p.unlink(), os.mkfifo(p)), "no regular file"),
    "folder": (lambda p: (p.unlink(), p.mkdir()), "is a folder"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_or_foreign_is_one_clear_error(unet, damage, capsys):
    change, message = DAMAGES[damage]
    change(unet)
    with pytest.raises(DataFileError, match=re.escape(message)) as error:
        load_network(unet)
    assert str(error.value).startswith(str(unet))
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < len(str(unet)) + 400
    assert "executed" not in capsys.readouterr().out


def test_a_changed_byte_of_a_header_gives_one_error_or_is_harmless(tmp_path):
    path = save_network(PatchNet(2), tmp_path / "net.safetensors", CARD)
    raw, rng = path.read_bytes(), np.random.default_rng(0)
    header = 8 + int.from_bytes(raw[:8], "little")
    refused = 0
    for _ in range(300):
        damaged = bytearray(raw)
        damaged[rng.integers(header)] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            load_network(path)
        except DataFileError:
            refused += 1
    assert refused > 100  # the others are letters of the card


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("UNet", {"base": 10**9}),
        ("UNet", {"base": float("inf")}),
        ("UNet", {"base": "x"}),
        ("UNet", {"base": 0}),
        ("UNet", {"prior": 1}),
        ("UNet", {"init": "os.system"}),
        ("UNet", {"weights": "x"}),
        ("UNet", {f"a{i}": 1 for i in range(30)}),
        ("UNet", []),
        ("ODMUNet", {"encoder": "hf-hub:someone/model"}),
        ("ODMUNet", {"encoder": "resnet50"}),
        ("ODMUNet", {"encoder": ["mobilenetv3_small_050"]}),
        ("Compared", {"name": "AlexNet"}),
        ("Compared", {"name": "PAN", "encoder": "hf-hub:someone/model"}),
        ("SimCLR", {"encoder": ["os.system", {}]}),
        ("SimCLR", {"encoder": ["SimCLR", {"encoder": ["ResNet18", {}]}]}),
        ("SimCLR", {"encoder": 3}),
        ("PatchNet", {"patch": 4}),
    ],
)
def test_what_cannot_be_built_is_refused_and_nothing_is_fetched(name, arguments):
    with pytest.raises((ValueError, GeovizError)):
        build([name, arguments])


def test_numbers_that_are_not_finite_are_not_saved(tmp_path):
    network = UNet(base=2)
    with torch.no_grad():
        network.out.bias.fill_(np.inf)
    with pytest.raises(UsageError, match="numbers that are not finite"):
        save_network(network, tmp_path / "net.safetensors", CARD)
    assert not list(tmp_path.iterdir())


def test_a_network_that_was_changed_is_not_saved_as_what_it_was(tmp_path):
    network = UNet(base=2)
    network.head = torch.nn.Identity()
    with pytest.raises(UsageError, match="does not rebuild the network"):
        save_network(network, tmp_path / "net.safetensors", CARD)


@pytest.mark.parametrize("layer", ["dropout", "out"])
def test_a_layer_of_another_kind_with_the_same_tensors_is_noticed(layer, tmp_path):
    network = UNet(base=2)
    other = torch.nn.Conv2d(2, 1, 1, padding_mode="reflect", stride=2)
    setattr(network, layer, torch.nn.Identity() if layer == "dropout" else other)
    with pytest.raises(UsageError, match="does not rebuild the network"):
        save_network(network, tmp_path / "net.safetensors", CARD)


def test_numbers_of_another_type_are_no_other_network(tmp_path):
    torch.manual_seed(0)
    network = ODMUNet(**ODM).double()
    saved = load_network(save_network(network, tmp_path / "net.safetensors", CARD))
    torch.testing.assert_close(saved.model.state_dict(), network.float().state_dict())


def test_weights_put_into_a_network_are_ready_to_use(unet):
    into = UNet(base=2).train()
    assert not any(layer.training for layer in load_network(unet, into=into).model.modules())


def test_scalars_of_numpy_and_tuples_travel_as_numbers_and_lists(tmp_path):
    network = UNet(base=np.int64(2), prior=np.float32(0.25))
    use = {"size": (32, 32), "threshold": np.float32(0.5), "more": {"on": np.bool_(True)}}
    saved = load_network(save_network(network, tmp_path / "net.safetensors", CARD, use))
    assert saved.use == {"size": [32, 32], "threshold": 0.5, "more": {"on": True}}
    assert saved.model.built == UNet(base=2, prior=0.25).built


def test_a_setting_that_a_file_cannot_hold_is_named(tmp_path):
    use = {"size": [32, 32], "scale": {"low": np.float32("nan")}}
    with pytest.raises(UsageError, match="scale.low is nan"):
        save_network(UNet(base=2), tmp_path / "net.safetensors", CARD, use)


@pytest.mark.parametrize("use", [{"a": float("nan")}, {"a": print}, {"a": "two\nlines"}, {3: {}}])
def test_settings_that_a_file_cannot_hold_are_refused(tmp_path, use):
    with pytest.raises(UsageError):
        save_network(UNet(base=2), tmp_path / "net.safetensors", CARD, use)


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match="ends with .safetensors"):
        save_network(UNet(base=2), tmp_path / "net.pkl", CARD)


def test_an_interrupted_save_leaves_the_old_file(unet, monkeypatch):
    before = {path.name: path.read_bytes() for path in unet.parent.iterdir()}

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("geoviz_ml.files.whole.os.replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        save_network(UNet(base=2), unet, CARD)
    assert {path.name: path.read_bytes() for path in unet.parent.iterdir()} == before
