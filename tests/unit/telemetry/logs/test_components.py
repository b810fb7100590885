"""What is a component, and what only stands where one might."""

from __future__ import annotations

import pytest

from labo.domain.telemetry.logs.components import component_name


@pytest.mark.parametrize(
    "name",
    [
        *("cart", "db1", "c.e.Cart", "o.e.n.Node", "kafka.server.KafkaServer", "cart::db"),
        *("akka://shop/user/cart", "reflector.go", "auth service", "config", "log", "worker-1"),
        *("output:es:es.0", "sshd(pam_unix)", "x.org:80", "deadbeef"),
    ],
)
def test_names_of_parts_are_components(name: str) -> None:
    """Programs, services, loggers, modules, hosts."""
    assert component_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("4242", "pid 42", "#17", "0x7f8a1c", "140735612", "<0.123.0>", "main", "MainThread"),
        *("Thread-3", "pool-1-thread-2", "http-nio-8080-exec-1", "ForkPoolWorker-2", "ThreadId(1)"),
        *("server/cart.go:42", "main.py:7", "Cart.java:12", "gpu_init.cc(523)", "ERROR", "info"),
        *("", "-", "  ", "x" * 201),
    ],
)
def test_processes_threads_and_lines_of_source_are_none(name: str) -> None:
    """Nor a level, nor what is empty, nor a text as long as a message."""
    assert component_name(name) is None


def test_of_a_function_and_its_line_the_module_is_taken() -> None:
    """As loguru writes it."""
    assert component_name("app.cart:run:12") == "app.cart"
