"""A package registry for npm on this machine: empty packages, as locked and newer."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

NEWER = "99999.0.0"


@contextmanager
def node_registry(lock: dict[str, Any]) -> Iterator[str]:
    """The registry's URL while it answers.

    It offers each package at its locked version and at a newer one; the `integrity` entries of
    `lock` are replaced by the hashes of the packages that it serves.
    """
    answers: dict[str, bytes] = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(answers)) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        for path, package in lock["packages"].items():
            if path:
                name = path.rpartition("node_modules/")[2]
                package["integrity"] = _offer(answers, url, name, package)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield url
        server.shutdown()


def _offer(answers: dict[str, bytes], url: str, name: str, package: dict[str, Any]) -> str:
    """Serve both versions; the integrity of the locked one."""
    versions = {}
    for version in (package["version"], NEWER):
        manifest = {
            "name": name,
            "version": version,
            "dependencies": package.get("dependencies", {}),
        }
        content = _tarball(json.dumps(manifest).encode())
        answers[f"/{name}/-/{version}.tgz"] = content
        integrity = f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"
        dist = {"tarball": f"{url}/{name}/-/{version}.tgz", "integrity": integrity}
        versions[version] = manifest | {"dist": dist}
    listing = {"name": name, "dist-tags": {"latest": NEWER}, "versions": versions}
    answers[f"/{name}"] = json.dumps(listing).encode()
    dist = versions[package["version"]]["dist"]
    return str(dist["integrity"])


def _tarball(manifest: bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(manifest)
        archive.addfile(entry, io.BytesIO(manifest))
    return content.getvalue()


def _handler(answers: dict[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(unquote(self.path))
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            del format, args

    return Registry
