"""What it costs to refuse a bundle: time and memory, for every way of tampering, each in its own process.

The bundles are made of a SYNTHETIC run. Memory is what a fresh process grew by at its worst while it refused,
over what it had with all its libraries loaded; the last line is the worst of all of them.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from leaderboard.domain import Person, Refused
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from runners.bundle import bundle
from submissions.attested.taking import take
from tests import builders
from tests.submissions.attested import synthetic, tampered
from tests.submissions.attested.forged import FORGED, pack

MOST_S, MOST_MB = 1.0, 100.0
NONCE = "20261116-" + "7" * 24
PERSON = Person(subject="u1", name="acme")
_SMALL = ("a bomb, 1000 to 1", "20,000 entries", "ten seconds of samples missing")


def measure(path: Path, place: Path) -> dict[str, object]:
    """In this process: how much memory one bundle takes, and how long the second time, as in a Space that
    has its catalogue read."""
    import numpy  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    clock = HandClock(builders.NOON)
    with synthetic.pinned(place), Record.open(place / "data", clock=clock) as record:
        body = json.dumps({"at": record.now().isoformat()})
        expires = builders.NOON + timedelta(days=14)
        record.put_ticket("nonce", NONCE, subject=PERSON.subject, body=body, expires=expires)
        clock.advance(3600)
        # The most that was held so far begins anew; what `getrusage` tells is the parent's too.
        Path("/proc/self/clear_refs").write_text("5")
        before_kb = _held_kb("VmRSS")
        name = _taken(record, path)
        grown_kb = _held_kb("VmHWM") - before_kb
        started = time.perf_counter()
        _taken(record, path)
        seconds = time.perf_counter() - started
    return {"name": name, "seconds": seconds, "mb": grown_kb * 1024 / 1e6}


def _taken(record: Record, path: Path) -> str:
    try:
        take(record, path, PERSON, {})
    except Refused as error:
        return error.findings[0].name
    return "taken"


def _held_kb(what: str) -> int:
    found = re.search(rf"^{what}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def bundles(place: Path, small: bool) -> dict[str, Path]:
    """What was done → the bundle; the untouched one first."""
    folder, whole = place / "out", place / "whole.zip"
    folder.mkdir()
    with synthetic.pinned(place):
        synthetic.write_folder(folder, synthetic.plan(NONCE), builders.NOON + timedelta(minutes=1))
        bundle(folder, whole)
        made = {"untouched": whole}
        for what, (make, _) in tampered.TAMPERED.items():
            if not small or what in _SMALL:
                made[what] = place / f"{len(made)}.zip"
                made[what].write_bytes(make(whole.read_bytes(), tampered.read(whole)))
        for what, (forge, _) in FORGED.items():
            if not small or what in _SMALL:
                copy = Path(shutil.copytree(folder, place / f"folder-{len(made)}"))
                forge(copy)
                made[what] = pack(copy, place / f"{len(made)}.zip", whole)
    return made


def main() -> int:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(Path(sys.argv[2]), Path(sys.argv[3]))))
        return 0
    worst_s = worst_mb = 0.0
    expected = {what: name for what, (_, name) in (*tampered.TAMPERED.items(), *FORGED.items())}
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        for number, (what, path) in enumerate(bundles(place, "--small" in sys.argv).items()):
            own = place / f"process-{number}"
            own.mkdir()
            command = [sys.executable, __file__, "--one", str(path), str(own)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            if found["name"] != expected.get(what, "taken"):
                print(f"{what}: {found['name']} instead of {expected.get(what, 'taken')}")
                return 1
            print(f"{what:36} {found['name']:28} {found['seconds']:6.3f} s {found['mb']:7.1f} MB")
            worst_s, worst_mb = max(worst_s, found["seconds"]), max(worst_mb, found["mb"])
    ok = worst_s < MOST_S and worst_mb < MOST_MB
    verdict = "ok" if ok else "short"
    print(
        f"attested_refusals: {worst_s:.2f} s and {worst_mb:.0f} MB at worst "
        f"(target {MOST_S:g} s and {MOST_MB:g} MB): {verdict}"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
