"""Limits at the door: who has which, what of them is used, and a refusal that costs next to nothing.

The record makes sure of them where it writes. The gate asks first, so that who is over a limit costs the Hub
no question and the writer no work.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leaderboard.domain import LOCAL, Limits, Person, StorageUnavailable, Use
from leaderboard.record import Asker, Record

_REMEMBERED = 4096
_KEY_CHARACTERS = 64
_MOST_ORGS = 20
"""Organisations of one person whose limits are shown."""
_WHOSE = {"person": "you", "address": "your network address", "queue": "everybody", "bundles": "everybody"}


@dataclass(frozen=True)
class Shown:
    """A limit as somebody sees it before they are held to it."""

    whose: str
    """`you`, an organisation's name, `your network address` or `everybody`."""
    use: Use


class Gate:
    """Knows the limits and who is held to them."""

    def __init__(self, record: Record, limits: Limits) -> None:
        self._record = record
        self._limits = limits
        self._refused: OrderedDict[Asker, tuple[int, Use]] = OrderedDict()
        self._lock = threading.Lock()

    def limits_of(self, person: Person) -> Limits:
        """What somebody is held to: an operator with an account to the caps of all alone."""
        exempt = person.operator and person.subject != LOCAL
        return self._limits.only_queue() if exempt else self._limits

    def check(self, person: Person, *, owner: str = "", address: str = "", bundle: bool = False) -> None:
        """Whether somebody may ask for one more, as it looks now.

        `owner`: subject id of the organisation it is for; empty: themselves. `address`: its keyed hash.
        `bundle`: whether it is one, which is held to limits of its own.

        Raises:
            TooMany: a limit is reached; it says which, how much is used, and when a place is free again.
        """
        asker, at = Asker(person.subject, owner or person.subject, address, bundle), self._record.now()
        version = self._record.version
        with self._lock:
            known = self._refused.get(asker)
        if known is not None and known[0] == version and _still(known[1], at):
            raise known[1].refusal(at)
        use = self._record.limit_reached(self.limits_of(person), asker, at)
        if use is not None:
            self._remember(asker, version, use)
            raise use.refusal(at)

    def shown(self, person: Person | None, address: str = "", *, bundle: bool = False) -> list[Shown]:
        """The limits of somebody, or of whoever is at an address: what of each is used, the fullest first.

        `bundle`: those on handing in a bundle, and not those on asking for a run.
        """
        at = self._record.now()
        limits = self._limits if person is None else self.limits_of(person)
        subject = "" if person is None else person.subject
        seen = [
            Shown(_WHOSE[use.scope], use)
            for use in self._record.uses(limits, Asker(subject, subject, address, bundle), at)
            if person is not None or use.scope != "person"
        ]
        for org in () if person is None else person.orgs[:_MOST_ORGS]:
            uses = self._record.uses(limits, Asker(subject, org.subject, "", bundle), at)
            seen += [Shown(org.name, use) for use in uses if use.scope == "organisation"]
        return sorted(seen, key=lambda one: one.use.share, reverse=True)

    def _remember(self, asker: Asker, version: int, use: Use) -> None:
        """Until the record changes or a place is free by the clock, the same answer holds."""
        with self._lock:
            self._refused[asker] = (version, use)
            self._refused.move_to_end(asker)
            while len(self._refused) > _REMEMBERED:
                self._refused.popitem(last=False)


def _still(use: Use, at: datetime) -> bool:
    return use.free_at is None or at < use.free_at


class Addresses:
    """Network addresses as they are kept: hashed with a key that is in no record and no log.

    An IPv6 address counts as its /64, which is what one household or one machine is given.
    """

    def __init__(self, key: bytes, *, behind_proxy: bool) -> None:
        """`behind_proxy`: whether a proxy of the host stands in front, whose word on the client is good."""
        self._key = key
        self.behind_proxy = behind_proxy

    @classmethod
    def of(cls, data: Path, *, behind_proxy: bool) -> Addresses:
        """With the key of this data folder, made at the first start.

        Raises:
            StorageUnavailable: it can be neither read nor written.
        """
        path = data / "tokens" / "addresses"
        try:
            # Shorter than it was written: the disk was full, or the machine went off.
            if not path.is_file() or path.stat().st_size < _KEY_CHARACTERS:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                    file.write(secrets.token_hex(_KEY_CHARACTERS // 2))
            return cls(path.read_bytes(), behind_proxy=behind_proxy)
        except OSError as error:
            raise StorageUnavailable(
                f"The key for network addresses cannot be kept in {path} ({error.strerror}).",
                "Make STARWATT_DATA a folder that this user may write.",
            ) from error

    def hashed(self, address: str) -> str:
        """The keyed hash of an address; empty for what is none."""
        network = network_of(address)
        return hmac.new(self._key, network.encode(), hashlib.sha256).hexdigest()[:32] if network else ""


def network_of(address: str) -> str:
    """What of an address counts: an IPv4 address whole, of an IPv6 one its /64; empty for what is none."""
    try:
        parsed = ipaddress.ip_address(address.strip().strip("[]").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
