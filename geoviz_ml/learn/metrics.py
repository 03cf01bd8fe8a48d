"""The first address of the scores that everybody uses; they live in `geoviz_ml.scores`."""

from ..scores.detections import detection_scores as detection_scores
from ..scores.masks import iou as iou
from ..scores.masks import mean_iou as mean_iou
from ..scores.masks import pixel_accuracy as pixel_accuracy
from ..scores.masks import soft_iou as soft_iou
