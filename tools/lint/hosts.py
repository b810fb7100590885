"""No file names a package registry's host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.lint.sources import Source, Violation

# In two parts, so that this file follows its own rule.
REGISTRY_HOSTS = tuple(
    f"{name}.{domain}"
    for name, domain in (
        ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
        ("yarnpkg", "com"), ("maven", "org"), ("maven.apache", "org"), ("golang", "org"),
        ("crates", "io"), ("debian", "org"), ("docker", "io"), ("docker", "com"),
        ("ghcr", "io"), ("quay", "io"), ("gcr", "io"), ("huggingface", "co"),
    )
)  # fmt: skip
_PATTERN = re.compile(
    r"(?<![\w-])((?:[\w-]+\.)*(?:" + "|".join(map(re.escape, REGISTRY_HOSTS)) + r"))(?![\w-])"
)


def check_registry_host(source: Source) -> Iterator[Violation]:
    """Which mirror serves a package is the machine's matter, never the project's.

    A lock file that names an index builds nowhere but where that index is reached, and sends a
    company's package names outside; the hashes alone identify the right file.
    """
    for number, line in enumerate(source.text.splitlines(), start=1):
        match = _PATTERN.search(line)
        if match:
            yield Violation(source.path, number, f"names the registry host {match[1]}")
