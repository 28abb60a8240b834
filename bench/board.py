"""The board against the usual leaderboard: how soon rows are there, and what a million of them cost.

Ours is the whole Space as `app.py` starts it; the peer is `gr.Dataframe` in Gradio Blocks over the same rows;
each is a process of its own, and headless Chromium looks at both in turn. Medians; pairs are interleaved, so
that what slows the machine slows both. Records of made-up rows are kept in `.cache/bench`: the first run
makes them, which takes some minutes.

    python bench/board.py [--rows 1000000] [--only PART …] [--small]

Parts: 5000, 100000, million, questions, rate, memory, looks.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from boards import chromium, questions, rows, servers, wire
from boards.figures import Figure, median_ratio, verdict
from playwright.sync_api import Browser

MILLION = 1_000_000
FIRST = "/?edition=crowd-2026&task=text-generation&hardware=h100-sxm-80gb&protocol=offline-b1"
"""The first page of the fullest cell."""


def say(text: str) -> None:
    """One line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def against_peer(browser: Browser, count: int, rounds: int, sooner: float) -> list[Figure]:
    """Until rows can be read, and bytes: ours against a page with a table of all of them."""
    folder = rows.data_folder(count)
    times, sizes = [], []
    with servers.ours(folder) as ours, servers.peer("page", folder) as peer:
        for url in (ours.address, peer.address):
            chromium.look(browser, url)  # whatever a first look has to make
        for _ in range(rounds):
            mine, theirs = chromium.look(browser, ours.address), chromium.look(browser, peer.address)
            say(
                f"{count:,}: ours {mine.row_ms:.0f} ms, {mine.transferred / 1e3:.0f} kB, {mine.requests}; "
                f"gr.Dataframe {theirs.row_ms:.0f} ms, {theirs.transferred / 1e3:.0f} kB, {theirs.requests}"
            )
            times.append((theirs.row_ms, mine.row_ms))
            sizes.append((mine.transferred, theirs.transferred))
    return [
        Figure(
            f"{count:,} ratings: rows sooner than gr.Dataframe", median_ratio(times), sooner, True, unit="×"
        ),
        Figure(f"{count:,} ratings: share of its bytes", median_ratio(sizes), 1 / 20),
    ]


def million(browser: Browser, count: int, rounds: int) -> list[Figure]:
    """The first page of very many ratings against that of a thousand."""
    pairs = []
    with servers.ours(rows.data_folder(count)) as many, servers.ours(rows.data_folder(1000)) as few:
        for server in (many, few):
            chromium.look(browser, server.address)
        for place in range(rounds):
            # A page that nobody asked for yet, so that it is made and not only handed out.
            path = f"{FIRST}&look={place}"
            pairs.append(
                (
                    chromium.look(browser, many.address + path).row_ms,
                    chromium.look(browser, few.address + path).row_ms,
                )
            )
            say(f"first page: {pairs[-1][0]:.0f} ms at {count:,}, {pairs[-1][1]:.0f} ms at 1,000")
    return [Figure(f"first page at {count:,} against 1,000", median_ratio(pairs), 1.5, unit="×")]


def asked(count: int, many: int) -> list[Figure]:
    """Filter, sort and page, and search, against the bare SQL."""
    folder = rows.data_folder(count)
    figures = []
    for name, listed in (
        ("filter + sort + page", list(questions.views(many))),
        ("search", list(questions.searches(many))),
    ):
        ours_s, bare_s = questions.p95_against_bare(folder, listed)
        note = f"{ours_s * 1e3:.1f} ms against {bare_s * 1e3:.1f} ms"
        say(f"{name}, p95 of {many} questions: {note}")
        figures.append(
            Figure(f"{name} at {count:,}: p95 over bare SQL", ours_s / bare_s, 3.0, unit="×", note=note)
        )
    return figures


def rates(count: int, rounds: int, seconds: float) -> list[Figure]:
    """Answers a second, against a queue event of Gradio that gives the same rows."""
    folder = rows.data_folder(count)
    # Each of them once: in another order, or behind another row.
    pages = iter([f"{FIRST}&{page}" for page in questions.pages(folder)])
    tag = ""

    def anew(line: wire.Line, _: int) -> None:
        page = next(pages, None)
        if page is None:
            raise SystemExit("every page was asked for already: measure for a shorter time")
        if line.ask(page).status != 200:
            raise SystemExit("our page failed")

    def kept(line: wire.Line, _: int) -> None:
        if line.ask(FIRST).status != 200:
            raise SystemExit("our page failed")

    def unchanged(line: wire.Line, _: int) -> None:
        if line.ask(FIRST, headers=f"If-None-Match: {tag}\r\n").status != 304:
            raise SystemExit("our page was sent again")

    ways: dict[str, wire.Ask] = {"rendered anew": anew, "from the page cache": kept, "304": unchanged}
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    with servers.ours(folder) as ours, servers.peer("events", folder) as peer:
        line = wire.Line(ours.port)
        tag = line.ask(FIRST).headers["etag"]
        line.close()
        for ask, port in ((wire.event, peer.port), (anew, ours.port)):
            wire.rate(port, ask, 1.0)
        for _ in range(rounds):
            for name, way in ways.items():
                theirs = wire.rate(peer.port, wire.event, seconds)
                mine = wire.rate(ours.port, way, seconds)
                pairs[name].append((mine, theirs))
                say(f"{name}: {mine:,.0f}/s; queue event {theirs:,.0f}/s")
    targets = {"rendered anew": 2.0, "from the page cache": 20.0, "304": 20.0}
    return [
        Figure(f"answers/s over a queue event: {name}", median_ratio(pairs[name]), target, True, unit="×")
        for name, target in targets.items()
    ]


