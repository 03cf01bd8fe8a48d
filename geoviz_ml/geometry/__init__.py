"""Places: on the Sun, on the Earth, and where an all-sky imager's pixels meet the aurora."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "earth": ["dipole", "magnetic"],
        "footprints": ["footprints"],
        "sun": [
            "Disk",
            "carrington_longitude",
            "disk_position",
            "heliographic",
            "rotate",
            "solar_radius",
            "sun_b0",
        ],
    },
)
