"""A bundle from a run on the simulated card is refused as `simulated`, whatever else it would be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leaderboard.domain import Plan, Provenance, Refused
from leaderboard.record import Record
from runners.bundle import bundle
from submissions.attested.taking import take
from tests import builders
from tests.fakes.card import H100_SXM, Card, NoCompiler, library
from tests.fakes.hub import encoders
from tests.runners.conftest import write_files
from tests.runners.on_card import Bench

NONCE = "20991231-" + "7" * 24
PERSON = builders.person("ann")


class WithNonce(Bench):
    def plan(self) -> Plan:
        return super().plan().model_copy(update={"nonce": NONCE})


def test_a_run_on_the_simulated_card(tmp_path: Path) -> None:
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))
    model = write_files(tmp_path / "model", encoders.build(encoders.ENCODERS[0]))
    with Card(tmp_path / "card", (H100_SXM,)) as card:
        made = WithNonce(card=card, folder=tmp_path / "run", model=model)
        code, said = made.measure()
        assert code == 0, said
    assert made.run.provenance is Provenance.SIMULATED
    bundle(made.out, tmp_path / "bundle.zip")
    with Record.open(tmp_path / "data") as record:
        body = json.dumps({"at": made.run.started_at.isoformat()})
        expires = builders.NOON.replace(year=2100)
        record.put_ticket("nonce", NONCE, subject=PERSON.subject, body=body, expires=expires)
        with pytest.raises(Refused, match=r"\(simulated\)") as caught:
            take(record, tmp_path / "bundle.zip", PERSON, {})
        assert caught.value.findings[0].name == "simulated"
        assert "driver's own NVML" in caught.value.remedy
        assert record.count_tickets("nonce", PERSON.subject) == 1
        assert record.submissions() == []
