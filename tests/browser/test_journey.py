"""The whole way as a person goes it: board → filter → model → submit → done → the new row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.demo.stage import EDITION, Stage

pytestmark = pytest.mark.browser

MODEL = "starwatt-demo/encoder-2x96"
# A run of this model takes some seconds; a loaded machine is given time.
PATIENCE_MS = 180_000


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("stage")) as running:
        yield running


def test_from_board_to_star(stage: Stage, page: Page, tmp_path: Path) -> None:
    page.goto(stage.space.address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    rows = page.locator("table tbody tr")
    assert rows.count() > 5

    page.get_by_role("searchbox").fill("gemma-3-1b")
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile("q=gemma-3-1b"))
    expect(page.get_by_role("rowheader").first).to_contain_text("gemma-3-1b")

    page.get_by_role("rowheader").first.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/models/google/gemma-3-1b-pt"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("gemma-3-1b-pt")

    page.get_by_role("link", name=re.compile("submit", re.IGNORECASE)).first.click()
    page.get_by_label(re.compile("^model", re.IGNORECASE)).fill("starwatt-demo/remote-code")
    page.get_by_label(re.compile("^task", re.IGNORECASE)).select_option("sentence-similarity")
    page.get_by_label(re.compile("^hardware", re.IGNORECASE)).select_option("cpu")
    with page.expect_response(lambda response: response.request.method == "POST") as refused:
        page.get_by_role("button", name=re.compile("submit", re.IGNORECASE)).click()
    assert refused.value.status == 404
    expect(page.get_by_role("alert")).to_contain_text("no public model")

    # What was typed is still there, so only the model has to be mended.
    expect(page.get_by_label(re.compile("^task", re.IGNORECASE))).to_have_value("sentence-similarity")
    page.get_by_label(re.compile("^model", re.IGNORECASE)).fill(MODEL)
    page.get_by_role("button", name=re.compile("submit", re.IGNORECASE)).click()
    expect(page).to_have_url(re.compile("/submissions/[0-9a-z]{12}$"))
    submission = page.url
    expect(page.get_by_text("Measured and on the board")).to_be_visible(timeout=PATIENCE_MS)
    page.screenshot(path=tmp_path / "submission.png", full_page=True)

    page.goto(f"{stage.space.address}/?edition={EDITION}&task=sentence-similarity&hardware=cpu")
    row = page.get_by_role("row").filter(has_text="encoder-2x96")
    expect(row).to_be_visible()
    expect(page.get_by_text(re.compile("development", re.IGNORECASE)).first).to_be_visible()
    page.screenshot(path=tmp_path / "board.png", full_page=True)

    page.goto(submission)
    page.get_by_role("link", name=re.compile("run", re.IGNORECASE)).first.click()
    expect(page).to_have_url(re.compile("/runs/[0-9a-f]{12}$"))
    expect(page.get_by_text(re.compile("estimated|measured", re.IGNORECASE)).first).to_be_visible()
