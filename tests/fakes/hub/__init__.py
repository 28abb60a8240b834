"""A Hugging Face Hub on this machine, for the real `huggingface_hub` and `datasets` clients.

`LoopbackHub(data_dir)` serves, `seed.seed(hub)` fills it; `python -m tests.fakes.hub` does both.
"""

from .server import LoopbackHub
from .wire import Fault

__all__ = ["Fault", "LoopbackHub"]
