"""Headers on everything, errors in one shape, static files that are kept."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from leaderboard.board.headers import CONTENT_SECURITY_POLICY, install_middleware
from leaderboard.board.inlined import STATIC
from leaderboard.domain import Refused, StorageUnavailable, failed
from leaderboard.record import Record
from tests.board.conftest import fill, public_row, site_of


@pytest.fixture
def client(record: Record) -> TestClient:
    """The site with some more routes that go wrong in their own ways."""
    fill(record, public_row())
    app = FastAPI(docs_url=None, redoc_url=None)
    site_of(record).install(app)

    @app.get("/broken")
    @app.get("/api/v1/broken")
    def broken() -> None:
        raise RuntimeError("a secret detail")

    @app.get("/api/v1/full")
    def full() -> None:
        raise StorageUnavailable("The disk is full.", "Free some space.")

    @app.get("/api/v1/refused")
    def refused() -> None:
        raise Refused("It has no safetensors.", "", [failed("safetensors", "None.", "Convert them.")])

    @app.post("/api/v1/number")
    def number(value: int) -> int:
        return value

    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/api/v1/ratings", "/static/site.css", "/static/none", "/?sort=x", "/broken"]
)
def test_security_headers_stand_on_every_answer(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize(("path", "sheets"), [("/", 2), ("/method", 1), ("/nope", 1)])
def test_what_stands_in_a_page_itself_is_named_by_the_policy(
    client: TestClient, path: str, sheets: int
) -> None:
    answer = client.get(path)
    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    for element, rule, count in (("style", "style-src", sheets), ("script", "script-src", 1)):
        texts = re.findall(rf"<{element}>(.*?)</{element}>", answer.text, re.DOTALL)
        assert len(texts) == count
        for text in texts:
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in rules[rule].split()


def test_the_api_may_be_read_from_anywhere_and_pages_may_not(client: TestClient) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    assert client.get("/api/v1/ratings", headers=origin).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in client.get("/", headers=origin).headers
    posted = client.post("/api/v1/number?value=1", headers=origin)
    assert "access-control-allow-origin" not in posted.headers


def test_a_route_cannot_reflect_an_origin() -> None:
    app = FastAPI()
    install_middleware(app)

    @app.get("/gradio_api/info")
    @app.get("/other")
    def reflecting() -> Response:
        return Response(
            headers={
                "Access-Control-Allow-Origin": "https://evil.example",
                "Access-Control-Allow-Credentials": "true",
            }
        )

    client = TestClient(app)
    open_headers = client.get("/gradio_api/info").headers
    assert open_headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in open_headers
    assert "access-control-allow-origin" not in client.get("/other").headers


def test_pages_are_compressed(client: TestClient) -> None:
    answer = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"].lower()


def test_static_files_are_compressed_once_for_who_takes_it(client: TestClient) -> None:
    plain = client.get("/static/site.css", headers={"Accept-Encoding": "identity"})
    small = client.get("/static/site.css", headers={"Accept-Encoding": "gzip"})
    assert plain.text == small.text == (STATIC / "site.css").read_text("utf-8")
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert "content-encoding" not in plain.headers
    for answer in (plain, small):
        assert answer.headers["vary"] == "Accept-Encoding"  # once, whoever says it
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
    again = client.get("/static/site.css", headers={"If-None-Match": small.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
    head = client.head("/static/site.css", headers={"Accept-Encoding": "gzip"})
    assert head.headers["content-length"] == small.headers["content-length"]
    assert client.get("/static/mark.svg").headers["content-type"] == "image/svg+xml"


def test_a_part_of_a_static_file_can_be_asked_for(client: TestClient) -> None:
    part = client.get("/static/site.css", headers={"Range": "bytes=0-9", "Accept-Encoding": "identity"})
    assert (part.status_code, part.content) == (206, (STATIC / "site.css").read_bytes()[:10])
    assert client.post("/static/site.css", headers={"Content-Length": "0"}).status_code == 405


def test_static_files_with_their_hash_are_kept_for_ever(client: TestClient) -> None:
    assert "immutable" in client.get("/static/site.css?v=123").headers["cache-control"]
    assert client.get("/static/site.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/../render.py").status_code == 404


def test_every_file_that_pages_name_is_there(client: TestClient) -> None:
    for path in set(re.findall(r'"(/static/[^"]+)"', client.get("/").text)):
        assert client.get(path).status_code == 200, path


def test_what_is_not_ours_is_as_it_was_published_with_its_licence_beside_it() -> None:
    vendor = STATIC / "vendor"
    lines = (vendor / "README.md").read_text()
    told = dict(re.findall(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", lines, re.MULTILINE))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.glob("*.js")}
    assert found == told
    assert set(found) == {"htmx.min.js", "vega.min.js", "vega-interpreter.min.js"}
    assert "Zero-Clause BSD" in (vendor / "htmx.LICENSE.txt").read_text()
    licences = (vendor / "vega.LICENSE.txt").read_text()
    assert "University of Washington Interactive Data Lab" in licences
    assert "Mike Bostock" in licences


def test_a_board_of_fifty_rows_is_light(board: TestClient) -> None:
    """LOOKS: at most 100 kB over the wire with everything, of it at most 40 kB of JavaScript."""
    html = board.get("/?task=gpqa&configurations=all").text
    paths = set(re.findall(r'"(/static/[^"]+)"', html))
    sizes = {path: len(gzip.compress(board.get(path).content)) for path in paths}
    assert html.count('scope="row"') == 50
    assert len(gzip.compress(html.encode())) + sum(sizes.values()) < 40_000
    assert sum(size for path, size in sizes.items() if ".js" in path) < 20_000
    assert len(paths) + 1 <= 6


def test_what_breaks_on_our_side_tells_no_detail(client: TestClient) -> None:
    for path in ("/broken", "/api/v1/broken"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "secret" not in answer.text
    assert client.get("/api/v1/broken").json()["error"]["code"] == "error"


def test_errors_of_the_domain_keep_status_and_words(client: TestClient) -> None:
    full = client.get("/api/v1/full")
    assert (full.status_code, full.headers["retry-after"]) == (503, "5")
    refused = client.get("/api/v1/refused")
    assert refused.status_code == 422
    assert refused.json()["error"]["findings"][0]["name"] == "safetensors"


def test_bad_parameters_have_the_same_shape(client: TestClient) -> None:
    answer = client.post("/api/v1/number?value=x")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "bad_input"
    assert "value" in error["message"]


def test_a_wrong_method_is_named(client: TestClient) -> None:
    answer = client.post("/api/v1/ratings")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
