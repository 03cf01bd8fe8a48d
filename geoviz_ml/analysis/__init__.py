"""From masks to geophysics."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "alarms": ["precision_at", "search_table", "search_tallies"],
        "arcs": ["arc_table", "keogram"],
        "clustering": ["agreement", "contingency", "project", "silhouette_scan"],
        "fringes": ["compare_with_truth", "fringe_errors", "track_fringes"],
        "nuclei": ["find_nuclei", "region_table", "season_table"],
        "nuclei_judged": ["error_table", "judge_regions", "region_scores"],
        "likeness": ["brightness_histogram", "compare_pictures", "radial_spectrum"],
        "occurrence": ["survey_archive", "survey_nights"],
        "orbit_survey": ["survey_half_orbits"],
        "sky_survey": ["join_keograms", "survey_minutes"],
        "prior": ["energy_distance_prior"],
    },
)