def memory(count: int, questions_asked: int) -> list[Figure]:
    """What the Space holds after many different pages, against one that has nothing on its board."""
    held = []
    for folder in (rows.data_folder(count), rows.data_folder(0)):
        with servers.ours(folder) as server:
            line = wire.Line(server.port)
            for query in [*questions.views(questions_asked), *questions.searches(questions_asked)]:
                given = query.model_dump(exclude_defaults=True, mode="json")
                line.ask("/?" + "&".join(f"{name}={value}" for name, value in given.items()))
            line.close()
            held.append(server.memory_mb)
            say(f"{server.memory_mb:.0f} MB held over {folder.name}")
    return [Figure(f"memory at {count:,} over an empty start", held[0] - held[1], 100, unit=" MB")]


def looks(browser: Browser, count: int, rounds: int) -> list[Figure]:
    """What a reader's browser has to do for the board."""
    with servers.ours(rows.data_folder(count)) as ours:
        chromium.look(browser, ours.address)
        wide = [chromium.look(browser, ours.address) for _ in range(rounds)]
        say("looked, wide")
        slow = [chromium.look(browser, ours.address, slow=True) for _ in range(max(rounds // 2, 1))]
        say("looked, over a slow network")
        narrow = chromium.look(browser, ours.address, width=390, height=844)
    one = wide[0]
    return [
        Figure("first row", median(look.row_ms for look in wide), 200, below=True, unit=" ms"),
        Figure(
            "first row, 1.6 Mbit/s, 150 ms, CPU ×4",
            median(look.row_ms for look in slow),
            1500,
            below=True,
            unit=" ms",
        ),
        Figure("transferred", one.transferred / 1e3, 100, unit=" kB"),
        Figure("of it JavaScript", one.scripts / 1e3, 40, unit=" kB"),
        Figure("requests", one.requests, 15),
        Figure("requests to other hosts", one.others, 0),
        Figure("layout shift", max(look.shift for look in [*wide, *slow, narrow]), 0.02, below=True),
        Figure("heap", max(look.heap_mb for look in wide), 10, below=True, unit=" MB"),
        Figure("DOM nodes", one.nodes, 3000, below=True),
        Figure("first row's y at 1440 px", one.row_y, 500, below=True),
        Figure("first row's y at 390 px", narrow.row_y, 600, below=True),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line per figure and the verdict; exit code 0 when all are within their targets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=MILLION, help="ratings where a million is meant")
    parser.add_argument("--only", action="append", metavar="NAME", help="a part; may be given several times")
    parser.add_argument(
        "--small", action="store_true", help="few rows and rounds: whether it runs, not how fast"
    )
    given = parser.parse_args(arguments)
    small = given.small
    count = min(given.rows, 2000) if small else given.rows
    rounds = 1 if small else 5
    with chromium.browser() as browser:
        parts: dict[str, Callable[[], list[Figure]]] = {
            "5000": lambda: against_peer(browser, 500 if small else 5_000, rounds, 8),
            "100000": lambda: against_peer(browser, 1000 if small else 100_000, 1 if small else 2, 60),
            "million": lambda: million(browser, count, rounds),
            "questions": lambda: asked(count, 10 if small else 150),
            "rate": lambda: rates(1000 if small else 5_000, 1 if small else 3, 0.5 if small else 3.0),
            "memory": lambda: memory(count, 5 if small else 150),
            "looks": lambda: looks(browser, 1000 if small else 5_000, rounds),
        }
        unknown = [name for name in given.only or () if name not in parts]
        if unknown:
            parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(parts)}")
        figures: list[Figure] = []
        for name in given.only or parts:
            say(f"== {name}")
            figures += parts[name]()
    print()
    for figure in figures:
        print(figure)
    line, code = verdict(figures)
    print(line)
    return code


if __name__ == "__main__":
    sys.exit(main())
