"""Answers that hold until the record changes, found once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
_MOST = 512


class Versioned(Protocol):
    """What answers are about: the record, or its writer."""

    @property
    def version(self) -> int:
        """Rises with every change; 0: nobody here hears of changes, so nothing is kept."""
        ...


class Kept(Generic[T]):
    """The answers asked for last, each under its key."""

    def __init__(self, source: Versioned, most: int = _MOST) -> None:
        self._source = source
        self._most = most
        self._version = -1
        self._answers: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, find: Callable[[], T]) -> T:
        """What is kept under the key, else what `find` says. It may be asked twice by two at once."""
        return self.all([key], lambda _: [find()])[0]

    def all(self, keys: Sequence[K], find: Callable[[Sequence[K]], Sequence[T]]) -> list[T]:
        """The answer to each key, in their order. `find` is asked once, for those that are not kept."""
        version = self._source.version
        found: dict[K, T] = {}
        with self._lock:
            if version != self._version:
                self._version = version
                self._answers.clear()
            for key in keys:
                if key in self._answers:
                    self._answers.move_to_end(key)
                    found[key] = self._answers[key]
        missing = [key for key in keys if key not in found]
        if missing:
            fresh = dict(zip(missing, find(missing), strict=True))
            found |= fresh
            self._keep(fresh, version)
        return [found[key] for key in keys]

    def _keep(self, fresh: Mapping[K, T], version: int) -> None:
        with self._lock:
            # What was found while the record changed may be of before: the next one looks again.
            if version and version == self._version == self._source.version:
                for key, answer in fresh.items():
                    self._answers[key] = answer
                while len(self._answers) > self._most:
                    self._answers.popitem(last=False)
