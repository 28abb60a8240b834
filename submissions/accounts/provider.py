"""The Hub as an OpenID provider: where to send somebody, and who came back."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from leaderboard.domain import Forbidden, HubUnavailable
from leaderboard.settings import OAuthClient
from submissions.accounts.asked_once import AskedOnce, Turns
from submissions.accounts.asking import Asking
from submissions.accounts.identity import Identity, identity_of

SCOPES = "openid profile"
"""Who somebody is and their organisations' names; nothing that reads or writes."""
_SIGNATURES = ["RS256", "PS256", "ES256"]
_TIMEOUT_S = 10.0
_LEEWAY_S = 60
"""How far the Hub's clock and ours may be apart."""
_MOST_COMING_BACK = 8
"""How many codes are exchanged at once; each holds a thread for as long as the Hub takes."""
_AGAIN = "Sign in again."


class Provider:
    """One OpenID provider, asked for its metadata when it is first needed."""

    def __init__(self, client: OAuthClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._metadata = AskedOnce(self._ask_metadata, monotonic)
        self._keys = AskedOnce(self._ask_keys, monotonic)
        self._coming_back = Turns(_MOST_COMING_BACK)

    def address(self, asking: Asking) -> str:
        """Where the browser is to go.

        Raises:
            HubUnavailable: the provider does not answer, or answers as another one.
        """
        with self._session(asking.redirect_uri) as session:
            address, _ = session.create_authorization_url(
                self._told()["authorization_endpoint"],
                state=asking.state,
                nonce=asking.nonce,
                code_verifier=asking.verifier,
            )
        return str(address)

    def identity(self, asking: Asking, code: str) -> Identity:
        """Who came back with a code. The access token serves once, for the user information, and is not kept.

        Raises:
            Forbidden: the code, or what the provider signed, is not for this sign-in.
            HubUnavailable: the provider does not answer.
        """
        told = self._told()
        try:
            with self._coming_back.one(), self._session(asking.redirect_uri) as session:
                token = session.fetch_token(
                    told["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=asking.verifier,
                )
                claims = self._verified(str(token.get("id_token", "")), str(token["access_token"]), asking)
                answer = session.get(told["userinfo_endpoint"])
                answer.raise_for_status()
                userinfo = answer.json()
        except OAuthError as error:
            raise Forbidden(
                f"The Hub did not take this sign-in ({str(error.error)[:60]}).", _AGAIN
            ) from error
        except JoseError as error:
            raise Forbidden(
                f"What the Hub signed is not for this sign-in ({type(error).__name__}).", _AGAIN
            ) from error
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            raise self._silent(error) from error
        identity = identity_of(userinfo)
        if identity.subject != claims["sub"]:
            raise Forbidden("The Hub told of somebody else than it signed for.", _AGAIN)
        return identity

    @property
    def issuer(self) -> str:
        """As it names itself. Raises HubUnavailable."""
        return str(self._told()["issuer"])

    def _session(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            self._client.client_id,
            self._client.client_secret,
            scope=SCOPES,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
            verify=self._trust,
        )

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Whom we trust to be who; loading that takes longer than all else about a sign-in."""
        return httpx2.create_ssl_context()

    def _told(self) -> Mapping[str, Any]:
        return self._metadata.get()

    def _ask_metadata(self) -> Mapping[str, Any]:
        found = self._fetched(f"{self._client.provider}/.well-known/openid-configuration")
        issuer = str(found.get("issuer", "")).rstrip("/")
        needed = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
        if issuer != self._client.provider or not all(found.get(name) for name in needed):
            raise HubUnavailable(
                f"{self._client.provider} describes itself as another sign-in.",
                "Whoever runs this Space looks at OPENID_PROVIDER_URL.",
            )
        return found

    def _verified(self, id_token: str, access_token: str, asking: Asking) -> Mapping[str, Any]:
        """The claims of an ID token: signed by the provider, for us, for this sign-in, in time."""
        try:
            decoded = jwt.decode(id_token, self._keys.get(), algorithms=_SIGNATURES)
        except InvalidKeyIdError:
            # Signed with a key that is newer than those we know.
            decoded = jwt.decode(id_token, self._keys.get(anew=True), algorithms=_SIGNATURES)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client.client_id},
                "nonce": {"essential": True, "value": asking.nonce},
            },
            {"client_id": self._client.client_id, "nonce": asking.nonce, "access_token": access_token},
        )
        claims.validate(leeway=_LEEWAY_S)
        return dict(claims)

    def _ask_keys(self) -> KeySet:
        return KeySet.import_key_set(self._fetched(self._told()["jwks_uri"]))  # type: ignore[arg-type]

    def _fetched(self, address: str) -> dict[str, Any]:
        try:
            with httpx2.Client(timeout=_TIMEOUT_S, verify=self._trust) as session:
                answer = session.get(address, headers={"Accept": "application/json"})
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise self._silent(error) from error
        return found if isinstance(found, dict) else {}

    def _silent(self, error: Exception) -> HubUnavailable:
        return HubUnavailable(
            f"The Hub's sign-in at {self._client.provider} does not answer as it should "
            f"({type(error).__name__}).",
            "Try again in a minute; everything can be read without signing in.",
        )
