"""Plots, live widgets and widgets that work on a page without a kernel."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["galleries", "plots"],
    submod_attrs={
        "arcs": ["plot_arc_night", "plot_sky"],
        "clusters": ["cluster_explorer"],
        "crf": ["crf_explorer"],
        "curves": ["plot_label_efficiency"],
        "cutter": ["patch_cutter"],
        "detections": ["detection_explorer"],
        "detectors": ["plot_precision_recall", "plot_target"],
        "figures": ["picture_grid", "plot_history"],
        "half_orbits": ["plot_answers", "plot_half_orbit", "plot_judged"],
        "likeness": ["plot_likeness"],
        "maps": ["map_explorer", "plot_map"],
        "widgets": ["threshold_explorer"],
    },
)
