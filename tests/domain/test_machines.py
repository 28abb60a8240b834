"""What a machine may be called."""

from __future__ import annotations

import pytest

from leaderboard.domain import BadInput
from leaderboard.domain.machines import check_machine_name, machine_name


@pytest.mark.parametrize(
    "name", ["rack-1", "rack-1:2", "node_3.example", "x" * 100, "größe", "node-3@login:1"]
)
def test_hosts_and_numbered_runners_have_names(name: str) -> None:
    assert check_machine_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "two words", "x" * 101, "a/b", "a\n", "<b>", "@login", "a@b@c", "x" * 91 + "@b"]
)
def test_what_is_no_name_is_told_what_is_taken(name: str) -> None:
    with pytest.raises(BadInput, match="no machine's name") as refused:
        check_machine_name(name)
    assert "Letters, figures" in refused.value.remedy


@pytest.mark.parametrize("host", ["", "my host", "a:b", "x" * 300, "ß/€"])
def test_any_host_is_made_to_fit_with_a_number_behind_it(host: str) -> None:
    assert check_machine_name(f"{machine_name(host)}:64") == f"{machine_name(host)}:64"


@pytest.mark.parametrize(
    ("host", "name"), [("rack-1.local", "rack-1.local"), ("my mac", "my-mac"), ("", "worker")]
)
def test_a_machine_has_a_name_the_space_takes(host: str, name: str) -> None:
    assert machine_name(host) == name
