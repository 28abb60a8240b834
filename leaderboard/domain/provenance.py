"""Where a figure comes from (METHOD §6)."""

from __future__ import annotations

from enum import StrEnum


class Provenance(StrEnum):
    """How far a figure can be trusted, best first."""

    MEASURED = "measured"
    ATTESTED = "attested"
    REFERENCE = "reference"
    ESTIMATED = "estimated"
    SIMULATED = "simulated"

    @property
    def sentence(self) -> str:
        """One sentence for the reader of a page."""
        return _SENTENCES[self]

    @property
    def public(self) -> bool:
        """Whether it may stand in a public edition (METHOD §4): estimates and simulations may not."""
        return self not in (Provenance.ESTIMATED, Provenance.SIMULATED)


_SENTENCES = {
    Provenance.MEASURED: "Measured by our runner from the hardware's own energy counter.",
    Provenance.ATTESTED: "Measured by the submitter on their own hardware; the bundle was checked.",
    Provenance.REFERENCE: "Published by somebody else; shown with its source and its known faults.",
    Provenance.ESTIMATED: "Estimated, not measured: CPU time times a stated number of watts per core.",
    Provenance.SIMULATED: "Simulated hardware: good for development, not a fact about any card.",
}
