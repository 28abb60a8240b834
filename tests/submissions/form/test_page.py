"""The form as a person meets it: suggestions, checks as one types, the cost before the button."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

import app as composition
from leaderboard import board
from leaderboard.domain import HubUnavailable, ModelFacts
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions.form.fields import values_of
from submissions.form.suggestions import suggestions
from submissions.hub.facts import FixedFacts
from tests import builders
from tests.submissions import people

BODY = {"model": builders.MODEL, "task": "sentence-similarity", "hardware": "cpu"}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    with Record.open(tmp_path_factory.mktemp("form") / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def client(record: Record) -> Iterator[TestClient]:
    known = [
        builders.facts(),
        builders.facts("org/code", remote_code=True),
        *(builders.facts(f"org/model-{number}") for number in range(20)),
    ]
    hub = FixedFacts({facts.repo_id: facts for facts in known})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "ApiFacts", lambda *_: hub)
        patch.setattr(composition, "accounts_of", lambda *_: people.always(people.ADA))
        patch.setattr(board, "mount_gradio", lambda *_: None)
        settings = read_settings({"STARWATT_DATA": str(record.folder)})
        yield TestClient(composition.create_app(settings, record), base_url="http://127.0.0.1:7860")


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(20))


@pytest.fixture
def fresh(numbers: Iterator[int]) -> dict[str, str]:
    """A submission that nobody has made yet."""
    return {**BODY, "model": f"org/model-{next(numbers)}"}


def test_what_will_happen_stands_before_the_button(client: TestClient, record: Record) -> None:
    before = record.version
    page = client.post("/submit/check", data=BODY).text
    assert page.index("What will happen") < page.index(">Submit</button>")
    for text in (
        builders.sha()[:12],
        "91.6 MB",
        "It can be submitted",
        "none: it runs on a CPU",
        "not known",
    ):
        assert text in page
    assert record.version == before


def test_gpu_time_and_energy_are_ranges_with_their_source(client: TestClient) -> None:
    page = client.get("/submit/preview", params={**BODY, "hardware": "t4-16gb"}).text
    assert "of NVIDIA T4 16 GB" in page
    assert re.search(r"<dd>[\d.]+ to [\d.]+ Wh, an estimate</dd>", page)
    assert "20 to 100 % of the card&#39;s limit of 70 W" in page


def test_the_part_that_follows_typing_is_no_page(client: TestClient) -> None:
    part = client.get("/submit/preview", params=BODY)
    assert part.status_code == 200
    assert "<html" not in part.text
    unfinished = client.get("/submit/preview", params={"model": "sentence-tra"})
    assert unfinished.status_code == 200
    assert "once a model is named" in unfinished.text


def test_a_check_that_stands_against_it_shows_its_remedy_and_no_cost(client: TestClient) -> None:
    part = client.get("/submit/preview", params={**BODY, "model": "org/code"}).text
    assert "One check stands against it" in part
    assert "take <code>auto_map</code> out of config.json" in part
    assert "What it takes" not in part
    nowhere = client.get("/submit/preview", params={**BODY, "model": "org/nowhere"})
    assert (nowhere.status_code, "There is no public model" in nowhere.text) == (200, True)


def test_fitting_tasks_come_first_and_the_first_is_chosen_where_none_was(client: TestClient) -> None:
    part = client.get("/submit/preview", params={"model": builders.MODEL, "hardware": "cpu"}).text
    fit = part[part.index("Fit this model") : part.index("Made for other models")]
    assert '<option value="sentence-similarity" selected>' in fit
    assert "text-generation" not in fit
    known = re.search(r'name="fits" value="([^"]+)"', part)
    assert known is not None
    # A menu that is right already is not sent again: it may be open.
    again = client.get("/submit/preview", params={**BODY, "fits": known[1]}).text
    assert "<select" not in again
    assert "It can be submitted" in again


def test_a_link_fills_the_form(client: TestClient) -> None:
    page = client.get("/submit", params={"model": builders.MODEL, "task": "sentence-similarity"}).text
    assert f'value="{builders.MODEL}"' in page
    assert 'hx-trigger="load,' in page or "hx-trigger='load," in page


def test_suggestions_are_options(client: TestClient) -> None:
    options = client.get("/submit/models", params={"model": "sentence-transformers/all-minilm-l6"}).text
    assert f'<option value="{builders.MODEL}"></option>' in options
    assert client.get("/api/v1/suggestions", params={"q": "org/"}).json()["models"][0].startswith("org/")
    assert client.get("/api/v1/suggestions", params={"q": "x"}).json() == {"models": []}


def test_suggestions_do_without_the_hub(client: TestClient, record: Record) -> None:
    class Silent:
        account = ""

        def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
            raise HubUnavailable("No answer.")

        def search(self, text: str, limit: int) -> list[str]:
            raise HubUnavailable("No answer.")

    known = suggestions(record, Silent(), "Qwen3", 3)
    assert len(known) == 3
    assert all("qwen3" in name.lower() for name in known)
    assert suggestions(record, Silent(), "a\x00b") == []


@pytest.mark.parametrize("named", ["subject-acme", "acme"])
def test_a_submission_for_an_organisation(
    client: TestClient, record: Record, named: str, fresh: dict[str, str]
) -> None:
    page = client.get("/submit").text
    assert '<option value="subject-acme">acme</option>' in page
    answer = client.post("/submit", data={**fresh, "for": named}, follow_redirects=False)
    assert answer.status_code == 303
    submission = record.submission(answer.headers["location"].rsplit("/", 1)[-1])
    assert (submission.submitted_by, submission.owner, submission.owner_name) == (
        "subject-ada",
        "subject-acme",
        "acme",
    )


@pytest.mark.parametrize("named", ["", "ada", "subject-ada"])
def test_a_submission_for_oneself_has_no_other_owner(
    client: TestClient, record: Record, named: str, fresh: dict[str, str]
) -> None:
    told = client.post("/api/v1/submissions", json={**fresh, "for": named}).json()
    assert record.submission(told["id"]).owner == ""


@pytest.mark.parametrize("named", ["subject-evil", "evil", "ACME "])
def test_nobody_submits_for_an_organisation_that_is_not_theirs(
    client: TestClient, record: Record, named: str
) -> None:
    before = record.version
    answer = client.post("/api/v1/submissions", json={**BODY, "for": named})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert "acme" in answer.json()["error"]["remedy"]
    page = client.post("/submit", data={**BODY, "for": named})
    assert page.status_code == 403
    assert record.version == before


def test_the_same_again_links_to_the_first(client: TestClient, fresh: dict[str, str]) -> None:
    first = client.post("/api/v1/submissions", json=fresh).json()
    part = client.get("/submit/preview", params=fresh).text
    assert f'href="{first["url"]}"' in part
    refused = client.post("/submit", data=fresh)
    assert refused.status_code == 422
    assert f'href="{first["url"]}"' in refused.text


def test_control_characters_do_not_reach_the_page(
    client: TestClient, record: Record, fresh: dict[str, str]
) -> None:
    told = client.post("/api/v1/submissions", json={**fresh, "note": "a\x00b\x1b[31m\nc"}).json()
    assert record.submission(told["id"]).note == "a b [31m\nc"


def test_an_address_out_of_the_browsers_line_is_a_model_too() -> None:
    pasted = values_of({"model": "https://huggingface.co/org/name/tree/main"})
    assert pasted["model"] == "org/name"
    assert values_of({"model": "org/name/more"})["model"] == "org/name/more"


@pytest.mark.parametrize("typed", ["no-organisation", "not a name", "a/b c", "a" * 152, "a/" + "b" * 300])
def test_check_first_says_at_the_field_what_is_no_model(client: TestClient, typed: str) -> None:
    page = client.post("/submit/check", data={"model": typed}).text
    assert "is not a model id" in problem(page)
    assert 'aria-invalid="true"' in page
    # Nothing is fetched as soon as the page stands: it would wipe what was just said.
    assert 'hx-trigger="load' not in page and "hx-trigger='load" not in page
    # And nothing of it was cut.
    assert f'value="{typed}"' in page


@pytest.mark.parametrize("typed", ["", "sentence-tra", "no-organisation/", "a" * 152])
def test_nobody_is_told_off_in_the_middle_of_a_word(client: TestClient, typed: str) -> None:
    assert problem(client.get("/submit/preview", params={"model": typed}).text) == ""


@pytest.mark.parametrize("typed", ["not a name", "a/b c", "a/b/c", "a/../b", "<b>/x y"])
def test_a_name_that_can_be_judged_is_judged_as_one_types(client: TestClient, typed: str) -> None:
    part = client.get("/submit/preview", params={"model": typed}).text
    assert "is not a model id" in problem(part)
    assert 'id="model-problem" aria-live="polite" hx-swap-oob="true"' in part
    assert problem(client.get("/submit/preview", params=BODY).text) == ""


def problem(page: str) -> str:
    """What stands under the field of the model."""
    found = re.search(r'<p class="problem" id="model-problem"[^>]*>(.*?)</p>', page)
    assert found is not None
    return found[1]
