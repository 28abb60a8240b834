"""Property tests are the same on every machine: no deadline on a busy one, no luck, no folder of examples."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("starwatt", deadline=None, derandomize=True)
settings.load_profile("starwatt")
