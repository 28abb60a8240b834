"""Our arithmetic against what others published (METHOD §5, §7)."""

from __future__ import annotations

from collections import Counter

from leaderboard import catalogue
from leaderboard.domain import Rule
from leaderboard.rating.edition import freeze, rate


def test_range_reproduces_every_published_star_of_ai_energy_score() -> None:
    rows = catalogue.reference_rows("aies-2025-02")
    rated = rate(rows, freeze(rows, Rule.RANGE), Rule.RANGE)
    agree = [row.stars == row.published_stars for row in rated if row.published_stars is not None]
    assert (sum(agree), len(agree)) == (166, 166)


def test_equal_counts_are_another_rule() -> None:
    """Rank-based bands meet fewer than half of the published stars, so the test above can fail."""
    rows = catalogue.reference_rows("aies-2025-02")
    rated = rate(rows, freeze(rows, Rule.QUINTILE), Rule.QUINTILE)
    assert sum(row.stars == row.published_stars for row in rated) < 83


def test_one_outlier_rules_the_scale_of_the_published_rule() -> None:
    rows = catalogue.reference_rows("aies-2025-02") + [
        row.model_copy(update={"edition": "aies-2025-02"}) for row in catalogue.reference_rows("aies-2025-12")
    ]
    text = [row for row in rows if row.task == "text-generation"]
    rated = rate(text, freeze(text, Rule.RANGE), Rule.RANGE)
    published = [row for row in rated if row.published_stars is not None]
    assert (sum(row.stars != row.published_stars for row in published), len(published)) == (27, 40)
    class_a = [row.stars for row in rated if row.model_class == "A"]
    assert (sum(star in (4, 5) for star in class_a), len(class_a)) == (42, 44)


def test_ml_energy_is_rated_where_a_cell_has_ten_models() -> None:
    rows = catalogue.reference_rows("mlenergy-v3")
    bands = freeze(rows, Rule.QUINTILE)
    sizes = {(cell.task, cell.hardware): len(made.references) for cell, made in bands.items()}
    assert sizes == {
        ("gpqa", "mlenergy-b200"): 12,
        ("gpqa", "mlenergy-h100"): 10,
        ("image-chat", "mlenergy-h100"): 11,
        ("lm-arena-chat", "mlenergy-b200"): 16,
        ("lm-arena-chat", "mlenergy-h100"): 16,
    }
    best = [row for row in rate(rows, bands, Rule.QUINTILE) if row.best]
    assert sum(row.stars is not None for row in best) == sum(sizes.values())
    assert Counter(row.not_rated for row in best if row.stars is None) == {
        "not rated (1 of 10)": 1,
        "not rated (3 of 10)": 3,
        "not rated (5 of 10)": 10,
        "not rated (6 of 10)": 12,
        "not rated (7 of 10)": 14,
        "not rated (8 of 10)": 8,
    }
