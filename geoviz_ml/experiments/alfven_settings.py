"""Settings of the alfven chapter: quick, full and the paper's, and what each means."""

from __future__ import annotations

SETTINGS: dict[str, tuple[tuple, str]] = {
    "data_seed": ((2, 7101), "seed of the simulated nights"),
    "nights_train": ((72, 178, 178), "nights to train on, the earliest"),
    "nights_valid": ((24, 60), "nights to choose thresholds on"),
    "nights_test": ((32, 120), "nights to report on, the latest"),
    "size": (((160, 96), (256, 256)), "rows (frequency), columns (time)"),
    "base": ((8, 64, 64), "channels of the first level"),
    "norm": ((True, True, False), "batch normalisation"),
    "head": ((8, 8, 2), "channels before the last convolution"),
    "prior": ((0.08, 0.08, 0.5), "what the untrained network answers"),
    "on_device": ((False, True), "augment whole batches on the device"),
    "batch_size": ((4, 4, 2), "pictures a step"),
    "lr": ((1e-2, 1e-3, 1e-4), "learning rate, at its highest"),
    "one_cycle": ((True, True, False), "the rate rises and falls, or is constant"),
    "epochs": ((10, 10, 10), "times that each picture is seen"),
    "seeds": ((3, 3, 1), "networks of the main training"),
    "seeds_side": ((2, 3), "networks of each side experiment"),
    "seeds_peer": ((1, 3), "networks of the peer, and without skips"),
    "seeds_published": ((0, 3), "networks exactly as published"),
    "overfit_nights": ((8, 178, 178), "nights of the long training"),
    "overfit_epochs": ((30, 100, 100), "epochs of the long training"),
    "kfold_nights": ((30, 178, 178), "nights of the cross-validation"),
    "kfold_epochs": ((2, 4, 10), "epochs of each fold"),
    "search_trials": ((8, 24, 115), "combinations that the search tries, of 3150"),
    "search_epochs": ((3, 9, 10), "epochs of the best of them"),
    "search_nights": ((16, 178, 178), "nights of the search"),
    "search_base": ((4, 16, 64), "channels of its first level"),
    "archive_nights": ((32, 120, 2100), "nights of the survey, of those to report on"),
}
