"""A model's ratings out of the published data sets, by anyone and without a record."""

from __future__ import annotations

from leaderboard.domain import BadFile, NotFound, Rating
from leaderboard.publish.hub import Hub
from leaderboard.publish.layout import LATEST, MANIFEST, RATINGS, RATINGS_DEV, Suffix, is_beside, repository
from leaderboard.publish.manifest import entry_of
from leaderboard.publish.parquet import read_parquet
from leaderboard.publish.push import look
from leaderboard.publish.tables import ratings_of


def pull_ratings(
    hub: Hub, dataset: str, model: str, task: str | None = None, edition: str | None = None
) -> list[Rating]:
    """The rated rows of a model, of every public edition unless one is named; each file is checked.

    Development editions are looked for only when named.

    Args:
        dataset: ORG/PREFIX.

    Raises:
        NotFound: there is no such data set.
        BadFile: a file is not what its manifest says.
        HubUnavailable: the Hub did not answer.
    """
    rows = _rows(hub, dataset, RATINGS, task, edition)
    if rows is None:
        raise NotFound(
            f"There is no data set {repository(dataset, RATINGS)}, or nothing of ours in it.",
            "Look at --dataset (ORG/PREFIX) and HF_ENDPOINT.",
        )
    if edition is not None and not rows:
        rows = _rows(hub, dataset, RATINGS_DEV, task, edition) or []
    return [row for row in rows if row.best and row.model == model]


def _rows(
    hub: Hub, dataset: str, suffix: Suffix, task: str | None, edition: str | None
) -> list[Rating] | None:
    """Rows of the files that may hold what is asked for; None: no such data set."""
    name = repository(dataset, suffix)
    head, manifest = look(hub, name)
    if head is None or manifest is None:
        return None
    split = None if edition is None else "edition_" + edition.replace("-", "_")
    rows: list[Rating] = []
    for path, entry in manifest.files.items():
        folder, _, file = path.rpartition("/")
        this = file.removesuffix(".parquet")
        if this in (file, LATEST) or is_beside(path):
            continue
        if (task is not None and folder != task) or (split is not None and this != split):
            continue
        content = hub.read(name, path, head)
        if content is None or entry_of(content).sha256 != entry.sha256:
            raise BadFile(
                f"{name}/{path} is not the file that its {MANIFEST} lists.",
                "Try again; if it stays so, tell who publishes it: `publish --repair` puts it right.",
            )
        rows += ratings_of(read_parquet(content, path))
    return rows
