"""One data set as a repository: its card and one parquet file that says what its columns are."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

if TYPE_CHECKING:
    from datasets import Features

HERE = Path(__file__).parent
_CARD = HERE / "card.md"
_ROWS = HERE / "rows"
Licence = Literal["apache-2.0", "mit", "psf-2.0", "mixed"]
_LICENCE_DETAILS: Mapping[Licence, str] = {
    "apache-2.0": "",
    "mit": "",
    "psf-2.0": "license_name: psf-2.0\nlicense_link: https://docs.python.org/3/license.html\n",
    "mixed": "license_name: mixed\n",
}


@dataclass(frozen=True)
class DataSet:
    """A stand-in: under which names the original is asked for, how it is made, what its card says of it."""

    repo_id: str
    table: Callable[[], pa.Table]
    source: str
    """Where the rows come from, in Markdown; its licence is `licence`."""
    licence: Licence
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
        own = self.licence in ("apache-2.0", "mit")
        card = _CARD.read_text("utf-8").format(
            licence=self.licence if own else "other",
            licence_details=_LICENCE_DETAILS[self.licence],
            name=self.repo_id.split("/")[1],
            repo_id=self.repo_id,
            config=self.config,
            split=self.split,
            path=self.path,
            columns=", ".join(f"`{name}`" for name in table.column_names),
            rows=table.num_rows,
            source=self.source,
        )
        return {"README.md": card.encode(), self.path: buffer.getvalue()}


def typed(rows: Sequence[Mapping[str, Any]], features: Features) -> pa.Table:
    """Rows as a table that tells the `datasets` client its features: images, sounds, labels."""
    return pa.Table.from_pylist(list(rows), schema=features.arrow_schema)


@dataclass(frozen=True)
class Written:
    """A file of `rows/`: what was written or looked at by hand."""

    file: str

    @cached_property
    def content(self) -> Any:
        """The YAML file's content."""
        return yaml.safe_load((_ROWS / self.file).read_text("utf-8"))


def imagenet_classes() -> list[str]:
    """The 1,000 class names of ImageNet-1k in order.

    They are the WordNet lemmas as timm (Apache-2.0) lists them in `timm/data/_info`; the second of the two
    classes "crane" is called "crane (machine)", because names have to be different.
    """
    return (_ROWS / "imagenet_classes.txt").read_text("utf-8").splitlines()
