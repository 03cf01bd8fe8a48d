"""From readings to pictures, masks and splits."""

import lazy_loader

from ..moved import also

# These two before the table, so that each name is the function and never its module.
from .spectrogram import spectrogram as spectrogram
from .sun_picture import sun_picture as sun_picture

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "augment": ["table_1_augmentation"],
        "places": ["box_places", "place_boxes"],
        "crops": ["cut_boxes"],
        "half_orbit": [
            "box_mask",
            "half_orbit_picture",
            "split_by_orbit",
        ],
        "box_crops": ["BoxCrops"],
        "disk": ["flatten_disk", "picture_disk"],
        "patches": ["cut_patches", "label_by_truth", "random_places", "to_picture"],
        "patch_files": ["load_patches", "save_patches"],
        "pictures": ["mask_picture", "picture"],
        "regions": ["join_boxes", "place_regions"],
        "scaling": ["oath_scale"],
        "spectrogram": ["spectrogram"],
        "sun_picture": ["SunPicture", "sun_picture"],
        "splits": ["block_folds", "nearest_label", "oath_splits"],
        "views": ["Views"],
    },
)
__getattr__ = also(
    __getattr__,
    {
        "encode_boxes": "geoviz_ml.boxes",
        "find_disk": "geoviz_ml.geometry",
        "heliographic": "geoviz_ml.geometry",
        "region_boxes": "geoviz_ml.geometry",
        "regions_in_picture": "geoviz_ml.geometry",
        "sun_b0": "geoviz_ml.geometry",
        "ArcPictures": "geoviz_ml.datasets",
        "HalfOrbits": "geoviz_ml.datasets",
        "Nights": "geoviz_ml.datasets",
        "Pictures": "geoviz_ml.datasets",
        "Suns": "geoviz_ml.datasets",
        "load_arcs": "geoviz_ml.datasets",
        "load_half_orbits": "geoviz_ml.datasets",
        "load_nights": "geoviz_ml.datasets",
        "load_pictures": "geoviz_ml.datasets",
        "load_suns": "geoviz_ml.datasets",
        "true_mask": "geoviz_ml.datasets",
    },
)
