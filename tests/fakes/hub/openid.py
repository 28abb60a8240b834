"""The loopback Hub as an OpenID provider: one client, its people, codes that serve once, tokens it signs.

Authorization code with PKCE, as RFC 6749, RFC 7636 and OpenID Connect Core say; it refuses what they forbid.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from .people import PEOPLE, Account

CODE_S = 60
TOKEN_S = 8 * 3600
SCOPES = ("openid", "profile", "email")


class OAuthRefusal(Exception):
    """What the token endpoint declines, by the error codes of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


@dataclass(frozen=True)
class Grant:
    """What a person agreed to."""

    account: Account
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    challenge: str
    ends_at: float
    """On the monotonic clock."""


class OpenID:
    """Clients, codes and tokens of one Hub. Codes and tokens end with it; the client is kept on disk."""

    def __init__(self, root: Path, people: Sequence[Account] = PEOPLE) -> None:
        file = root / "oauth.json"
        if not file.exists():
            root.mkdir(parents=True, exist_ok=True)
            client = {"client_id": secrets.token_hex(16), "client_secret": secrets.token_urlsafe(32)}
            file.write_text(json.dumps(client), "utf-8")
            file.chmod(0o600)
        kept = json.loads(file.read_text("utf-8"))
        self.client_id: str = kept["client_id"]
        self.client_secret: str = kept["client_secret"]
        self.people = tuple(people)
        self.lies: dict[str, Any] = {}
        """Claims that ID tokens carry in place of the true ones, to see who believes them."""
        self.handed_out: list[str] = []
        """Every access token and ID token so far, to look for in logs."""
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._lock = threading.Lock()

    @cached_property
    def key(self) -> RSAKey:
        """What ID tokens are signed with, made when it is first needed."""
        return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)

    def account(self, sub: str) -> Account | None:
        """The person of a subject id."""
        return next((account for account in self.people if account.sub == sub), None)

    def code(self, account: Account, asked: dict[str, str]) -> str:
        """A code for what somebody agreed to; `asked` are the fields of the authorization request."""
        code = secrets.token_urlsafe(24)
        grant = Grant(
            account,
            asked["client_id"],
            asked["redirect_uri"],
            asked["scope"],
            asked["nonce"],
            asked["code_challenge"],
            time.monotonic() + CODE_S,
        )
        with self._lock:
            self._codes[code] = grant
        return code

    def exchange(self, issuer: str, client: tuple[str, str], form: dict[str, str]) -> dict[str, Any]:
        """Tokens for a code. Raises `OAuthRefusal`."""
        known = hmac.compare_digest(client[0].encode(), self.client_id.encode())
        if not known or not hmac.compare_digest(client[1].encode(), self.client_secret.encode()):
            raise OAuthRefusal("invalid_client", "Client authentication failed", 401)
        if form.get("grant_type") != "authorization_code":
            raise OAuthRefusal("unsupported_grant_type", "Only authorization_code is supported")
        with self._lock:
            grant = self._codes.pop(form.get("code", ""), None)
        if (
            grant is None
            or grant.ends_at < time.monotonic()
            or grant.redirect_uri != form.get("redirect_uri")
        ):
            raise OAuthRefusal("invalid_grant", "The code is not known, used, or for another address")
        if not hmac.compare_digest(grant.challenge, challenge_of(form.get("code_verifier", ""))):
            raise OAuthRefusal("invalid_grant", "The code verifier does not fit the challenge")
        access_token = f"hf_oauth_{secrets.token_urlsafe(32)}"
        id_token = self._signed(issuer, grant)
        with self._lock:
            self._tokens[access_token] = grant
            self.handed_out += [access_token, id_token]
        return {
            "access_token": access_token,
            "id_token": id_token,
            "token_type": "bearer",
            "expires_in": TOKEN_S,
            "scope": grant.scope,
        }

    def holder(self, access_token: str) -> Account | None:
        """Whose access token it is."""
        with self._lock:
            grant = self._tokens.get(access_token)
        return grant.account if grant else None

    def _signed(self, issuer: str, grant: Grant) -> str:
        now = int(time.time())
        claims = {
            "iss": issuer,
            "sub": grant.account.sub,
            "aud": grant.client_id,
            "iat": now,
            "exp": now + TOKEN_S,
            "nonce": grant.nonce,
            "preferred_username": grant.account.name,
        }
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, {**claims, **self.lies}, self.key, algorithms=["RS256"])


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
