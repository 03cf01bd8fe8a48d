"""A folder of files, whoever made it, becomes pictures with what is known of them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["layout"],
    submod_attrs={
        "all_sky": ["SkyPictures", "load_oath"],
        "arcs": ["ArcPictures", "load_arcs", "read_truth"],
        "base": ["PictureSet"],
        "half_orbits": ["HalfOrbits", "load_half_orbits", "true_mask"],
        "night_folder": ["NightFolder"],
        "nights": ["Nights", "load_nights"],
        "pictures": ["Pictures", "load_pictures"],
        "suns": ["Suns", "load_suns"],
    },
)
