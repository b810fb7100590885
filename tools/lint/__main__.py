"""`python -m tools.lint [ROOT]`: run every house rule; exit code 1 when one is broken."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tools.lint import constructs, cypher_text, hosts, names, rooms, sizes, words
from tools.lint.sources import Source, Violation, check_syntax, project_sources

RULES: tuple[Callable[[Source], Iterator[Violation]], ...] = (
    check_syntax,
    sizes.check_module_size,
    sizes.check_function_size,
    names.check_module_name,
    names.check_class_name,
    names.check_function_name,
    names.check_cypher_name,
    constructs.check_code_from_text,
    constructs.check_swallowed_error,
    constructs.check_log_call,
    constructs.check_hidden_input,
    constructs.check_pure_domain,
    constructs.check_event_loop,
    cypher_text.check_built_cypher,
    cypher_text.check_inline_cypher,
    hosts.check_registry_host,
    words.check_words,
    rooms.check_room_rule,
)


def violations(sources: Iterable[Source]) -> list[Violation]:
    """Everything that any rule finds, in the order of the files."""
    return [found for source in sources for rule in RULES for found in rule(source)]


def main(root: Path) -> int:
    sources = list(project_sources(root))
    broken = violations(sources)
    for each in broken:
        print(each)
    print(f"house rules: {len(sources)} files, {len(RULES)} rules, {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()))
