"""What a Space has besides its files: variables, secrets that nobody can read back, hardware."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter

from .asked import Asked, BodyJson, TheAsked
from .refusals import Malformed, RepoNotFound
from .store import now

routes = APIRouter()
SPACE = "/api/{plural}/{ns}/{name}"


@routes.get(SPACE + "/variables")
def variables(asked: TheAsked) -> dict[str, Any]:
    """Every variable with its value."""
    found: dict[str, Any] = _kept(asked)["variables"]
    return found


@routes.post(SPACE + "/variables")
def set_variable(asked: TheAsked, body: BodyJson) -> dict[str, Any]:
    """Set one; returns all."""
    found: dict[str, Any] = _set(asked, "variables", body)["variables"]
    return found


@routes.get(SPACE + "/secrets")
def secrets(asked: TheAsked) -> dict[str, Any]:
    """The keys of the secrets and when each was set; never a value."""
    return {
        key: {name: value for name, value in secret.items() if name != "value"}
        for key, secret in _kept(asked)["secrets"].items()
    }


@routes.post(SPACE + "/secrets")
def set_secret(asked: TheAsked, body: BodyJson) -> dict[str, Any]:
    """Set one."""
    _set(asked, "secrets", body)
    return {}


@routes.get(SPACE + "/runtime")
def runtime(asked: TheAsked) -> dict[str, Any]:
    """The state and the hardware; cpu-basic until something else was asked for."""
    _space(asked)
    wanted = _kept(asked)["hardware"]
    hardware = {"current": wanted or "cpu-basic", "requested": wanted}
    return {"stage": "RUNNING", "hardware": hardware, "gcTimeout": 172800}


@routes.post(SPACE + "/hardware")
def set_hardware(asked: TheAsked, body: BodyJson) -> dict[str, Any]:
    """Ask for other hardware."""
    kept = _kept(asked.writable())
    kept["hardware"] = str(body["flavor"])
    _keep(asked, kept)
    return runtime(asked)


def _set(asked: Asked, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    kept = _kept(asked.writable())
    key, value = body.get("key"), body.get("value")
    if not isinstance(key, str) or not key.isidentifier() or not isinstance(value, str) or not value:
        raise Malformed("A key is a name, a value is text that is not empty")
    kept[kind][key] = {"value": value, "updatedAt": now()}
    _keep(asked, kept)
    return kept


def _space(asked: Asked) -> None:
    if asked.repo.kind != "space":
        raise RepoNotFound


def _kept(asked: Asked) -> dict[str, Any]:
    _space(asked)
    # Who may write it sees what the Space was told, and nobody else.
    asked.writable()
    file = asked.store.folder(asked.repo) / "space.json"
    kept: dict[str, Any] = {"variables": {}, "secrets": {}, "hardware": None}
    return kept | (json.loads(file.read_text("utf-8")) if file.exists() else {})


def _keep(asked: Asked, kept: dict[str, Any]) -> None:
    file = asked.store.folder(asked.repo) / "space.json"
    beside = file.with_suffix(".tmp")
    beside.write_text(json.dumps(kept), "utf-8")
    beside.replace(file)
