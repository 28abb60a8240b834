"""Reference models against what the Hub says about them: one request each, nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from leaderboard import references
from leaderboard.domain import Cell, model_class

TIMEOUT_S = 15.0
GIVE_UP_AFTER = 3
"""Requests in a row without an answer: the Hub is not there, and two hundred time-outs help nobody."""


@dataclass(frozen=True)
class Answer:
    """What the Hub said about one model."""

    model: str
    params: int | None
    """Total parameters in the safetensors headers; None: not told, as for pipelines of several parts."""
    problems: tuple[str, ...]
    """Why it cannot stand as a reference model; empty: it can."""


def by_model(cells: Mapping[Cell, Collection[str]]) -> dict[str, list[Cell]]:
    """Model → the cells that list it: each is asked about once."""
    found: dict[str, list[Cell]] = {}
    for cell, models in cells.items():
        for model in models:
            found.setdefault(model, []).append(cell)
    return found


def confirm(
    models: Mapping[str, Collection[Cell]], endpoint: str | None, tell: Callable[[int, int], None]
) -> list[Answer]:
    """Ask the Hub about every model, without a token: what only a token could see, no runner fetches.

    Args:
        models: with the cells that list them.
        endpoint: None for the public Hub.
        tell: called before each request with how many were asked, of how many.
    """
    from huggingface_hub import HfApi

    api = HfApi(endpoint=endpoint, token=False)
    answers: list[Answer] = []
    silent = 0
    for number, (model, cells) in enumerate(models.items()):
        tell(number, len(models))
        if silent >= GIVE_UP_AFTER:
            answers.append(Answer(model, None, ("not asked: the Hub does not answer",)))
            continue
        answer, answered = _ask(api, model, cells)
        silent = 0 if answered else silent + 1
        answers.append(answer)
    tell(len(models), len(models))
    return answers


def _ask(api: Any, model: str, cells: Collection[Cell]) -> tuple[Answer, bool]:
    import httpx2
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    try:
        info = api.model_info(model, timeout=TIMEOUT_S)
    # To the client a gated model is a missing one too, so it is caught first.
    except GatedRepoError:
        return Answer(model, None, ("gated",)), True
    except RepositoryNotFoundError:
        return Answer(model, None, ("not there, or private",)), True
    except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        return Answer(model, None, (f"the Hub did not answer ({type(error).__name__})",)), False
    params = info.safetensors.total if info.safetensors else None
    return Answer(model, params, tuple(problems(model, info, cells))), True


def problems(model: str, info: Any, cells: Collection[Cell]) -> list[str]:
    """What speaks against a model of which the Hub tells `info` (a `huggingface_hub.ModelInfo`)."""
    files = [sibling.rfilename for sibling in info.siblings or []]
    params = info.safetensors.total if info.safetensors else None
    found = []
    if info.id != model:
        found.append(f"called {info.id} now")
    if info.private:
        found.append("private")
    if info.gated:
        found.append("gated")
    if not any(name.endswith(".safetensors") for name in files):
        found.append("no safetensors")
    if "auto_map" in (info.config or {}) or "custom_code" in (info.tags or ()):
        found.append("needs code of its own")
    if params is not None:
        found += _size_problems(params, cells)
    return found


def _size_problems(params: int, cells: Collection[Cell]) -> list[str]:
    belongs = model_class(params)
    wrong = sorted({cell.model_class for cell in cells} - {"", belongs})
    found = [f"class {belongs}, and not {listed} as listed" for listed in wrong]
    for hardware in dict.fromkeys(cell.hardware for cell in cells):
        if not references.fits(params, hardware):
            found.append(f"{params / 1e9:.3g} B parameters leave no room on {hardware}")
    return found
