"""`propose`, from the record to a pull request on a loopback Hub, with the Hub's own client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from huggingface_hub import HfApi, constants

from leaderboard.__main__ import main
from leaderboard.domain import EditionStatus, Forbidden, NotFound, Provenance
from leaderboard.publish.model_repository import TITLE, ModelRepository
from leaderboard.publish.speaking import HubIdentities, KnownIdentities, Person, may_speak_for
from leaderboard.record import Record
from tests import builders
from tests.fakes.hub import LoopbackHub
from tests.publish import records
from tests.publish.test_eval_results import FROZEN, MODEL, SITE, row

CARD = "---\nlicense: mit\n---\n# Model\n\nWhat it does.\n"
FILE = ".eval_results/starwatt-2026-11.yaml"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with LoopbackHub(tmp_path / "hub") as hub:
        other = b"- dataset: {id: a/b, task_id: c}\n  value: 1\n"
        hub.publish("model", MODEL, {"README.md": CARD.encode(), ".eval_results/gpqa.yaml": other})
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setenv("HF_TOKEN", hub.write_token)
        monkeypatch.setenv("STARWATT_DATASET", "starwatt/energy")
        monkeypatch.setenv("STARWATT_DATA", str(tmp_path / "data"))
        yield hub


@pytest.fixture(autouse=True)
def record(tmp_path: Path) -> None:
    with Record.open(tmp_path / "data") as record:
        records.put(record, FROZEN, [row()])


@pytest.fixture
def owner(hub: LoopbackHub, tmp_path: Path) -> Path:
    """A file with the token of an admin of the model's organisation."""
    file = tmp_path / "owner"
    file.write_text(hub.person("ada", {"Org": "admin"}) + "\n")
    return file


def propose(*more: object) -> int:
    return main(["propose", MODEL, "--site", SITE + "/", *map(str, more)])


def text_at(hub: LoopbackHub, path: str, revision: str = "refs/pr/1") -> str:
    repo = hub.store.repo("model", MODEL)
    return hub.store.blobs.read(hub.store.at(repo, revision).files[path].sha256).decode()


def open_requests(hub: LoopbackHub) -> list[int]:
    api = HfApi(endpoint=hub.endpoint, token=hub.write_token)
    return [one.num for one in api.get_repo_discussions(MODEL, discussion_status="open")]


