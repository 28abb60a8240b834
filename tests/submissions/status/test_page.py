"""A submission's page in every state, its words, and its twins as JSON and as a feed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from leaderboard.domain import Fault, Org, Person, Status
from leaderboard.record import Record
from submissions.status.changes import cancel
from submissions.status.told import tell
from submissions.status.words import owner_words, who
from tests import builders
from tests.board.test_pages import Outline
from tests.submissions import scenes
from tests.submissions.scenes import COLLEAGUE, OWNER, RUNNER, STRANGER

AS_OWNER = {"x-person": OWNER.subject}


def page_of(record: Record, submission: str, person: Person | None = None) -> str:
    headers = {"x-person": person.subject} if person else {}
    answer = TestClient(scenes.app_of(record)).get(f"/submissions/{submission}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("status", list(Status))
def test_every_state_has_its_sentence_and_follows_only_what_may_change(
    record: Record, status: Status
) -> None:
    submission = scenes.in_state(record, status)
    html = page_of(record, submission.id, OWNER)
    assert status.sentence in html
    page = Outline(html)
    live = next(attrs for _, attrs in page.tags if attrs.get("id") == "live")
    assert ("data-events" in live) is not status.final
    assert ("hx-trigger" in live) is not status.final
    assert ('http-equiv="refresh"' in html) is not status.final
    assert f"<title>{status.value.capitalize()}" in html
    assert live["data-title"] is not None
    assert live["data-title"].startswith(status.value.capitalize())
    # Ids are for comparing; names are for reading.
    for person in (OWNER, COLLEAGUE):
        assert person.subject not in html
    fields = [attrs["id"] for attrs in page.all("textarea")]
    assert set(fields) <= {attrs["for"] for attrs in page.all("label")}


def test_without_javascript_the_page_can_be_held_still(record: Record) -> None:
    submission = scenes.in_state(record, Status.QUEUED)
    client = TestClient(scenes.app_of(record))
    moving = client.get(f"/submissions/{submission.id}").text
    assert f'href="/submissions/{submission.id}?still=1"' in moving
    still = client.get(f"/submissions/{submission.id}?still=1").text
    assert 'http-equiv="refresh"' not in still
    assert "Let this page reload itself" in still


def test_a_run_shows_how_far_it_is_and_when_its_runner_was_heard(record: Record) -> None:
    submission = scenes.submitted(record)
    fence = scenes.running(record, submission)
    progress = builders.progress(0.42, remaining_s=50.0, heartbeat_at=record.now())
    record.heartbeat(submission.id, fence, progress, 300)
    told = tell(record, submission.id)
    assert told.now is not None
    assert told.now.remaining_s is not None
    assert 0 <= told.now.remaining_s <= 50.0
    html = page_of(record, submission.id)
    for text in ('value="42"', "window 2 of 3", " left", "its runner was heard", "<title>Running 42 %"):
        assert text in html


def test_a_heartbeat_from_another_clock_is_never_heard_in_the_future(record: Record) -> None:
    submission = scenes.submitted(record)
    fence = scenes.running(record, submission)
    late = builders.NOON.replace(year=2099)
    record.heartbeat(submission.id, fence, builders.progress(heartbeat_at=late, remaining_s=None), 300)
    told = tell(record, submission.id)
    assert told.now is not None
    assert (told.now.heard_s, told.now.remaining_s) == (0.0, None)


def test_a_lost_runner_is_told_in_plain_words(record: Record) -> None:
    submission = scenes.submitted(record)
    scenes.claimed(record, submission)
    lost = builders.event(Status.QUEUED, message="Lost.", detail={"silence_s": 400.0, "fault": "ours"})
    record.append(submission.id, lost)
    scenes.running(record, submission)
    told = tell(record, submission.id)
    assert told.tries == "Try 2 of 3: its runner fell silent before. That is no fault of yours."
    assert told.tries in page_of(record, submission.id)


def test_a_failure_shows_cause_remedy_and_log(record: Record) -> None:
    submission = scenes.submitted(record)
    fence = scenes.running(record, submission)
    log = "\x1b[31m<b>killed</b>\x1b[0m in /home/anna/x with hf_abcdefghijklmnopqrs\n"
    record.append_log(submission.id, fence, log)
    event = builders.event(
        Status.FAILED,
        actor=RUNNER,
        message="Out of memory in /home/anna/x.",
        remedy="Take a larger card.",
        detail={"fault": "theirs", "fence": fence},
    )
    record.finish(submission.id, fence, [event], None, [])
    html = page_of(record, submission.id, OWNER)
    for text in (
        "Out of memory in ~/x.",
        "Take a larger card.",
        "&lt;b&gt;killed&lt;/b&gt; in ~/x with •••",
        "The cause lies with the model",
        "submit it anew with the same choices",
    ):
        assert text in html
    answer = TestClient(scenes.app_of(record)).get(f"/api/v1/submissions/{submission.id}").json()
    assert answer["fault"] == "theirs"
    assert answer["log_tail"] == "<b>killed</b> in ~/x with •••\n"
    for secret in ("anna", "hf_abc", "\x1b"):
        assert secret not in html
        assert secret not in str(answer)


def test_what_is_done_leads_to_its_star(record: Record) -> None:
    submission = scenes.in_state(record, Status.DONE)
    told = tell(record, submission.id)
    assert told.rating is not None
    html = page_of(record, submission.id)
    assert f'href="/r/{told.rating.id}"' in html
    assert f'href="/runs/{told.run_id}"' in html
    assert 'aria-label="Development edition"' in html
    assert '<a href="/sign-in">Sign in</a> to dispute it' in html


def test_each_act_asks_before_it_is_done_and_works_as_a_plain_form(record: Record) -> None:
    submission = scenes.in_state(record, Status.QUEUED)
    client = TestClient(scenes.app_of(record))
    html = client.get(f"/submissions/{submission.id}", headers=AS_OWNER).text
    form = html.split('<details class="fold act" id="cancel">', 1)[1].split("</details>", 1)[0]
    assert "costs nothing" in form
    assert 'name="reason"' in form
    answer = client.post(
        f"/submissions/{submission.id}/cancel",
        data={"reason": "Wrong <model>."},
        headers=AS_OWNER,
        follow_redirects=False,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/submissions/{submission.id}")
    html = page_of(record, submission.id)
    assert "Reason: Wrong &lt;model&gt;." in html
    assert OWNER.name in html


@pytest.mark.parametrize("reason", ["x" * 501, "x" * 5000])
def test_a_reason_that_is_too_long_is_refused_and_nothing_is_done(record: Record, reason: str) -> None:
    submission = scenes.in_state(record, Status.QUEUED)
    client = TestClient(scenes.app_of(record))
    for path, body in (("", {"data": {"reason": reason}}), ("/api/v1", {"json": {"reason": reason}})):
        where = f"{path}/submissions/{submission.id}/cancel"
        answer = client.post(where, headers=AS_OWNER, **body)  # type: ignore[arg-type]
        assert answer.status_code in (400, 422)
    assert record.status(submission.id) is Status.QUEUED


def test_odd_text_in_a_reason_breaks_nothing(record: Record) -> None:
    submission = scenes.in_state(record, Status.QUEUED)
    client = TestClient(scenes.app_of(record))
    path = f"/api/v1/submissions/{submission.id}/cancel"
    for body in (b'{"reason": "\\ud800"}', b'{"reason": 7}', b"[]", b"{", b'{"why": "x"}'):
        headers = {**AS_OWNER, "content-type": "application/json"}
        assert client.post(path, content=body, headers=headers).status_code == 422, body
    form = {**AS_OWNER, "content-type": "application/x-www-form-urlencoded"}
    told = client.post(f"/submissions/{submission.id}/withdraw", content=b"reason=%ED%A0%80", headers=form)
    assert told.status_code == 409
    odd = "a\x00b\u202ec\U0001f600 hf_abcdefghijklmnopqrs"
    assert client.post(path, json={"reason": odd}, headers=AS_OWNER).json() == {"status": "cancelled"}
    assert record.events(submission.id)[-1].detail["reason"] == "abc\U0001f600 •••"


def test_names_and_never_ids_say_who_acted(record: Record) -> None:
    submission = scenes.submitted(record)
    cancel(record, submission.id, COLLEAGUE)
    lines = tell(record, submission.id).lines
    assert [line.who for line in lines] == [OWNER.name, "Starwatt", COLLEAGUE.name]
    claimed = builders.event(Status.CLAIMED, actor=RUNNER)
    assert who(claimed, submission) == f"runner {RUNNER}"
    assert who(builders.event(Status.CANCELLED, actor="id-9"), submission) == "an operator"
    alone = builders.submission()
    assert (owner_words(alone), owner_words(submission)) == ("local", "Olga Owner for The Org")
    nameless = builders.submission(submitted_by="id-9", owner=Org(subject="o", name="").subject)
    assert owner_words(nameless) == "somebody for an organisation"


def test_the_json_twin_tells_the_same(record: Record) -> None:
    submission = scenes.in_state(record, Status.FAILED, Fault.OURS)
    client = TestClient(scenes.app_of(record))
    answer = client.get(f"/api/v1/submissions/{submission.id}").json()
    assert answer["status"] == "failed"
    assert answer["final"] is True
    assert [event["actor"] for event in answer["events"]][:2] == [OWNER.name, "Starwatt"]
    assert answer["why_not"]["rerun"] == ""
    assert answer["why_not"]["cancel"]
    assert STRANGER.subject not in str(answer)
    assert OWNER.subject not in str(answer)


def test_a_feed_says_when_it_is_done(record: Record) -> None:
    submission = scenes.in_state(record, Status.DONE)
    answer = TestClient(scenes.app_of(record)).get(f"/submissions/{submission.id}.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(answer.text)
    titles = [entry.findtext(f"{atom}title") for entry in feed.iter(f"{atom}entry")]
    assert titles[0] == f"Done: {builders.MODEL}"
    assert len(titles) == len(record.events(submission.id))
    ids = [entry.findtext(f"{atom}id") for entry in feed.iter(f"{atom}entry")]
    assert len(set(ids)) == len(ids)
    page = page_of(record, submission.id)
    assert f'href="/submissions/{submission.id}.atom"' in page


def test_what_is_not_there_is_a_page_that_says_so(record: Record) -> None:
    client = TestClient(scenes.app_of(record))
    for path in ("/submissions/000000000000", "/submissions/000000000000.atom"):
        assert client.get(path).status_code == 404
    assert client.get("/api/v1/submissions/000000000000").json()["error"]["code"] == "not_found"
