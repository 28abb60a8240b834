"""What a label, a badge and a sheet of evidence state about one rating: facts in, words out."""

from __future__ import annotations

from dataclasses import dataclass

from leaderboard import catalogue
from leaderboard.domain import Edition, Rating, Rule, three_significant
from leaderboard.publish.labels.wrap import printable
from leaderboard.rating.scale import Scale
from leaderboard.standing import STANDS, Standing


@dataclass(frozen=True)
class Statement:
    """One rating with what it stands in, and its permanent address."""

    rating: Rating
    edition: Edition
    address: str
    """`https://…/r/` + ten characters; what the QR code carries."""
    scale: Scale | None = None
    standing: Standing = STANDS

    @property
    def org(self) -> str:
        """The organisation, without the slash; empty where the id has none."""
        org, slash, _ = self.model.partition("/")
        return org if slash else ""

    @property
    def name(self) -> str:
        return self.model.partition("/")[2] or self.model

    @property
    def model(self) -> str:
        return printable(self.rating.model) or "?"

    @property
    def path(self) -> str:
        """The permanent address without its host: `/r/` + ten characters."""
        return f"/r/{self.rating.id}"

    @property
    def task(self) -> str:
        title = catalogue.title_of("task", self.rating.task, self.edition.id)
        return title if self.rating.reasoning == "off" else f"{title}, reasoning {self.rating.reasoning}"

    @property
    def hardware(self) -> str:
        return catalogue.title_of("hardware", self.rating.hardware, self.edition.id)

    @property
    def protocol(self) -> str:
        """The protocol, with the configuration where there are several, else the weights' number format."""
        title = catalogue.title_of("protocol", self.rating.protocol, self.edition.id)
        how = self.configuration or printable(self.rating.precision or "")
        return f"{title}, {how}" if how else title

    @property
    def configuration(self) -> str:
        """Batch, GPUs and precision of this row; empty where its protocol says it all."""
        return printable(self.rating.configuration)

    @property
    def value(self) -> str:
        """Wh per 1,000 queries, three significant digits."""
        return three_significant(self.rating.energy_wh_per_1000)

    @property
    def interval(self) -> str:
        """Both ends of the comparison interval, Wh per 1,000 queries; empty where none is claimed."""
        low, high = self.rating.energy_low, self.rating.energy_high
        return f"{three_significant(low)}–{three_significant(high)}" if low and high else ""

    @property
    def stars(self) -> str:
        """ "3 of 5", "3–4 of 5" where the interval crosses an edge; empty without stars."""
        if self.rating.stars is None:
            return ""
        low, high = self.stars_span
        return f"{high} of 5" if low == high else f"{low}–{high} of 5"

    @property
    def stars_span(self) -> tuple[int, int]:
        """Fewest and most stars that the figure may have; (0, 0) where it has none."""
        stars = self.rating.stars
        if stars is None:
            return 0, 0
        return self.rating.stars_low or stars, self.rating.stars_high or stars

    @property
    def not_rated(self) -> str:
        """Why there are no stars, as a sentence; empty where there are."""
        if self.rating.stars is not None:
            return ""
        why = printable(self.rating.not_rated) or "another configuration of this model is its rated row"
        return f"No stars: {why}" if not why.startswith("not rated") else why[0].upper() + why[1:]

    @property
    def compared_with(self) -> str:
        """What its star compares with: "class A, n = 42"; "all sizes, n = 10" in a task without classes."""
        models = f"class {self.rating.model_class}" if self.rating.model_class else "all sizes"
        return f"{models}, n = {self.rating.cell_size}"

    @property
    def day(self) -> str:
        """The day of the run, else the day that its edition stands for."""
        return (self.rating.measured_at or self.edition.dated).strftime("%Y-%m-%d")

    @property
    def provenance(self) -> str:
        return self.rating.provenance.value

    @property
    def marks(self) -> tuple[str, ...]:
        """Words that must be seen before the figure: withdrawn, disputed, superseded, development."""
        development = ("development",) if self.rating.development else ()
        return (*(mark.status.value for mark in self.standing.marks), *development)

    @property
    def title(self) -> str:
        """One line: the model and its outcome."""
        if self.standing.withdrawn:
            return f"{self.model}: rating withdrawn (Starwatt)"
        outcome = f"{self.stars} stars" if self.stars else "not rated"
        return f"{self.model}: {self.value} Wh per 1,000 queries, {outcome} (Starwatt)"

    @property
    def sentences(self) -> str:
        """The whole statement in words."""
        parts = [*self._standing_sentences(), self._energy_sentence(), self._stars_sentence()]
        rule = "groups of equal size" if self.rating.rule is Rule.QUINTILE else "parts of equal width"
        parts.append(f"Compared with {self.compared_with} reference models, in five {rule}.")
        parts.append(f"Edition: {self.edition.title} ({self.edition.id}).")
        parts.append(f"{self.rating.provenance.sentence} Date: {self.day}.")
        if self.rating.development:
            parts.append("Development edition: not a public rating.")
        return " ".join([*(part for part in parts if part), f"Permanent address: {self.address}"])

    def _standing_sentences(self) -> list[str]:
        found = []
        for mark in self.standing.marks:
            since = f" since {mark.at:%Y-%m-%d}" if mark.at else ""
            found.append(
                f"{mark.status.value.capitalize()}{since}: {printable(mark.reason) or 'no reason was given'}"
            )
        return [text if text.endswith((".", "!", "?")) else f"{text}." for text in found]

    def _energy_sentence(self) -> str:
        where = f"{self.task} on {self.hardware}, {self.protocol}"
        if self.standing.withdrawn:
            return f"{self.model} was rated for {where}; its figure is no longer claimed."
        between = f" (comparison interval {self.interval})" if self.interval else " (no interval is claimed)"
        return f"{self.model} needs {self.value} watt-hours{between} per 1,000 queries: {where}."

    def _stars_sentence(self) -> str:
        if self.standing.withdrawn:
            return ""
        if not self.stars:
            return self.not_rated.rstrip(".") + "."
        low, high = self.stars_span
        range_ = "" if low == high else f"; the best estimate is {self.rating.stars}"
        return f"{self.stars} stars, 5 being the most frugal{range_}."
