"""What is altered and packed anew has right hashes and is found all the same; what cannot be is said."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from leaderboard.domain import Outcome, Refused, Severity
from leaderboard.judging.bundle import MOST_SAMPLES, Manifest, read_manifest
from leaderboard.judging.samples import COLUMNS, read_trace
from leaderboard.record import Record
from runners.bench.record import read_run_file
from runners.bundle import bundle
from submissions.attested.judging import judge_bundle
from submissions.attested.opening import Opened
from submissions.attested.taking import take
from submissions.attested.trace import read_hostile_trace
from tests import builders
from tests.submissions.attested import synthetic, tampered
from tests.submissions.attested.conftest import NONCE, PERSON, TERMS, Made, Refusal, make
from tests.submissions.attested.forged import FORGED, pack, put


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_run_is_refused_by_name(
    what: str, folder: Path, made: Made, tmp_path: Path, refused: Refusal
) -> None:
    forge, name = FORGED[what]
    forge(folder)
    error = refused(pack(folder, tmp_path / "forged.zip", made.bundle))
    assert error.findings[0].name == name, error


def test_files_swapped_between_two_runs(
    folder: Path, made: Made, packed: Path, tmp_path: Path, refused: Refusal
) -> None:
    other = make(tmp_path / "other", NONCE, seed=2)
    # As they are: the manifest tells.
    files = tampered.read(packed) | {"trace.parquet": (other.folder / "trace.parquet").read_bytes()}
    (tmp_path / "swapped.zip").write_bytes(tampered.zipped(files.items()))
    assert refused(tmp_path / "swapped.zip").findings[0].name == "bundle-hashes"
    # Packed anew: the counter tells.
    shutil.copyfile(other.folder / "trace.parquet", folder / "trace.parquet")
    assert (
        refused(pack(folder, tmp_path / "b.zip", made.bundle)).findings[0].name
        == "energy-follows-from-counter"
    )
    # A run of another plan: the manifest and the plan are of this one.
    third = synthetic.plan("20261116-" + "8" * 24)
    (tmp_path / "third").mkdir()
    synthetic.write_folder(tmp_path / "third", third, builders.NOON + timedelta(minutes=1))
    shutil.copyfile(tmp_path / "third" / "run.json", folder / "run.json")
    assert refused(pack(folder, tmp_path / "c.zip", made.bundle)).findings[0].name == "bundle-of-one-run"


def test_a_plan_of_ones_own_is_refused(
    folder: Path, made: Made, packed: Path, tmp_path: Path, refused: Refusal
) -> None:
    run = read_run_file(folder / "run.json")
    for fields in ({"seed": 7}, {"block": 10}, {"max_input_tokens": 12}, {"task_hash": "0" * 64}):
        plan = run.plan.model_copy(update=fields)
        own = run.model_copy(update={"plan": plan, "run_key": plan.run_key})
        opened = Opened(_manifest(made), own, [])
        judged = judge_bundle(opened, PERSON, builders.NOON, builders.NOON)
        no = [finding.name for finding in judged.findings if finding.rejects]
        assert no[0] in ("plan-as-catalogued", "official")


def _manifest(made: Made) -> Manifest:
    return read_manifest(json.loads(tampered.read(made.bundle)["manifest.json"]))


def test_another_harness_is_told_to_the_operator(
    folder: Path, made: Made, record: Record, tmp_path: Path
) -> None:
    put("harness_hash", to="d" * 64)(folder)
    bundle(folder, tmp_path / "b.zip")
    submission = take(record, tmp_path / "b.zip", PERSON, TERMS)
    (flag,) = [
        finding
        for finding in record.events(submission.id)[0].detail["findings"]
        if finding["outcome"] != Outcome.PASSED
    ]
    assert (flag["name"], flag["severity"]) == ("harness-as-released", Severity.FLAG)


def test_a_consistent_forgery_passes_which_is_why_there_are_no_stars(
    folder: Path, record: Record, tmp_path: Path
) -> None:
    """The limit of attestation: a tenth less everywhere, windows, counter and power, is a cheaper card."""
    run, samples = read_run_file(folder / "run.json"), read_trace(folder / "trace.parquet")
    with pytest.MonkeyPatch.context() as patch:
        watts = {phase: power * 0.9 for phase, power in synthetic.WATTS.items()}
        patch.setattr(synthetic, "WATTS", watts)
        shutil.rmtree(folder)
        folder.mkdir()
        forged = synthetic.write_folder(folder, run.plan, run.started_at)
    assert forged.energy_per_query_j == pytest.approx(0.9 * run.energy_per_query_j, rel=1e-3)
    assert len(samples) > 0
    bundle(folder, tmp_path / "forged.zip")
    assert take(record, tmp_path / "forged.zip", PERSON, TERMS).attested


def table(rows: int = 10, **columns: object) -> pa.Table:
    kinds = {"phase": pa.string(), "sm_clock_mhz": pa.int32(), "memory_clock_mhz": pa.int32()}
    kinds |= {"reasons": pa.int64(), "foreign": pa.int32()}
    values = {name: columns.get(name, ["forward" if name == "phase" else 1] * rows) for name in COLUMNS}
    return pa.table(
        {name: pa.array(column, kinds.get(name, pa.float64())) for name, column in values.items()}
    )


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (table(MOST_SAMPLES + 1), "trace-size"),
        # Sixty megabytes of one letter are few packed; a page's own header tells.
        (table(1, phase=["a" * 60 * 2**20]), "trace-size"),
        (table(10, phase=["a" * 40] * 10), "trace-readable"),
        (table(100, phase=[f"phase {number}" for number in range(100)]), "trace-readable"),
        (table(10, time_s=[None] * 10), "trace-readable"),
        (table().drop_columns(["power_w"]), "trace-readable"),
        (table().append_column("more", pa.array(range(10))), "trace-readable"),
        (table().set_column(2, "power_w", pa.array(["1"] * 10)), "trace-readable"),
    ],
    ids=["rows", "one long word", "long words", "many words", "gaps", "one less", "one more", "text"],
)
def test_a_hostile_trace(made: pa.Table, name: str, tmp_path: Path) -> None:
    path = tmp_path / "trace.parquet"
    parquet.write_table(made, path, compression="zstd", write_page_checksum=True)
    with pytest.raises(Refused) as caught:
        read_hostile_trace(path)
    assert caught.value.findings[0].name == name


def test_a_trace_of_the_harness_is_read_as_it_was_written(folder: Path) -> None:
    path = folder / "trace.parquet"
    assert read_hostile_trace(path) == read_trace(path)
    assert zipfile.is_zipfile(path) is False
