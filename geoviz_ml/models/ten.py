"""The first address of `geoviz_ml.models.compared`."""

from .compared import LIBRARY as LIBRARY
from .compared import NAMES as NAMES
from .compared import TABLE_4 as TABLE_4
from .compared import decoder_widths as decoder_widths
from .compared import make as make
