"""Ids of stored series that are known, so that a batch need not ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

_Name = TypeVar("_Name", bound=tuple[str, ...])
_MAX_BYTES = 8_000_000
"""Of all names: some twenty thousand. By judgement."""
_ENTRY_BYTES = 300
"""About what an entry takes, without its characters."""
_CHUNK = 150
"""Names that one statement asks for; SQLite takes 999 parameters everywhere."""


class SeriesIds(Generic[_Name]):
    """By workspace and name. Beyond some megabytes all are forgotten: the database has them."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, _Name], int] = {}
        self._bytes = 0

    def missing(self, workspace: str, names: Iterable[_Name]) -> list[_Name]:
        """Those of a batch that are to be asked for, in order. Ids that were given out before may
        be forgotten by that, those of `names` are not until the next call."""
        if self._bytes > _MAX_BYTES:
            self.clear()
        return sorted(name for name in names if (workspace, name) not in self._ids)

    def learn(self, workspace: str, ids: Mapping[_Name, int]) -> None:
        for name, number in ids.items():
            self._ids[(workspace, name)] = number
            self._bytes += _ENTRY_BYTES + 4 * sum(map(len, name))

    def of(self, workspace: str, name: _Name) -> int:
        """Raises KeyError for one that was not learnt."""
        return self._ids[(workspace, name)]

    def clear(self) -> None:
        self._ids.clear()
        self._bytes = 0


def chunks(names: Sequence[_Name]) -> Iterator[Sequence[_Name]]:
    """As many as a statement takes."""
    return (names[first : first + _CHUNK] for first in range(0, len(names), _CHUNK))
