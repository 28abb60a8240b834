"""What the loopback Hub refuses, with the status and error code that the Hub's own client reads.

Refusal
├── RepoNotFound        404  missing, or private to the caller: the two look the same on purpose
├── RevisionNotFound    404
├── EntryNotFound       404
├── GatedRepo           403  visible, but the files are for people who were let in
├── Unauthenticated     401  a token is needed, or the one given is not known
├── Forbidden           403  the token may read but not write
├── AlreadyExists       409
├── StaleParent         412  the branch moved since `parentCommit`
└── Malformed           400
"""

from __future__ import annotations


class Refusal(Exception):
    """A request that the Hub declines; `status` and `code` are what the client tells errors apart by."""

    status = 400
    code: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def headers(self) -> dict[str, str]:
        """The headers from which `huggingface_hub` builds its exception."""
        headers = {"X-Error-Message": self.message}
        if self.code is not None:
            headers["X-Error-Code"] = self.code
        return headers

    def body(self) -> dict[str, str]:
        """The JSON that goes with the status."""
        return {"error": self.message}


class RepoNotFound(Refusal):
    """No such repository, as far as this caller may know."""

    status = 404
    code = "RepoNotFound"

    def __init__(self) -> None:
        super().__init__("Repository not found")


class RevisionNotFound(Refusal):
    """The repository has no such branch, tag or commit."""

    status = 404
    code = "RevisionNotFound"

    def __init__(self, revision: str) -> None:
        super().__init__(f"Invalid rev id: {revision}")


class EntryNotFound(Refusal):
    """The revision holds no such file; `commit` lets the client remember that it is missing there."""

    status = 404
    code = "EntryNotFound"

    def __init__(self, message: str = "Entry not found", commit: str | None = None) -> None:
        super().__init__(message)
        self.commit = commit

    def headers(self) -> dict[str, str]:
        headers = super().headers()
        if self.commit is not None:
            headers["X-Repo-Commit"] = self.commit
        return headers


class GatedRepo(Refusal):
    """The repository is public to see and gated to read."""

    status = 403
    code = "GatedRepo"

    def __init__(self, repo_id: str) -> None:
        super().__init__(f"Access to {repo_id} is restricted and you are not in the authorized list.")


class Unauthenticated(Refusal):
    """No token, or a token that this Hub did not issue."""

    status = 401

    def __init__(self, message: str = "Invalid credentials in Authorization header") -> None:
        super().__init__(message)


class Forbidden(Refusal):
    """The token is known and does not reach this far."""

    status = 403

    def __init__(self) -> None:
        super().__init__("This token has no write access to this repository")


class AlreadyExists(Refusal):
    """A repository, branch or tag of that name is already there."""

    status = 409

    def __init__(self, message: str, url: str | None = None) -> None:
        super().__init__(message)
        self.url = url

    def body(self) -> dict[str, str]:
        # With `exist_ok=True` the client takes the address from the refusal.
        return super().body() | ({"url": self.url} if self.url is not None else {})


class StaleParent(Refusal):
    """The compare-and-swap of a commit failed."""

    status = 412

    def __init__(self) -> None:
        super().__init__("A commit has happened since. Please refresh and try again.")


class Malformed(Refusal):
    """The request says something that cannot be done."""

    status = 400
