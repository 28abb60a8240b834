"""A server as a run sees it, and one that was there before on this machine."""

from __future__ import annotations

import ipaddress
import socket
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import httpx2
import psutil

from leaderboard.domain import BadInput, ChildFailed, Plan


class Server(Protocol):
    """Something that serves the plan's model, for as long as the context is open."""

    address: str
    """http://host:port, or the path of a Unix socket."""
    pid: int
    """The process that serves, of which an estimate takes the CPU time."""
    name: str
    """What it calls the model."""
    said: str
    """What it is, in words."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def models(address: str) -> tuple[list[str], str]:
    """What a server says that it serves, and what it calls itself.

    Raises:
        httpx2.HTTPError: it does not answer.
        ChildFailed: it does not speak the OpenAI API.
    """
    uds = None if "://" in address else address
    transport = httpx2.HTTPTransport(trust_env=False, uds=uds)
    with httpx2.Client(
        transport=transport, base_url="http://server" if uds else address, timeout=10, trust_env=False
    ) as http:
        answer = http.get("/v1/models")
        try:
            answer.raise_for_status()
            told: Any = answer.json()
            return [str(model["id"]) for model in told["data"]], answer.headers.get("server", "")
        except (httpx2.HTTPStatusError, ValueError, TypeError, KeyError) as error:
            shown = " ".join(answer.text.split())[:80]
            raise ChildFailed(
                f"The server is not OpenAI-compatible: /v1/models answered HTTP {answer.status_code} with "
                f"{shown!r}.",
                "Name the address of an OpenAI-compatible server, without /v1, such as http://127.0.0.1:8000.",
            ) from error


class Given:
    """A server that somebody else started on this machine; it is left as it was found."""

    def __init__(self, url: str, plan: Plan) -> None:
        """
        Raises:
            BadInput: no address of this machine, or nobody serves there.
            ChildFailed: it does not speak the OpenAI API.
        """
        parts = urlsplit(url if "://" in url else f"http://{url}")
        self.address = check_local(url)
        try:
            names, software = models(self.address)
        except httpx2.HTTPError as error:
            raise BadInput(
                f"Nobody serves at {self.address} ({type(error).__name__}).",
                "Start the server first, and name its address.",
            ) from error
        if not names:
            raise ChildFailed(f"The server at {self.address} serves no model.", "Let it load the plan's.")
        own = plan.model.repo_id
        self.name = own if own in names else names[0]
        called = "" if self.name == own else f", which calls the model {self.name[:80]!r}"
        self.said = f"{software or 'a server'} at {self.address}{called}"
        self.pid = listener(int(parts.port or 80)) or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """It is not ours to end."""


def check_local(url: str) -> str:
    """The address of a server, http://host:port, if it is this machine's.

    Raises:
        BadInput: it is no such address, or another machine's, whose energy no meter here sees.
    """
    parts = urlsplit(url if "://" in url else f"http://{url}")
    remedy = "Give an address of this machine, such as --url http://127.0.0.1:8000."
    try:
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host, port = None, 0
    if parts.scheme != "http" or not host or parts.path.rstrip("/") not in ("", "/v1") or parts.query:
        raise BadInput(f"{url[:80]!r} is no address of a server.", remedy)
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise BadInput(f"There is no host {host!r} ({error}).", remedy) from error
    own = {each.address for all_of in psutil.net_if_addrs().values() for each in all_of}
    if not all(ipaddress.ip_address(each).is_loopback or each in own for each in found):
        raise BadInput(
            f"{host} is another machine, and the meter of this one does not see its energy.",
            "Run this on the machine that serves.",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def listener(port: int) -> int | None:
    """The process that listens on a port of this machine; None where that cannot be seen."""
    try:
        found = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return None
    return next(
        (each.pid for each in found if each.status == psutil.CONN_LISTEN and each.laddr.port == port), None
    )
