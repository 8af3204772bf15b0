"""One access request over eleven small tables, then two hundred of them at once, by a worker that runs all the while."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from tests.bench.figures import Figure, note
from tests.bench.place import Place
from tests.bench.processes import cpu_seconds, memory
from tests.bench.shop import ROWS_PER_PERSON, TABLES
from tests.installation import Worker, wait_until

IDLE_SECONDS = 10
ALONE = 30
TOGETHER = 200
FIRST_ALONE, FIRST_TOGETHER = 100, 500
"""Numbers of people; each asks once."""
SPAN = """
SELECT extract(epoch FROM max(entry.at) - min(request.received_at))::float, count(DISTINCT request.id)
FROM dsr_subjectrequest AS request
JOIN dsr_auditstream AS stream ON stream.subject_request_id = request.id
JOIN dsr_auditentry AS entry ON entry.stream_id = stream.id AND entry.action = 'gathering.finished'
WHERE request.id > %s
"""


def measure(place: Place) -> Iterator[Figure]:
    """Raises NotInTime when the worker does not do its work."""
    with place.installation.worker() as worker:
        place.installation.open_requests(10, 4, one_by_one=True)  # Both workers have read the shop's description.
        yield from _idle(place, worker)
        yield from _alone(place)
        yield from _together(place, worker)
        place.installation.manage("verify_audit")


def _idle(place: Place, worker: Worker) -> Iterator[Figure]:
    note(f"the worker has nothing to do for {IDLE_SECONDS} s")
    mine, server = cpu_seconds(worker.processes()), place.server_cpu()
    time.sleep(IDLE_SECONDS)
    mine, server = cpu_seconds(worker.processes()) - mine, place.server_cpu() - server
    yield Figure("idle: CPU of run_worker and its cluster", 100 * mine / IDLE_SECONDS, "% core")
    yield Figure("idle: CPU of PostgreSQL", 100 * server / IDLE_SECONDS, "% core", remark="the whole embedded server")
    yield Figure("idle: memory of run_worker and its cluster (PSS)", memory(worker.processes()), "MB")


def _alone(place: Place) -> Iterator[Figure]:
    note(f"{ALONE} requests, one after the other")
    seconds = place.installation.open_requests(FIRST_ALONE, ALONE, one_by_one=True)["seconds"]
    remark = (
        f"{ALONE} in turn: {min(seconds):.3f} to {max(seconds):.3f} s; {ROWS_PER_PERSON} rows in {len(TABLES)} tables"
    )
    yield Figure("one request, from opening to review (median)", statistics.median(seconds), "s", 0.4, remark=remark)


def _together(place: Place, worker: Worker) -> Iterator[Figure]:
    note(f"{TOGETHER} requests at once")
    ((last,),) = place.installation.ask("SELECT max(id) FROM dsr_subjectrequest")
    mine, server = cpu_seconds(worker.processes()), place.server_cpu()
    opener = place.installation.open_requests(FIRST_TOGETHER, TOGETHER)
    finished = "SELECT count(*) FROM dsr_subjectrequest WHERE id > %s AND state = 'review'"
    wait_until(
        lambda: place.installation.ask(finished, last) == [(TOGETHER,)], 300, "not every request is in review", 1
    )
    mine, server = cpu_seconds(worker.processes()) - mine, place.server_cpu() - server
    ((span, _),) = place.installation.ask(SPAN, last)
    remark = f"opened within {opener['wall']:.1f} s, all in review after {span:.1f} s; 2 workers"
    yield Figure(
        f"{TOGETHER} at once: requests a minute", TOGETHER / span * 60, "/min", 600, is_floor=True, remark=remark
    )
    used = (mine + opener["cpu"]) / TOGETHER
    remark = f"opening {opener['cpu'] / TOGETHER:.3f}, worker {mine / TOGETHER:.3f}; PostgreSQL not included"
    yield Figure(f"{TOGETHER} at once: CPU a request", used, "s", 0.12, remark=remark)
    remark = "our database and the shop's, on one server"
    yield Figure(f"{TOGETHER} at once: CPU of PostgreSQL a request", server / TOGETHER, "s", remark=remark)
    together = used + server / TOGETHER
    yield Figure(f"{TOGETHER} at once: CPU a request with PostgreSQL's", together, "s", 0.12)
