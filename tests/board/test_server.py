"""Whose word the server takes for who asks: a proxy's that was named, and nobody's else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from leaderboard.board.server import configured

FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("environ", "on_space", "peer", "seen"),
    [
        ({}, False, "127.0.0.1", "http 127.0.0.1"),
        ({"FORWARDED_ALLOW_IPS": ""}, False, "127.0.0.1", "http 127.0.0.1"),
        ({"FORWARDED_ALLOW_IPS": "127.0.0.1"}, False, "127.0.0.1", "https 203.0.113.9"),
        ({"FORWARDED_ALLOW_IPS": "127.0.0.1"}, False, "192.0.2.1", "http 192.0.2.1"),
        ({"FORWARDED_ALLOW_IPS": "192.0.2.1"}, False, "127.0.0.1", "http 127.0.0.1"),
        ({}, True, "192.0.2.1", "http 192.0.2.1"),
    ],
)
def test_a_clients_own_word_on_where_it_comes_from_is_not_taken(
    environ: Mapping[str, str], on_space: bool, peer: str, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    app = FastAPI()

    @app.get("/who")
    def who(request: Request) -> str:
        assert request.client
        return f"{request.url.scheme} {request.client.host}"

    config = configured(app, on_space=on_space, environ=environ)
    config.load()
    client = TestClient(config.loaded_app, base_url="http://127.0.0.1:7860", client=(peer, 5))
    assert client.get("/who", headers=FORGED).json() == seen
