"""A ledger on a disk without room, really: nothing is erased that is not written there, staff read why, with room it goes on."""

from __future__ import annotations

import re
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from dsr.lifecycle import State
from dsr.models import Job, Notice, PlanStep, Shop
from dsr.workflow import ledger_position, ledgers, parked
from dsr.workflow.actors import staff
from tests.erasing.conftest import approve, connect_for_writing, rows, wish
from tests.erasing.processes import Starter

PAGE = 4096
"""Bytes that each file of the small disk takes at least, an entry's as well as the lock's."""
PAGES = 16
SYS_ADMIN = 21
"""The capability that lets a process mount; containers often lack it."""
CAPABILITIES = re.search(r"CapEff:\t(\w+)", Path("/proc/self/status").read_text())
MAY_MOUNT = bool(CAPABILITIES and int(CAPABILITIES[1], 16) >> SYS_ADMIN & 1)
NOTHING, SOMETHING = "Nothing was erased or changed.", "Sources may be changed already, as approved"


@contextmanager
def disk_without_room(ledger: Path, _: Starter, leave: int) -> Iterator[Callable[[], None]]:
    """A disk of its own under the ledger's folder, filled until it has so many pages left; a call removes what fills it."""
    filler = ledger.parent / "filler"
    with filler.open("ab", buffering=0) as writing:
        with pytest.raises(OSError, match="No space left on device"):
            while writing.write(bytes(PAGE)):
                pass
        writing.truncate((writing.tell() // PAGE - leave) * PAGE)
    yield filler.unlink


@contextmanager
def limit_of_files(_: Path, erasing: Starter, leave: int) -> Iterator[Callable[[], None]]:
    """The system lets the erasing process write no file; a call takes that back. Needs no right to mount."""
    before = resource.prlimit(erasing.process.pid, resource.RLIMIT_FSIZE, (leave, resource.RLIM_INFINITY))
    yield lambda: resource.prlimit(erasing.process.pid, resource.RLIMIT_FSIZE, before) and None


@pytest.fixture
def small_disk(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """Where the ledger lies: in memory, with a few pages, where this machine lets us mount."""
    place = tmp_path / "disk"
    place.mkdir()
    with ExitStack() as afterwards:
        if MAY_MOUNT:
            size = f"size={PAGES * PAGE},mode=700"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)], check=True, timeout=30)
            afterwards.callback(subprocess.run, ["umount", "--lazy", str(place)], check=True, timeout=30)
        settings.DSR_LEDGER = place / "ledger"
        yield settings.DSR_LEDGER


FULL = [pytest.param(limit_of_files, 0, NOTHING, id="no file may be written")]
if MAY_MOUNT:
    FULL += [
        pytest.param(disk_without_room, 0, NOTHING, id="no room for what is to be done"),
        pytest.param(disk_without_room, 1, SOMETHING, id="no room for what was done"),
        pytest.param(disk_without_room, 2, SOMETHING, id="no room for who was erased"),
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("means", "leave", "told"), FULL)
def test_erasure_when_the_ledgers_disk_is_full_then_says_what_is_done_and_goes_on_with_room(
    small_disk: Path, shop: Shop, owner: User, url: str, starter: Starter, client: Client,
    means: Callable[[Path, Starter, int], Iterator[Callable[[], None]]], leave: int, told: str,
) -> None:  # fmt: skip
    now = timezone.now()
    connect_for_writing(shop, url, now)
    wanted = wish(shop, owner, now)
    approve(wanted, owner, now)
    job = Job.objects.get(subject_request=wanted, kind="erase")
    ledger_position.note_end(ledgers.ledger().append("another", b"{}", at=now, expires_on=now.date()))
    before = rows(url)
    client.force_login(owner)

    with means(small_disk, starter, leave) as make_room:
        starter.run(job)

        job.refresh_from_db()
        wanted.refresh_from_db()
        assert (job.state, wanted.state) == (Job.State.PARKED, State.FULFILLING)
        assert (rows(url) == before) is (told == NOTHING)
        assert ledgers.ledger().length() == 1 + leave
        page = unescape(client.get(f"/staff/requests/{wanted.reference}/").content.decode())
        assert f"A job is stuck: {told}" in page
        assert "Make room on its disk" in page
        assert not Notice.objects.filter(kind=Notice.Kind.ERASED).exists()

        make_room()
    parked.try_again(job, actor=staff(owner), now=timezone.now())
    starter.run(job)

    job.refresh_from_db()
    wanted.refresh_from_db()
    assert (job.state, wanted.state) == (Job.State.DONE, State.FULFILLED), job.error_text
    assert [step.state for step in PlanStep.objects.all()] == [PlanStep.State.PROVED]
    assert Notice.objects.filter(kind=Notice.Kind.ERASED).count() == 1
    assert "ada@example.com" not in str([rows(url)[name] for name in ("customers", "orders", "newsletter")]).lower()
    ledgers.ledger().verify(known=ledgers.known_number())
