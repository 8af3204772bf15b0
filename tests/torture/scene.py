"""What a fault is done to: two private database servers, an installation on one, its shop on the other, a running worker."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dsr import embedded
from dsr.embedded.place import State, find_place, read_state
from tests.installation import Installation, NotInTime, Worker, wait_until

SMALL_SHOP = Path(__file__).parent.parent / "small_shop"
SOURCES = ("annex", "shop")
ROWS = {"customers": 1, "orders": 2, "order_lines": 3, "gifts": 1, "newsletter": 1}
MOST_PEOPLE = 2000
PEOPLE = """
INSERT INTO customers (id, email, name) SELECT 1000 + n, 'person-' || n || '@example.com', 'Person ' || n FROM numbers;
INSERT INTO orders (id, customer_id, total) SELECT 10000 + n, 1000 + n, n FROM numbers;
INSERT INTO orders (id, guest_email, total) SELECT 20000 + n, 'Person-' || n || '@Example.com', n FROM numbers;
INSERT INTO order_lines (id, order_id, title) SELECT 10000 + n, 10000 + n, 'Ring' FROM numbers;
INSERT INTO order_lines (id, order_id, title) SELECT 20000 + n, 10000 + n, 'Box' FROM numbers;
INSERT INTO order_lines (id, order_id, title) SELECT 30000 + n, 20000 + n, 'Chain' FROM numbers;
INSERT INTO gifts (id, order_id, recipient_name) SELECT 10000 + n, 10000 + n, 'Friend of ' || n FROM numbers;
INSERT INTO newsletter (email, subscribed) SELECT 'person-' || n || '@example.com', true FROM numbers;
"""


class Server:
    """A PostgreSQL server of one's own, which may be stopped and killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self.urls = embedded.ensure_running(folder)

    @property
    def shop_url(self) -> str:
        """The database ``shop`` by the role that owns it."""
        return self.urls.demo_url.rpartition("/")[0] + "/shop"

    def stop(self) -> None:
        """End it in order: connections are told so."""
        embedded.stop(self._folder)

    def kill(self) -> None:
        """End it without a word."""
        data = find_place(self._folder.resolve(), read_state(self._folder.resolve()) or State()).data
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def start(self) -> None:
        """Have it back, at the same address."""
        assert embedded.ensure_running(self._folder) == self.urls

    def remove(self) -> None:
        """Leave nothing of it."""
        embedded.remove(self._folder)


@dataclass
class Scene:
    """Requests of numbered people, of whom each source holds eight rows."""

    installation: Installation
    worker: Worker
    own_server: Server
    shop_server: Server
    opened: int = 0

    def burst(self, count: int) -> None:
        """Open so many requests at once."""
        self.installation.open_requests(self.opened + 1, count)
        self.opened += count

    @contextmanager
    def shop_is_slow(self) -> Iterator[None]:
        """The shop's database makes everybody wait, so that whoever took a job is busy with it."""
        with closing(psycopg.connect(self.shop_server.shop_url)) as connection:
            connection.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
            yield

    def wait_for_jobs(self, state: str, count: int) -> None:
        """Until at least so many gathering jobs are in that state."""
        sql = "SELECT count(*) FROM dsr_job WHERE kind = 'gather_source' AND state = %s"
        wait_until(lambda: self.installation.ask(sql, state)[0][0] >= count, 60, f"no {count} jobs are {state}")

    def settle(self, seconds: float) -> float:
        """Seconds until every request is in review."""
        try:
            return wait_until(
                lambda: self.states() == {"review": self.opened}, seconds, "not every request is in review"
            )
        except NotInTime as late:
            jobs = self.installation.ask(
                "SELECT state, attempts, delays, error_text, count(*) FROM dsr_job GROUP BY 1, 2, 3, 4"
            )
            raise NotInTime(f"{late}: {self.states()}, jobs {jobs}") from None

    def states(self) -> dict[str, int]:
        """How many requests are in which state."""
        return dict(self.installation.ask("SELECT state, count(*) FROM dsr_subjectrequest GROUP BY state"))

    def faults(self) -> list[str]:
        """Everything that was not done exactly once, in words; empty when all is well."""
        found = []
        runs = self.installation.ask(
            "SELECT state, records, counts::text, count(*) FROM dsr_sourcerun GROUP BY 1, 2, 3"
        )
        told = [(state, records, json.loads(counts), number) for state, records, counts, number in runs]
        if told != [("done", sum(ROWS.values()), ROWS, self.opened * len(SOURCES))]:
            found.append(f"source runs: {told}")
        for what, sql, expected in (
            ("jobs", "SELECT state, count(*) FROM dsr_job WHERE kind = 'gather_source' GROUP BY 1", self._jobs_done()),
            ("chunks", CHUNKS, [(*each, self.opened * len(SOURCES)) for each in sorted(ROWS.items())]),
            ("parked", "SELECT kind, error_text FROM dsr_job WHERE state = 'parked'", []),
            ("searched twice or never", SEARCHED, []),
            ("gathering finished", FINISHED, [(1, self.opened)]),
        ):
            answer = self.installation.ask(sql)
            if answer != expected:
                found.append(f"{what}: {answer}")
        audit = json.loads(self.installation.manage("verify_audit"))
        return [*found, *map(str, audit["faults"])]

    def _jobs_done(self) -> list[tuple[str, int]]:
        return [("done", self.opened * len(SOURCES))]


CHUNKS = """
SELECT collection, rows, runs FROM (
    SELECT collection, rows, count(*) AS runs FROM (
        SELECT source_run_id, collection, sum(rows) AS rows FROM dsr_findingchunk GROUP BY 1, 2
    ) AS per_run GROUP BY 1, 2
) AS found ORDER BY collection
"""
SEARCHED = """
SELECT run.id, count(entry.id) FROM dsr_sourcerun AS run
JOIN dsr_source AS source ON source.id = run.source_id
JOIN dsr_auditstream AS stream ON stream.subject_request_id = run.subject_request_id
LEFT JOIN dsr_auditentry AS entry
    ON entry.stream_id = stream.id AND entry.action = 'source.searched' AND entry.facts ->> 'source' = source.name
GROUP BY run.id HAVING count(entry.id) <> 1
"""
FINISHED = """
SELECT entries, count(*) FROM (
    SELECT stream_id, count(*) AS entries FROM dsr_auditentry WHERE action = 'gathering.finished' GROUP BY 1
) AS per_request GROUP BY 1
"""


@contextmanager
def stage(folder: Path) -> Iterator[Scene]:
    """Servers, installation, shop and worker in ``folder``; nothing of them is left."""
    own, shop = Server(folder / "own"), Server(folder / "shop")
    try:
        with psycopg.connect(shop.urls.demo_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE shop")
        with psycopg.connect(shop.shop_url) as connection:
            connection.execute((SMALL_SHOP / "schema.sql").read_text())
            connection.execute(f"CREATE TEMPORARY TABLE numbers AS SELECT generate_series(1, {MOST_PEOPLE}) AS n")
            connection.execute(PEOPLE)
        installation = Installation(folder, own.urls.app_url, own.urls.owner_url)
        installation.set_up(dict.fromkeys(SOURCES, shop.shop_url), SMALL_SHOP / "shop.yaml")
        with installation.worker() as worker:
            yield Scene(installation, worker, own, shop)
    finally:
        own.remove()
        shop.remove()
