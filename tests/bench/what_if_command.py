"""``simulate_policy`` in this process, and its peak of memory: ``python -m tests.bench.what_if_command SHOP DRAFT DAY``."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path

import django
from django.core.management import call_command


def main(shop: str, draft: str, today: str) -> None:
    django.setup()
    out = StringIO()
    call_command("simulate_policy", shop, "--profile", draft, "--today", today, "--json", stdout=out)
    # Not ru_maxrss: that also counts what the process was before it became this one.
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({**json.loads(out.getvalue()), "peak_kb": int(peak.split()[1])}))


if __name__ == "__main__":
    main(*sys.argv[1:])