def test_the_preview_is_the_change_and_changes_nothing(
    hub: LoopbackHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert propose("--preview") == 0
    diff = capsys.readouterr().out
    assert "+++ b/README.md" in diff and f"+++ b/{FILE}" in diff
    assert "\n-" not in diff.replace("\n--- ", "")
    assert open_requests(hub) == []
    assert propose("--on-request-of", "Ada") == 0
    added = [line[1:] for line in diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
    after = Counter(text_at(hub, "README.md").splitlines() + text_at(hub, FILE).splitlines())
    assert Counter(added) == after - Counter(CARD.splitlines())


def test_an_owner_asks_and_asks_again(
    hub: LoopbackHub, owner: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert propose("--asker-token", owner) == 0
    assert capsys.readouterr().out == f"Opened {hub.endpoint}/{MODEL}/discussions/1\n"
    assert text_at(hub, "README.md", "main") == CARD
    assert text_at(hub, "README.md").startswith("---\nlicense: mit\n---\n# Model\n\n<!-- starwatt:begin")
    (entry,) = yaml.safe_load(text_at(hub, FILE))
    assert entry["value"] == 0.5 and entry["dataset"]["id"] == "starwatt/energy-ratings"
    said = hub.store.at(hub.store.repo("model", MODEL), "refs/pr/1")
    assert (
        said.title == TITLE and "Asked for by ada" in said.message and f"{SITE}/r/{row().id}" in said.message
    )

    assert propose("--asker-token", owner) == 0
    assert "pull request 1 says all this already" in capsys.readouterr().out

    with Record.open(tmp_path / "data") as record:
        records.put(record, FROZEN, [row(stars=5, stars_low=5, stars_high=5)])
    assert propose("--asker-token", owner) == 0
    assert capsys.readouterr().out == f"Renewed {hub.endpoint}/{MODEL}/discussions/1\n"
    assert open_requests(hub) == [1]
    assert "5 of 5 stars" in text_at(hub, FILE) and text_at(hub, "README.md").count("starwatt:begin") == 1


def test_once_merged_there_is_nothing_left_and_a_closed_one_is_not_renewed(
    hub: LoopbackHub, owner: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    api = HfApi(endpoint=hub.endpoint, token=hub.write_token)
    propose("--asker-token", owner)
    api.change_discussion_status(MODEL, 1, "closed")
    propose("--asker-token", owner)
    assert open_requests(hub) == [2]
    api.merge_pull_request(MODEL, 2)
    capsys.readouterr()
    assert propose("--asker-token", owner) == 0
    assert "Its page says all this already" in capsys.readouterr().out


def test_a_newer_edition_takes_the_place_of_the_older(hub: LoopbackHub, owner: Path, tmp_path: Path) -> None:
    hub.publish("model", MODEL, {".eval_results/starwatt-2026-05.yaml": b"[]\n"})
    assert propose("--asker-token", owner) == 0
    repo = hub.store.repo("model", MODEL)
    files = set(hub.store.at(repo, "refs/pr/1").files)
    assert files == {".gitattributes", "README.md", ".eval_results/gpqa.yaml", FILE}


def test_a_pull_request_of_somebody_else_is_left_alone(hub: LoopbackHub, owner: Path) -> None:
    from huggingface_hub import CommitOperationAdd

    HfApi(endpoint=hub.endpoint, token=hub.read_token).create_commit(
        MODEL, [CommitOperationAdd("x", b"x")], commit_message=TITLE, create_pr=True
    )
    assert propose("--asker-token", owner) == 0
    assert sorted(open_requests(hub)) == [1, 2]


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ({"org": "admin"}, True),
        ({"ORG": "write"}, True),
        ({"org": "contributor"}, False),
        ({"org": "read"}, False),
        ({"other": "admin"}, False),
        ({}, False),
    ],
)
def test_only_who_may_speak_for_the_organisation_may_ask(
    hub: LoopbackHub,
    tmp_path: Path,
    roles: dict[str, str],
    may: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "asker"
    file.write_text(hub.person("eve", roles))
    assert may_speak_for(HubIdentities(hub.endpoint).person(file.read_text()), "org") is may
    assert propose("--asker-token", file) == (0 if may else 2)
    assert bool(open_requests(hub)) is may
    if not may:
        assert "eve is neither org nor an admin or writer of it" in capsys.readouterr().err


def test_the_services_own_role_is_no_ones_request(
    hub: LoopbackHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert propose() == 2
    assert "starwatt is neither org" in capsys.readouterr().err
    assert open_requests(hub) == []


def test_the_operators_word_is_told_in_the_pull_request(hub: LoopbackHub) -> None:
    assert propose("--on-request-of", "Ada of Org") == 0
    said = hub.store.at(hub.store.repo("model", MODEL), "refs/pr/1").message
    assert "The operator of this board states that Ada of Org asked for it." in said


def test_a_persons_own_models_are_theirs() -> None:
    people = KnownIdentities({"t": Person("Ada", {"org": "read"})})
    assert may_speak_for(people.person("t"), "ada") and not may_speak_for(people.person("t"), "org")
    with pytest.raises(Forbidden):
        people.person("another")
    assert Person.of({"name": "x", "orgs": [{"name": "Org"}, {"name": "B", "roleInOrg": "write"}]}).roles == {
        "b": "write"
    }


def test_without_a_token_there_is_a_preview_and_no_more(
    hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert propose("--preview") == 0
    assert propose("--on-request-of", "Ada") == 2
    assert "Set HF_TOKEN" in capsys.readouterr().err


def test_what_does_not_fit_is_said_and_nothing_is_asked(
    hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["propose", MODEL, "--site", "starwatt.example"]) == 2
    assert propose("--asker-token", tmp_path / "none") == 2
    assert main(["propose", "nonsense", "--site", SITE]) == 2
    monkeypatch.setenv("HF_TOKEN", "hf_nobody")
    assert propose("--on-request-of", "Ada") == 2
    monkeypatch.delenv("STARWATT_DATASET")
    assert propose("--preview") == 2
    said = capsys.readouterr().err
    for part in (
        "not the address of a board",
        "cannot be read",
        "not a model id",
        "HF_TOKEN",
        "STARWATT_DATASET",
    ):
        assert part in said
    assert open_requests(hub) == []


def test_estimates_never_reach_the_hub(
    hub: LoopbackHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    hub.faults = lambda method, path, when: asked.append(path)
    estimated = builders.rating("org/guess", provenance=Provenance.ESTIMATED)
    with Record.open(tmp_path / "data") as record:
        records.put(record, builders.edition(status=EditionStatus.FROZEN), [estimated])
    assert main(["propose", "org/guess", "--site", SITE, "--on-request-of", "Ada"]) == 2
    assert "estimated figures never leave" in capsys.readouterr().err
    assert asked == []


def test_a_cards_control_signs_are_shown_and_not_obeyed(
    hub: LoopbackHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.publish("model", MODEL, {"README.md": b"# M\x1b[2J\n"})
    assert propose("--preview") == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said and "\\x1b[2J" in said


def test_a_card_without_a_readable_text_and_a_missing_model(
    hub: LoopbackHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.publish("model", MODEL, {"README.md": b"\xff\xfe"})
    assert propose("--preview") == 2
    assert "not UTF-8" in capsys.readouterr().err
    with pytest.raises(NotFound):
        ModelRepository(hub.endpoint, hub.write_token).look("org/none")
