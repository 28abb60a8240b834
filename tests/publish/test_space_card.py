"""The Space's README: which models it lists, and that nothing else of it changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from apscheduler.schedulers.background import BackgroundScheduler

from leaderboard.domain import BadFile, EditionStatus, Provenance, Rating
from leaderboard.publish.space_card import MOST_MODELS, listed_models, rated_models, space_readme
from leaderboard.publish.space_page import SpacePage
from leaderboard.publish.view import RecordView
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions.scheduler import list_models_daily
from tests import builders
from tests.fakes.hub import LoopbackHub
from tests.publish import records, views
from tests.publish.test_eval_results import FROZEN, row

README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
SPACE = "starwatt/board"


def test_our_own_readme_keeps_every_word_and_gains_the_lists() -> None:
    made = space_readme(README, ["org/b", "org/a"], "starwatt/energy")
    before, after = (yaml.safe_load(text.split("---\n")[1]) for text in (README, made))
    assert after.pop("models") == ["org/b", "org/a"]
    assert after.pop("datasets") == ["starwatt/energy-ratings", "starwatt/energy-runs"]
    assert after == before and "emoji: ⭐" in made
    assert made.split("\n---\n", 1)[1] == README.split("\n---\n", 1)[1]
    assert listed_models(made) == ("org/b", "org/a")
    assert space_readme(made, ["org/b", "org/a"], "starwatt/energy") == made
    assert "models" not in yaml.safe_load(space_readme(made, [], None).split("---\n")[1])


@pytest.mark.parametrize("readme", ["# Title\n", "---\nno end\n", "---\n- a\n---\n", "---\na: [\n---\n", ""])
def test_a_readme_without_front_matter_is_refused(readme: str) -> None:
    with pytest.raises(BadFile):
        space_readme(readme, [], None)


def test_only_what_is_rated_and_holds_is_listed() -> None:
    def of(model: str, **fields: object) -> Rating:
        return row().model_copy(update={"model": model, **fields})

    rows = [
        of("org/rated"),
        of("org/attested", provenance=Provenance.ATTESTED, stars=None, not_rated="attested"),
        of("org/unrated", stars=None, not_rated="not rated"),
        of("org/other", best=False),
        of("org/estimated", provenance=Provenance.ESTIMATED),
        of("org/development", development=True),
    ]
    view = RecordView(
        1,
        (
            FROZEN,
            builders.edition("2026-05", status=EditionStatus.SUPERSEDED),
            builders.edition("2027-05"),
            builders.edition("dev-1", status=EditionStatus.FROZEN),
            views.reference_edition(),
        ),
        {
            "2026-11": tuple(rows),
            "2026-05": (row(edition="2026-05"),),
            "2027-05": (row(edition="2027-05"),),
            "dev-1": (builders.rating("org/dev", edition="dev-1"),),
            "aies-2025-02": (views.reference_row("Org/Published"),),
        },
    )
    assert rated_models(view) == ("org/attested", "Org/Published", "org/rated")


def test_where_there_are_too_many_the_newest_of_ours_come_in_first() -> None:
    ours = tuple(
        row().model_copy(
            update={"model": f"org/m-{place:03}", "measured_at": builders.NOON + timedelta(hours=place)}
        )
        for place in range(MOST_MODELS + 1)
    )
    published = (views.reference_row("org/published"),)
    view = RecordView(1, (FROZEN, views.reference_edition()), {"2026-11": ours, "aies-2025-02": published})
    listed = rated_models(view)
    assert len(listed) == MOST_MODELS
    assert "org/m-000" not in listed and "org/published" not in listed
    assert list(listed) == sorted(listed)


def test_the_space_brings_its_page_up_to_date_when_the_list_changed(tmp_path: Path) -> None:
    with LoopbackHub(tmp_path / "hub") as hub, Record.open(tmp_path / "data") as record:
        hub.publish("space", SPACE, {"README.md": README.encode()})
        environ = {
            "SPACE_ID": SPACE,
            "HF_TOKEN": hub.write_token,
            "HF_ENDPOINT": hub.endpoint,
            "STARWATT_DATASET": "starwatt/energy",
        }
        page = SpacePage.of(read_settings(environ))
        assert page is not None
        assert page.refresh(record) is False
        records.put(record, FROZEN, [row()])
        assert page.refresh(record) is True
        assert page.refresh(record) is False
        repo = hub.store.repo("space", SPACE)
        head = hub.store.at(repo, "main")
        text = hub.store.blobs.read(head.files["README.md"].sha256).decode()
        assert listed_models(text) == ("org/model",) and head.title == "List 1 rated models"

        jobs = BackgroundScheduler(timezone="UTC")
        list_models_daily(jobs, record, page)
        (job,) = jobs.get_jobs()
        first = job.trigger.get_next_fire_time(None, builders.NOON)
        later = job.trigger.get_next_fire_time(first, first + timedelta(seconds=1))
        assert later - first == timedelta(days=1)
        records.put(record, FROZEN, [row(), row().model_copy(update={"id": "0" * 10, "model": "org/new"})])
        job.func()
        assert len(list(hub.store.history(repo, "main"))) == 4
    job.func()  # The Hub is gone: it waits for the next day, and the scheduler goes on.


def test_where_this_is_no_space_nothing_is_listed() -> None:
    assert SpacePage.of(read_settings({"HF_TOKEN": "t"})) is None
    assert SpacePage.of(read_settings({"SPACE_ID": SPACE})) is None
