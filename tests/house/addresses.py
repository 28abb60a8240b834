"""An address, or several, of everything that can be read here, by route: pages, and files and data.

A route that is in neither table fails a test: whoever adds a page adds its address, and with it the page is
looked at by every test that looks at all pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from submissions.desk import act_forms
from tests import builders
from tests.house.furniture import EDITION, Furniture
from tests.payloads import PAYLOADS

Table = Mapping[str, tuple[str, ...]]

PLACE = f"edition={EDITION}&task=sentence-similarity&hardware=cpu"
_TWO = "model=google/gemma-3-1b-pt&model=Qwen/Qwen3-8B"


def pages(there: Furniture) -> Table:
    """HTML: route → addresses."""
    return {
        "/": ("/", f"/?{PLACE}", "/?task=gpqa&configurations=all", "/?q=nobody-has-this"),
        "/method": ("/method",),
        "/editions": ("/editions",),
        "/editions/{id}": (f"/editions/{EDITION}", "/editions/aies-2025-02"),
        "/editions/{a}/compare/{b}": ("/editions/aies-2025-02/compare/aies-2025-12",),
        "/models/{org}/{name}": ("/models/Qwen/Qwen3-14B", f"/models/{builders.MODEL}"),
        "/models/{name}": ("/models/" + quote(PAYLOADS[14], safe=""),),
        "/orgs": ("/orgs", "/orgs?q=nobody-is-called-so"),
        "/orgs/{org}": ("/orgs/Qwen", f"/orgs/{builders.MODEL.split('/')[0]}"),
        "/runs/{id}": (f"/runs/{there.run}",),
        "/control": ("/control", "/control?hardware=cpu"),
        "/right-size": ("/right-size", f"/right-size?{PLACE}"),
        "/efficiency": ("/efficiency", "/efficiency?task=lm-arena-chat"),
        "/compare": (
            "/compare",
            "/compare?model=Qwen/Qwen3-14B&model=Qwen/Qwen3-8B",
            f"/compare?{PLACE}&" + "&".join(f"model={quote(text, safe='')}" for text in PAYLOADS[:3]),
        ),
        "/pareto": ("/pareto", f"/pareto?{PLACE}"),
        "/calculator": ("/calculator", "/calculator?model=Qwen/Qwen3-14B&to=Qwen/Qwen3-8B"),
        "/faq": ("/faq",),
        "/api": ("/api",),
        "/procurement": ("/procurement",),
        "/submit": ("/submit", f"/submit?model={builders.MODEL}&note=%3Cb%3E"),
        "/submit/attested": ("/submit/attested",),
        "/submissions/{submission_id}": tuple(f"/submissions/{id}" for id in there.submissions[-3:]),
        "/queue": ("/queue", "/queue?mine=1"),
    }


STRANGERS: Table = {"/sign-in": ("/sign-in", "/sign-in?next=/queue")}
"""HTML for who is not signed in; others are led on."""


def desk(there: Furniture) -> Table:
    """HTML for an operator: route → addresses."""
    forms = tuple(f"/desk/{name}" for name in act_forms.FORMS)
    return {
        "/account": ("/account",),
        "/desk": ("/desk", "/desk?done=pause"),
        "/desk/log": ("/desk/log",),
        "/desk/{name}": (*forms, f"/desk/requeue?submission={there.failed}"),
    }


def files(there: Furniture) -> Table:
    """What is no page: route → addresses."""
    rating = next(iter(there.ratings.values()))
    model = quote(PAYLOADS[16], safe="")
    cell = f"{EDITION}/sentence-similarity/cpu"
    return {
        "/openapi.json": ("/openapi.json",),
        "/healthz": ("/healthz",),
        "/favicon.ico": ("/favicon.ico",),
        "/feed.atom": ("/feed.atom", f"/feed.atom?{PLACE}"),
        "/label/{edition}/{task}/{hardware}/{file:path}": (
            f"/label/{cell}/{model}.svg",
            f"/label/{cell}/{model}.png",
        ),
        "/badge/{edition}/{task}/{hardware}/{file:path}": (
            f"/badge/{cell}/{model}.svg",
            f"/badge/{cell}/{model}.json",
        ),
        "/charts/pareto/{form}": ("/charts/pareto/wide.json", "/charts/pareto/chart.svg"),
        "/charts/efficiency/{form}": ("/charts/efficiency/narrow.json?task=lm-arena-chat",),
        "/charts/control/{form}": ("/charts/control/data.csv",),
        "/charts/runs/{id}/{form}": (f"/charts/runs/{there.run}/data.csv",),
        "/metrics": ("/metrics",),
        "/evidence/{id}.pdf": (f"/evidence/{rating}.pdf",),
        "/r/{id}": (f"/r/{rating}",),
        "/submissions/{submission_id}.atom": (f"/submissions/{there.failed}.atom",),
        "/submissions/{submission_id}/events": (f"/submissions/{there.failed}/events",),
        "/submit/models": ("/submit/models?model=qwen",),
        "/submit/preview": ("/submit/preview?model=x",),
        "/sign-in/start": ("/sign-in/start",),
        "/sign-in/callback": ("/sign-in/callback?code=x&state=y",),
        "/api/v1/runner/submissions/{submission_id}/files/{name}": (
            f"/api/v1/runner/submissions/{there.failed}/files/run.json",
        ),
        "/api/v1/editions": ("/api/v1/editions",),
        "/api/v1/editions/{id}": (f"/api/v1/editions/{EDITION}",),
        "/api/v1/editions/{a}/compare/{b}": ("/api/v1/editions/aies-2025-02/compare/aies-2025-12",),
        "/api/v1/ratings": (f"/api/v1/ratings?{PLACE}",),
        "/api/v1/ratings.csv": (f"/api/v1/ratings.csv?{PLACE}",),
        "/api/v1/ratings.tex": (f"/api/v1/ratings.tex?{PLACE}",),
        "/api/v1/ratings.parquet": (f"/api/v1/ratings.parquet?{PLACE}",),
        "/api/v1/models/{org}/{name}": ("/api/v1/models/Qwen/Qwen3-14B",),
        "/api/v1/orgs": ("/api/v1/orgs",),
        "/api/v1/orgs/{org}": ("/api/v1/orgs/Qwen",),
        "/api/v1/runs/{id}": (f"/api/v1/runs/{there.run}",),
        "/api/v1/runs/{id}/trace": (f"/api/v1/runs/{there.run}/trace",),
        "/api/v1/runs/{id}/trace.parquet": (f"/api/v1/runs/{there.run}/trace.parquet",),
        "/api/v1/control": ("/api/v1/control",),
        "/api/v1/right-size": (f"/api/v1/right-size?{PLACE}",),
        "/api/v1/efficiency": ("/api/v1/efficiency?task=lm-arena-chat",),
        "/api/v1/compare": (f"/api/v1/compare?{_TWO}",),
        "/api/v1/pareto": (f"/api/v1/pareto?{PLACE}",),
        "/api/v1/calculator": ("/api/v1/calculator?model=Qwen/Qwen3-14B",),
        "/api/v1/summary.json": ("/api/v1/summary.json",),
        "/api/v1/me": ("/api/v1/me",),
        "/api/v1/suggestions": ("/api/v1/suggestions?q=qwen",),
        "/api/v1/submissions/{submission_id}": (f"/api/v1/submissions/{there.failed}",),
        "/api/v1/queue": ("/api/v1/queue",),
        "/api/v1/limits": ("/api/v1/limits",),
        "/api/v1/desk/overview": ("/api/v1/desk/overview",),
        "/api/v1/desk/acts": ("/api/v1/desk/acts",),
        "/api/v1/desk/proposals": ("/api/v1/desk/proposals",),
        "/api/v1/desk/tokens": ("/api/v1/desk/tokens",),
    }


def routes(app: FastAPI) -> dict[str, set[str]]:
    """Every address of our own with the methods it takes."""
    found: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        methods = getattr(route, "methods", None)
        if methods and route.path is not None:
            found.setdefault(route.path, set()).update(methods)
    return found


def all_of(*tables: Table) -> list[str]:
    """The addresses in them."""
    return [address for table in tables for addresses in table.values() for address in addresses]
