"""Which methods an address of ours takes, for whoever comes with another one.

The app's own router would say so, if nothing stood behind our routes. But Gradio takes every path that is
left, and an address of ours that is asked in the wrong way would be answered as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

Taken = Sequence[tuple[re.Pattern[str], frozenset[str]]]


def taken_by(app: FastAPI) -> Taken:
    """Every route that is there now: what its address looks like, and the methods it takes."""
    found = []
    for route in iter_route_contexts(app.routes):
        methods = getattr(route, "methods", None)
        if methods and route.path:
            found.append((compile_path(route.path)[0], frozenset(methods)))
    return found


def not_here(taken: Taken, path: str) -> HTTPException:
    """The answer where no route took a request: 405 with `Allow` at an address of ours, else 404."""
    allowed = {method for pattern, methods in taken if pattern.fullmatch(path) for method in methods}
    if allowed:
        return HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
    return HTTPException(404)
