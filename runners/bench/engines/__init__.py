"""How a published checkpoint becomes a model that may stand for it: one module a library (METHOD §3.3)."""

from __future__ import annotations


class LoadingFailed(Exception):
    """The model cannot stand for what the plan says; `cause` is a word of `wire.Failure`."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause
