"""The same model and queries through us, optimum-benchmark's `energy_star` and ai_energy_benchmarks.

Each runs whole and unchanged, in an environment of its own, on a simulated H100 whose true energy is known
and whose power follows the model's work on the CPU. How fast does each get through the queries, how far off
is what it says of them, and what does it say when it could read nothing? The first run installs the peers.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import venvs
from peers.harness import Case, Harness, Ours, Said
from peers.material import MODEL, gather

from tests.fakes.hub import seed
from tests.fakes.hub.server import LoopbackHub

PEERS = {"optimum": "optimum-benchmark 0.6.0", "ai_energy": "ai_energy_benchmarks 0.0.7"}
WITHIN = 0.004
"""What is asked of us where no peer can be installed: as bench/official_run.py asks of a quick run."""
CASES: dict[Case, str] = {
    "gpu-lost": "GPU lost in mid-run",
    "no-nvidia-smi": "no nvidia-smi on PATH",
    "two-gpus-one-asked": "two GPUs, GPU 0 asked for",
    "two-gpus-none-named": "two GPUs, none named",
}


class Pair(NamedTuple):
    """A run, and the bare loop of its queries beside it, queries a second."""

    said: Said
    bare: float


class Faulty(NamedTuple):
    """A run in which something was wrong."""

    harness: str
    case: Case
    said: Said


class Verdict(NamedTuple):
    """Ours against theirs; errors are absolute and relative to the truth."""

    ours: float
    target: float
    ok: bool


def worst_error(runs: Sequence[Said]) -> float:
    """Of every window of generation; infinite where a run gave none."""
    errors = [abs(window.error) for said in runs for window in said.windows]
    return max(errors) if errors and all(said.windows for said in runs) else float("inf")


def judge(pairs: dict[str, list[Pair]], faulty: Sequence[Faulty]) -> Verdict:
    """Generation is judged, which all of them have; their other phases are shown beside it.

    Where something is wrong, a run of ours ends by name and without a figure, or its figure is right.
    """
    worst = {name: worst_error([pair.said for pair in rounds]) for name, rounds in pairs.items()}
    ours = worst.pop("ours")
    target = max((error for error in worst.values() if error != float("inf")), default=WITHIN)
    honest = all(
        (each.said.code != 0 and not each.said.windows) or worst_error([each.said]) <= max(target, WITHIN)
        for each in faulty
        if each.harness == "ours"
    )
    return Verdict(ours, target, ours <= target and honest)


def speed_and_error(title: str, pairs: Sequence[Pair]) -> str:
    """One row: medians of the rounds, except for the errors, of which the worst count."""
    runs = [pair.said for pair in pairs if pair.said.windows]
    if not runs:
        return f"{title:27} gave no figure: {pairs[0].said.message}"
    windows = [window for said in runs for window in said.windows]
    short = [window for said in runs for window in said.short]
    rate = statistics.median(said.rate for said in runs)
    ratio = statistics.median(pair.said.rate / pair.bare for pair in pairs if pair.said.windows)
    per_query = statistics.median(said.per_query_j or 0.0 for said in runs)
    truth = statistics.median(said.true_per_query_j or 0.0 for said in runs)
    errors = sorted((window.error for window in windows), key=abs)
    row = f"{title:27} {len(windows):3} {statistics.median(w.seconds for w in windows):6.2f} s {rate:8.2f} "
    row += f"{ratio:7.3f} {statistics.median(said.seconds for said in runs):7.1f} s "
    row += f"{per_query:9.2f} {truth:9.2f} {statistics.median(errors):+9.3%} {errors[-1]:+9.3%} "
    if not short:
        return row + f"{'none':>20}"
    least = statistics.median(w.seconds for w in short)
    return row + f"{max((w.error for w in short), key=abs):+11.2%} ({least:.2f} s)"


def fault(said: Said) -> str:
    """What a harness says when something is wrong."""
    if said.per_query_j is None or said.true_per_query_j is None:
        first, dot, _ = said.message.removeprefix("error: ").partition(". ")
        return f"exit {said.code}, no figure: {first}{dot.strip()}"
    error = said.per_query_j / said.true_per_query_j - 1
    return f"exit {said.code}, {said.per_query_j:.2f} J a query ({error:+.1%})" + (
        f"; {said.message}" if said.message else ""
    )


def main() -> int:
    """Print the table and the verdict; exit code 0 when ours are no worse and need a reading each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="one round of ours alone, and a lost GPU")
    parser.add_argument(
        "--only", choices=["ours", *PEERS], action="append", help="one of them; again for more"
    )
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    chosen = ["ours"] if given.small else given.only or ["ours", *PEERS]
    rounds = 1 if given.small else given.rounds
    cases: list[Case] = ["gpu-lost"] if given.small else list(CASES)
    harnesses: list[Harness] = [Ours()]
    absent: dict[str, str] = {}
    for name in (name for name in PEERS if name in chosen):
        try:
            harnesses.append(Harness(name, PEERS[name], venvs.python(name)))
        except venvs.NotInstallable as error:
            absent[name] = str(error)
    pairs: dict[str, list[Pair]] = {harness.name: [] for harness in harnesses}
    faulty: list[Faulty] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harness-vs-peer-")))
        hub = stack.enter_context(LoopbackHub(folder / "hub"))
        seed.seed(hub, only=["generators", "data"])
        material = gather(folder, hub.endpoint)
        longest = 0
        for number in range(rounds):
            for harness in harnesses:
                _say(f"round {number + 1} of {rounds}: {harness.title}")
                place = folder / f"{harness.name}-{number}"
                # Each goes first in turn: a machine that gets slower or faster does so for both.
                if number % 2:
                    said = harness.run(material, place / "run")
                bare, longest = harness.bare(material, place / "bare")
                if not number % 2:
                    said = harness.run(material, place / "run")
                pairs[harness.name].append(Pair(said, bare))
        for case in cases:
            for harness in harnesses:
                _say(f"{CASES[case]}: {harness.title}")
                said = harness.run(material, folder / f"{harness.name}-{case}", case)
                faulty.append(Faulty(harness.name, case, said))
    asked = f"{len(material.texts)} queries of at most {longest} tokens, {material.new_tokens} new tokens"
    print(f"{MODEL}, {asked}; one thread; the card draws 420 W while the model works")
    print(f"a window: whole passes over the queries; {rounds} round(s), 3 windows each of ours; medians")
    print(
        f"{'':27} {'n':>3} {'window':>8} {'query/s':>8} {'÷ bare':>7} {'command':>9} "
        f"{'J/query':>9} {'true':>9} {'median':>9} {'worst':>9} {'other phase, worst':>20}"
    )
    for harness in harnesses:
        print(speed_and_error(harness.title, pairs[harness.name]))
    for name, why in absent.items():
        print(f"{PEERS[name]:27} not installable: {why}")
    for case in cases:
        print(CASES[case])
        for harness in harnesses:
            found = next(each.said for each in faulty if (each.harness, each.case) == (harness.name, case))
            print(f"  {harness.title:27} {fault(found)}")
    verdict = judge(pairs, faulty)
    word = "ok" if verdict.ok else "short"
    whose = "the peers' worst" if len(pairs) > 1 else "alone"
    targets = f"≤ {verdict.target:.3%}, {whose}, and no figure without a reading"
    print(f"harness_vs_peer: {verdict.ours:.4%} worst energy error (target {targets}): {word}")
    return 0 if verdict.ok else 1


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
