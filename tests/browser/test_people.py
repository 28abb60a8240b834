"""Two people with Hub accounts: one changes what is theirs; the other can touch none of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from submissions.status.changes import VERBS
from tests.demo.stage import Stage

pytestmark = pytest.mark.browser

PATIENCE_MS = 180_000
REASON = "Because this is a test of the page."
MEASURED, CANCELLED, FAILED = (
    "starwatt-demo/encoder-2x96",
    "starwatt-demo/encoder-2x96",
    "starwatt-demo/encoder-2x128",
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("people"), people=True) as running:
        yield running


@pytest.fixture
def other(chromium: Browser) -> Iterator[Page]:
    """A browser of somebody else's."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def sign_in(page: Page, stage: Stage, name: str) -> None:
    page.goto(f"{stage.space.address}/submit")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name=re.compile("^Sign in at the Hub")).click()
    page.get_by_role("button", name=f"Sign in as {name}").click()
    expect(page).to_have_url(f"{stage.space.address}/submit")
    expect(page.get_by_role("banner").get_by_role("link", name=name, exact=True)).to_be_visible()


def submit(page: Page, stage: Stage, model: str, hardware: str) -> str:
    page.goto(f"{stage.space.address}/submit")
    page.get_by_label(re.compile("^model", re.IGNORECASE)).fill(model)
    page.get_by_label(re.compile("^task", re.IGNORECASE)).select_option("sentence-similarity")
    page.get_by_label(re.compile("^hardware", re.IGNORECASE)).select_option(hardware)
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page).to_have_url(re.compile("/submissions/[0-9a-z]{12}$"))
    return page.url


def act(page: Page, verb: str, reason: str = REASON) -> None:
    """Open an act, say why, and press its button."""
    fold = page.locator(f"details#{verb}")
    fold.locator("summary").click()
    fold.get_by_role("textbox").fill(reason)
    fold.get_by_role("button").click()


def state(page: Page) -> Any:
    return page.locator("#live h2 [role=status]")


def fail_by_our_fault(stage: Stage, hardware: str) -> None:
    """A runner takes what waits for a class, and says that the Hub did not answer."""

    def ask(path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {stage.runner_token}"}
        answer = httpx2.post(f"{stage.space.address}/api/v1/runner{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    # It is tried three times by itself.
    for _ in range(3):
        claim = ask("/claim", hardware=[hardware], machine="rack-1", harness="0")
        path, fence = f"/submissions/{claim['submission_id']}", claim["fence"]
        ask(f"{path}/start", fence=fence)
        ask(
            f"{path}/finish",
            fence=fence,
            outcome="failed",
            cause="The Hub did not answer.",
            code="hub_unavailable",
        )


def refused(page: Page, stage: Stage, where: str, status: int) -> None:
    """Nothing can be done to a submission, neither by the page nor past it."""
    page.goto(f"{stage.space.address}/account")
    field = page.locator("input[name=csrf]").first
    token = field.get_attribute("value") if field.count() else ""
    page.goto(where)
    for verb in VERBS:
        if verb == "dispute":
            continue  # open to anybody who is signed in, and bound to a rating
        assert page.locator(f"details#{verb}").count() == 0
        answer = page.request.post(
            f"{where}/{verb}",
            form={"csrf": token or "", "reason": REASON},
            headers={"Origin": stage.space.address},
            max_redirects=0,
        )
        assert answer.status == status, (verb, answer.text())


def test_one_signs_in_and_changes_what_is_theirs_another_cannot(
    stage: Stage, page: Page, other: Page, tmp_path: Path
) -> None:
    sign_in(page, stage, "ada")
    measured = submit(page, stage, MEASURED, "cpu")
    page.evaluate("window.stayed = true")
    expect(state(page)).to_have_text(re.compile("Claimed|Running|Verifying|Done"), timeout=PATIENCE_MS)
    expect(state(page)).to_have_text("Done", timeout=PATIENCE_MS)
    assert page.evaluate("window.stayed") is True, "its states came without the page being loaded again"
    page.screenshot(path=tmp_path / "done.png", full_page=True)

    cancelled = submit(page, stage, CANCELLED, "t4-16gb")
    expect(state(page)).to_have_text("Queued")
    sign_in(other, stage, "bo")
    refused(other, stage, cancelled, 403)
    act(page, "cancel")
    expect(state(page)).to_have_text("Cancelled")

    rerun = submit(page, stage, FAILED, "t4-16gb")
    fail_by_our_fault(stage, "t4-16gb")
    expect(state(page)).to_have_text("Failed", timeout=PATIENCE_MS)
    refused(other, stage, rerun, 403)
    act(page, "rerun")
    expect(state(page)).to_have_text("Queued")

    page.goto(measured)
    refused(other, stage, measured, 403)
    act(page, "dispute")
    expect(page.get_by_role("link", name=re.compile("re-test", re.IGNORECASE)).first).to_be_visible()
    page.goto(measured)
    act(page, "withdraw")
    expect(state(page)).to_have_text("Withdrawn")
    expect(page.get_by_text(REASON).first).to_be_visible()
    page.screenshot(path=tmp_path / "withdrawn.png", full_page=True)

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    refused(page, stage, rerun, 401)
