"""The words of a message that are never values, and those behind which a value stands.

Closed classes of English: what an operation does or ended in, opposites, and function words. Two
messages that differ in one of them say different things ("link up", "link down"), however much else
they share. A name (of a user, a host, a table) may stand for any other.
"""

from __future__ import annotations

import re
from functools import lru_cache

_OUTCOMES = (
    "ok okay success successful successfully succeeded failure failures fail fails failed error"
    " errors warning warnings critical fatal alert info debug normal abnormal exception timeout"
    " true false yes no none null nil"
)
_STATES = (
    "up down on off open closed close start started stop stopped begin began begun end finish done"
    " complete enable disable active inactive running run idle ready online offline available"
    " unavailable healthy unhealthy alive dead lost found missing valid invalid pending full empty"
    " busy free high low old new known unknown current stale hot cold hit miss master slave leader"
    " follower primary secondary standby present absent connect disconnect reset restart shutdown"
    " kept held sent built broken hung stuck read written bound unbound"
)
_ACTIONS = (
    "get put post delete head patch read write create update remove add open load unload save"
    " drop insert select commit abort retry resume pause suspend accept reject allow deny grant"
    " revoke refuse lock unlock mount unmount attach detach send receive build destroy spawn kill"
    " allocate deallocate acquire release establish renew join leave register unregister login"
    " logout enter exit push pop import export send fetch request response reply"
)
_FUNCTION_WORDS = (
    "and or not in out to from of for by with without at as is was are were be been being has have"
    " had will would can cannot could may must should do does did the a an this that these those"
    " it its but if then than when while until after before into onto over under again too very"
    " more less all any some each every other only already still now never always because due via"
    " within between through during against per since there here who which what why how"
)
STATES = frozenset(" ".join((_OUTCOMES, _STATES, _ACTIONS, _FUNCTION_WORDS)).split())
OUTCOMES = frozenset(_OUTCOMES.split()) | {"up", "down", "on", "off", "open", "closed"}
"""Values of `key=value` that are read as the state that they name."""

_NAMED_THINGS = (
    "user users username account member group role tenant host hostname node server client peer"
    " broker domain zone region cluster namespace pod container image volume bucket disk device"
    " database schema table index topic queue channel job task session thread worker module plugin"
    " package program"
)
_NAMED = frozenset(_NAMED_THINGS.split())
_EXCEPTION = re.compile(r"\b[A-Z][A-Za-z]*(?:Error|Exception)\b")
"""An exception's class, by the naming of Python, Java, .NET, JavaScript and Ruby. What is raised
decides what happened."""
_AROUND = "()[]{}<>,;:.!?\"'=*-|"
_SHORTEST = 5
"""Letters of a word whose ending tells a verb: `red` and `king` end so, too."""


@lru_cache(maxsize=16_384)
def says_what_happened(word: str) -> bool:
    """Whether a word is part of what a message says, so that no other may stand for it.

    >>> [says_what_happened(word) for word in ("Paused", "error:", "ValueError", "bob")]
    [True, True, True, False]
    """
    if _EXCEPTION.search(word):
        return True
    bare = word.strip(_AROUND).lower()
    return bare in STATES or (
        len(bare) >= _SHORTEST and bare.isalpha() and bare.endswith(("ed", "ing"))
    )


def announces_a_name(word: str) -> bool:
    """Whether a name follows that word: `user bob`, `table orders`."""
    return word.strip(_AROUND).lower() in _NAMED
