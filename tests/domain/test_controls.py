from __future__ import annotations

from leaderboard.domain import Board, Provenance, board_of, series_of
from tests import builders


def test_a_board_is_known_by_its_hashes_and_a_processor_by_its_name() -> None:
    one, two = (Board(index=n, name="Tesla T4", uuid_hash=str(n) * 64) for n in (1, 2))
    runs = [
        builders.run(environment=builders.environment(**fields))
        for fields in ({"boards": (one,)}, {"boards": (one, two)}, {}, {"cpu_model": "another"})
    ]
    names = [board_of(run) for run in runs]
    assert len(set(names)) == 4
    assert all(len(name) == 16 for name in names)
    assert board_of(runs[0]) == board_of(builders.run(builders.plan(seed=9), environment=runs[0].environment))


def test_whatever_changes_a_figure_begins_another_series() -> None:
    run = builders.run()
    others = [
        builders.run(builders.plan(model=builders.model_ref(sha="a" * 40))),
        builders.run(builders.plan(task_version=2)),
        builders.run(builders.plan(profile=builders.profile(id="official"))),
        builders.run(builders.plan(model=builders.model_ref(precision="bf16"))),
        builders.run(provenance=Provenance.MEASURED),
    ]
    assert len({series_of(other) for other in [run, *others]}) == 6
    assert series_of(builders.run(builders.plan(occasion=5))) == series_of(run)
