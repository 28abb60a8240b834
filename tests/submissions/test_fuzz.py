"""Whatever form and API are sent, they answer in words, as their document says, and nothing is half made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

import app as composition
from leaderboard import editions
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions.hub.facts import FixedFacts
from tests import builders

CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
GENTLY = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same cases at every run: a fault is found on the machine of whoever made it."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    with Record.open(tmp_path_factory.mktemp("fuzz") / "data") as opened:
        editions.load_catalogue(opened)
        yield opened


@pytest.fixture(scope="module")
def site(record: Record) -> Iterator[FastAPI]:
    known = [
        builders.facts(),
        builders.facts("org/gated", gated=True),
        builders.facts("org/writer", architectures=("LlamaForCausalLM",), model_type="llama", params=None),
        builders.facts("org/bare", architectures=(), model_type=None, fetched_files=0, weights_hash=None),
    ]
    hub = FixedFacts({facts.repo_id: facts for facts in known})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "ApiFacts", lambda *_: hub)
        yield composition.create_app(read_settings({"STARWATT_DATA": str(record.folder)}), record)


def operations(site: FastAPI) -> list[Any]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", site)
    found: list[Any] = [*schema.get_all_operations()]
    return [result.ok() for result in found]


def test_every_operation_answers_as_the_document_says(site: FastAPI, record: Record) -> None:
    found = operations(site)
    assert {"/api/v1/submissions", "/api/v1/submissions/preview", "/api/v1/ratings"} <= {
        operation.path for operation in found
    }
    statuses: Counter[int] = Counter()
    for operation in found:
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:

            @GENTLY
            @given(case=operation.as_strategy(generation_mode=mode))
            def answers(case: Any) -> None:
                before = len(record.submissions(limit=1000))
                response = case.call()
                statuses[response.status_code] += 1
                case.validate_response(response, checks=CHECKS)
                made = len(record.submissions(limit=1000)) - before
                assert made == (1 if (case.method, response.status_code) == ("POST", 202) else 0)

            try:
                answers()
            except Unsatisfiable:
                # Nothing that the document allows to be said there could be wrong.
                assert mode is GenerationMode.NEGATIVE
    assert statuses[200] > 20
    assert sum(statuses[code] for code in (400, 404, 422)) > 20


# Half of what is typed is nearly right: it gets past the first checks.
TYPED = {
    "model": (
        builders.MODEL,
        "org/gated",
        "org/writer",
        "org/bare",
        "org/nowhere",
        "one",
        "../../etc/passwd",
    ),
    "task": ("sentence-similarity", "text-generation", "reasoning", "image-generation", ""),
    "hardware": ("cpu", "t4-16gb", "h100-sxm-80gb", "abacus"),
    "revision": ("", "main", builders.sha(), "refs/pr/1", "a..b", "%2e%2e"),
    "precision": ("", "fp32", "int4", "fp7"),
    "protocol": ("offline-b1", "serving-b64", "offline-b1-30-steps", ""),
    "reasoning": ("off", "high", "often"),
    "note": ("", "<script>alert(1)</script>", "\x00\x07 bell", "é" * 600, "a\nb"),
    "for": ("", "local", "org-1"),
    "fits": ("", "reasoning", "x" * 3000),
    "colour": ("green",),
}
GOOD = [("model", builders.MODEL), ("task", "sentence-similarity"), ("hardware", "cpu")]
ANYTHING = st.text(max_size=60) | st.text(st.characters(categories=["Cc", "Cs", "So", "Mn"]), max_size=20)


@st.composite
def typed(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Fields of the form, some of them twice, some strange, some missing."""
    names = draw(st.lists(st.sampled_from(sorted(TYPED)), max_size=4))
    pairs = [
        (name, draw(st.just(TYPED[name][0]) | st.sampled_from(TYPED[name]) | ANYTHING))
        for name in [*("model", "task", "hardware"), *names]
        if draw(st.integers(0, 9)) > 0
    ]
    return draw(st.permutations(pairs))


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    """As a browser would, but for half characters, which it would not send."""
    return urlencode(pairs, errors="surrogatepass").encode()


