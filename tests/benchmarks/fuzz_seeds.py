"""Whole files to damage, for every reader: real ones, or simulated where there is none."""

import gzip
import re
from io import BytesIO

import numpy as np
import pandas as pd
from PIL import Image

from .fuzz_forms import (
    fits_of_every_codec,
    fits_packed_by_gzip,
    interlaced_png,
    netcdfs,
    npzs,
    tiffs,
)

READERS = "themis skymap oath magnetogram srs cses voc kitti yolo search_coil".split()
READERS += "picture mask stack sky_pictures dasc dasc_skymap mosaic netcdf truth".split()
READERS += "weights own_boxes".split()
SIMULATED = {
    "cses",
    "voc",
    "kitti",
    "picture",
    "mask",
    "stack",
    "sky_pictures",
    "netcdf",
    "truth",
    "weights",
    "own_boxes",
}  # written here or by our writers


def seeds(reader, real, folder):
    """Files to damage in a folder of their own, and the call that reads the folder."""
    from geoviz_ml import readers
    from geoviz_ml.simulate import writers, writers_search_coil, writers_sun

    def copy(path, name=None):
        target = folder / (name or path.name)
        target.write_bytes(path.read_bytes())
        return target

    rng = np.random.default_rng(0)
    boxes = _boxes()
    if reader == "themis":
        minutes = [copy(next((real / "themis" / "stream0").rglob("*_0600_*.gz")))]
        minutes.append(copy(next((real / "all_sky" / "rainbow_2013").glob("*_0500_*.gz"))))
        for path in minutes:
            whole = gzip.decompress(path.read_bytes())
            three = [found.start() for found in re.finditer(rb"P5\n#", whole)][3]  # of 20 frames
            path.write_bytes(gzip.compress(whole[:three], 1))
        starts = [found.start() for found in re.finditer(rb"P5\n#", whole[:three])]
        parts = [whole[a:b] for a, b in zip(starts, [*starts[1:], three], strict=True)]
        frames = folder / "20130310_0500_rank_themis12_full.pgm"
        frames.write_bytes(b"".join(parts))
        members = frames.with_name("20130310_0501_rank_themis12_full.pgm.gz")
        members.write_bytes(b"".join(gzip.compress(part, 1) for part in parts))
        return [*minutes, frames, members], lambda p: readers.read_themis(p)
    if reader == "skymap":
        path = copy(next((real / "themis" / "skymaps").glob("*.sav")))
        return [path], lambda p: readers.read_skymap(p)
    if reader in ("picture", "mask"):
        files = _pictures(folder, reader == "mask")
        return files, readers.read_mask if reader == "mask" else readers.read_picture
    if reader == "stack":
        return _stacks(folder), lambda p: readers.read_picture(p, page=1)
    if reader == "sky_pictures":
        return _pictures(folder, False), lambda p: readers.read_sky_pictures(p, "green")
    if reader == "dasc":
        frames = sorted((real / "all_sky" / "poker_flat_2015").glob("*.FITS"))[:2]
        files = [copy(path) for path in frames]
        files.append(folder / f"{files[0].name}.gz")
        files[-1].write_bytes(gzip.compress(files[0].read_bytes(), 1))
        return files, lambda p: readers.read_dasc(p)
    if reader == "dasc_skymap":
        maps = sorted((real / "all_sky" / "poker_flat_2015").glob("*.FIT"))
        files = [_every_fourth(path, folder / path.name) for path in maps]
        return files, lambda p: readers.read_dasc_skymap(files[0])
    if reader == "mosaic":
        return [_mosaic(real, folder / "a.h5")], lambda p: readers.read_mosaic(p)
    if reader == "netcdf":
        from geoviz_ml.files import open_nc

        return netcdfs(folder), open_nc
    if reader == "truth":
        from geoviz_ml.datasets import read_truth

        (folder / "truth").mkdir()
        return npzs(folder / "truth"), lambda p: read_truth(folder, f"{p.stem}.pgm.gz")
    if reader == "weights":
        from geoviz_ml.models import load_network

        return [_weights(folder / "unet.safetensors")], load_network
    if reader == "own_boxes":
        from geoviz_ml.own import find_items

        for number in range(8):
            Image.new("L", (40, 24), 30 * number).save(folder / f"{number}.png")
        table = folder / "boxes.csv"
        rows = ["file,x1,y1,x2,y2", *(f"{number}.png,1,2,9,8" for number in range(8))]
        table.write_text("\n".join(rows) + "\n")
        return [table], lambda p: find_items(folder)
    if reader == "oath":
        (folder / "images").mkdir()
        table = copy(real / "oath" / "classifications.csv")
        table.write_bytes(b"\n".join(table.read_bytes().splitlines()[:40]) + b"\n")
        names = ("00001", "00002")
        pictures = [copy(real / "oath" / "images" / f"{n}.png", f"images/{n}.png") for n in names]
        return [table, *pictures], lambda p: readers.read_oath(folder)
    if reader == "magnetogram":
        return _magnetograms(real, folder, copy), lambda p: readers.read_magnetogram(p)
    if reader == "srs":
        texts = [copy(p) for p in (real / "solar" / "srs").rglob("*SRS.txt")]
        table = copy(real / "solar" / "srs" / "mount_wilson_1996_2026.csv")
        table.write_bytes(b"\n".join(table.read_bytes().splitlines()[:300]) + b"\n")
        files = [*texts, table, *_as_utf16(texts[:1])]
        return files, lambda p: readers.read_srs(p)
    if reader == "cses":
        n, m = 20, 64
        along = dict.fromkeys(("latitude", "longitude", "mag_latitude", "mag_longitude"), [1.0] * n)
        along |= {"altitude": [507.0] * n, "workmode": [1] * n}
        power = {c: rng.random((n, m)) for c in "xyz"}
        time = np.datetime64("2022-01-01T00:00:00") + np.arange(n) * np.timedelta64(2048, "ms")
        path = writers.write_cses(folder, power, np.arange(m) * 25.0, time, along)
        return [path, _unpacked(path, folder / "unpacked.h5")], lambda p: readers.read_cses(p)
    if reader == "voc":
        path = writers_sun.write_voc(folder / "a.xml", boxes, "a.png", (512, 512))
        return [path], lambda p: readers.read_voc(p)
    if reader == "kitti":
        path = writers_sun.write_kitti(folder / "a.txt", boxes)
        return [path, *_as_utf16([path])], lambda p: readers.read_kitti(p)
    if reader == "yolo":
        labels = sorted((real / "solar" / "deepsdo" / "labels").glob("*.txt"))[::40]
        return [copy(p) for p in labels], lambda p: readers.read_yolo(p, (512, 512))
    day = next((real / "search_coil" / "sierra_nevada").glob("2015*"))
    binary = sorted(day.iterdir())[0]
    info = copy(binary.with_name(binary.name + "_info.txt"))
    hour = writers_search_coil.write_search_coil_hour(
        folder / "ascii", "2015-03-01T00", rng.standard_normal(360_000)
    )
    files = [copy(binary), info, hour]
    return files, lambda p: readers.read_search_coil(
        p.with_name(p.name.removesuffix("_info.txt")), on_error=str(rng.choice(["raise", "gap"]))
    )


