"""What runners wrote never carries a token, a home folder or a terminal's codes onto a page."""

from __future__ import annotations

import pytest

from submissions.status.shown import MOST_CHARACTERS, MOST_LINES, clean, log_tail


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("using hf_abcdefghijklmnopqrstuvwx to fetch", "hf_abc"),
        ("sw_runner_Zm9vYmFyYmF6cXV4", "Zm9vYmFy"),
        ("swp_Zm9vYmFyYmF6cXV4", "Zm9vYmFy"),
        ("Authorization: Bearer abc.def-ghi_jkl", "abc.def"),
        ("{'authorization': 'Bearer abcdefghi'}", "abcdefghi"),
        ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("bearer   q1w2e3r4t5", "q1w2e3"),
        ("HF_TOKEN=q1w2e3r4t5y6", "q1w2e3"),
        ("GET /x?token=q1w2e3r4t5y6&v=1", "q1w2e3"),
        ('"api_key": "q1w2e3r4t5y6"', "q1w2e3"),
        ("https://anna:hunter22@host/x", "hunter22"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "eyJzdWIi"),
        ("ghp_abcdefghijklmnopqrstuv", "ghp_abc"),
        ("/home/anna/models/x.safetensors", "anna"),
        ("File '/Users/anna/x.py'", "anna"),
        ("/root/.cache/huggingface", "/root"),
        (r"C:\Users\anna\models", "anna"),
        ("h\x1b[31mf_abcdefgh\x1b[0mijklmnop", "abcdefgh"),
        ("hf_\u202eabcdefghijklmnop", "abcdefgh"),
    ],
)
def test_what_nobody_should_read_is_hidden(text: str, secret: str) -> None:
    assert secret not in clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "window 3 of 3: 32.1 J over 2.0 s",
        "tokens: 128, max_new_tokens=64",
        "The tokenizer has 30,522 words.",
        "see /homework/x and a/root/b",
        "Ünïcode → stays – as it is",
        "a\n\tb\n",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert clean(text) == text


def test_terminal_codes_go_and_a_progress_bar_keeps_its_last_state() -> None:
    text = "\x1b[2K\x1b[1;32mready\x1b[0m\nfetch 10%\rfetch 99%\rfetch 100%\r\n\x1b]0;title\x07\x00end"
    assert clean(text) == "ready\nfetch 100%\nend"


def test_a_log_is_cut_at_its_beginning_and_says_so() -> None:
    long = "".join(f"line {number}\n" for number in range(MOST_LINES + 50))
    shown = log_tail(long)
    assert shown.splitlines()[0].startswith("…")
    assert shown.splitlines()[1] == "line 50"
    assert shown.endswith(f"line {MOST_LINES + 49}\n")
    assert log_tail("short\n") == "short\n"
    assert log_tail("") == ""


def test_one_endless_line_is_cut_and_a_token_in_it_is_hidden_first() -> None:
    # Cut first, the token's look would be lost and half of it shown.
    line = "x" * 10 + " hf_" + "a" * 40 + " " + "y" * (MOST_CHARACTERS - 20)
    shown = log_tail(line)
    assert len(shown) <= MOST_CHARACTERS + 100
    assert "aaaa" not in shown


def test_hostile_text_is_cleaned_in_linear_work() -> None:
    for text in ("\x1b[" * 30_000, "://" + "a" * 60_000, "token=" * 10_000, "/home/" * 10_000):
        clean(text)
