"""What one sign-in asks of the provider with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Asking:
    """What binds one sign-in to the browser that began it."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str
    """Of PKCE (RFC 7636); the provider is shown its SHA-256 first."""
