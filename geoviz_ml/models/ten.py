"""The first address of `geoviz_ml.models.compared`."""

from .compared import LIBRARY as LIBRARY
from .compared import NAMES as NAMES
from .compared import decoder_widths as decoder_widths
from .compared import make as make
