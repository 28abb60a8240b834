"""`publish`, `verify` and `get` on the command line."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from huggingface_hub import constants

from leaderboard.__main__ import main
from leaderboard.domain import Provenance
from leaderboard.record import Record
from tests import builders
from tests.fakes.hub import LoopbackHub
from tests.publish import records, views

# The client's own: it hands LFS uploads to its HTTP library under a deprecated name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

MEASURED = builders.rating(
    "org/measured",
    edition="2026-11",
    hardware="t4-16gb",
    development=False,
    provenance=Provenance.MEASURED,
    energy_wh_per_1000=0.5,
    energy_low=0.45,
    energy_high=0.55,
    stars_low=3,
    stars_high=4,
    stars=4,
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STARWATT_DATA", "STARWATT_DATASET", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The folder of a record that a running Space owns."""
    with records.filled(tmp_path / "data", views.view(instead={"2026-11": [MEASURED]})):
        yield tmp_path / "data"


def said(capfdbinary: pytest.CaptureFixture[bytes]) -> tuple[str, str]:
    out, error = capfdbinary.readouterr()
    return out.decode(), error.decode()


def test_publish_verify_and_publish_again_beside_a_running_space(
    data: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["verify", "--data", str(data)]) == 1
    assert "nothing is published yet; the record has 10 rows" in said(capfdbinary)[0]
    assert main(["publish", "--data", str(data), "--dry-run"]) == 0
    assert "Would publish" in said(capfdbinary)[0]
    assert not (data / "published").exists()
    assert main(["publish", "--data", str(data)]) == 0
    assert "ratings-dev: files 4 added; rows 0 → 12" in said(capfdbinary)[0]
    assert main(["publish", "--data", str(data)]) == 0
    assert "ratings-dev: up to date, 12 rows" in said(capfdbinary)[0]
    assert main(["verify", "--data", str(data)]) == 0
    assert "as the record at version" in said(capfdbinary)[0]


def test_damage_is_found_and_repaired(data: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    main(["publish", "--data", str(data)])
    table = data / "published" / "ratings" / "text-generation" / "latest.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"!")
    said(capfdbinary)
    assert main(["verify", "--data", str(data)]) == 1
    assert "ratings/text-generation/latest.parquet: damaged" in said(capfdbinary)[0]
    assert main(["publish", "--data", str(data), "--repair"]) == 0
    assert main(["verify", "--data", str(data)]) == 0


def test_to_the_hub_and_verified_there_without_a_token(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with LoopbackHub(tmp_path / "hub") as loopback:
        monkeypatch.setenv("HF_ENDPOINT", loopback.endpoint)
        monkeypatch.setenv("HF_TOKEN", loopback.write_token)
        assert main(["publish", "--data", str(data), "--dataset", "starwatt/energy"]) == 0
        assert "starwatt/energy-ratings-dev: files 4 added; rows 0 → 12" in said(capfdbinary)[0]
        monkeypatch.delenv("HF_TOKEN")
        monkeypatch.setenv("STARWATT_DATASET", "starwatt/energy")
        assert main(["verify", "--data", str(data)]) == 0
        assert "starwatt/energy-… on the Hub" in said(capfdbinary)[0]
        assert main(["publish", "--data", str(data)]) == 0
        assert "Hub: not asked, HF_TOKEN is not set" in said(capfdbinary)[0]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["publish", "--dataset", "nonsense"], 2, "starwatt/energy"),
        (["publish", "--dataset", "org/prefix"], 2, "HF_TOKEN"),
        (["verify", "--dataset", "a/b/c"], 2, "starwatt/energy"),
        (["get", "org/none"], 2, "There is no rating of 'org/none'"),
        (["get", "org/model-00"], 2, "development editions need --edition"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(
    arguments: list[str], code: int, words: str, data: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main([*arguments, "--data", str(data)]) == code
    out, error = said(capfdbinary)
    assert out == "" and error.startswith("error: ") and error.count("\n") == 1
    assert words in error


@pytest.mark.parametrize("command", [["publish"], ["verify"], ["get", "org/x"]])
def test_where_there_is_no_record(
    command: list[str], tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main([*command, "--data", str(tmp_path / "empty")]) == 2
    assert "There is no record" in said(capfdbinary)[1]
    assert not (tmp_path / "empty").exists()


def test_get_prints_a_table(data: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["get", "org/measured", "--data", str(data)]) == 0
    head, row = said(capfdbinary)[0].splitlines()
    assert head.split()[:5] == ["edition", "task", "hardware", "protocol", "reasoning"]
    assert "0.500 (0.450–0.550)" in row and "4★, 3–4" in row and "0.820 spearman" in row


def test_get_shows_development_editions_by_name_with_their_watermark(
    data: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["get", "org/model-00", "--edition", "dev-2026-11", "--data", str(data)]) == 0
    assert said(capfdbinary)[0].splitlines()[-1] == "Development figures: not a fact about any model or card."


def test_get_json_is_every_field(data: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["get", "org/measured", "--json", "--data", str(data), "--task", "sentence-similarity"]) == 0
    assert json.loads(said(capfdbinary)[0]) == [MEASURED.model_dump(mode="json")]
    assert main(["get", "org/measured", "--data", str(data), "--task", "reasoning"]) == 2


class Space(BaseHTTPRequestHandler):
    """A Space that knows one model among others of a similar name, one row a page."""

    rows = (
        MEASURED.model_dump(mode="json"),
        {**MEASURED.model_dump(mode="json"), "model": "org/measured-too"},
        {**MEASURED.model_dump(mode="json"), "hardware": "\x1b[2Jcard", "stars": None, "quality": None},
    )
    asked: list[dict[str, list[str]]]

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        self.asked.append(query)
        place = int(query.get("after", ["0"])[0])
        document: object = {"items": [self.rows[place]], "next": str(place + 1) if place < 2 else None}
        status = 200
        if query.get("task") == ["nonsense"]:
            status, document = 404, {"error": {"code": "x", "message": "No such task.", "remedy": "Look."}}
        elif query.get("task") == ["odd"]:
            document = ["something", "else"]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def space() -> Iterator[str]:
    Space.asked = []
    server = HTTPServer(("127.0.0.1", 0), Space)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_get_asks_a_space_page_by_page(space: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["get", "org/measured", "--space", space, "--edition", "2026-11"]) == 0
    out = said(capfdbinary)[0]
    assert len(out.splitlines()) == 3 and "measured-too" not in out
    assert "\x1b" not in out and "not rated" in out
    assert [query.get("after") for query in Space.asked] == [None, ["1"], ["2"]]
    assert Space.asked[0]["q"] == ["org/measured"] and Space.asked[0]["edition"] == ["2026-11"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--task", "nonsense"], 2, "No such task. Look."),
        (["--task", "odd"], 1, "no list of ratings"),
    ],
)
def test_what_a_space_answers_is_told(
    space: str, arguments: list[str], code: int, words: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["get", "org/measured", "--space", space, *arguments]) == code
    assert words in said(capfdbinary)[1]


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [("127.0.0.1:7860", 2, "Write it as http://"), ("http://127.0.0.1:9", 1, "did not answer")],
)
def test_an_address_without_a_space(
    address: str, code: int, words: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["get", "org/measured", "--space", address]) == code
    assert words in said(capfdbinary)[1]


def test_the_record_is_left_as_it_was(data: Path) -> None:
    with Record.read(data) as record:
        before = record.version, record.outbox()
    main(["publish", "--data", str(data)])
    with Record.read(data) as record:
        assert (record.version, record.outbox()) == before
