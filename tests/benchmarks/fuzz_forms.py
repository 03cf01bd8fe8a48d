"""Every way of packing that readers take, as small whole files to damage: FITS, PNG, TIFF, netCDF.

Codecs that are always refused are among them where a damaged file could be taken for another.
"""

import gzip
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np

CODECS = {  # of compressed FITS, with options of astropy
    "RICE_1": [{}, {"dtype": "i1"}, {"dtype": "i4"}, {"dtype": "f4"}, {"tile_shape": (10, 16)}],
    "GZIP_1": [{}, {"dtype": "f4"}, {"dtype": "f4", "quantize_level": 0}],
    "GZIP_2": [{}, {"dtype": "f4"}, {"dtype": "f8", "quantize_level": 0}],
    "NOCOMPRESS": [{}],
    "HCOMPRESS_1": [{}, {"dtype": "f4"}],
    "PLIO_1": [{}],
}
REFUSED = ("HCOMPRESS_1", "PLIO_1")
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)]
PASSES += [(0, 1, 1, 2)]  # of Adam7: first column and row, steps


def packed(codec: str, dtype: str = "i2", **options) -> bytes:
    """A compressed FITS picture of 50 x 64 pixels, with a disk, a spot and a constant sky."""
    from astropy.io import fits

    rows, columns = np.mgrid[:50, :64]
    values = np.random.default_rng(0).normal(50, 9, rows.shape)
    values[np.hypot(rows - 25, columns - 30) > 20] = 0
    values = values.clip(0).astype(dtype)
    options |= {"quantize_method": 2, "dither_seed": 7} if dtype.startswith("f") else {}
    hdu = fits.CompImageHDU(values, compression_type=codec, **options)
    stream = BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(stream)
    return stream.getvalue()


def fits_of_every_codec(folder: Path) -> list[Path]:
    files = []
    for codec in CODECS.keys() - set(REFUSED):
        for number, options in enumerate(CODECS[codec]):
            files.append(folder / f"{codec}_{number}.fits")
            files[-1].write_bytes(packed(codec, **options))
    return sorted(files)


def fits_packed_by_gzip(folder: Path) -> list[Path]:
    """A picture that gzip makes a hundred times smaller, alone, in members, and with tiles in it.

    What is damaged in it may claim sizes of which the packed file gives no hint.
    """
    from astropy.io import fits

    stream = BytesIO()
    fits.PrimaryHDU(np.zeros((1000, 1000), np.int16)).writeto(stream)
    whole = stream.getvalue()
    ways = {
        "alone": [whole],
        "members": [whole[:2880], whole[2880 : 10**6], whole[10**6 :]],
        "tiles": [packed("RICE_1", tile_shape=(10, 16))],
    }
    files = [folder / f"{name}.fits.gz" for name in ways]
    for path, parts in zip(files, ways.values(), strict=True):
        path.write_bytes(b"".join(gzip.compress(part, 1) for part in parts))
    return files


def interlaced_png(grey: np.ndarray, path: Path) -> Path:
    """A grey picture (H, W) uint8 in the seven passes of Adam7, which Pillow does not write."""
    rows = b""
    for x, y, step_x, step_y in PASSES:
        rows += b"".join(b"\0" + row.tobytes() for row in grey[y::step_y, x::step_x])
    head = struct.pack(">IIBBBBB", *grey.shape[::-1], 8, 0, 0, 0, 1)
    out = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        out += (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )
    path.write_bytes(out)
    return path


def tiffs(grey: np.ndarray, folder: Path) -> list[Path]:
    """A grey picture (H, W) uint8 in tiles, strips, either byte order, BigTIFF, differences."""
    import tifffile
    from PIL import Image

    ways = {
        "tiles": {"tile": (16, 16)},
        "tiles_packed": {"tile": (16, 16), "compression": "zlib"},
        "strips": {"rowsperstrip": 5, "byteorder": ">"},
        "strips_packed": {"rowsperstrip": 5, "compression": "zlib", "byteorder": ">"},
        "big": {"bigtiff": True},
        "big_tiles": {"bigtiff": True, "tile": (16, 16)},
    }
    files = [folder / f"{name}.tif" for name in ways]
    for path, options in zip(files, ways.values(), strict=True):
        tifffile.imwrite(path, grey, photometric="minisblack", **options)
    for packing in ("tiff_lzw", "tiff_adobe_deflate"):
        files.append(folder / f"differences_{packing}.tif")
        Image.fromarray(grey).save(files[-1], compression=packing, tiffinfo={317: 2})
    return files


def netcdfs(folder: Path) -> list[Path]:
    """netCDF-4 as we write it, and packed in every other way that is read."""
    import xarray as xr

    from geoviz_ml.files import save_nc

    rng = np.random.default_rng(0)
    values = ("time", "frequency"), rng.random((30, 20)), {"units": "pT"}
    time = np.datetime64("2015-03-01", "ns") + np.arange(30) * np.timedelta64(600, "s")
    names = "time", [f"night {i}" for i in range(30)]
    data = xr.Dataset({"amplitude": values, "name": names}, {"time": time})
    ways = {
        "plain": {},
        "shuffled": {"zlib": True, "shuffle": True, "fletcher32": True, "chunksizes": (7, 20)},
        "scaled": {"dtype": "i2", "scale_factor": 1e-3, "add_offset": 0.5, "_FillValue": -9},
        "big_endian": {"dtype": ">f4", "zlib": True},
    }
    files = [save_nc(data, folder / "ours.nc")]
    for name, way in ways.items():
        files.append(folder / f"{name}.nc")
        data.to_netcdf(files[-1], engine="h5netcdf", encoding={"amplitude": way})
    return files


def npzs(folder: Path) -> list[Path]:
    """Masks of arcs as the simulator writes them, and not packed."""
    masks = np.random.default_rng(0).random((3, 24, 40)) < 0.2
    files = [folder / "packed.npz", folder / "plain.npz"]
    for path, save in zip(files, (np.savez_compressed, np.savez), strict=True):
        save(path, arcs=np.packbits(masks), shape=np.array(masks.shape))
    return files
