"""How good is an answer: scores of masks, boundaries and boxes, and the choice of a threshold."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "boundary": ["boundary_f"],
        "detections": [
            "average_precision",
            "choose_confidence",
            "detection_scores",
            "f1_tally",
            "precision_recall",
            "recall_by_size",
        ],
        "floors": ["constant_cross_entropy", "constant_soft_iou", "majority_accuracy"],
        "intervals": ["Interval", "Lead", "Tally", "interval", "lead", "tally"],
        "masks": [
            "all_scores",
            "iou",
            "mean_iou",
            "mean_precision",
            "mean_recall",
            "pixel_accuracy",
            "soft_iou",
        ],
        "matching": ["box_iou", "count_matches", "match_boxes"],
        "thresholds": ["THRESHOLDS", "choose_threshold"],
    },
)
