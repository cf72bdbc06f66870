"""A real PostgreSQL for whoever asks: one server for each process of a test run."""

from collections.abc import Iterator

import pytest

from tests.postgres import Server, running


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def database(server: Server) -> str:
    """The address of a database without records."""
    server.empty()
    return server.url()
