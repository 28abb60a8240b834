"""What the tests of submissions stand on, here too."""

from __future__ import annotations

from tests.submissions.conftest import hub as known_hub

hub = known_hub
