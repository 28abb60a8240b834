from __future__ import annotations

import json

from leaderboard import __version__, catalogue
from leaderboard.domain import Plan, Run
from runners.bench.environment import harness_hash
from runners.schemas import FOLDER, schemas


def test_the_shipped_schemas_are_those_of_the_types() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(schemas())
    for name, text in schemas().items():
        shipped = (FOLDER / name).read_text(encoding="utf-8")
        assert shipped == text, f"{name} is old: run `python -m runners.schemas`"


def test_the_catalogue_knows_the_checksum_of_this_harness() -> None:
    assert catalogue.known_harness(__version__) == harness_hash(), "run `python -m runners.schemas`"
    assert catalogue.known_harness("0.0.0") is None


def test_every_field_is_described() -> None:
    for name, word in (("plan", Plan), ("run", Run)):
        schema = json.loads(schemas()[f"{name}.schema.json"])
        assert set(schema["properties"]) == set(word.model_fields)
        bare = [
            field
            for field, told in schema["properties"].items()
            if not (told.get("description") or "$ref" in told)
        ]
        assert bare == []
