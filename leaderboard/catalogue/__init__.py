"""The catalogue: tasks, hardware classes, protocols, profiles, editions and published figures, as data.

A new hardware class or a new edition is a file, not code (METHOD §2, §4, §7).
"""

from leaderboard.catalogue.entries import (
    check,
    checks,
    diffusion_families,
    edition,
    editions,
    factors,
    generation_of,
    hardware,
    hardware_classes,
    profile,
    profiles,
    protocol,
    protocols,
    reasoning_families,
    task,
    task_hash,
    tasks,
    title_of,
)
from leaderboard.catalogue.harness import known_harness
from leaderboard.catalogue.licence_lists import licences
from leaderboard.catalogue.plans import expected_duration_s, make_plan, plan_again
from leaderboard.catalogue.reference import content_hash_of_edition, reference_rows

__all__ = [
    "check",
    "checks",
    "content_hash_of_edition",
    "diffusion_families",
    "edition",
    "editions",
    "expected_duration_s",
    "factors",
    "generation_of",
    "hardware",
    "hardware_classes",
    "known_harness",
    "licences",
    "make_plan",
    "plan_again",
    "profile",
    "profiles",
    "protocol",
    "protocols",
    "reasoning_families",
    "reference_rows",
    "task",
    "task_hash",
    "tasks",
    "title_of",
]