def _as_utf16(texts):
    """The same texts as Windows saves "Unicode"."""
    files = [path.with_name(f"utf16_{path.name}") for path in texts]
    for old, new in zip(texts, files, strict=True):
        new.write_bytes(old.read_text("utf-8").encode("utf-16"))
    return files


def _unpacked(old, path):
    """The same datasets, not compressed."""
    import h5py

    with h5py.File(old) as whole, h5py.File(path, "w") as new:
        for name in whole:
            new[name] = whole[name][()]
            new[name].attrs.update(whole[name].attrs)
    return path


def _boxes():
    rows = [("beta", 10, 20, 60, 70), ("alpha", 100, 200, 150, 240), ("none", 300, 5, 340, 50)]
    return pd.DataFrame(rows, columns=["label", "x1", "y1", "x2", "y2"])


def _magnetograms(real, folder, copy):
    """Small real cut-outs, gzipped too; the real JPEG 2000 header with a smaller picture; PNG."""
    sharp = sorted((real / "solar" / "sharp").glob("*.fits"), key=lambda p: p.stat().st_size)[:3]
    files = [copy(p) for p in sharp]
    packed = folder / "packed.fits.gz"
    packed.write_bytes(gzip.compress(sharp[0].read_bytes(), 1))
    jp2 = next((real / "solar" / "magnetograms").glob("*.jp2"))
    raw = jp2.read_bytes()
    Image.MAX_IMAGE_PIXELS = None
    small = Image.open(BytesIO(raw)).resize((256, 256))
    stream = BytesIO()
    small.save(stream, "JPEG2000", irreversible=True)
    made, at, length = stream.getvalue(), raw.index(b"xml ") - 4, 0
    length = int.from_bytes(raw[at : at + 4], "big")
    box = made.index(b"jp2c") - 4
    (folder / "small.jp2").write_bytes(made[:box] + raw[at : at + length] + made[box:])
    small.save(folder / "a.png")
    jpeg = copy(next((real / "solar" / "deepsdo" / "images").glob("*.jpg")))
    files += [packed, *[folder / "small.jp2"] * 3, folder / "a.png", jpeg]
    return [*files, *fits_of_every_codec(folder), *fits_packed_by_gzip(folder)]


