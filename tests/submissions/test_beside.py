"""The Space and its worker: nothing starts, and nothing is announced, on a port that is taken."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from leaderboard.domain import BadInput
from leaderboard.settings import read_settings
from submissions import beside


def test_a_taken_port_starts_neither_space_nor_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[object] = []
    monkeypatch.setattr("subprocess.Popen", lambda *given, **_: started.append(given))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = read_settings({"PORT": port, "STARWATT_DATA": str(tmp_path / "data")})
        with pytest.raises(BadInput, match="Cannot listen") as refused:
            beside.serve(settings, ["cpu"])
    assert "PORT=" in refused.value.remedy
    assert "STARWATT_DATA=" in refused.value.remedy
    assert not started
    assert capsys.readouterr().out == ""


def test_an_address_of_another_machine_is_not_called_taken(tmp_path: Path) -> None:
    settings = read_settings(
        {"HOST": "192.0.2.1", "STARWATT_ACCOUNTS": "single-user", "STARWATT_DATA": str(tmp_path / "data")}
    )
    with pytest.raises(BadInput, match="Cannot listen") as refused:
        beside.serve(settings, ["cpu"])
    assert "HOST=" in refused.value.remedy
