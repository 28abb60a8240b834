"""What runners wrote, as a page may show it: without tokens, home folders and terminal codes, and capped.

Runners scrub what they send. The Space does not rely on that: a runner may be old, or somebody else's.
"""

from __future__ import annotations

import re

MOST_LINES = 200
MOST_CHARACTERS = 32 * 1024
_HIDDEN = "•••"
_LEFT_OUT = "… earlier lines are left out\n"

_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?")
# Control characters, and those that turn the direction of what follows.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TOKENS = re.compile(
    r"""
    \bhf_[A-Za-z0-9_]{8,}
    | \b(?:api_org|oauth)_[A-Za-z0-9]{8,}
    | \bsw[a-z]?_[\w-]{8,}
    | \bgh[a-z]_[A-Za-z0-9]{16,}
    | \bsk-[A-Za-z0-9_-]{16,}
    | \beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?
    """,
    re.VERBOSE,
)
"""The Hub's, our own (`sw_runner_…`, `swp_…`), those of others that turn up in logs, and signed ones."""
_CREDENTIALS = re.compile(
    r"""(?ix)
    (\bbearer[\s:]+ | \bbasic\s+ | \bauthorization["']?\s*[:=]\s*["']?(?:bearer\s+|basic\s+|token\s+)?
     | \b(?:[a-z0-9_]*(?:token|secret|password|passwd|api_?key))["']?\s*[:=]\s*["']?)
    [^\s"',;&]{6,}
    """
)
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s:@]{1,200}:[^/\s@]{1,200}@")
_HOMES = re.compile(
    r"""(?<![\w.])(?:/home/[^/\s:'"]+|/Users/[^/\s:'"]+|/root\b|[A-Za-z]:\\Users\\[^\\\s:'"]+)"""
)


def clean(text: str) -> str:
    """The text without anything that is not a reader's business."""
    text = _TERMINAL.sub("", text)
    # A progress bar writes over its own line: what a terminal would show is its last state.
    text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))
    text = _UNSEEN.sub("", text)
    text = _TOKENS.sub(_HIDDEN, text)
    text = _CREDENTIALS.sub(rf"\1{_HIDDEN}", text)
    text = _IN_ADDRESS.sub(f"{_HIDDEN}@", text)
    return _HOMES.sub("~", text)


def log_tail(log: str) -> str:
    """The end of a log: at most `MOST_LINES` lines and `MOST_CHARACTERS`, and a word where more was there."""
    # Before it is cut: half a token would not look like one.
    lines = clean(log).splitlines(keepends=True)
    kept, size = list[str](), 0
    for line in reversed(lines[-MOST_LINES:]):
        size += len(line)
        if size > MOST_CHARACTERS and kept:
            break
        kept.append(line[-MOST_CHARACTERS:])
    tail = "".join(reversed(kept))
    return _LEFT_OUT + tail if len(kept) < len(lines) else tail
