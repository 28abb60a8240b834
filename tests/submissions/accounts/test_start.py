"""What a Space must be told before people can sign in, and what it is without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

import app as composition
from leaderboard.domain import BadInput, Forbidden, Org, Person
from leaderboard.record import Record
from leaderboard.settings import SECRETS, read_settings
from submissions.accounts import HubAccounts, ReadOnly, SingleUser, accounts_of
from submissions.accounts.identity import identity_of
from tests.fakes.hub.people import ADA, ANALYTICAL
from tests.submissions.accounts.conftest import SECRET

ROOT = Path(__file__).resolve().parents[3]
OAUTH = {"STARWATT_ACCOUNTS": "hub", "OAUTH_CLIENT_ID": "client", "OAUTH_CLIENT_SECRET": "hush"}


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "tiny-one",
        SECRET[:31],
        "a" * 64,
        "0123456789abcdef" * 4,
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "12345678901234567890123456789012abc",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "my-secret-that-is-long-enough-to-pass-42",
        "ChangeMe-ChangeMe-ChangeMe-ChangeMe-1",
        "abababababababababababababababababab",
    ],
)
def test_sign_in_does_not_start_without_a_random_secret(secret: str) -> None:
    with pytest.raises(BadInput, match="STARWATT_SESSION_SECRET") as refused:
        read_settings({**OAUTH, "STARWATT_SESSION_SECRET": secret})
    assert not secret or secret not in str(refused.value)


def test_the_process_ends_before_it_opens_anything(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "STARWATT_DATA": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        env={**environment, **OAUTH, "PORT": "0"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert "STARWATT_SESSION_SECRET is missing" in done.stderr and "token_urlsafe" in done.stderr
    assert not (tmp_path / "data").exists()


@given(st.binary(min_size=32, max_size=32))
def test_what_is_random_is_taken(raw: bytes) -> None:
    """What `deploy` makes, and hex of the same length; unless chance itself made something monotonous."""
    import base64

    secret = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    if len(set(raw)) > 16:
        oauth = read_settings({**OAUTH, "STARWATT_SESSION_SECRET": secret}).oauth
        assert oauth is not None and oauth.session_secret == secret
        assert secret not in repr(oauth) and "hush" not in repr(oauth)


def test_half_a_client_or_a_provider_in_the_clear_is_refused() -> None:
    good = {**OAUTH, "STARWATT_SESSION_SECRET": SECRET}
    for name in ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET"):
        with pytest.raises(BadInput, match=f"{name} is missing"):
            read_settings({**good, name: ""})
    for provider in ("http://huggingface.co", "ftp://127.0.0.1", "huggingface.co"):
        with pytest.raises(BadInput, match="OPENID_PROVIDER_URL"):
            read_settings({**good, "OPENID_PROVIDER_URL": provider})
    with pytest.raises(BadInput, match="STARWATT_OPERATORS"):
        read_settings({**good, "STARWATT_OPERATORS": "ada lovelace"})


def test_who_people_sign_in_with() -> None:
    good = {**OAUTH, "STARWATT_SESSION_SECRET": SECRET}
    for more, provider in (
        ({}, "https://huggingface.co"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9/"}, "http://127.0.0.1:9"),
        (
            {"HF_ENDPOINT": "http://127.0.0.1:9", "OPENID_PROVIDER_URL": "https://id.example/"},
            "https://id.example",
        ),
    ):
        oauth = read_settings({**good, **more}).oauth
        assert oauth is not None and oauth.provider == provider
    assert read_settings({"STARWATT_OPERATORS": f" {ADA.sub} , other,"}).operators == {ADA.sub, "other"}


def test_which_accounts_a_space_has(record: Record) -> None:
    secret = {"STARWATT_SESSION_SECRET": SECRET}
    whole = {**OAUTH, **secret, "STARWATT_ACCOUNTS": ""}
    everywhere = {"HOST": "0.0.0.0"}
    for kind, environ in (
        (SingleUser, {}),
        # One's own machine stays that, also with a Space's variables around.
        (SingleUser, whole),
        (SingleUser, {**everywhere, "STARWATT_ACCOUNTS": "single-user"}),
        (ReadOnly, everywhere),
        (HubAccounts, {**whole, **everywhere}),
        (HubAccounts, {**OAUTH, **secret}),
    ):
        assert type(accounts_of(read_settings(environ), record)) is kind
    assert "OAuth client" in ReadOnly.closed


@pytest.mark.parametrize(
    ("host", "at_home", "there"),
    [
        ("127.0.0.1:7860", True, True),
        ("localhost:7860", True, True),
        ("[::1]:7860", True, True),
        ("evil.example:7860", True, False),
        ("127.0.0.1.evil.example", True, False),
        ("[", True, False),
        ("leaderboard.example", False, True),
    ],
)
def test_ones_own_machine_is_known_by_its_own_names(host: str, at_home: bool, there: bool) -> None:
    """Whose page had its name point here is not who sits at the machine."""
    request = request_to(host)
    accounts = SingleUser(at_home=at_home)
    assert (accounts.person(request) is not None) is there
    if there:
        accounts.check_write(request)
    else:
        with pytest.raises(Forbidden, match="another name"):
            accounts.check_write(request)
    assert read_settings({}).at_home
    assert not read_settings({"STARWATT_ACCOUNTS": "single-user"}).at_home


def request_to(host: str) -> Request:
    scope = {"type": "http", "method": "POST", "scheme": "http", "path": "/submit", "query_string": b""}
    return Request({**scope, "headers": [(b"host", host.encode())]})


def test_no_secret_of_the_space_goes_to_its_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from submissions import beside

    given: dict[str, str] = {}
    monkeypatch.setattr("subprocess.Popen", lambda *_, env, **__: given.update(env))
    environment = {**dict.fromkeys(SECRETS, "hush"), "HF_ENDPOINT": "x"}
    beside.start_worker("http://127.0.0.1:1", tmp_path, ["cpu"], environment=environment)
    assert given["HF_ENDPOINT"] == "x" and "hush" not in given.values()


def test_the_hub_is_read_with_care() -> None:
    told = ADA.userinfo("http://hub.example")
    ada = identity_of(told)
    assert (ada.subject, ada.name, ada.orgs) == (
        ADA.sub,
        "ada",
        (Org(subject=ANALYTICAL.sub, name="analytical"),),
    )
    assert Person(subject=ada.subject, name=ada.name, orgs=ada.orgs).speaks_for(ANALYTICAL.sub)
    assert identity_of({**told, "preferred_username": "<b>ada</b>", "name": "Ada\n"}).name == ADA.sub
    assert identity_of({**told, "orgs": [None, {"sub": ""}, {"sub": "x y"}, 5]}).orgs == ()
    nobodies: list[object] = [
        {},
        {"sub": ""},
        {"sub": "local"},
        {"sub": "token"},
        {"sub": "system"},
        {"sub": "space"},
        {"sub": ["a"]},
        [],
        None,
        "ada",
    ]
    for nobody in nobodies:
        with pytest.raises(Forbidden):
            identity_of(nobody)


def test_a_machine_that_is_everybodys_says_so_in_its_log(
    record: Record, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.board.mount_gradio", lambda *_: None)
    for host, warned in (("127.0.0.1", False), ("0.0.0.0", True)):
        caplog.clear()
        told = {"STARWATT_DATA": str(record.folder), "STARWATT_ACCOUNTS": "single-user", "HOST": host}
        composition.create_app(read_settings(told), record)
        assert ("whoever reaches it may submit and operate" in caplog.text) is warned
