"""A fresh machine on any day: whatever newer versions exist, what is installed is the lock.

The Makefile's own targets run against an index of empty wheels that offers a newer version of every
locked package, with the pip that this Python brings and with the oldest that a supported one does.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.builders.node_registry import node_registry
from tests.builders.package_index import locked, version_of, write_index, write_lock
from tools.lint.sources import project_sources

ROOT = Path(__file__).parents[2]
BUILD, RUNTIME, DEVELOPMENT = (
    "requirements-build.lock",
    "requirements.lock",
    "requirements-dev.lock",
)
OLDEST_PIP = ROOT / "tests/data/oldest-pip.lock"
INSTALLER_OPTIONS = {"--no-deps", "--require-hashes", "--no-build-isolation", "--use-pep517"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, str]]:
    """The index's folder, and the hash of each locked version in it."""
    root = tmp_path_factory.mktemp("index")
    return root, write_index(root, locked(ROOT / DEVELOPMENT))


@pytest.fixture(params=["own", "oldest"])
def checkout(
    request: pytest.FixtureRequest, tmp_path: Path, index: tuple[Path, Mapping[str, str]]
) -> Path:
    """The Makefile beside locks of the same pins, and for the oldest pip an environment with it."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for lock in (BUILD, RUNTIME, DEVELOPMENT):
        write_lock(tmp_path / lock, locked(ROOT / lock), index[1])
    if request.param == "oldest":
        create_environment(tmp_path / ".venv", oldest_pip(tmp_path / "pip"))
    return tmp_path


def create_environment(folder: Path, pip: Path) -> None:
    """What `python -m venv` of a Python that brings this `pip` makes."""
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(pip) as wheel:
        wheel.extractall(packages)
    (folder / ".created").touch()


def oldest_pip(folder: Path) -> Path:
    """The wheel, by its hash, from the machine's own index or pip's cache."""
    command = (sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes")
    done = run(*command, "-r", OLDEST_PIP, "-d", folder, env=os.environ)
    if done.returncode:
        pytest.skip(f"pip's oldest version can't be had here: {done.stderr[-300:]}")
    (wheel,) = folder.iterdir()
    return wheel


def run(*command: str | Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=env, capture_output=True, text=True, check=False, timeout=300
    )


def make(checkout: Path, index: Path, *words: str) -> None:
    """One call of make that knows no other index, cache, folder or setting of pip than ours."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    env |= {
        "PIP_INDEX_URL": index.as_uri(),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
    }
    python = f"PYTHON={Path(sys.base_prefix) / 'bin' / 'python3'}"
    done = run("make", "--directory", checkout, python, *words, env=env)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def installed(checkout: Path) -> dict[str, str]:
    """Version by package, without pip itself."""
    (packages,) = (checkout / ".venv").glob("lib/python*/site-packages")
    found = distributions(path=[str(packages)])
    return {canonicalize_name(each.name): each.version for each in found if each.name != "pip"}


def expected(lock: str) -> dict[str, str]:
    """What a lock pins for this machine."""
    return {
        canonicalize_name(each.name): version_of(each)
        for each in locked(ROOT / lock)
        if each.marker is None or each.marker.evaluate()
    }


def test_the_lock_is_installed_whatever_is_newer(
    checkout: Path, index: tuple[Path, Mapping[str, str]]
) -> None:
    """Runtime and tools, each exactly as locked; a newer version of every package was on offer."""
    make(checkout, index[0], ".venv/.runtime")
    assert installed(checkout) == expected(RUNTIME)

    # The package itself is nobody's to fetch, and building it here would show nothing more.
    make(checkout, index[0], "-o", ".venv/.package", ".venv/.dev")
    assert installed(checkout) == expected(DEVELOPMENT)


def test_the_image_installs_as_the_makefile_does() -> None:
    """Each lock is copied first and installed with the same options; then gaps are looked for."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (options,) = re.findall(r"^INSTALL_LOCK := \$\(PIP\) (.+)$", makefile, re.MULTILINE)
    install = dockerfile[dockerfile.index("RUN pip install") :]
    copied = re.findall(r"\S+", dockerfile[: -len(install)].rpartition("COPY ")[2])
    installs = re.findall(r"pip install (.+?) -r (\S+)", install)

    assert set(options.split()) == INSTALLER_OPTIONS
    assert [(lock, set(words.split())) for words, lock in installs] == [
        (BUILD, INSTALLER_OPTIONS),
        (RUNTIME, INSTALLER_OPTIONS),
    ]
    assert copied == [BUILD, RUNTIME, "./"]
    assert "&& pip check" in install


def test_no_jar_is_resolved_at_run_time() -> None:
    """The resolver's package gives the address of its repository; which jars, the lock says."""
    used = {
        (node.module, alias.name)
        for source in project_sources(ROOT)
        if source.is_product
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "jgo"
        for alias in node.names
    }

    assert used == {("jgo.constants", "MAVEN_CENTRAL_URL")}


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is needed for the Cypher lint only")
def test_the_node_lock_is_installed_whatever_is_newer(tmp_path: Path) -> None:
    """The parser of the Cypher lint and what it needs, exactly as locked."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "tools/package.json", tmp_path / "tools")
    lock = json.loads((ROOT / "tools/package-lock.json").read_text(encoding="utf-8"))
    with node_registry(lock) as registry:
        (tmp_path / "tools/package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
        env = {name: each for name, each in os.environ.items() if not name.startswith("npm_")}
        env |= {"npm_config_registry": registry, "npm_config_cache": str(tmp_path / "cache")}
        done = run(
            "make", "--directory", tmp_path, "tools/node_modules/.package-lock.json", env=env
        )
    assert done.returncode == 0, done.stdout + done.stderr

    modules = tmp_path / "tools/node_modules"
    found = {
        f"node_modules/{path.parent.relative_to(modules)}": json.loads(path.read_text())["version"]
        for path in modules.rglob("package.json")
    }
    assert found == {name: each["version"] for name, each in lock["packages"].items() if name}
