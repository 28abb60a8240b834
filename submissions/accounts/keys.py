"""What is derived from the session secret: each for one use, so that none can stand for another."""

from __future__ import annotations

import base64
import hashlib
import hmac


def derived(secret: str, use: str, *parts: str) -> str:
    """HMAC-SHA-256 of what it is for and what it is bound to: 43 characters that an address may hold.

    Args:
        secret: the session secret.
        use: `csrf`, `verifier` …; nothing made for one use is good for another.
        parts: what it is bound to; their lengths are bound too.
    """
    message = "\0".join([use, *(f"{len(part)}:{part}" for part in parts)])
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def same(given: str, known: str) -> bool:
    """Whether two secrets are one, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), known.encode())
