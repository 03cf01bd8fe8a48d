"""Settings of the experiments with which all of them end in seconds."""

TINY = {
    "alfven": [
        *("nights_train=6", "nights_valid=3", "nights_test=4", "epochs=3", "size=(64, 48)"),
        *("seeds=1", "seeds_side=1"),
    ],
    "arcs": [
        *("nights=15", "width=2", "batch=(4, 4, 8)", "steps=6", "epochs=2", "long=6"),
        *("long_epochs=3", "unlabeled=40", "seeds=1", "seeds_labels=1", "label_counts=(20, 100)"),
        *("seeds_prior=1", "scanned=2", "unet=(2, 1)"),
    ],
    "aurora": [
        *("pictures=96", "side=24", "pixels=12", "width=4", "batch_size=16", "epochs=3"),
        *("block=8", "short=1", "seeds=1", "seeds_short=1"),
        "labelled={'steps': 3, 'batch_size': 16, 'lr': 1e-3}",
    ],
    "nucleus": [
        *("half_orbits=24", "size=(32, 32)", "decoder=0.25", "batch_size=4", "epochs=2"),
        *("fresh_every=1", "seeds=1"),
    ],
    "sunspots": [
        *("suns=(0.5, 0.5, 0.5)", "quiet=1", "width=0.0625", "crop=64", "side=32"),
        *("epochs=3", "peer_epochs=2", "class_epochs=2"),
    ],
}
