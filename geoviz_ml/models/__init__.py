"""Networks, each a short module that names its source."""

import lazy_loader

from ..moved import also

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["compared"],
    submod_attrs={
        "card": ["CardScore", "ModelCard"],
        "detectnet": ["DetectNet"],
        "faster_rcnn": ["small_faster_rcnn"],
        "googlenet": ["GoogLeNet"],
        "unet": ["UNet"],
        "patch_net": ["PatchNet", "PatchResNet"],
        "odconv": ["ODConv2d"],
        "odm_unet": ["ODMUNet"],
        "scse": ["SCSE"],
        "sdi": ["SDI"],
        "saved": ["SavedNetwork", "load_network", "save_network"],
        "simclr": ["ProjectionHead", "ResNet18", "ResNetClassifier", "SimCLR"],
    },
)
__getattr__ = also(
    __getattr__,
    dict.fromkeys(["SunModels", "load_sun_models", "save_sun_models"], "geoviz_ml.sunspots"),
)
