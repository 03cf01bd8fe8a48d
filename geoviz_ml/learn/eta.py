"""The first address of `geoviz_ml.learn.pnu_weight`."""

from .pnu_weight import choose_eta as choose_eta
from .pnu_weight import heuristic_eta as heuristic_eta
from .pnu_weight import validation_risk as validation_risk
