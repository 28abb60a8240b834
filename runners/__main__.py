"""`python -m runners`: plan, fetch, bench, verify, bundle, doctor, control, work, hand-in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from leaderboard.domain import Device, StarwattError
from leaderboard.domain.hardware import Precision
from leaderboard.domain.tasks import ReasoningMode
from runners import closed, commands, host_commands


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m runners", description="Measure the energy of a model's queries."
    )
    every = parser.add_subparsers(required=True, metavar="COMMAND")

    command = every.add_parser("plan", help="print the plan of a run")
    command.add_argument("--model", required=True, help="organisation/name on the Hub")
    command.add_argument("--revision", default="main", help="branch, tag or commit (main)")
    command.add_argument("--task", required=True)
    command.add_argument("--hardware", required=True, help="hardware class")
    command.add_argument("--protocol", default="offline-b1")
    command.add_argument("--precision", choices=get_args(Precision))
    command.add_argument("--reasoning", choices=get_args(ReasoningMode), default="off")
    _length_options(command)
    _ladder(command)
    command.add_argument("--occasion", type=int, default=0, help="count re-tests from 1")
    command.add_argument("--nonce", help="the Space's number, for a run whose bundle is handed in there")
    _weights(command)
    command.set_defaults(run=commands.plan)

    command = every.add_parser("fetch", help="bring here what a plan needs, so that bench needs no network")
    command.add_argument("plan", type=Path, metavar="PLAN.json")
    command.add_argument("--cache", type=Path, help="where it is kept (STARWATT_CACHE)")
    command.add_argument("--no-model", action="store_true", help="all but the model, which is on no Hub")
    command.set_defaults(run=closed.fetch)

    command = every.add_parser(
        "bench",
        help="measure a plan here, or try a model of your own",
        description="Measure a plan: bench PLAN.json OUT. Or try a model before it is submitted: bench "
        "--model MODEL --task TASK OUT, a quick run on this machine's CPU that ends with what stands for or "
        "against an official one. Exit code: 0 valid, 3 rejected by its checks, 1 failed, 2 bad input.",
    )
    command.add_argument("plan", type=Path, metavar="PLAN.json", nargs="?")
    command.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    _weights(command)
    trial = command.add_argument_group("instead of a plan, a trial")
    trial.add_argument("--model", help="organisation/name on the Hub, or a folder on this machine")
    trial.add_argument("--revision", default="main", help="branch, tag or commit (main)")
    trial.add_argument("--task")
    trial.add_argument("--hardware", default="cpu", help="class whose meter is used (cpu)")
    trial.add_argument("--protocol", default="offline-b1")
    trial.add_argument("--precision", choices=get_args(Precision))
    trial.add_argument("--reasoning", choices=get_args(ReasoningMode), default="off")
    _ladder(trial)
    _length_options(trial, "quick")
    _machine_options(command)
    command.add_argument(
        "--pick-gpus", action="store_true", help="of more GPUs than the class has, use the first of its name"
    )
    served = command.add_argument_group("for a plan of the protocol serving-b64")
    served.add_argument(
        "--url",
        metavar="URL",
        help="an OpenAI-compatible server on this machine; else the runner starts vLLM. You vouch that it "
        "serves the plan's model and nobody else",
    )
    served.add_argument(
        "--concurrency",
        metavar="B,…",
        help="also with so many requests at once, shown and never rated: 1,2,4,8,16,32,64",
    )
    command.add_argument("--progress", choices=("bar", "json"), default="bar")
    command.add_argument("--leash", action="store_true", help="end when standard input ends")
    command.set_defaults(run=commands.bench, occasion=0, nonce=None)

    command = every.add_parser("verify", help="judge a run folder again, from its raw samples")
    command.add_argument("out", type=Path, metavar="OUT")
    command.set_defaults(run=commands.verify)

    command = every.add_parser(
        "bundle",
        help="pack a run folder, to be handed in at a Space as attested",
        description="Pack the folder of a run that was planned with --nonce: its record, its raw meter "
        "samples, its log without tokens, its plan, and a manifest with the hash of each.",
    )
    command.add_argument("out", type=Path, metavar="OUT", help="the folder that bench wrote")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="BUNDLE.zip")
    command.add_argument("--nonce", help="must be the plan's own; for a look before hours are spent")
    command.add_argument("--model-name", help="what readers call the model, where not as in the plan")
    command.add_argument("--licence", default="closed", help="of the weights, in a word (closed)")
    command.set_defaults(run=closed.bundle)

    command = every.add_parser("doctor", help="say whether this machine could rate")
    command.add_argument("--hardware", help="class it should stand for; else that of its GPU")
    command.add_argument("--json", action="store_true", help="print the findings as JSON")
    _machine_options(command)
    accepting = command.add_argument_group(
        "acceptance", "measure the control model three times as well, and write a report"
    )
    accepting.add_argument("--accept", action="store_true", help="accept this machine as a host of its class")
    accepting.add_argument(
        "--out", type=Path, metavar="DIR", help="gets the report (a new folder in the cache)"
    )
    accepting.add_argument("--space", metavar="URL", help="register its board: hand the controls in")
    accepting.add_argument("--token-file", type=Path, help="else STARWATT_RUNNER_TOKEN")
    _name_option(accepting)
    _length_options(accepting)
    command.set_defaults(run=host_commands.doctor)

    command = every.add_parser(
        "control", help="measure the class's control model, and hold it to its history"
    )
    command.add_argument("--hardware", required=True, help="hardware class")
    command.add_argument("--runs", type=int, default=1, metavar="N", help="controls, one after the other (1)")
    _length_options(command)
    command.add_argument("--out", type=Path, metavar="DIR", help="gets a folder per control (in the cache)")
    command.add_argument("--space", metavar="URL", help="hand each control in to this Space")
    command.add_argument("--token-file", type=Path, help="else STARWATT_RUNNER_TOKEN")
    _name_option(command)
    _machine_options(command)
    command.set_defaults(run=host_commands.control)

    command = every.add_parser("work", help="measure what a Space has queued")
    command.add_argument("--space", required=True, metavar="URL")
    command.add_argument("--hardware", required=True, metavar="CLASS[,…]")
    command.add_argument("--executor", default="local", help="local, slurm, hf_jobs or fake")
    command.add_argument(
        "--work", type=Path, metavar="DIR", help="where job folders are; for Slurm on a shared disk"
    )
    command.add_argument("--token-file", type=Path, help="else STARWATT_RUNNER_TOKEN")
    _name_option(command)
    command.add_argument("--number", type=int, metavar="N", help="which runner here (the first free)")
    command.add_argument("--once", action="store_true", help="one job at most, then end")
    command.add_argument("--poll", type=float, default=2.0, metavar="S", help="seconds between claims")
    _machine_options(command)
    command.set_defaults(run=_work)

    command = every.add_parser("hand-in", help="bring a run to its Space that a worker kept")
    command.add_argument("folder", type=Path, metavar="FOLDER", help="as the worker named it")
    command.add_argument("--space", required=True, metavar="URL")
    command.add_argument("--token-file", type=Path, help="else STARWATT_RUNNER_TOKEN")
    command.set_defaults(run=_hand_in)
    return parser


def _name_option(command: argparse._ActionsContainer) -> None:
    command.add_argument("--machine", metavar="NAME", help="this machine's name at the Space (its host name)")


def _weights(command: argparse.ArgumentParser) -> None:
    command.add_argument("--weights", type=Path, metavar="DIR", help="the model's folder, if on no Hub")


def _ladder(command: argparse._ActionsContainer) -> None:
    command.add_argument(
        "--batches", type=_batches, metavar="1,2,…", help="of a quick offline-sweep (all of the protocol's)"
    )


def _batches(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _length_options(command: argparse._ActionsContainer, profile: str | None = None) -> None:
    command.add_argument("--profile", choices=("official", "quick"), default=profile)
    command.add_argument("--device", choices=[device.value for device in Device], help="cpu: a dry run")


def _machine_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--cache", type=Path, help="where models are kept (STARWATT_CACHE)")
    command.add_argument("--sandbox", choices=("auto", "require", "off"), default="auto")
    command.add_argument(
        "--unsafe-no-sandbox", action="store_true", help="as --sandbox off; figures are then estimates"
    )
    _exclusive(command)


def _exclusive(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--exclusive",
        action="store_true",
        help="you vouch that nothing else uses the GPUs, where a container hides their processes",
    )


def _work(given: argparse.Namespace) -> int:
    # It imports what plans and runs do without.
    from runners.working import work

    return work(given)


def _hand_in(given: argparse.Namespace) -> int:
    from runners.working import hand_in

    return hand_in(given)


def main(words: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(words)
    try:
        code: int = given.run(given)
    except StarwattError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Ended by the keyboard; nothing that looks finished was written.", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
