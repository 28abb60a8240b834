"""The Space's one socket, without a web framework: whoever starts a Space may try the port first."""

from __future__ import annotations

import errno
import socket

from leaderboard.domain import BadInput


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        BadInput: the port is taken, or the address is not this machine's.
    """
    try:
        listener = socket.create_server((host, port), backlog=256, family=_family(host))
        # Head and body go out in two writes. asyncio would see to it that the second does not wait 40 ms for
        # the reader's receipt of the first, but not for a socket that was made like this.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise BadInput(f"Cannot listen on {host}:{port} ({error.strerror}).", _remedy(error.errno)) from error


def _remedy(number: int | None) -> str:
    if number == errno.EADDRINUSE:
        return (
            "Stop what uses the port. For a second Space beside it choose another port and another folder, "
            "since two cannot share one record: PORT=8000 STARWATT_DATA=./other make run."
        )
    return "Choose another address or port: HOST=127.0.0.1 PORT=8000."


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
