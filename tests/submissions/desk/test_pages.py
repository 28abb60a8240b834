"""The desk's pages: what an operator sees, does by a small form, and is told when it cannot be done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from leaderboard.domain import Status
from leaderboard.record import Record
from submissions import pausing
from submissions.desk.act_forms import FORMS
from tests import builders
from tests.board.test_pages import Outline
from tests.submissions.desk.space import ADA_IS_HERE, LEASE_S, desk_space, queued

WHY = "The rack is <b>being</b> moved."
SHOWN = "The rack is &lt;b&gt;being&lt;/b&gt; moved."


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "data") as opened:
        opened.put_edition(builders.edition(), {}, [builders.rating()], "hash")
        yield opened


@pytest.fixture
def client(record: Record) -> Iterator[TestClient]:
    with desk_space(record) as opened:
        opened.headers.update(ADA_IS_HERE)
        yield opened


def assert_sound(html: str) -> None:
    """No id twice, every link within the page leads somewhere, nothing inline that the policy forbids."""
    page = Outline(html)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    jumps = {link["href"][1:] for link in page.all("a") if link.get("href", "").startswith("#")}
    assert jumps <= set(ids)
    assert not any("style" in a or any(name.startswith("on") for name in a) for _, a in page.tags)


def test_the_desk_with_everything_on_it(client: TestClient, record: Record) -> None:
    waits = queued(record, "org/waits", hardware="t4-16gb")
    failed = queued(record, "org/failed")
    record.saw_worker("rack-1", ["cpu"])
    claim = record.claim(["cpu"], "rack-1", LEASE_S)
    assert claim is not None
    record.append(failed, builders.event(Status.FAILED, message="Out <b>of</b> memory."), fence=claim.fence)
    client.post("/desk/pause", data={"hardware": "t4-16gb", "reason": WHY})
    client.post("/desk/drain", data={"machine": "rack-1", "reason": WHY})
    client.post("/desk/make-token", data={"machine": "rack-1", "hardware": "cpu", "reason": WHY})
    (row,) = record.edition_rows("dev-2026-11")
    client.post("/desk/dispute", data={"rating": row.id, "reason": WHY, "sure": "yes"})
    record.add_proposal(builders.proposal("dev-2026-11"))

    page = client.get("/desk")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.text.count(SHOWN) >= 5, "paused, draining, disputed, and each in the log"
    assert "<b>being</b>" not in page.text
    assert "Out &lt;b&gt;of&lt;/b&gt; memory." in page.text
    for link in (
        "/desk/resume?hardware=t4-16gb",
        "/desk/pause?hardware=cpu",
        "/desk/undrain?machine=rack-1",
        f"/desk/requeue?submission={failed}",
        f"/desk/withdraw?submission={failed}",
        f"/desk/withdraw-rating?rating={row.id}",
        "/desk/freeze?edition=dev-2026-11",
        "/desk/publish",
    ):
        assert f'href="{link}"' in page.text, link
    assert f'href="/submissions/{waits}"' not in page.text, "it is neither stuck nor over"
    assert_sound(page.text)


def test_each_act_has_a_form_that_asks_for_a_reason(client: TestClient) -> None:
    for name, form in FORMS.items():
        page = client.get(f"/desk/{name}")
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store"), name
        assert_sound(page.text)
        for field in form.fields:
            labelled = rf'<label for="{field.name}">.*?</label>\s*<(input|select) id="{field.name}"'
            assert re.search(labelled, page.text), (name, field.name)
        reason = re.search(r'<textarea id="reason"[^>]*>', page.text)
        assert reason is not None, name
        assert (" required" in reason[0]) == form.reason_needed, name
        assert ('name="sure"' in page.text) == bool(form.final), name


def test_what_cannot_be_undone_is_confirmed_first(client: TestClient, record: Record) -> None:
    final = [form for form in FORMS.values() if form.final]
    assert {"freeze", "withdraw", "revoke-token"} <= {form.name for form in final}
    for form in final:
        filled = {field.name: "dev-2026-11" for field in form.fields}
        answer = client.post(f"/desk/{form.name}", data={**filled, "reason": WHY})
        assert answer.status_code == 400, form.name
        assert "was not confirmed" in answer.text, form.name
    assert record.acts() == []


def test_a_link_fills_the_form_and_sending_it_does_the_act(client: TestClient, record: Record) -> None:
    page = client.get("/desk/pause", params={"hardware": "t4-16gb", "reason": "a link's reason"})
    assert "a link" not in page.text
    assert re.search(r'<option value="t4-16gb" selected>', page.text)
    answer = client.post("/desk/pause", data={"hardware": "t4-16gb", "reason": f" {WHY} "})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/desk?done=pause&to=t4-16gb",
    )
    assert pausing.paused(record) == {"t4-16gb": WHY}
    assert "Done: pause a hardware class: t4-16gb." in client.get(answer.headers["location"]).text
    assert "Done: pause a hardware class." in client.get("/desk?done=pause&to=what-a-link-says").text
    assert "Done" not in client.get("/desk?done=%3Cscript%3E").text
    (act,) = record.acts()
    assert (act.actor, act.actor_name, act.reason) == ("ada", "Ada", WHY)


@pytest.mark.parametrize(
    ("name", "values", "status", "words"),
    [
        ("pause", {"hardware": "", "reason": WHY}, 400, "Hardware class is missing."),
        ("pause", {"hardware": "cpu", "reason": "  "}, 400, "The reason is missing."),
        ("pause", {"hardware": "abacus", "reason": WHY}, 404, "no hardware class"),
        ("drain", {"machine": "a b", "reason": WHY}, 400, "is no machine"),
        ("make-token", {"machine": "a b", "hardware": "cpu", "reason": WHY}, 400, "is no machine"),
        ("requeue", {"submission": "nothing", "reason": WHY}, 404, "no submission"),
        ("requeue", {"submission": "x" * 3000, "reason": WHY}, 400, "too long"),
        ("withdraw-rating", {"rating": "0" * 10, "reason": WHY, "sure": "yes"}, 404, "no rating"),
        ("freeze", {"edition": "dev-2026-11", "reason": WHY, "sure": "yes"}, 400, "ten reference models"),
        ("revoke-token", {"token": "x", "reason": WHY, "sure": "yes"}, 404, "No runner has a token"),
        ("decline", {"proposal": "x", "reason": WHY, "sure": "yes"}, 404, "no proposal"),
        (
            "open",
            {"edition": "No Good", "after": "dev-2026-11", "reason": WHY, "sure": "yes"},
            400,
            "is no edition",
        ),
    ],
)
def test_what_cannot_be_done_is_said_on_the_form_and_nothing_typed_is_lost(
    client: TestClient, name: str, values: dict[str, str], status: int, words: str
) -> None:
    answer = client.post(f"/desk/{name}", data=values)
    assert answer.status_code == status
    assert words in answer.text
    assert 'role="alert"' in answer.text
    if values["reason"].strip():
        assert SHOWN in answer.text
    typed = next(
        (value for field, value in values.items() if field not in ("reason", "sure", "hardware")), ""
    )
    if typed and len(typed) < 100 and name != "freeze":
        assert f'value="{typed}"' in answer.text


def test_files_and_unknown_acts(client: TestClient, record: Record) -> None:
    answer = client.post("/desk/pause", files={"hardware": ("x", b"cpu")}, data={"reason": WHY})
    assert (answer.status_code, record.acts()) == (400, [])
    assert client.get("/desk/nonsense").status_code == 404
    assert client.post("/desk/nonsense", data={"reason": WHY}).status_code == 404


def test_a_token_is_shown_once(client: TestClient) -> None:
    wanted = {"machine": "rack-1", "hardware": "t4-16gb", "reason": WHY}
    made = client.post("/desk/make-token", data=wanted)
    assert made.status_code == 303
    page = client.get(made.headers["location"])
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    secret = re.search(r"sw_runner_[\w-]+", page.text)
    assert secret is not None
    assert page.text.count(secret[0]) == 1, "in no command line"
    claim = {"machine": "rack-1", "hardware": ["t4-16gb"], "harness": "0.1.0"}
    headers = {"Authorization": f"Bearer {secret[0]}"}
    assert client.post("/api/v1/runner/claim", json=claim, headers=headers).status_code == 204
    assert secret[0] not in client.get("/desk").text
    assert_sound(page.text)
    # A reload makes no other, and does not show this one again.
    again = client.get(made.headers["location"])
    assert (again.status_code, again.headers["location"]) == (303, "/desk?done=make-token#tokens")
    assert client.get("/desk").text.count("/desk/revoke-token?token=") == 1


def test_the_log_is_narrowed_by_subject(client: TestClient, record: Record) -> None:
    submission_id = queued(record)
    client.post("/desk/pause", data={"hardware": "t4-16gb", "reason": WHY})
    client.post("/desk/withdraw", data={"submission": submission_id, "reason": "Spam.", "sure": "yes"})
    client.post("/desk/requeue", data={"submission": submission_id, "reason": "By mistake."})
    everything = client.get("/desk/log").text
    assert SHOWN in everything
    assert f'href="/submissions/{submission_id}"' in everything
    some = client.get("/desk/log", params={"subject": submission_id}).text
    assert SHOWN not in some
    assert "Spam." in some
    assert "cannot become queued" in some, "a refused act says why"
    assert "Nothing was done to" in client.get("/desk/log", params={"subject": "<i>"}).text
    listed = client.get("/api/v1/desk/acts", params={"subject": submission_id}).json()["acts"]
    assert [(act["act"], bool(act["refused"])) for act in listed] == [("requeue", True), ("withdraw", False)]
    assert client.get("/api/v1/desk/acts", params={"limit": 0}).status_code == 422
    one = client.get("/api/v1/desk/acts", params={"limit": 1}).json()["acts"]
    assert [act["act"] for act in one] == ["requeue"]
