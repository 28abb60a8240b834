"""Closed models: runs that their submitters made, handed in as bundles, listed without stars (METHOD §6)."""

from submissions.attested.decisions import Waiting, accept, reject, waiting

__all__ = ["Waiting", "accept", "reject", "waiting"]
