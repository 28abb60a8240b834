"""Whether the boards are the class's, and as their makers left them (METHOD §3.1, §4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from leaderboard import catalogue
from leaderboard.domain import Board, Device, Environment, Exclusivity, Finding, HardwareClass
from leaderboard.judging.origin import is_drivers_own
from leaderboard.judging.outcome import bad, good, unseen


def examine(boards: Sequence[Board], hardware: HardwareClass) -> list[Finding]:
    """Every check of the boards themselves, in the order in which one would mend things."""
    if not boards:
        rest = ("gpu-identity", "power-limit-default", "mig-off", "clocks-unlocked")
        return [_count(boards, hardware), *(unseen(name, "There is no GPU to look at.") for name in rest)]
    return [
        _count(boards, hardware),
        _identity(boards, hardware),
        _power_limit(boards),
        _mig(boards),
        _clocks(boards),
    ]


def of_environment(environment: Environment, hardware: HardwareClass) -> list[Finding]:
    """The checks of the boards a run was on, and of what told about them; none for a CPU."""
    if hardware.device is not Device.CUDA or not environment.boards:
        return []
    return [
        *examine(environment.boards, hardware),
        origin(environment.nvml_origin or ""),
        exclusive(environment.exclusive, environment.nvml_origin or ""),
    ]


def _count(boards: Sequence[Board], hardware: HardwareClass) -> Finding:
    names = ", ".join(board.name for board in boards) or "none"
    if len(boards) != hardware.gpus:
        return bad(
            "gpu-count",
            f"{len(boards)} GPUs are in sight ({names}); {hardware.title} has {hardware.gpus}.",
            gpus=len(boards),
        )
    return good("gpu-count", f"In sight: {names}.", gpus=len(boards))


def _identity(boards: Sequence[Board], hardware: HardwareClass) -> Finding:
    """The default limit tells boards of one name apart, and the name boards of one limit."""
    hidden: set[str] = set()
    for board in boards:
        wrong = _difference(board, hardware, hidden)
        if wrong:
            return bad(
                "gpu-identity",
                f"GPU {board.index} ({board.name}) is not {hardware.title}: it has {wrong}.",
                board=board.name,
                memory_gb=board.memory_gb,
                compute_capability=board.compute_capability,
                default_power_limit_w=board.default_power_limit_w,
            )
    if hidden:
        return unseen(
            "gpu-identity", f"The name is right, but the driver does not tell {', '.join(sorted(hidden))}."
        )
    return good("gpu-identity", f"Name, memory, compute capability and power limit are {hardware.title}'s.")


def _difference(board: Board, hardware: HardwareClass, hidden: set[str]) -> str:
    """What gives a board away as another one; empty when nothing does. What is not told goes to `hidden`."""
    limits = catalogue.check("gpu-identity").limits
    if board.name != hardware.gpu_name:
        return f"the name {board.name} instead of {hardware.gpu_name}"
    if board.memory_gb is None:
        hidden.add("the memory")
    elif hardware.memory_gb and abs(board.memory_gb / hardware.memory_gb - 1) > limits["memory_tolerance"]:
        return f"{board.memory_gb:.0f} GB instead of {hardware.memory_gb:.0f} GB"
    if board.compute_capability is None:
        hidden.add("the compute capability")
    elif hardware.compute_capability not in (None, board.compute_capability):
        return f"compute capability {board.compute_capability} instead of {hardware.compute_capability}"
    default = board.default_power_limit_w
    if default is None:
        hidden.add("the default power limit")
    elif (
        hardware.power_limit_w is not None
        and abs(default - hardware.power_limit_w) > limits["power_limit_tolerance_w"]
    ):
        return f"a default power limit of {default:.0f} W instead of {hardware.power_limit_w:.0f} W"
    return ""


def _power_limit(boards: Sequence[Board]) -> Finding:
    name, tolerance = "power-limit-default", catalogue.check("power-limit-default").limit("tolerance_w")
    hidden: list[int] = []
    for board in boards:
        limit, default = board.power_limit_w, board.default_power_limit_w
        if limit is None or default is None:
            hidden.append(board.index)
        elif abs(limit - default) > tolerance:
            return bad(
                name,
                f"The power limit of GPU {board.index} is {limit:.0f} W; its default is {default:.0f} W.",
                power_limit_w=limit,
                default_power_limit_w=default,
            )
    if hidden:
        return unseen(name, f"The driver does not tell the power limit of GPU {hidden[0]}.")
    return good(name, "The power limit is the default one.")


def _mig(boards: Sequence[Board]) -> Finding:
    """A card that knows no MIG says that it is not supported, which is as good as off."""
    cut = [board.index for board in boards if board.mig]
    if cut:
        return bad("mig-off", f"GPU {cut[0]} is cut into MIG instances.", gpus=cut)
    return good("mig-off", "No GPU is cut into MIG instances.")


def _clocks(boards: Sequence[Board]) -> Finding:
    name = "clocks-unlocked"
    hidden: list[int] = []
    for board in boards:
        now, default = board.sm_clock_mhz, board.default_sm_clock_mhz
        if now is None or default is None:
            hidden.append(board.index)
        elif now != default:
            return bad(
                name,
                f"The SM clock of GPU {board.index} is set to {now} MHz; its default is {default} MHz.",
                sm_clock_mhz=now,
                default_sm_clock_mhz=default,
            )
    if hidden:
        return unseen(name, f"The driver does not tell the application clocks of GPU {hidden[0]}.")
    return good(name, "The application clocks are the default ones.")


def unchanged(before: Sequence[Board], after: Sequence[Board]) -> Finding:
    """The boards when the last window is done, held to what they were before the run.

    What one of the two looks did not tell says nothing.
    """
    name, tolerance = "boards-unchanged", catalogue.check("boards-unchanged").limit("tolerance_w")
    if [board.uuid_hash for board in before] != [board.uuid_hash for board in after]:
        return bad(name, "The GPUs in sight after the run are not those from before it.")
    for was, now in zip(before, after, strict=True):
        if None not in (was.power_limit_w, now.power_limit_w) and not math.isclose(
            was.power_limit_w or 0, now.power_limit_w or 0, rel_tol=0, abs_tol=tolerance
        ):
            watts = f"{was.power_limit_w:.0f} W before the run and {now.power_limit_w:.0f} W after it"
            return bad(
                name,
                f"The power limit of GPU {was.index} was {watts}.",
                before_w=was.power_limit_w,
                after_w=now.power_limit_w,
            )
        pairs = {
            "SM clock": (was.sm_clock_mhz, now.sm_clock_mhz),
            "MIG": (was.mig, now.mig),
            "ECC": (was.ecc, now.ecc),
        }
        for what, (one, other) in pairs.items():
            if None not in (one, other) and one != other:
                return bad(
                    name,
                    f"{what} of GPU {was.index} was {_said(one)} before the run and {_said(other)} after it.",
                )
    return good(name, "Power limit, MIG, clocks and ECC are the same before and after the run.")


def _said(setting: int | bool | None) -> str:
    if isinstance(setting, bool):
        return "on" if setting else "off"
    return f"{setting} MHz"


def origin(library: str) -> Finding:
    """Where NVML was loaded from."""
    if not library:
        return unseen("nvml-origin", "This system does not tell where NVML was loaded from.")
    if not is_drivers_own(library):
        return bad(
            "nvml-origin",
            f"NVML was loaded from {library}, not from a driver: the run is simulated.",
            origin=library,
        )
    return good("nvml-origin", "NVML is the driver's own.", origin=library)


def exclusive(known: Exclusivity | None, library: str) -> Finding:
    """How it is known that nothing else used the GPUs; a simulated card is nobody's."""
    if known == "seen":
        return good("exclusive", "NVML lists every process, and nothing else was on the GPUs.")
    if known == "vouched":
        return good("exclusive", "Whoever runs this machine vouches that nothing else used its GPUs.")
    if library and not is_drivers_own(library):
        return unseen("exclusive", "A simulated card hides its processes; no figure on it counts.")
    return bad("exclusive", "NVML does not show the processes on the GPUs here, and nobody vouches for them.")
