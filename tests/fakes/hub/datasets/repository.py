"""One data set as a repository: its card and one parquet file that says what its columns are."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

if TYPE_CHECKING:
    from datasets import Features

_HERE = Path(__file__).parent
_CARD = _HERE / "card.md"
_ROWS = _HERE / "rows"
# What the Hub knows no short name for.
_LICENCE_DETAILS = {
    "psf-2.0": "license_name: psf-2.0\nlicense_link: https://docs.python.org/3/license.html\n",
    "mixed": "license_name: mixed\n",
}


@dataclass(frozen=True)
class Written:
    """A file of `rows/`: what was written or looked at by hand."""

    file: str

    @cached_property
    def content(self) -> Any:
        """The YAML file's content."""
        return yaml.safe_load((_ROWS / self.file).read_text("utf-8"))


_CARDS = Written("cards.yaml")


@dataclass(frozen=True)
class DataSet:
    """A stand-in: under which names the original is asked for, and how it is made.

    `rows/cards.yaml` says where its rows come from.
    """

    repo_id: str
    table: Callable[[], pa.Table]
    config: str = "default"
    split: str = "train"

    @property
    def path(self) -> str:
        """The parquet file's path in the repository."""
        folder = "data" if self.config == "default" else self.config
        return f"{folder}/{self.split}-00000-of-00001.parquet"

    def build(self) -> dict[str, bytes]:
        """The repository's files.

        Raises:
            PackageGone: the rows' package cannot be installed.
        """
        table = self.table()
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
        return {"README.md": self._card(table).encode(), self.path: buffer.getvalue()}

    def _card(self, table: pa.Table) -> str:
        card = _CARDS.content["cards"][self.repo_id]
        source = _CARDS.content["sources"][card["source"]]
        about = [f"{source['text']} {card.get('more', '')}".strip()]
        if "credits" in source:
            photos = Written(source["credits"]).content
            about.append("\n".join(f"- {p['name']} (package {p['package']}): {p['credit']}" for p in photos))
        licence: str = source["licence"]
        return _CARD.read_text("utf-8").format(
            licence=licence if licence not in _LICENCE_DETAILS else "other",
            licence_details=_LICENCE_DETAILS.get(licence, ""),
            name=self.repo_id.split("/")[1],
            repo_id=self.repo_id,
            config=self.config,
            split=self.split,
            path=self.path,
            columns=", ".join(f"`{name}`" for name in table.column_names),
            rows=table.num_rows,
            about="\n\n".join(about),
        )


def typed(rows: Sequence[Mapping[str, Any]], features: Features) -> pa.Table:
    """Rows as a table that tells the `datasets` client its features: images, sounds, labels."""
    return pa.Table.from_pylist(list(rows), schema=features.arrow_schema)


def imagenet_classes() -> list[str]:
    """The 1,000 class names of ImageNet-1k in order.

    They are the WordNet lemmas as timm (Apache-2.0) lists them in `timm/data/_info`; the second of the two
    classes "crane" is called "crane (machine)", because names have to be different.
    """
    return (_ROWS / "imagenet_classes.txt").read_text("utf-8").splitlines()
