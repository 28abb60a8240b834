"""The loopback Hub through the real `huggingface_hub` client: what it keeps, and how it refuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    HfFileSystem,
    constants,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from tests.fakes.hub import Fault, LoopbackHub
from tests.fakes.hub.refused import one_tensor
from tests.fakes.hub.wire import Phase

# The client's own: it hands LFS uploads to its HTTP library under a deprecated name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

ROOT = Path(__file__).parents[2]
CARD = b"---\nlicense: mit\npipeline_tag: text-generation\ntags: [tiny]\n---\n# Card\n"


@pytest.fixture(scope="module", autouse=True)
def no_xet() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        yield


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub") as hub:
        yield hub


@pytest.fixture
def api(hub: LoopbackHub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=hub.write_token)


@pytest.fixture
def reader(hub: LoopbackHub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=hub.read_token)


def add(path: str, content: bytes) -> CommitOperationAdd:
    return CommitOperationAdd(path, content)


def fetch(
    api: HfApi, repo_id: str, path: str, cache: Path, kind: str = "model", revision: str = "main"
) -> bytes:
    got = hf_hub_download(
        repo_id,
        path,
        repo_type=kind,
        revision=revision,
        endpoint=api.endpoint,
        token=api.token,
        cache_dir=cache,
    )
    return Path(got).read_bytes()


def test_what_is_committed_and_tagged_is_read_back_byte_for_byte(api: HfApi, tmp_path: Path) -> None:
    contents = {
        "README.md": CARD,
        "empty.bin": b"",
        "a folder/ünïcode & 100%.txt": b"regular",
        "data/train.parquet": bytes(range(256)) * 9000,
        "big.txt": b"x" * 1_500_000,
    }
    api.create_repo("org/data", repo_type="dataset")
    operations = [add(path, content) for path, content in contents.items()]
    made = api.create_commit("org/data", operations, commit_message="First", repo_type="dataset")
    api.create_tag("org/data", tag="edition/2026-11", repo_type="dataset")
    api.create_commit("org/data", [add("README.md", b"later")], commit_message="Second", repo_type="dataset")

    at_tag = {
        path: fetch(api, "org/data", path, tmp_path / "cache", "dataset", "edition/2026-11")
        for path in contents
    }

    assert at_tag == contents
    assert fetch(api, "org/data", "README.md", tmp_path / "cache", "dataset") == b"later"
    refs = api.list_repo_refs("org/data", repo_type="dataset")
    assert {tag.name: tag.target_commit for tag in refs.tags} == {"edition/2026-11": made.oid}
    titles = [commit.title for commit in api.list_repo_commits("org/data", repo_type="dataset")]
    assert titles == ["Second", "First", "initial commit"]
    infos = {item.path: item for item in api.list_repo_tree("org/data", recursive=True, repo_type="dataset")}
    assert {path for path, item in infos.items() if getattr(item, "lfs", None)} == {
        "data/train.parquet",
        "big.txt",
    }


def test_state_is_there_again_after_a_restart(tmp_path: Path) -> None:
    with LoopbackHub(tmp_path / "hub") as hub:
        api = HfApi(endpoint=hub.endpoint, token=hub.write_token)
        api.create_repo("org/data", repo_type="dataset", private=True)
        made = api.create_commit("org/data", [add("a.txt", b"a")], commit_message="A", repo_type="dataset")
        token = hub.write_token
    with LoopbackHub(tmp_path / "hub") as hub:
        assert hub.write_token == token
        info = HfApi(endpoint=hub.endpoint, token=token).dataset_info("org/data")
        assert (info.sha, info.private) == (made.oid, True)


def test_a_stale_parent_is_a_412_and_changes_nothing(api: HfApi) -> None:
    api.create_repo("org/data", repo_type="dataset")
    start = str(api.dataset_info("org/data").sha)
    first = api.create_commit(
        "org/data", [add("a", b"1")], commit_message="A", repo_type="dataset", parent_commit=start
    )
    with pytest.raises(HfHubHTTPError) as refused:
        api.create_commit(
            "org/data", [add("a", b"2")], commit_message="B", repo_type="dataset", parent_commit=start
        )
    assert refused.value.response.status_code == 412
    assert api.dataset_info("org/data").sha == first.oid


def test_of_writers_with_the_same_parent_one_wins(api: HfApi) -> None:
    api.create_repo("org/data", repo_type="dataset")
    start = str(api.dataset_info("org/data").sha)

    def write(number: int) -> int:
        try:
            api.create_commit(
                "org/data",
                [add(f"{number}.txt", b"%d" % number)],
                commit_message=str(number),
                repo_type="dataset",
                parent_commit=start,
            )
        except HfHubHTTPError as refused:
            return refused.response.status_code
        return 200

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(write, range(4))) == [200, 412, 412, 412]


def test_files_and_folders_are_deleted_and_copied(api: HfApi, tmp_path: Path) -> None:
    api.create_repo("org/model")
    weights = one_tensor(4, 4)
    kept = {"a/1.txt": b"1", "a/2.txt": b"2", "b.txt": b"b", "w.safetensors": weights}
    start = [add(path, content) for path, content in kept.items()]
    api.create_commit("org/model", start, commit_message="Start")
    changes: list[CommitOperationDelete | CommitOperationCopy] = [
        CommitOperationDelete("a/"),
        CommitOperationDelete("b.txt"),
        CommitOperationCopy("w.safetensors", "copy.safetensors"),
    ]
    api.create_commit("org/model", changes, commit_message="Change")
    assert set(api.list_repo_files("org/model")) == {".gitattributes", "w.safetensors", "copy.safetensors"}
    assert fetch(api, "org/model", "copy.safetensors", tmp_path) == weights
    with pytest.raises(EntryNotFoundError):
        api.create_commit("org/model", [CommitOperationDelete("b.txt")], commit_message="Again")


def test_repositories_are_made_once_listed_changed_and_deleted(api: HfApi, reader: HfApi) -> None:
    assert api.whoami()["auth"]["accessToken"]["role"] == "write"
    for name in ("one", "two", "three"):
        api.create_repo(f"org/{name}")
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_repo("org/one")
    assert api.create_repo("org/one", exist_ok=True).repo_id == "org/one"
    assert api.create_repo("space", repo_type="space", space_sdk="gradio").repo_id == "starwatt/space"
    api.update_repo_settings("org/two", private=True)
    assert [model.id for model in reader.list_models(author="org")] == ["org/one", "org/three"]
    assert [model.id for model in api.list_models(search="t")] == ["org/three", "org/two"]
    assert len(list(api.list_models(limit=1))) == 1
    api.delete_repo("org/one")
    assert not api.repo_exists("org/one")
    with pytest.raises(HfHubHTTPError, match="403"):
        reader.create_repo("org/four")
    answer = httpx2.post(
        f"{api.endpoint}/api/repos/create",
        json={"name": "..", "organization": ".."},
        headers={"Authorization": f"Bearer {api.token}"},
    )
    assert answer.status_code == 400


def test_long_listings_come_in_pages(hub: LoopbackHub, api: HfApi) -> None:
    hub.publish("dataset", "org/data", {f"{n // 100}/{n}.txt": b"%d" % n for n in range(1100)})
    files = list(api.list_repo_tree("org/data", recursive=True, repo_type="dataset"))
    assert len({item.path for item in files}) == len(files) == 1100 + 11 + 1
    folder = list(api.list_repo_tree("org/data", "3", expand=True, repo_type="dataset"))
    assert len(folder) == 100
    assert all(item.last_commit for item in folder)


def test_what_is_not_there_or_not_allowed_is_the_client_s_own_exception(
    hub: LoopbackHub, api: HfApi, reader: HfApi, tmp_path: Path
) -> None:
    for name in ("open", "gated", "private"):
        api.create_repo(f"org/{name}", private=name == "private")
        api.create_commit(f"org/{name}", [add("config.json", b"{}")], commit_message="Start")
    api.update_repo_settings("org/gated", gated="manual")
    anonymous = HfApi(endpoint=hub.endpoint, token=False)

    for caller in (reader, anonymous):
        with pytest.raises(GatedRepoError):
            fetch(caller, "org/gated", "config.json", tmp_path / "cache")
        assert caller.model_info("org/gated").gated == "manual"
        for name in ("private", "missing"):
            with pytest.raises(RepositoryNotFoundError) as refused:
                caller.model_info(f"org/{name}")
            assert not isinstance(refused.value, GatedRepoError)
    with pytest.raises(RevisionNotFoundError):
        api.model_info("org/open", revision="no-such-branch")
    with pytest.raises(EntryNotFoundError):
        fetch(api, "org/open", "no-such-file", tmp_path / "cache")
    assert fetch(api, "org/gated", "config.json", tmp_path / "operator") == b"{}"
    assert fetch(api, "org/private", "config.json", tmp_path / "operator") == b"{}"
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        HfApi(endpoint=hub.endpoint, token="hf_unknown").whoami()


def test_model_facts_come_from_the_files(api: HfApi) -> None:
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "auto_map": {"A": "b.C"}}
    api.create_repo("org/model")
    files = {
        "README.md": CARD,
        "config.json": json.dumps(config).encode(),
        "model.safetensors": one_tensor(3, 5),
        "not-weights/model.safetensors": b"something else",
    }
    api.create_commit("org/model", [add(*file) for file in files.items()], commit_message="Model")
    info = api.model_info("org/model", files_metadata=True)
    assert info.safetensors is not None
    assert (info.safetensors.parameters, info.safetensors.total) == ({"F32": 15}, 15)
    assert info.config == config
    assert (info.library_name, info.pipeline_tag, info.gated) == ("transformers", "text-generation", False)
    assert info.card_data is not None
    assert info.card_data.license == "mit"
    assert {"tiny", "license:mit", "safetensors", "custom_code"} <= set(info.tags or [])
    weights = {item.rfilename: item for item in info.siblings or []}["model.safetensors"]
    assert weights.lfs is not None
    assert weights.lfs.size == weights.size == len(one_tensor(3, 5))
    assert api.get_safetensors_metadata("org/model").parameter_count == {"F32": 15}
    with pytest.raises(ValueError, match="Invalid metadata"):
        api.create_commit("org/model", [add("README.md", b"---\n{[\n---\n")], commit_message="Card")


def test_files_are_read_by_range_and_as_a_file_system(hub: LoopbackHub, api: HfApi, tmp_path: Path) -> None:
    content = bytes(range(256)) * 64
    hub.publish("dataset", "org/data", {"data/one.parquet": content, "two.txt": b"two"})
    files = HfFileSystem(endpoint=hub.endpoint, token=hub.write_token, skip_instance_cache=True)
    assert sorted(files.glob("datasets/org/data/**/*.parquet")) == ["datasets/org/data/data/one.parquet"]
    with files.open("datasets/org/data/data/one.parquet", block_size=1000) as file:
        file.seek(5000)
        assert file.read(300) == content[5000:5300]
    answer = httpx2.get(
        f"{hub.endpoint}/datasets/org/data/resolve/main/two.txt", headers={"Range": "bytes=1-1"}
    )
    assert (answer.status_code, answer.content) == (206, b"w")
    folder = snapshot_download(
        "org/data", repo_type="dataset", endpoint=hub.endpoint, cache_dir=tmp_path / "c"
    )
    assert (Path(folder) / "data/one.parquet").read_bytes() == content


def test_lfs_objects_are_fetched_from_signed_addresses(hub: LoopbackHub, api: HfApi) -> None:
    weights = one_tensor(4, 4)
    hub.publish("model", "org/model", {"model.safetensors": weights})
    (info,) = api.get_paths_info("org/model", "model.safetensors")
    assert isinstance(info, RepoFile)
    assert info.lfs is not None
    batch = {"operation": "download", "objects": [{"oid": info.lfs.sha256, "size": info.lfs.size}]}
    answer = httpx2.post(f"{hub.endpoint}/org/model.git/info/lfs/objects/batch", json=batch).json()
    href = answer["objects"][0]["actions"]["download"]["href"]
    assert httpx2.get(href).content == weights
    assert httpx2.get(href[:-4] + "0000").status_code == 401


def test_bytes_that_do_not_match_their_promised_hash_are_not_kept(hub: LoopbackHub, api: HfApi) -> None:
    api.create_repo("org/model")
    headers = {"Authorization": f"Bearer {hub.write_token}"}
    batch = {"operation": "upload", "objects": [{"oid": "0" * 64, "size": 3}]}
    answer = httpx2.post(f"{hub.endpoint}/org/model.git/info/lfs/objects/batch", json=batch, headers=headers)
    href = answer.json()["objects"][0]["actions"]["upload"]["href"]
    assert httpx2.put(href, content=b"abc").status_code == 400
    assert httpx2.put(href[:-4] + "0000", content=b"abc").status_code == 401
    line = b'{"key": "lfsFile", "value": {"path": "x.bin", "algo": "sha256", "oid": "%s", "size": 3}}' % (
        b"0" * 64
    )
    answer = httpx2.post(f"{hub.endpoint}/api/models/org/model/commit/main", content=line, headers=headers)
    assert answer.status_code == 400
    assert api.list_repo_files("org/model") == [".gitattributes"]


def test_a_fault_before_stops_the_work_and_a_fault_after_loses_only_the_reply(
    hub: LoopbackHub, api: HfApi
) -> None:
    api.create_repo("org/data", repo_type="dataset")

    def fail(when: Phase, fault: Fault) -> None:
        def hook(method: str, path: str, phase: Phase) -> Fault | None:
            return fault if phase == when and "/commit/" in path else None

        hub.faults = hook

    def commit(path: str) -> None:
        api.create_commit("org/data", [add(path, b"x")], commit_message=path, repo_type="dataset")

    fail("before", Fault(503, {"Retry-After": "7"}))
    with pytest.raises(HfHubHTTPError) as refused:
        commit("before.txt")
    assert refused.value.response.headers["Retry-After"] == "7"
    fail("after", Fault(504))
    with pytest.raises(HfHubHTTPError):
        commit("after.txt")
    fail("after", Fault(0))
    with pytest.raises(httpx2.TransportError):
        commit("cut.txt")
    hub.faults = None
    assert set(api.list_repo_files("org/data", repo_type="dataset")) == {
        ".gitattributes",
        "after.txt",
        "cut.txt",
    }


def test_the_command_line_says_where_it_serves_and_ends_when_told(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-W", "error", "-m", "tests.fakes.hub", "--seed", "data"]
    command += ["--data", str(tmp_path / "hub"), "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        said = dict(running.stdout.readline().strip().split("=", 1) for _ in range(5))
        api = HfApi(endpoint=said["endpoint"], token=said["read_token"])
        assert api.dataset_info("AIEnergyScore/text_generation").author == "AIEnergyScore"
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 0
    assert json.loads(ready.read_text()) == said
