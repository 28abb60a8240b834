"""How a serving run is put on; the rated number is that of the protocol's own B, whatever is chosen here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.domain import BadInput, Plan, Protocol

MOST_AT_ONCE = 4096


@dataclass(frozen=True)
class Options:
    """What whoever runs a serving plan may choose."""

    url: str | None = None
    """A server that is there already, on this machine; None: the runner starts its own."""
    ladder: tuple[int, ...] = ()
    """Further concurrencies, shown and never rated."""
    command: Sequence[str] | None = None
    """Instead of `vllm serve`: another program that takes its arguments."""
    stall_s: float = 60.0
    """For so long a request may keep silent."""


def options_of(url: str | None, concurrency: str | None) -> Options:
    """From the words of a command line; raises BadInput as `ladder_of`."""
    return Options(url=url, ladder=ladder_of(concurrency) if concurrency else ())


def ladder_of(text: str) -> tuple[int, ...]:
    """Concurrencies from words such as `1,2,4,8`, each once and rising.

    Raises:
        BadInput: one is no number of requests.
    """
    found = set()
    for word in text.split(","):
        try:
            number = int(word)
        except ValueError:
            number = 0
        if not 1 <= number <= MOST_AT_ONCE:
            raise BadInput(
                f"{word.strip()[:20]!r} is no number of requests at once.",
                f"Give whole numbers from 1 to {MOST_AT_ONCE}, for example --concurrency 1,2,4,8,16,32,64.",
            )
        found.add(number)
    return tuple(sorted(found))


def check_options(options: Options, plan: Plan, protocol: Protocol) -> None:
    """Whether a plan can be run so, before anything is written.

    Raises:
        BadInput: the plan is not served, there is nothing to serve it with, or the address is none here.
    """
    if not protocol.serving and (options.url is not None or options.ladder):
        raise BadInput(
            f"The plan's protocol is {plan.protocol}: it asks no server.",
            "Leave --url and --concurrency out, or plan with --protocol serving-b64.",
        )
    if protocol.serving:
        from runners.bench.serving.server import check_local
        from runners.bench.serving.vllm import flags_of, vllm

        if options.url is not None:
            check_local(options.url)
        else:
            flags_of(plan, 1)
            _ = options.command or vllm()