def _weights(path):
    """A small network with its card."""
    from geoviz_ml.models import CardScore, ModelCard, UNet, save_network

    card = ModelCard(
        title="Untrained",
        data="simulated",
        about="none",
        input={"shape": "(N, 1, 32, 32)", "range": "0 to 1", "units": "none"},
        classes=["thing"],
        scores=[CardScore("IoU", 0.1, floor=0.1)],
        recipe={"settings": {}, "seed": 0, "versions": {}, "commit": None},
        licence="CC BY 4.0",
        not_for="Anything.",
    )
    return save_network(UNet(base=2), path, card, use={"threshold": 0.4})


def _stacks(folder):
    """TIFFs of three pages of 24 by 40 pixels: grey and in colours, packed or not, and BigTIFF."""
    y, x = np.indices((24, 40))
    pages = [Image.fromarray(((7 * y + k * x) % 256).astype(np.uint8)) for k in (1, 3, 5)]
    files = []
    for name, mode, options in (
        ("plain", "L", {}),
        ("lzw", "RGB", {"compression": "tiff_lzw"}),
        ("big", "L", {"big_tiff": True}),
    ):
        first, *rest = (page.convert(mode) for page in pages)
        files.append(folder / f"{name}.tif")
        first.save(files[-1], save_all=True, append_images=rest, **options)
    return files


def _pictures(folder, two_values):
    """Every kind that is read: 24 by 40 pixels, grey and in colours, packed in every way."""
    y, x = np.indices((24, 40))
    grey = ((y - 12) ** 2 + (x - 20) ** 2 < 80) * 255 if two_values else (7 * y + 3 * x) % 256
    grey = Image.fromarray(grey.astype(np.uint8))
    wide = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    alpha = Image.merge("RGBA", [grey] * 3 + [Image.new("L", grey.size, 255)])
    turned = Image.Exif()
    turned[0x0112] = 6
    images = {"L": grey, "RGB": grey.convert("RGB"), "RGBA": alpha, "1": grey.convert("1")}
    images |= {"P": grey.convert("RGB").quantize(2 if two_values else 64), "I16": wide}
    files = []
    for name, image in images.items():
        files.append(folder / f"{name}.png")
        image.save(files[-1], exif=turned)
        for packed in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits"):
            files.append(folder / f"{name}_{packed}.tif")
            image.save(files[-1], compression=packed)
    for name in ("L", "RGB", "1", "P"):
        files.append(folder / f"{name}.bmp")
        images[name].save(files[-1])
    floats = Image.fromarray(np.asarray(grey) / np.float32(255))
    for name, image in (("F", floats), ("I", Image.fromarray(np.asarray(wide).astype(np.int32)))):
        files.append(folder / f"{name}.tif")
        image.save(files[-1])
    images["P"].save(folder / "P2.png", bits=2 if two_values else 8)
    images["L"].save(folder / "one_clear.png", transparency=3)
    files += [folder / "P2.png", folder / "one_clear.png"]
    files += [interlaced_png(np.asarray(grey), folder / "interlaced.png")]
    files += tiffs(np.asarray(grey), folder)
    if two_values:
        return files
    images["CMYK"] = images["RGB"].convert("CMYK")
    ways = {"progressive": {"progressive": True}, "restarts": {"restart_marker_blocks": 2}}
    ways |= {"": {}, "full": {"subsampling": 0}, "quartered": {"subsampling": 2}}
    for name in ("L", "RGB", "CMYK"):
        for way, options in ways.items():
            files.append(folder / f"{name}_{way}.jpg")
            images[name].save(files[-1], exif=turned, **options)
    return files


def _every_fourth(old, path):
    """A picture of FITS with fewer pixels and the same header."""
    from astropy.io import fits

    values, header = fits.getdata(old, header=True)
    fits.writeto(path, np.ascontiguousarray(values[::4, ::4]), header)
    return path


def _mosaic(real, path):
    """The real one, every eighth cell of it and four frames, packed as it is."""
    import h5py

    whole = next((real / "themis" / "mosaic").glob("*.h5"))
    with h5py.File(whole) as old, h5py.File(path, "w") as new:
        for name in ("data/grid", "data/source_info/confidence"):
            part = old[name][::8, ::8, :4]
            new.create_dataset(name, data=part, chunks=(16, 32, 3), compression="gzip")
        new["data/timestamp"] = old["data/timestamp"][:4]
        note = new.create_dataset("metadata/file", (0,), "f4", maxshape=(None,))
        note.attrs.update(old["metadata/file"].attrs)
        note.attrs["degrees_per_grid_cell"] = str(8 * 0.3515625)
    return path