@pytest.fixture(scope="module")
def client(site: FastAPI) -> TestClient:
    return TestClient(site, base_url="http://127.0.0.1:7860")


def counted(record: Record) -> tuple[int, int]:
    """Submissions, and those of them that have both of their first events."""
    rows = record.submissions(limit=1000)
    return len(rows), sum(len(record.events(row.submission.id)) >= 2 for row in rows)


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_the_form_takes_whole_submissions_or_none(client: TestClient, record: Record) -> None:
    statuses: Counter[int] = Counter()

    @settings(GENTLY, max_examples=120)
    @given(pairs=typed())
    @example(pairs=GOOD)
    @example(pairs=[*GOOD, ("model", "org/nowhere")])
    @example(pairs=[("model", "one"), *GOOD, ("precision", "bf16"), ("note", "\x00\ud800")])
    def takes(pairs: list[tuple[str, str]]) -> None:
        before = counted(record)
        answer = client.post("/submit", content=encoded(pairs), headers=FORM, follow_redirects=False)
        statuses[answer.status_code] += 1
        assert answer.status_code in (303, 400, 403, 404, 422, 429), answer.text
        made = 1 if answer.status_code == 303 else 0
        assert counted(record) == (before[0] + made, before[1] + made)
        if made:
            assert client.get(answer.headers["location"]).status_code == 200
        else:
            assert "<script>alert" not in answer.text
            assert 'id="refused"' in answer.text

    takes()
    assert min(statuses[303], statuses[400], statuses[404]) >= 1


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/submit"), ("GET", "/submit/preview"), ("POST", "/submit/check")]
)
def test_looking_makes_nothing(client: TestClient, record: Record, method: str, path: str) -> None:
    before = record.version

    @settings(GENTLY, max_examples=40)
    @given(pairs=typed())
    def looks(pairs: list[tuple[str, str]]) -> None:
        content = encoded(pairs)
        if method == "GET":
            answer = client.get(f"{path}?{content.decode()}")
        else:
            answer = client.post(path, content=content, headers=FORM)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text

    looks()
    assert record.version == before


@settings(GENTLY, max_examples=40)
@given(text=ANYTHING | st.sampled_from(["MiniLM", "qwen", "%", "' OR 1=1 --"]))
def test_suggestions_are_names_and_nothing_else(client: TestClient, text: str) -> None:
    query = urlencode({"model": text}, errors="surrogatepass")
    answer = client.get(f"/submit/models?{query}")
    assert answer.status_code == 200
    assert answer.text.count("<") == 2 * answer.text.count("</option>")


@pytest.mark.parametrize(
    "path", ["/submit", "/submit/check", "/api/v1/submissions", "/api/v1/submissions/preview"]
)
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b'{"model": "\\ud800", "task": "x", "hardware": "cpu"}'),
        ("application/json", b'{"\\ud800": 1}'),
        ("application/json", b'{"model": NaN}'),
        ("application/json", b"[" * 20_000),
        ("application/json", b"\xff\xfe"),
        ("application/json", b'{"model": {"a": 1e999}}'),
        ("application/x-www-form-urlencoded", b"model=%ff%fe&task=%00&hardware=%"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=b" for _ in range(3000))),
        ("application/x-www-form-urlencoded", b"model=" + b"a" * 60_000),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
        ("multipart/form-data", b"--x--"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="model"; filename="m"\r\n\r\nhello\r\n--x--\r\n',
        ),
        ("text/plain", b"model=a/b"),
        ("", b"model=a/b"),
    ],
)
def test_broken_bodies_are_refused_in_words(
    client: TestClient, record: Record, path: str, kind: str, content: bytes
) -> None:
    before = record.version
    answer = client.post(path, content=content, headers={"content-type": kind})
    # Looking at a form with nothing in it shows the form.
    assert answer.status_code in ((200, 400, 422) if path == "/submit/check" else (400, 422)), answer.text
    assert record.version == before
    if path.startswith("/api"):
        assert answer.json()["error"]["message"]
