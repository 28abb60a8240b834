"""The people of the loopback Hub who can sign in somewhere with it, and what it says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Membership:
    """One organisation of somebody's."""

    sub: str
    """The organisation's subject id."""
    name: str
    role: str = "write"
    """admin, write, contributor or read."""
    restrictions: tuple[str, ...] = ()
    """What the organisation asks for and the person has not done: ip, token-policy, mfa, sso."""


@dataclass(frozen=True)
class Account:
    """One person."""

    sub: str
    """Subject id: names change, this does not."""
    name: str
    full_name: str
    orgs: tuple[Membership, ...] = ()

    def userinfo(self, issuer: str) -> dict[str, Any]:
        """What the provider tells with the scopes `openid profile`."""
        return {
            "sub": self.sub,
            "name": self.full_name,
            "preferred_username": self.name,
            "profile": f"{issuer}/{self.name}",
            "picture": f"{issuer}/avatars/{self.sub}.svg",
            "isPro": False,
            "orgs": [
                {
                    "sub": org.sub,
                    "name": org.name.title(),
                    "preferred_username": org.name,
                    "picture": f"{issuer}/avatars/{org.sub}.svg",
                    "isEnterprise": bool(org.restrictions),
                    "roleInOrg": org.role,
                    **({"securityRestrictions": list(org.restrictions)} if org.restrictions else {}),
                }
                for org in self.orgs
            ],
        }


ANALYTICAL = Membership("0a0000000000000000000001", "analytical", "admin")
ADA = Account(
    "650000000000000000000ada",
    "ada",
    "Ada Lovelace",
    (
        ANALYTICAL,
        Membership("0a0000000000000000000002", "onlookers", "read"),
        Membership("0a0000000000000000000003", "sealed", "write", ("sso",)),
    ),
)
"""Acts for `analytical` alone: in `onlookers` she may only read, in `sealed` she has not signed on."""
BO = Account(
    "6500000000000000000000b0", "bo", "Bo Boole", (Membership("0a0000000000000000000004", "boolean"),)
)
OZ = Account("6500000000000000000000e2", "oz", "Oz Operator")
"""Nobody's member; a Space may name this subject id as its operator."""

PEOPLE = (ADA, BO, OZ)
