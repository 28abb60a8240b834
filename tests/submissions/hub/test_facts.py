"""Facts come from the Hub's API alone; what it says is read with care, what it refuses has a name."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub.hf_api import ModelInfo

from leaderboard.domain import HubUnavailable, NotFound, Refused
from submissions.hub.facts import ApiFacts, FixedFacts
from submissions.hub.listing import described
from tests import builders
from tests.fakes.hub import LoopbackHub, seed


def answer(**fields: Any) -> Any:
    """What the client makes of a model's JSON."""
    made: Any = ModelInfo
    return made(id="a/b", sha="0" * 40, **fields)


def test_a_bare_answer_is_enough() -> None:
    facts = described(answer())
    assert facts.params is None
    assert not facts.safetensors
    assert facts.weights_hash is None
    assert facts.licence is None


def test_a_licence_may_hide_in_a_tag_and_custom_code_too() -> None:
    info = answer(tags=["license:mit", "custom_code"])
    assert described(info).licence == "mit"
    assert described(info).remote_code


def test_the_fixed_hub_knows_what_it_was_given() -> None:
    hub = FixedFacts({"a/b": builders.facts("a/b")})
    assert hub.facts("a/b", None).repo_id == "a/b"
    assert hub.search("A/", 5) == ["a/b"]
    with pytest.raises(NotFound):
        hub.facts("a/b", "no-such-branch")


def test_nobody_there() -> None:
    with pytest.raises(HubUnavailable, match="did not answer"):
        ApiFacts("http://127.0.0.1:9").facts("a/b", None)


def test_out_of_reach_says_so_and_is_tried_once() -> None:
    tries = 0
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.MonkeyPatch.context() as patch:

        def connect(*_: Any, **__: Any) -> Any:
            nonlocal tries
            tries += 1
            raise ConnectionRefusedError

        patch.setattr(socket, "create_connection", connect)
        with pytest.raises(HubUnavailable, match=r"this machine does not reach 127\.0\.0\.1:\d+") as silent:
            ApiFacts(address).search("encoder", 5)
    assert tries == 1
    assert "HF_ENDPOINT" in silent.value.remedy
    assert "ConnectError" not in str(silent.value)


@pytest.mark.parametrize("body", [b'{"error": "busy"}', b"<html>", b'[{"id": 3}, 4, {"id": "a/b"}]'])
def test_a_search_answered_oddly(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(address: str, **_: Any) -> httpx2.Response:
        return httpx2.Response(200, content=body, request=httpx2.Request("GET", address))

    monkeypatch.setattr(httpx2, "get", get)
    if body.startswith(b"["):
        assert ApiFacts("http://127.0.0.1:9").search("a", 5) == ["a/b"]
    else:
        with pytest.raises(HubUnavailable, match="did not answer about the search"):
            ApiFacts("http://127.0.0.1:9").search("a", 5)


def test_against_a_hub(tmp_path: Path) -> None:
    with LoopbackHub(tmp_path) as hub:
        seed.seed(hub, only=["refused", "encoders", "tiny"])
        asked = ApiFacts(hub.endpoint)
        good = asked.facts("starwatt-demo/encoder-2x128", None)
        assert good.safetensors
        assert good.params
        assert good.weights_hash
        assert good.architectures == ("BertModel",)
        assert good.licence == "apache-2.0"
        assert asked.facts("starwatt-demo/encoder-2x128", good.sha) == good
        painter = asked.facts("starwatt-demo/stable-diffusion-tiny", None)
        assert painter.architectures == ("StableDiffusionPipeline",)
        assert painter.weights_hash
        assert asked.search("encoder-2x128", 5) == ["starwatt-demo/encoder-2x128"]
        assert not asked.facts("starwatt-demo/no-safetensors", None).safetensors
        assert asked.facts("starwatt-demo/remote-code", None).remote_code
        try:
            assert asked.facts("starwatt-demo/gated", None).gated
        except Refused as error:
            assert error.findings[0].name == "not-gated"
        with pytest.raises(NotFound, match="private"):
            asked.facts("starwatt-demo/private", None)
        with pytest.raises(NotFound, match="no revision"):
            asked.facts("starwatt-demo/encoder-2x128", "no-such-branch")
        with pytest.raises(NotFound, match="no public model"):
            asked.facts("starwatt-demo/nothing", None)
