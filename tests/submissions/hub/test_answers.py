"""The real client against a Hub: shards, gates and who was let in, private models, strange revisions."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from leaderboard.domain import NotFound, Outcome, Refused
from submissions import checks
from submissions.hub import facts as hub_facts
from submissions.hub.facts import ApiFacts
from tests.fakes.hub import LoopbackHub
from tests.fakes.hub.refused import LLAMA, one_tensor

INDEX = "model.safetensors.index.json"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
CONFIG = json.dumps(LLAMA).encode()
LISTED = json.dumps({"weight_map": {"a": SHARDS[0], "b": SHARDS[1]}}).encode()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as opened:
        base = {"config.json": CONFIG, SHARDS[0]: one_tensor(4, 4), INDEX: LISTED}
        opened.publish("model", "org/whole", {**base, SHARDS[1]: one_tensor(8, 8)})
        opened.publish("model", "org/half", base)
        opened.publish("model", "org/no-index", {**base, INDEX: b"no json"})
        opened.publish("model", "org/gated", base, gated="manual")
        opened.publish("model", "org/private", base, private=True)
        yield opened


@pytest.fixture
def anybody(hub: LoopbackHub) -> ApiFacts:
    return ApiFacts(hub.endpoint)


def test_the_index_is_held_against_what_is_there(anybody: ApiFacts) -> None:
    assert anybody.facts("org/whole", None).missing_weights == ()
    assert anybody.facts("org/half", None).missing_weights == (SHARDS[1],)
    assert anybody.facts("org/no-index", None).index_unread == INDEX


def test_an_index_too_large_is_not_read(anybody: ApiFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_facts, "_LARGEST_INDEX_BYTES", 10)
    assert anybody.facts("org/half", None).index_unread == INDEX


def test_the_account_that_was_let_in(hub: LoopbackHub) -> None:
    let_in = ApiFacts(hub.endpoint, hub.write_token)
    assert let_in.account == "starwatt"
    facts = let_in.facts("org/gated", None)
    assert (facts.gated, facts.access) == (True, True)
    assert facts.missing_weights == (SHARDS[1],)
    assert checks.not_gated(facts, let_in.account).outcome is Outcome.PASSED


def test_the_account_that_was_not(hub: LoopbackHub) -> None:
    outside = ApiFacts(hub.endpoint, hub.read_token)
    facts = outside.facts("org/gated", None)
    assert (facts.gated, facts.access, facts.missing_weights) == (True, False, ())
    assert "Grant access to reader" in checks.not_gated(facts, outside.account).remedy


def test_nobody_is_let_in_without_a_token(anybody: ApiFacts) -> None:
    assert anybody.account == ""
    try:
        facts = anybody.facts("org/gated", None)
    except Refused as error:
        assert "without an account" in error.findings[0].message
    else:
        assert not facts.access


def test_a_private_model_looks_missing_also_to_an_account_that_sees_it(
    hub: LoopbackHub, anybody: ApiFacts
) -> None:
    for asked in (anybody, ApiFacts(hub.endpoint, hub.write_token)):
        with pytest.raises(NotFound, match="no public model org/private") as caught:
            asked.facts("org/private", None)
        assert "as attested" in caught.value.remedy
