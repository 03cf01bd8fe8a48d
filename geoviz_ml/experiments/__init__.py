"""What the chapters train and measure, one module a paper: each training is done once and kept.

A run is a folder of trainings. Calling again does only what is missing; a training that was cut
goes on after its last epoch; several processes may work in one folder. The command is
``python -m geoviz_ml.experiments NAME``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "alfven": ["Alfven"],
        "arcs": ["Arcs"],
        "aurora": ["Aurora"],
        "experiment": ["Experiment"],
        "nucleus": ["Nucleus"],
        "sunspots": ["Sunspots"],
        "trainings": ["Training", "Trainings", "Unfinished"],
    },
)
