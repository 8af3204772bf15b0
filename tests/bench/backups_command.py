"""``python -m tests.bench.backups_command seed|scan|replay WHAT SHOP``: the command in this process, and its peak of memory."""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import django
from django.core.management import call_command
from django.utils import timezone

django.setup()

from dsr.ledger import New  # noqa: E402  (models can be loaded from here on)
from dsr.models import ErasedIdentity, Shop  # noqa: E402
from dsr.records import Action, Identity, IdentityKind, PlanRow, RecordKey  # noqa: E402
from dsr.sources import whose  # noqa: E402
from dsr.workflow import erasure_steps, ledger_position, ledgers, sealing  # noqa: E402
from tests.bench import backups  # noqa: E402


def seed_scan(shop: Shop) -> None:
    """Ten thousand people who were erased, three of whom are there."""
    addresses = [f"gone-{number}@example.net" for number in range(backups.ERASED)]
    addresses += [backups.email_of(backups.person(number)) for number in range(3)]
    ErasedIdentity.objects.bulk_create(
        ErasedIdentity(
            shop=shop,
            kind="email",
            digest=sealing.identity_digest(shop, Identity(IdentityKind.EMAIL, address)),
            erased_at=timezone.now(),
        )
        for address in addresses
    )


def seed_replay(shop: Shop) -> None:
    """As many people in the ledger, and each as a run leaves them: what was asked, that it was done, who came to be unknown."""
    now = timezone.now()
    expires_on = (now + timedelta(days=90)).date()
    bodies, identities = [], []
    for number in range(backups.ERASED):
        customer = backups.person(number)
        request = str(UUID(int=number))
        digest = sealing.identity_digest(shop, Identity(IdentityKind.EMAIL, backups.email_of(customer)))
        identities.append(ErasedIdentity(shop=shop, kind="email", digest=digest, erased_at=now))
        about = {"request": request, "source": "shop", "step": 1}
        rows = [erasure_steps.written(row) for row in _rows(customer)]
        bodies.append({**about, "kind": "intent", "rows": rows})
        bodies.append({**about, "kind": "outcome", "counts": {"delete": len(rows)}})
        bodies.append({"kind": "suppression", "request": request, "identities": {digest: "email"}, "kept": []})
    ErasedIdentity.objects.bulk_create(identities)
    entries = [New(shop.slug, json.dumps(body, separators=(",", ":")).encode(), now, expires_on) for body in bodies]
    ledger_position.note_end(ledgers.ledger().append_many(entries)[-1])


def _rows(customer: int) -> list[PlanRow]:
    """A customer's rows with what tells that they are theirs, as a plan has it."""
    whose_are = {"customers": ("email", backups.email_of(customer)), "orders": ("customer_id", customer)}
    return [
        PlanRow(
            RecordKey("shop", name, (("id", key),)),
            Action.DELETE,
            whose={column: whose.print_of(value) for column, value in [whose_are[name]]},
        )
        for name, key in backups.rows_of(customer)
    ]


def main(word: str, what: str, slug: str) -> None:
    if word == "seed":
        ErasedIdentity.objects.filter(shop__slug=slug).delete()  # Of the part before.
        {"scan": seed_scan, "replay": seed_replay}[what](Shop.objects.get(slug=slug))
        return
    out = StringIO()
    arguments = ["scan_for_erased", slug] if what == "scan" else ["replay", slug, "--execute"]
    with Path(os.devnull).open("w") as nowhere:
        call_command(*arguments, stdout=out, stderr=nowhere)
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({**json.loads(out.getvalue()), "peak_kb": int(peak.split()[1])}))


if __name__ == "__main__":
    main(*sys.argv[1:])
