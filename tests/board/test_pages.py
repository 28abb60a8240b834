"""Pages as a reader without JavaScript gets them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from leaderboard.board.inlined import SCRIPTS, SHEETS, inlined
from leaderboard.domain import passed, unverifiable
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import DEVELOPMENT, client_of, fill, finish, public_row

PAGES = ("/", "/?task=gpqa&configurations=all", "/models/Qwen/Qwen3-14B", "/editions", "/method", "/nope")


OURS = {("style", inlined(name)) for name in SHEETS} | {("script", inlined(name)) for name in SCRIPTS}


class Outline(HTMLParser):
    """What a test asks of a page: tags with their attributes, in order, and the row headers' text.

    The sheets and the script that stand in our pages themselves are no tags here: any other one is.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.row_headers: list[str] = []
        self._inside = False
        self._inline: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in ("style", "script") and not found:
            self._inline = ""
            return
        self.tags.append((tag, found))
        if tag == "th" and found.get("scope") == "row":
            self._inside = True
            self.row_headers.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._inline is not None:
            if (tag, self._inline) not in OURS:
                self.tags.append((tag, {}))
            self._inline = None
        if tag == "th":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inline is not None:
            self._inline += data
        if self._inside:
            self.row_headers[-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


def outline(client: TestClient, path: str) -> Outline:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return Outline(answer.text)


def models(page: Outline) -> list[str]:
    return [text.strip().split()[0] for text in page.row_headers]


def test_the_board_shows_real_figures_on_first_start(board: TestClient) -> None:
    page = outline(board, "/")
    assert len(page.row_headers) == 22
    assert models(page)[0] == "tencent/Hunyuan-1.8B-Instruct"


def test_the_board_is_a_table_that_can_be_heard(board: TestClient) -> None:
    page = outline(board, "/?sort=stars&order=desc")
    assert len(page.all("caption")) == 1
    heads = [attrs for attrs in page.all("th") if attrs.get("scope") == "col"]
    assert [attrs["aria-sort"] for attrs in heads if "aria-sort" in attrs] == ["descending"]
    drawn = [attrs for attrs in page.all("svg") if attrs.get("role") == "img"]
    assert all(re.fullmatch(r"(Five|One) stars?|[1-5] of 5 stars.*", attrs["aria-label"]) for attrs in drawn)
    assert len(drawn) >= 22
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}


@pytest.mark.parametrize("path", PAGES)
def test_pages_keep_their_own_security_policy(board: TestClient, path: str) -> None:
    """No inline script or style but ours, no handler, nothing of another host: the policy would block it."""
    page = Outline(board.get(path).text)
    for tag, attrs in page.tags:
        assert tag != "style"
        assert tag != "script" or attrs.get("src", "").startswith("/static/")
        assert not [name for name in attrs if name == "style" or name.startswith("on")]
        if tag in ("link", "img", "script", "use"):
            assert not (attrs.get("href") or attrs.get("src") or "/").startswith(("http", "//"))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert len(page.all("h1")) == 1


def test_following_next_meets_every_row_once(board: TestClient, published: Record) -> None:
    seen: list[str] = []
    path: str | None = "/?task=gpqa&configurations=all"
    pages = 0
    while path:
        page = outline(board, path)
        assert len(page.row_headers) <= 50
        # The same model stands in several configurations: its configuration tells rows apart.
        seen += page.row_headers
        path = next((attrs["href"] for attrs in page.all("a") if attrs.get("rel") == "next"), None)
        pages += 1
    everything = board.get("/api/v1/ratings?task=gpqa&hardware=mlenergy-b200&configurations=all").json()
    assert (len(seen), pages) == (everything["total"], 3)


def test_every_switch_and_sort_leads_somewhere(board: TestClient) -> None:
    page = outline(board, "/?task=text-generation&q=qwen")
    for attrs in page.all("a"):
        if attrs["href"].startswith("/?"):
            assert board.get(attrs["href"]).status_code == 200, attrs["href"]


def test_search_and_class_narrow_the_view(board: TestClient) -> None:
    found = models(outline(board, "/?q=QWEN3&model_class=B"))
    assert found == ["Qwen/Qwen3-30B-A3B"]


