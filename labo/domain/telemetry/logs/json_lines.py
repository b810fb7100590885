"""Pretty-printed JSON: the lines of one object."""

from __future__ import annotations

from labo.expressions import expression

_STRING = expression(r'"(?:[^"\\]|\\.)*"')
_OPENS = ("{", "[", ",")


class JsonBrackets:
    """Counts the brackets that are open; strings of JSON hold no line feed."""

    def __init__(self) -> None:
        self._depth = 0

    @property
    def is_open(self) -> bool:
        """Whether the object's end was not read yet."""
        return self._depth > 0

    @classmethod
    def start(cls, text: str) -> JsonBrackets | None:
        """The object that begins with `text` and goes on below, if one does."""
        stripped = text.strip()
        if not stripped.startswith("{") or not stripped.endswith(_OPENS):
            return None
        brackets = cls()
        brackets._count(stripped)
        return brackets if brackets._depth > 0 else None

    def takes(self, text: str) -> bool:
        """Whether the line belongs to the object; then it is counted."""
        stripped = text.strip()
        if not self.is_open:
            return False
        if stripped and text[0] not in ' \t"]}':  # something else goes on: its end is lost
            self._depth = 0
            return False
        self._count(stripped)
        return True

    def _count(self, text: str) -> None:
        bare = _STRING.sub("", text)
        self._depth += bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
