"""From readings to pictures, masks and splits."""

import lazy_loader

from ..moved import also

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "augment": ["table_1_augmentation"],
        "crops": ["box_places", "cut_boxes"],
        "half_orbit": [
            "HalfOrbits",
            "box_mask",
            "half_orbit_picture",
            "load_half_orbits",
            "split_by_orbit",
            "true_mask",
        ],
        "detection": ["BoxCrops"],
        "disk": ["find_disk", "flatten_disk"],
        "folder": ["Pictures", "load_pictures"],
        "patches": ["cut_patches", "label_by_truth", "load_arcs", "random_places", "to_picture"],
        "patch_files": ["load_patches", "save_patches"],
        "pictures": ["Nights", "load_nights", "mask_picture", "picture"],
        "regions": ["join_boxes", "regions_in_picture"],
        "scaling": ["oath_scale"],
        "spectrogram": ["spectrogram"],
        "sun_picture": ["SunPicture", "place_boxes", "sun_picture"],
        "splits": ["block_folds", "nearest_label", "oath_splits"],
        "suns": ["Suns", "load_suns"],
        "views": ["Views"],
    },
)
__getattr__ = also(
    __getattr__,
    {
        "encode_boxes": "geoviz_ml.boxes",
        "heliographic": "geoviz_ml.geometry",
        "sun_b0": "geoviz_ml.geometry",
    },
)
