"""Readers: from an instrument's file to an xarray object with coordinates and units."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "boxes": ["read_kitti", "read_voc", "read_yolo"],
        "cses": ["read_cses"],
        "dasc": ["read_dasc", "read_dasc_skymap"],
        "magnetogram": ["read_magnetogram"],
        "picture": ["read_mask", "read_picture"],
        "mosaic": ["mosaic_skymap", "read_mosaic"],
        "oath": ["read_oath", "read_oath_table"],
        "search_coil": ["read_search_coil", "sierra_nevada_response"],
        "sky_pictures": ["read_sky_pictures"],
        "skymap": ["find_skymap", "read_skymap"],
        "skymap_names": ["choose_skymap"],
        "srs": ["read_srs"],
        "themis": ["read_themis"],
    },
)
