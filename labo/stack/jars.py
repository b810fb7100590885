"""Neo4j's jars: named by a committed lock, fetched in parallel, every SHA-256 verified."""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from labo.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    import httpx

_CONNECTIONS = 12
_ATTEMPTS = 4

FetchProgress = Callable[[int, int], None]
"""Called with bytes present and bytes in all; from several threads, one at a time."""


@dataclass(frozen=True)
class Jar:
    """One locked artifact. `coordinate` is `group:artifact:version[:classifier]`."""

    coordinate: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        _, artifact, version, *classifier = self.coordinate.split(":")
        return "-".join([artifact, version, *classifier]) + ".jar"

    @property
    def path(self) -> str:
        """Its path in a Maven repository, relative to the repository's root."""
        group, artifact, version, *_ = self.coordinate.split(":")
        return f"{group.replace('.', '/')}/{artifact}/{version}/{self.file_name}"


def read_lock(text: str | None = None) -> tuple[Jar, ...]:
    """The locked jars; by default of the lock shipped with the package."""
    if text is None:
        text = resources.files("labo.stack").joinpath("neo4j.lock.toml").read_text()
    try:
        jars = tomllib.loads(text)["jars"]
        return tuple(Jar(key, entry["size"], entry["sha256"]) for key, entry in jars.items())
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"the jar lock is malformed: {error}",
            where="neo4j.lock.toml",
            hint="write it again with tools/lock_neo4j.py",
        ) from error


def default_jar_dir() -> Path:
    """`$XDG_CACHE_HOME/labo/jars`, by default `~/.cache/labo/jars`; safe to delete."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "labo" / "jars"


def missing_jars(jars: Sequence[Jar], folder: Path) -> list[Jar]:
    """The jars that are absent, or whose content is not the locked one."""
    with ThreadPoolExecutor(4) as pool:
        intact = list(pool.map(lambda jar: _is_intact(folder / jar.file_name, jar), jars))
    return [jar for jar, is_intact in zip(jars, intact, strict=True) if not is_intact]


def are_fetched(folder: Path) -> bool:
    """Whether every locked jar lies there; `ensure_jars` verifies that it is the locked one."""
    return all((folder / jar.file_name).is_file() for jar in read_lock())


def ensure_jars(
    folder: Path,
    *,
    jars: Sequence[Jar] | None = None,
    repository: str | None = None,
    on_progress: FetchProgress | None = None,
) -> list[Path]:
    """Make `folder` hold every locked jar, verified, and return their paths.

    Offline when all are present. Safe against parallel callers on one folder. `Unavailable` when
    the repository cannot be reached, `InvalidInput` when it serves content other than the locked
    one.
    """
    wanted = read_lock() if jars is None else jars
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one_fetches(folder):
        missing = missing_jars(wanted, folder)
        if missing:
            total = sum(jar.size for jar in wanted)
            present = total - sum(jar.size for jar in missing)
            _fetch_all(missing, folder, repository, _Counter(present, total, on_progress))
    return [folder / jar.file_name for jar in wanted]


class _Counter:
    """Adds bytes up over threads."""

    def __init__(self, present: int, total: int, report: FetchProgress | None) -> None:
        self._present, self._total, self._report = present, total, report
        self._lock = threading.Lock()
        self.add(0)

    def add(self, count: int) -> None:
        with self._lock:
            self._present += count
            if self._report:
                self._report(self._present, self._total)


@contextmanager
def _only_one_fetches(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_intact(path: Path, jar: Jar) -> bool:
    try:
        if path.stat().st_size != jar.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def _fetch_all(
    missing: Sequence[Jar], folder: Path, repository: str | None, counter: _Counter
) -> None:
    # Imported late: a first start fetches, every later one only verifies.
    import httpx

    if repository is None:
        from jgo.constants import MAVEN_CENTRAL_URL

        repository = MAVEN_CENTRAL_URL
    root = repository.rstrip("/")
    limits = httpx.Limits(max_connections=_CONNECTIONS)
    timeout = httpx.Timeout(60, connect=15)
    with (
        httpx.Client(limits=limits, timeout=timeout, follow_redirects=True) as client,
        ThreadPoolExecutor(_CONNECTIONS) as pool,
    ):
        largest_first = sorted(missing, key=lambda jar: -jar.size)
        futures = [pool.submit(_fetch, client, root, jar, folder, counter) for jar in largest_first]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch(client: httpx.Client, root: str, jar: Jar, folder: Path, counter: _Counter) -> None:
    import httpx

    for attempt in range(_ATTEMPTS):
        try:
            content = _download(client, f"{root}/{jar.path}", counter)
            break
        except httpx.HTTPError as error:
            if attempt == _ATTEMPTS - 1:
                raise Unavailable(
                    f"cannot fetch {jar.coordinate}: {error}",
                    hint="check the network, or set LABO_NEO4J__URI to use a server of your own",
                ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != jar.sha256:
        raise InvalidInput(
            f"{jar.coordinate} was served with SHA-256 {digest}, locked is {jar.sha256}",
            hint="nothing was installed; a proxy or the repository serves changed content",
        )
    partial = folder / f".{jar.file_name}.{os.getpid()}"
    partial.write_bytes(content)
    partial.replace(folder / jar.file_name)


def _download(client: httpx.Client, url: str, counter: _Counter) -> bytes:
    import httpx

    content = bytearray()
    try:
        with client.stream("GET", url) as response:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                content += chunk
                counter.add(len(chunk))
    except httpx.HTTPError:
        counter.add(-len(content))
        raise
    return bytes(content)
