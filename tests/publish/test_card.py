"""The card: what the Hub reads of it, what people read of it, and the watermark."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from leaderboard.publish import RATING_COLUMNS, RUN_COLUMNS, SUFFIXES, Suffix, build
from leaderboard.publish.view import RecordView
from tests.publish import views


def card(suffix: Suffix, dataset: str | None = "starwatt/energy", view: RecordView | None = None) -> str:
    return build(view or views.view(), dataset)[suffix]["README.md"].decode()


def front(text: str) -> dict[str, Any]:
    document = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(document, dict)
    return document


def body(text: str) -> str:
    return text.split("---\n", 2)[2]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_front_matter_names_every_table_and_no_other(suffix: Suffix) -> None:
    files = build(views.view())[suffix]
    configs = front(files["README.md"].decode())["configs"]
    paths = [file["path"] for config in configs for file in config["data_files"]]
    assert sorted(paths) == sorted(path for path in files if path.endswith(".parquet"))
    for config in configs:
        for file in config["data_files"]:
            assert file["path"] == f"{config['config_name']}/{file['split']}.parquet"
            # What `datasets` takes as the name of a split.
            assert re.fullmatch(r"\w+", file["split"])


def test_latest_comes_first() -> None:
    splits = [config["data_files"][0]["split"] for config in front(card("ratings"))["configs"]]
    assert splits == ["latest", "latest"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_column_has_its_line_with_unit_and_meaning(suffix: Suffix) -> None:
    text = card(suffix)
    for column in RUN_COLUMNS if suffix.startswith("runs") else RATING_COLUMNS:
        (line,) = re.findall(
            rf"^\| `{column.name}` \| (?:text|integer|float|true|timestamp|list).*$", text, re.M
        )
        assert column.unit in line and column.meaning.split("|")[0] in line
        assert not re.search(r"\bNone\b", line)


@pytest.mark.parametrize("suffix", ["ratings-dev", "runs-dev"])
def test_development_is_said_in_title_first_sentence_name_and_tags(suffix: Suffix) -> None:
    text = card(suffix)
    lines = [line for line in body(text).splitlines() if line]
    assert lines[0].startswith("# DEVELOPMENT FIGURES")
    assert lines[1].startswith("**These figures are for development only**")
    assert front(text)["pretty_name"].startswith("DEVELOPMENT")
    assert "development" in front(text)["tags"]


@pytest.mark.parametrize("suffix", ["ratings", "runs"])
def test_public_cards_carry_no_watermark_and_explain_no_estimate(suffix: Suffix) -> None:
    text = card(suffix)
    assert "DEVELOPMENT" not in text
    assert "- `measured`:" in text and "- `estimated`:" not in text


def test_sources_with_terms_and_faults_and_the_licence_that_follows() -> None:
    text = card("ratings")
    assert front(text)["license"] == "other"
    for words in ("Somebody's figures", "Terms: Cite them", "Known fault: One | reading is odd"):
        assert words in text
    assert front(card("ratings-dev"))["license"] == "cc-by-4.0"


def test_how_to_load_names_the_data_set_or_the_folder() -> None:
    text = card("ratings")
    assert 'load_dataset("starwatt/energy-ratings", "text-generation", split="latest")' in text
    assert text.count("hf://datasets/starwatt/energy-ratings/text-generation/latest.parquet") == 3
    here = card("ratings", None)
    assert 'load_dataset(str(Path.cwd()), "text-generation", split="latest")' in here
    assert "hf://" not in here
    assert 'load_dataset("starwatt/energy-runs", "sentence-similarity", split="runs")' in card("runs")


def test_an_empty_data_set_says_so_and_has_no_configurations() -> None:
    text = card("ratings", view=RecordView(version=1))
    assert "No rows yet." in text
    assert "configs" not in front(text)
