"""The publisher: the record's data sets into a folder, and to the Hub where one is set (DESIGN §4)."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

from leaderboard.domain import Edition
from leaderboard.publish.artefacts import make
from leaderboard.publish.folder import FolderHub
from leaderboard.publish.hub import Hub, make_hub
from leaderboard.publish.layout import (
    MANIFEST,
    RATINGS,
    RATINGS_DEV,
    SUFFIXES,
    Suffix,
    check_dataset,
    repository,
)
from leaderboard.publish.manifest import read_manifest
from leaderboard.publish.pace import Pace, Patience
from leaderboard.publish.push import push
from leaderboard.publish.report import Report, RepositoryReport
from leaderboard.publish.summary import has_tag
from leaderboard.publish.view import RecordView, view_of
from leaderboard.record import Record
from leaderboard.settings import Settings

PUBLISHED = "published"
"""The folder inside STARWATT_DATA."""


class Publisher:
    """Publishes one record. Safe to call from any thread: publishings take turns."""

    def __init__(
        self,
        record: Record,
        hub: Hub | None,
        folder: Path,
        dataset: str | None,
        *,
        owns_record: bool = True,
        patience: Patience | None = None,
    ) -> None:
        """`folder` is where the data sets lie here; `dataset` is ORG/PREFIX, needed with a hub.

        `owns_record`: False for a record that is only read, beside the Space that owns it: its outbox is
        then left to the Space, which will find that nothing is left to do.
        """
        self._record = record
        self._hub = hub if dataset is not None else None
        self._folder = folder
        self._dataset = check_dataset(dataset) if dataset is not None else None
        self._owns_record = owns_record
        self._patience = patience or Patience()
        # A folder of ours sets no limits, and does not wait for what the Hub asked for.
        self._patience_here = replace(self._patience, pace=Pace(math.inf))
        self._turn = threading.Lock()
        self._tagged: set[tuple[str, str]] = set()

    @classmethod
    def of(cls, record: Record, settings: Settings) -> Self:
        """The Space's publisher."""
        return cls(record, make_hub(settings), settings.data / PUBLISHED, settings.dataset)

    def publish(self, *, dry_run: bool = False, repair: bool = False) -> Report:
        """Bring every data set to what the record says, in one commit each of what changed.

        The folder comes first, so that it is done also while the Hub is away. `repair` trusts nothing
        that lies there; `dry_run` changes nothing.

        Raises:
            StorageUnavailable: the folder cannot be written.
            HubUnavailable: the Hub stayed away; the outbox keeps the work.
            Forbidden, Refused: the Hub says no.
        """
        with self._turn:
            # Before the look at the record: what comes in after it keeps its row in the outbox.
            waiting = [row.id for row in self._record.outbox()]
            view = view_of(self._record)
            made = make(view, self._dataset)
            reports = [
                self._one(hub, name, suffix, made.files[suffix], view, dry_run, repair)
                for hub, names in self._places()
                for suffix, name in names.items()
            ]
            tick = self._owns_record and not dry_run
            if tick:
                self._record.outbox_done(waiting)
            return Report(
                record_version=view.version,
                dry_run=dry_run,
                repositories=tuple(reports),
                withheld=made.withheld,
                hub=self._why_no_hub(),
                ticked=len(waiting) if tick else 0,
            )

    def _places(self) -> list[tuple[Hub, Mapping[Suffix, str]]]:
        places: list[tuple[Hub, Mapping[Suffix, str]]] = [
            (FolderHub(self._folder), {suffix: suffix for suffix in SUFFIXES})
        ]
        if self._hub is not None and self._dataset is not None:
            places.append((self._hub, {suffix: repository(self._dataset, suffix) for suffix in SUFFIXES}))
        return places

    def _one(
        self,
        hub: Hub,
        name: str,
        suffix: Suffix,
        files: Mapping[str, bytes],
        view: RecordView,
        dry_run: bool,
        repair: bool,
    ) -> RepositoryReport:
        here = isinstance(hub, FolderHub)
        patience = self._patience_here if here else self._patience
        pushed = push(hub, name, suffix, files, repair=repair, dry_run=dry_run, patience=patience)
        if pushed.commit is not None and not dry_run:
            self._tag(hub, name, suffix, files, view, pushed.commit)
        place = str(self._folder / name) if here else name
        return RepositoryReport.of(place, suffix, pushed, read_manifest(files[MANIFEST]).rows)

    def _tag(
        self,
        hub: Hub,
        name: str,
        suffix: Suffix,
        files: Mapping[str, bytes],
        view: RecordView,
        commit: str,
    ) -> None:
        """Name the commit in which an edition was first seen frozen after that edition."""
        for edition in view.editions:
            key = (name, edition.id)
            if key not in self._tagged and _frozen_here(edition, suffix, files):
                self._patience.keep_trying(partial(hub.tag, name, edition.id, commit))
                self._tagged.add(key)

    def _why_no_hub(self) -> str:
        if self._hub is not None:
            return ""
        if self._dataset is None:
            return "not asked, STARWATT_DATASET is not set"
        return "not asked, HF_TOKEN is not set"


def _frozen_here(edition: Edition, suffix: Suffix, files: Mapping[str, bytes]) -> bool:
    if not has_tag(edition) or suffix != (RATINGS_DEV if edition.development else RATINGS):
        return False
    return any(path.endswith(f"/{edition.split}.parquet") for path in files)
