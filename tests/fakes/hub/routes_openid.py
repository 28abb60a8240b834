"""Signing in somewhere with this Hub: metadata, the page where one says who one is, tokens, who it was."""

from __future__ import annotations

import base64
import binascii
from html import escape
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from .openid import SCOPES, OAuthRefusal, OpenID
from .refusals import Malformed, Unauthenticated

routes = APIRouter()
_ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


def _openid(request: Request) -> OpenID:
    openid: OpenID = request.app.state.openid
    return openid


def _issuer(request: Request) -> str:
    return str(request.base_url).rstrip("/")


@routes.get("/.well-known/openid-configuration")
def metadata(request: Request) -> dict[str, Any]:
    """OpenID Connect Discovery."""
    issuer = _issuer(request)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


@routes.get("/oauth/jwks")
def jwks(request: Request) -> dict[str, Any]:
    """The public key of what is signed here."""
    return {"keys": [_openid(request).key.as_dict(private=False)]}


@routes.get("/oauth/authorize")
def ask(request: Request) -> HTMLResponse:
    """A page with a button for each person, and one to decline."""
    openid = _openid(request)
    asked = _checked(openid, {name: request.query_params.get(name, "") for name in _ASKED})
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.items()
    )
    people = "".join(
        f'<p><button name="person" value="{account.sub}">Sign in as {escape(account.name)}</button> '
        f"{escape(', '.join(org.name for org in account.orgs))}</p>"
        for account in openid.people
    )
    where = escape(urlsplit(asked["redirect_uri"]).netloc)
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Loopback Hub</title>'
        '<link rel="icon" href="data:,">'
        f'<h1>{where} asks who you are</h1><form method="post" action="/oauth/authorize">{hidden}{people}'
        '<p><button name="person" value="">Decline</button></p></form></html>'
    )


@routes.post("/oauth/authorize")
async def answer(request: Request) -> Response:
    """Back to who asked, with a code."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    openid = _openid(request)
    asked = _checked(openid, {name: form.get(name, "") for name in _ASKED})
    account = openid.account(form.get("person", ""))
    told = {"error": "access_denied"} if account is None else {"code": openid.code(account, asked)}
    told |= {"state": asked["state"], "iss": _issuer(request)}
    between = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return RedirectResponse(f"{asked['redirect_uri']}{between}{urlencode(told)}", 303)


@routes.post("/oauth/token")
async def token(request: Request) -> JSONResponse:
    """Tokens for a code."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    client = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    try:
        told = _openid(request).exchange(_issuer(request), client, form)
    except OAuthRefusal as refusal:
        error = {"error": refusal.error, "error_description": refusal.description}
        return JSONResponse(error, refusal.status, headers={"Cache-Control": "no-store"})
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@routes.get("/oauth/userinfo")
def userinfo(request: Request) -> dict[str, Any]:
    """Who the bearer's person is, and their organisations."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    account = _openid(request).holder(given)
    if account is None:
        raise Unauthenticated
    return account.userinfo(_issuer(request))


def _checked(openid: OpenID, asked: dict[str, str]) -> dict[str, str]:
    # Until client and address are known to be right, nobody is sent anywhere.
    if asked["client_id"] != openid.client_id:
        raise Malformed("This client is not known")
    where = urlsplit(asked["redirect_uri"])
    loopback = where.scheme == "http" and where.hostname in ("127.0.0.1", "localhost", "::1")
    if not loopback and not (where.scheme == "https" and str(where.hostname).endswith(".hf.space")):
        raise Malformed("This client may not send people to that address")
    if asked["response_type"] != "code" or asked["code_challenge_method"] != "S256":
        raise Malformed("Only the authorization code with PKCE S256 is supported")
    if len(asked["code_challenge"]) != 43 or not asked["state"]:
        raise Malformed("The request has no state or no code challenge")
    if not {"openid"} <= set(asked["scope"].split()) <= set(SCOPES):
        raise Malformed("These scopes are not for this client")
    return asked


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(name), unquote(secret)
