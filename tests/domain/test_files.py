"""Which files of a repository count, and the identity that their hashes make."""

from __future__ import annotations

from types import SimpleNamespace

from leaderboard.domain import RepoFile, content_hash, weights_identity
from leaderboard.domain.files import fetched


def file(sha256: str | None = None, blob_id: str | None = "blob") -> RepoFile:
    return RepoFile(1, sha256, blob_id)


def test_identity_is_the_weights_and_the_config_whatever_their_names_and_order() -> None:
    one = {"b.safetensors": file("y"), "a.safetensors": file("x"), "config.json": file(None, "c")}
    renamed = {"z.safetensors": file("x"), "config.json": file(None, "c"), "1.safetensors": file("y")}
    assert weights_identity(one) == weights_identity({**renamed, "README.md": file()})
    assert weights_identity(one) == content_hash([["x", "y"], "c"])
    assert weights_identity(one) != weights_identity({**one, "config.json": file(None, "d")})
    pipeline = {"unet/a.safetensors": file("x"), "model_index.json": file(None, "c")}
    assert weights_identity(pipeline) == content_hash([["x"], "c"])


def test_small_weights_go_by_their_blob() -> None:
    assert weights_identity(
        {"a.safetensors": file(None, "b"), "config.json": file(None, "c")}
    ) == content_hash([["b"], "c"])


def test_what_is_not_known_makes_no_identity() -> None:
    config = {"config.json": file(None, "c")}
    assert weights_identity(config) is None
    assert weights_identity({"a.safetensors": file("x")}) is None
    assert weights_identity({"a.safetensors": file("x"), "b.safetensors": file(None, None), **config}) is None
    assert weights_identity({"a.safetensors": file("x"), "config.json": file(None, None)}) is None


def test_a_pipeline_is_fetched_once() -> None:
    names = ["model_index.json", "all.safetensors", "unet/m.safetensors", "unet/m.fp16.safetensors"]
    assert fetched(names) == ["model_index.json", "unet/m.safetensors"]


def test_only_what_is_safe_and_needed_is_fetched() -> None:
    names = ["model.safetensors", "config.json", "pytorch_model.bin", "onnx/config.json", "a.py", "vocab.txt"]
    assert fetched(names) == ["model.safetensors", "config.json", "vocab.txt"]


def test_what_the_hub_lists_of_a_file() -> None:
    large = SimpleNamespace(size=9, lfs=SimpleNamespace(sha256="s"), blob_id="b")
    small = SimpleNamespace(size=1, lfs=None, blob_id="c")
    assert RepoFile.of(large) == RepoFile(9, "s", "b")
    assert RepoFile.of(small) == RepoFile(1, None, "c")
