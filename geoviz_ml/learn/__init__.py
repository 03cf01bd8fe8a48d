"""Losses, metrics and fastai Learners."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "callbacks",
        "cross_validation",
        "losses",
        "metrics",
        "probe",
        "search",
        "training",
    ],
    submod_attrs={
        "classification": ["classification_learner"],
        "contrastive": ["features", "simclr_learner"],
        "detection": ["detection_learner"],
        "pnu": ["pnu_learner"],
        "probed": ["probed_network"],
        "segmentation": ["segmentation_learner"],
        "training": ["fit", "history"],
    },
)
