"""One gathering job in this process: ``python -m tests.bench.gather_request SHOP STAFF PERSON`` in an installation.

Prints JSON: rows, seconds, CPU seconds, and the kilobytes by which the process grew while it gathered, sealed and stored.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import django

django.setup()

from dsr import jobs  # noqa: E402  (the setup above must stand first)
from dsr.models import Job, SourceRun, SubjectRequest  # noqa: E402
from tests import opener  # noqa: E402


def main(slug: str, username: str, person: int) -> None:
    shop, actor = opener.cast(slug, username)
    jobs.gather_source(_job(opener.open_one(shop, actor, 10)).pk)  # Now everything is imported and connected.
    job = _job(opener.open_one(shop, actor, person))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    jobs.gather_source(job.pk)
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
        "rows": SourceRun.objects.get(pk=job.target_id).records,
        "state": Job.objects.get(pk=job.pk).state,
    }
    print(json.dumps(figures))


def _job(subject_request: SubjectRequest) -> Job:
    return Job.objects.get(subject_request=subject_request, kind="gather_source")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
