"""Pull requests and Spaces of the loopback Hub, through the real client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError

from tests.fakes.hub import LoopbackHub

MODEL = "org/model"
SPACE = "starwatt/board"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub") as hub:
        hub.publish("model", MODEL, {"README.md": b"# Model\n"})
        yield hub


def api(hub: LoopbackHub, token: str) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=token)


def add(path: str, content: bytes) -> CommitOperationAdd:
    return CommitOperationAdd(path, content)


def test_a_reader_opens_a_pull_request_and_main_stays(hub: LoopbackHub) -> None:
    reader = api(hub, hub.read_token)
    made = reader.create_commit(
        MODEL, [add("new.txt", b"1")], commit_message="Add", commit_description="Why", create_pr=True
    )
    assert (made.pr_num, made.pr_revision) == (1, "refs/pr/1")
    assert "new.txt" not in reader.list_repo_files(MODEL)
    assert "new.txt" in reader.list_repo_files(MODEL, revision="refs/pr/1")
    found = list(
        reader.get_repo_discussions(
            MODEL, author="reader", discussion_type="pull_request", discussion_status="open"
        )
    )
    assert [(one.num, one.title, one.is_pull_request, one.status) for one in found] == [
        (1, "Add", True, "open")
    ]
    assert [ref.name for ref in reader.list_repo_refs(MODEL).branches] == ["main"]
    # Its author goes on with it; nobody else does, but for the operator.
    reader.create_commit(MODEL, [add("new.txt", b"2")], commit_message="More", revision="refs/pr/1")
    stranger = api(hub, hub.person("stranger", {}))
    with pytest.raises(HfHubHTTPError, match="no write access"):
        stranger.create_commit(MODEL, [add("new.txt", b"3")], commit_message="No", revision="refs/pr/1")
    with pytest.raises(HfHubHTTPError, match="no write access"):
        reader.create_commit(MODEL, [add("new.txt", b"3")], commit_message="No")


def test_closed_and_merged_ones_are_not_open(hub: LoopbackHub) -> None:
    operator = api(hub, hub.write_token)
    for name in ("a", "b"):
        operator.create_commit(MODEL, [add(name, b"1")], commit_message=name, create_pr=True)
    operator.change_discussion_status(MODEL, 1, "closed")
    operator.merge_pull_request(MODEL, 2)
    assert list(operator.get_repo_discussions(MODEL, discussion_status="open")) == []
    assert len(list(operator.get_repo_discussions(MODEL, discussion_status="closed"))) == 2
    assert operator.list_repo_files(MODEL) == [".gitattributes", "README.md", "b"]
    assert operator.get_discussion_details(MODEL, 1).status == "closed"


def test_roles_are_told_to_their_owner(hub: LoopbackHub) -> None:
    token = hub.person("ada", {"org": "admin", "other": "read"})
    orgs = api(hub, token).whoami()["orgs"]
    assert [(org["name"], org["roleInOrg"]) for org in orgs] == [("org", "admin"), ("other", "read")]


def test_a_space_keeps_variables_and_hides_secrets(hub: LoopbackHub) -> None:
    operator = api(hub, hub.write_token)
    operator.create_repo(SPACE, repo_type="space", space_sdk="gradio")
    operator.add_space_variable(SPACE, "STARWATT_DATASET", "starwatt/energy")
    operator.add_space_secret(SPACE, "HF_TOKEN", "hf_secret")
    assert operator.get_space_variables(SPACE)["STARWATT_DATASET"].value == "starwatt/energy"
    secrets = operator.get_space_secrets(SPACE)
    assert list(secrets) == ["HF_TOKEN"] and secrets["HF_TOKEN"].updated_at is not None
    assert "hf_secret" not in str(vars(secrets["HF_TOKEN"]))
    assert operator.get_space_runtime(SPACE).hardware == "cpu-basic"
    operator.request_space_hardware(SPACE, "cpu-upgrade")  # type: ignore[arg-type]
    assert operator.get_space_runtime(SPACE).requested_hardware == "cpu-upgrade"
    with pytest.raises(HfHubHTTPError):
        api(hub, hub.read_token).get_space_secrets(SPACE)
    with pytest.raises(HfHubHTTPError):
        operator.add_space_secret(SPACE, "not a name", "x")
