"""Which ratings may stand on a model's page, and how they are written there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries

from leaderboard.domain import Edition, EditionStatus, Notice, Provenance, Rating, Refused
from leaderboard.publish.eval_results import (
    eval_results,
    is_ours,
    path_of_edition,
    stars,
    task_id,
    travelling,
)
from tests import builders
from tests.publish import views

MODEL = "org/model"
SITE = "https://starwatt-energy.hf.space"
FROZEN = builders.edition("2026-11", status=EditionStatus.FROZEN)


def row(**fields: Any) -> Rating:
    """A measured row of the frozen edition."""
    defaults: dict[str, Any] = {
        "edition": "2026-11",
        "hardware": "t4-16gb",
        "provenance": Provenance.MEASURED,
        "development": False,
        "stars": 4,
        "stars_low": 3,
        "stars_high": 4,
        "energy_wh_per_1000": 0.5,
        "energy_low": 0.45,
        "energy_high": 0.55,
    }
    return builders.rating(MODEL, **{**defaults, **fields})


def no_notices(_: str) -> list[Notice]:
    return []


def noticed(found: Mapping[str, Notice]) -> Callable[[str], list[Notice]]:
    return lambda subject: [found[subject]] if subject in found else []


def test_measured_rows_of_the_newest_frozen_edition_go() -> None:
    older = builders.edition("2026-05", status=EditionStatus.FROZEN, dated=date(2026, 5, 1))
    rows = [row(), row(task="text-generation", model_class="A"), row(edition="2026-05")]
    found = travelling(MODEL, rows, [FROZEN, older], no_notices)
    assert found.edition == FROZEN
    assert [one.task for one in found.rows] == ["sentence-similarity", "text-generation"]
    assert [reason for _, reason in found.left_out] == ["edition 2026-05 is older than 2026-11"]


@pytest.mark.parametrize(
    ("edition", "fields", "said"),
    [
        (views.reference_edition("2026-11"), {}, "published by others"),
        (FROZEN, {"provenance": Provenance.REFERENCE}, "published by others"),
        (FROZEN, {"provenance": Provenance.ESTIMATED}, "estimated figures never leave"),
        (FROZEN, {"provenance": Provenance.SIMULATED}, "simulated figures never leave"),
        (FROZEN, {"development": True}, "development editions stay"),
        (
            builders.edition("2026-11", development=True, status=EditionStatus.FROZEN),
            {},
            "development editions",
        ),
        (builders.edition("2026-11"), {}, "is open"),
        (builders.edition("2026-11", status=EditionStatus.SUPERSEDED), {}, "superseded by a newer one"),
        (FROZEN, {"stars": None, "not_rated": "not rated (4 of 10)"}, "no stars (not rated (4 of 10))"),
    ],
)
def test_what_may_not_go_is_refused_with_a_sentence(edition: Edition, fields: Any, said: str) -> None:
    with pytest.raises(Refused) as refused:
        travelling(MODEL, [row(**fields)], [edition], no_notices)
    assert said in refused.value.message and MODEL in refused.value.message and refused.value.remedy


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(Refused, match="nothing is known of it"):
        travelling(MODEL, [], [FROZEN], no_notices)


@pytest.mark.parametrize("kind", ["withdrawn", "disputed"])
@pytest.mark.parametrize("subject", [row().id, "2026-11"])
def test_a_notice_keeps_a_row_here(kind: Any, subject: str) -> None:
    word = builders.notice(subject, kind=kind, reason="The fan was off.")
    with pytest.raises(Refused, match=rf"it is {kind} \(The fan was off\)"):
        travelling(MODEL, [row()], [FROZEN], noticed({subject: word}))


def test_an_answered_dispute_lets_a_row_go() -> None:
    said = [builders.notice(row().id, kind=kind) for kind in ("disputed", "settled")]
    found = travelling(MODEL, [row()], [FROZEN], lambda subject: said if subject == row().id else [])
    assert [one.id for one in found.rows] == [row().id]


def test_an_attested_row_goes_without_stars() -> None:
    found = travelling(MODEL, [row(provenance=Provenance.ATTESTED)], [FROZEN], no_notices)
    assert stars(found.rows[0]) == ""
    (entry,) = parse_eval_result_entries(yaml.safe_load(eval_results(found, "org/energy", SITE)))
    assert "stars" not in str(entry.notes) and "attested" in str(entry.notes)


def test_the_file_is_what_the_hubs_own_client_reads() -> None:
    found = travelling(MODEL, [row()], [FROZEN], no_notices)
    (entry,) = parse_eval_result_entries(yaml.safe_load(eval_results(found, "org/energy", SITE)))
    assert entry.dataset_id == "org/energy-ratings"
    assert entry.task_id == "sentence-similarity--t4-16gb"
    assert entry.value == 0.5
    assert entry.date == "2026-11-02T12:00:00+00:00"
    assert entry.source_url == f"{SITE}/r/{row().id}" and entry.source_name == "Starwatt"
    for said in (
        "Wh per 1,000 queries",
        "hardware: NVIDIA T4",
        "protocol: ",
        "interval: 0.450–0.550 Wh",
        "4 of 5 stars, could be 3–4 (10 models, edition 2026-11)",
        "provenance: measured",
        "precision: fp32",
        "revision: ",
    ):
        assert said in str(entry.notes)


def test_what_cannot_be_compared_has_another_task_id() -> None:
    base = {"task": "text-generation", "model_class": "B", "hardware": "h100-sxm-80gb"}
    assert task_id(row(**base)) == "text-generation--h100-sxm-80gb--class-b"
    ids = {
        task_id(row(**{**base, **change}))
        for change in (
            {},
            {"model_class": "A"},
            {"protocol": "serving-b64"},
            {"reasoning": "on"},
            {"hardware": "cpu"},
        )
    }
    assert len(ids) == 5


def test_our_files_are_told_from_those_of_others() -> None:
    assert is_ours(path_of_edition("2026-11"))
    assert not is_ours(".eval_results/gpqa.yaml")
    assert not is_ours("starwatt-2026-11.yaml")