def test_empty_fields_of_a_plain_form_leave_the_address(board: TestClient) -> None:
    answer = board.get("/?q=qwen&licence=&params_min=", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/?q=qwen")


def test_an_empty_view_says_what_to_loosen(board: TestClient) -> None:
    html = board.get("/?q=bart&model_class=A").text
    assert "Nothing fits this view" in html
    hrefs = [attrs["href"] for attrs in Outline(html).all("a")]
    assert "/?task=summarization&q=bart" in hrefs
    assert "/?model_class=A" in hrefs


def test_copies_and_exports_name_the_whole_view(board: TestClient) -> None:
    page = outline(board, "/?q=qwen")
    copied = next(attrs["data-copy-link"] for attrs in page.all("a") if "data-copy-link" in attrs)
    assert models(outline(board, copied)) == models(page)
    exports = [attrs["href"] for attrs in page.all("a") if "download" in attrs]
    assert [href.split("?")[0] for href in exports] == [
        "/api/v1/ratings.csv",
        "/api/v1/ratings.parquet",
        "/api/v1/ratings",
        "/api/v1/ratings.tex",
    ]
    rows = board.get(exports[2]).json()["items"]
    assert all(row["best"] for row in rows)
    assert [row["model"] for row in rows] == models(page)


def test_the_answer_stands_above_the_table(board: TestClient) -> None:
    html = board.get("/").text
    assert html.index("Least energy in each class") < html.index("<table")
    assert "Hunyuan-1.8B-Instruct" in html.split("<table")[0]


def test_stars_that_are_not_given_are_said(record: Record) -> None:
    bands = builders.bands().model_copy(update={"edges": ((0.1, 5), (0.3, 3), (0.4, 2))})
    row = public_row()
    record.put_edition(builders.edition("2026-11"), {row.cell: bands}, [row], "one")
    assert "4 stars are not given here" in client_of(record).get("/").text


def test_a_reader_who_has_the_page_is_not_sent_it_again(record: Record) -> None:
    fill(record, public_row("a/first"))
    client = client_of(record)
    first = client.get("/")
    etag = first.headers["etag"]
    again = client.get("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    fill(record, public_row("a/first"), public_row("a/second"))
    changed = client.get("/", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    assert "second" in changed.text


def test_a_known_page_asks_the_record_nothing(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(record, public_row())
    client = client_of(record)
    etag = client.get("/").headers["etag"]

    def never(*_: object) -> None:
        raise AssertionError("the record was asked")

    for name in ("ratings", "facets", "editions"):
        monkeypatch.setattr(record, name, never)
    assert client.get("/", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("/").status_code == 200


def test_a_page_comes_in_the_colours_that_were_chosen(board: TestClient) -> None:
    plain, dark = board.get("/"), board.get("/", headers={"Cookie": "theme=dark"})
    assert Outline(plain.text).all("html") == [{"lang": "en"}]
    assert Outline(dark.text).all("html") == [{"lang": "en", "data-theme": "dark"}]
    assert plain.headers["etag"] != dark.headers["etag"]
    tagged = {"If-None-Match": dark.headers["etag"]}
    assert board.get("/", headers={**tagged, "Cookie": "theme=dark"}).status_code == 304
    assert board.get("/", headers=tagged).text == plain.text
    odd = board.get("/", headers={"Cookie": 'theme="><script>alert(1)</script>'})
    assert odd.text == plain.text


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/ratings", "/api/v1/ratings.csv", "/static/site.css"])
def test_head_answers_like_get(board: TestClient, path: str) -> None:
    got, head = board.get(path), board.head(path)
    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.content == b""


def test_development_figures_are_watermarked_everywhere(record: Record) -> None:
    run = builders.run()
    row = builders.rating(run_id=run.id)
    fill(record, row, public_row("a/public"))
    finish(record, run, row)
    client = client_of(record)
    for path in (f"/?edition={DEVELOPMENT}", f"/models/{row.model}", f"/runs/{run.id}"):
        html = client.get(path).text
        assert 'aria-label="Development edition"' in html, path
    assert 'class="mark dev"' in client.get(f"/?edition={DEVELOPMENT}").text
    assert 'aria-label="Development edition"' not in client.get("/").text


def test_a_run_shows_all_it_was_made_of(record: Record) -> None:
    checks = (
        passed("energy-positive", "Every window has energy."),
        unverifiable("processes", "Other processes cannot be seen here."),
    )
    run = builders.run(findings=checks)
    finish(record, run)
    html = client_of(record).get(f"/runs/{run.id}").text
    for text in (
        *(check.message for check in checks),
        run.run_key,
        "2.13.0",
        run.environment.meter,
        "0.500 J",
    ):
        assert text in html
    assert len(Outline(html).all("table")) == 2
    assert html.count('<th scope="row">forward</th>') == 1 + len(run.windows)
    assert f"--revision {run.plan.model.sha}" in html


def test_the_short_address_leads_to_the_rating(board: TestClient, published: Record) -> None:
    row = published.edition_rows("aies-2025-12")[0]
    answer = board.get(f"/r/{row.id}", follow_redirects=False)
    assert answer.headers["location"] == f"/models/{row.model}#r-{row.id}"
    assert f'id="r-{row.id}"' in board.get(f"/models/{row.model}").text


def test_notices_stand_on_the_models_page(record: Record) -> None:
    row = public_row()
    fill(record, row)
    record.add_notice(builders.notice(row.id, reason="The meter was a double."))
    html = client_of(record).get(f"/models/{row.model}").text
    assert "Disputed" in html
    assert "The meter was a double." in html


def test_the_method_has_an_address_for_each_section(board: TestClient) -> None:
    page = outline(board, "/method")
    assert {f"s{number}" for number in range(1, 10)} <= {attrs.get("id") for _, attrs in page.tags}


def test_editions_tell_source_rule_and_faults(board: TestClient) -> None:
    html = board.get("/editions").text
    for text in ("aies-2025-02", "mlenergy-v3", "Known faults", "so the toggle", "development"):
        assert text in html


def test_editions_tell_how_many_reference_models_are_measured(record: Record) -> None:
    listed = {"task": "sentence-similarity", "hardware": ["t4-16gb"], "models": ["o/a", "o/b", "o/c"]}
    edition = builders.edition("2026-11", reference_models=[listed])
    rows = [
        builders.rating(model, edition="2026-11", hardware="t4-16gb", development=False)
        for model in ("o/a", "o/b", "o/stranger")
    ]
    record.put_edition(edition, {}, rows, "one")
    html = client_of(record).get("/editions").text
    assert "0 of 1 cells have the ten that bands need" in html
    assert '<td class="num">2 of 3</td>' in html


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/no/such/page", 404, "no page at this address"),
        ("/models/nobody/nothing", 404, "nobody/nothing"),
        ("/runs/000000000000", 404, "no run"),
        ("/r/0000000000", 404, "no rating"),
        ("/?sort=colour", 400, "It may be model, energy, stars"),
        ("/?task=no-such-task", 404, "text-generation"),
        ("/?after=nonsense", 400, "cursor"),
    ],
)
def test_what_cannot_be_shown_is_explained(board: TestClient, path: str, status: int, text: str) -> None:
    answer = board.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert text.lower() in answer.text.lower()
    assert 'href="/"' in answer.text
