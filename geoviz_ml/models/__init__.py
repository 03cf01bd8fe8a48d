"""Networks, each a short module that names its source."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={"unet": ["UNet"]})
