"""An archive, item by item: one process or many machines, parts kept, one table at the end."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "keys": ["file_stamp", "weights_key"],
        "options": ["add_options", "chosen_executor", "shard_of"],
        "run": ["Survey", "survey"],
        "work": ["Fault", "work_through"],
    },
)
