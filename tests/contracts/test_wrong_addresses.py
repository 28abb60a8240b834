"""Whatever is wrong with an address, its page says what and what to do, and so does its JSON twin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx2
import pytest

from tests.house import House, addresses
from tests.payloads import PAYLOADS

_JOB = "right-size?task=sentence-similarity"
UNKNOWN = (
    *("models/nobody/nothing", "runs/nothing", "submissions/nothing"),
    *("editions/nothing", "editions/nothing/compare/aies-2025-02", "editions/aies-2025-02/compare/nothing"),
    *("right-size?task=nothing", f"{_JOB}&hardware=nothing", f"{_JOB}&edition=nothing"),
    *("efficiency?task=nothing", "efficiency?edition=nothing"),
    *("compare?model=nobody/nothing", "compare?task=nothing", "compare?edition=nothing"),
    *("pareto?task=nothing", "pareto?hardware=nothing"),
    *("calculator?model=nobody/nothing", "calculator?edition=nothing"),
    "queue?hardware=nothing",
)
"""Page, and `/api/v1/` before it: 404 at both."""
MALFORMED = (
    *("right-size?quality_min=x", "right-size?memory_gb=-1", "right-size?queries_per_day=0"),
    *("efficiency?batch=x", "pareto?x=nothing", "calculator?queries_per_day=x", "calculator?pue=0.1"),
    "control?hardware=nothing",
)
"""The same with 400."""
VIEWS = {
    **dict.fromkeys(("task=nothing", "hardware=nothing", "edition=nothing", "protocol=nothing"), 404),
    **dict.fromkeys(("task=%3C", "hardware=A%20B", "edition=..", "model_class=Z", "reasoning=loud"), 400),
    **dict.fromkeys(("provenance=rumour", "licence=%3Cx%3E", "precision=%27", "configurations=x"), 400),
    **dict.fromkeys(("sort=nonsense", "sort=id", "order=sideways"), 400),
    **dict.fromkeys(("after=x", "after=%00", "after=eyJhIjoxfQ", "after=" + "A" * 2000), 400),
    **dict.fromkeys(
        ("params_min=x", "params_max=-1", "params_min=1e400", "params_min=9B&params_max=1B"), 400
    ),
    **dict.fromkeys(("q=" + "x" * 500, "q=%00", "q=%E2%80%AE"), 400),
}
"""What may be wrong with a view of the board, and what both its page and its API answer."""
NAMES = (
    *("task", "hardware", "edition", "protocol", "model_class", "reasoning", "provenance", "q", "licence"),
    *(
        "precision",
        "params_min",
        "params_max",
        "configurations",
        "sort",
        "order",
        "after",
        "limit",
        "x",
        "to",
    ),
    *("model", "theme", "scale", "memory_gb", "latency_s", "quality_min", "unknown", "queries_per_day"),
    *("mine", "subject", "done", "next", "development", "fits", "pue", "grid_intensity", "reveal"),
)
NONSENSE = ("\ufffe<'\"&", "9" * 400, "-1", "nan", "../..")
_EACH = 4
_PARAMETER = re.compile(r"\{(\w+)(?::path)?\}")


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=house.address, timeout=120, cookies=dict([house.cookie])) as opened:
        yield opened


def helps(answer: httpx2.Response, status: int) -> None:
    """The page says in its own words what is wrong, and where to go."""
    assert answer.status_code == status, answer.url
    assert answer.headers["content-type"].startswith("text/html")
    said = re.search(r"<main.*</main>", answer.text, re.S)
    assert said
    assert len(re.sub(r"<[^>]*>|\s+", " ", said[0]).strip()) > 40
    assert "<a " in said[0] or "<form" in said[0]
    assert "Traceback" not in answer.text


def tells(answer: httpx2.Response, status: int) -> None:
    """The twin says the same to programs."""
    assert answer.status_code == status, answer.url
    error = answer.json()["error"]
    assert all(error[name] for name in ("code", "message", "remedy")), error


@pytest.mark.parametrize(("where", "status"), [*((w, 404) for w in UNKNOWN), *((w, 400) for w in MALFORMED)])
def test_what_is_not_there_or_cannot_be_read(client: httpx2.Client, where: str, status: int) -> None:
    helps(client.get(f"/{where}"), status)
    tells(client.get(f"/api/v1/{where}"), status)


@pytest.mark.parametrize("query", VIEWS, ids=lambda query: query[:24])
def test_a_view_that_cannot_be(client: httpx2.Client, query: str) -> None:
    helps(client.get(f"/?{query}"), VIEWS[query])
    tells(client.get(f"/api/v1/ratings?{query}"), VIEWS[query])
    tells(client.get(f"/api/v1/ratings.csv?{query}"), VIEWS[query])


@pytest.mark.parametrize(
    "path", ["/nothing", "/r/nothing", "/desk/nothing", "/evidence/nothing.pdf", "/%ff", "/%00"]
)
def test_an_address_that_is_none(client: httpx2.Client, path: str) -> None:
    helps(client.get(path), 404)


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/gradio_api/nothing", "/api/v1/runs/%00/trace"])
def test_an_address_of_programs_that_is_none(client: httpx2.Client, path: str) -> None:
    tells(client.get(path), 404)


def test_no_address_breaks_by_what_stands_in_it(house: House, client: httpx2.Client) -> None:
    for path, methods in addresses.routes(house.app).items():
        names = _PARAMETER.findall(path)
        if "GET" in methods and names:
            for word in (*NONSENSE, PAYLOADS[0], "x" * 2000):
                asked = _PARAMETER.sub(quote(word, safe=""), path)
                whole(client.get(asked))


def test_no_address_breaks_by_what_is_asked_of_it(house: House, client: httpx2.Client) -> None:
    there = house.there
    tables = addresses.pages(there), addresses.STRANGERS, addresses.desk(there), addresses.files(there)
    firsts = [found[0] for table in tables for found in table.values()]
    for place, first in enumerate(firsts):
        path = first.partition("?")[0]
        for number in range(_EACH):
            # Each address meets some names, each name some nonsense, and all of them most of each other.
            name = NAMES[(place * _EACH + number) % len(NAMES)]
            word = NONSENSE[(place + number) % len(NONSENSE)]
            whole(client.get(path, params={name: word}))
        whole(client.get(path, params=[(name, "x" * 150) for name in NAMES]))


def whole(answer: httpx2.Response) -> None:
    """It was answered: with what was asked for, or with what is wrong; not by falling over."""
    # 503: the Hub that people sign in with cannot be reached here, and that is said.
    assert answer.status_code < 500 or "/sign-in" in str(answer.url), answer.url
    assert "Traceback" not in answer.text
