"""Places: on the Sun, on the Earth, and where an all-sky imager's pixels meet the aurora."""

import lazy_loader

# Before the table, so that the name is the function and never its module.
from .footprints import footprints as footprints

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "earth": ["dipole", "magnetic"],
        "footprints": ["footprints"],
        "sky": ["pixel_corners", "place_below"],
        "sun": [
            "Disk",
            "carrington_longitude",
            "disk_position",
            "heliographic",
            "rotate",
            "solar_radius",
            "sun_b0",
        ],
        "sun_disk": ["disk_distance", "find_disk"],
        "sun_regions": ["region_boxes", "regions_in_picture"],
        "sun_view": ["SunView"],
        "sun_wcs": ["SunWorld", "sun_world"],
    },
)
