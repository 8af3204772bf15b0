"""What a request held is forgotten when its time is over: rows, files and the month's key; an open request never is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import models
from django.utils import timezone
from pytest_django.fixtures import Settings

from dsr import jobs
from dsr.keyring import KeyDestroyed, KeyRing
from dsr.models import (
    AuditStream,
    ClockReminder,
    ErasedIdentity,
    Hold,
    IdentityHash,
    Job,
    KeptRecord,
    Notice,
    Package,
    PackageFile,
    Shop,
    Source,
    SourceRun,
    SubjectRequest,
)
from dsr.records import Identity
from dsr.workflow import audit, daily, forgetting, holds, review, sealing, verification
from dsr.workflow.actors import CUSTOMER, staff
from tests.conftest import ADA, BELA, ask, work_off

STAYS = {AuditStream, ClockReminder, ErasedIdentity, KeptRecord, Package}
"""Rows that lead to a request and hold nothing of the person but what is said of them elsewhere."""
LATER = timedelta(days=400)


pytestmark = pytest.mark.usefixtures("own_ring")


@pytest.fixture
def delivered(gathered: SubjectRequest, owner: User) -> SubjectRequest:
    """Ada's request, answered with a package."""
    review.approve(gathered, actor=staff(owner), now=timezone.now())
    work_off(gathered)
    assert gathered.state == "fulfilled"
    return gathered


@pytest.fixture
def ended(gathered: SubjectRequest) -> SubjectRequest:
    """Ada's request, taken back."""
    review.withdraw(gathered, actor=CUSTOMER, now=timezone.now())
    return gathered


def stored(subject_request: SubjectRequest) -> list[Path]:
    folder = Path(settings.SESSION_FOLDER) / str(subject_request.public_id)
    return [path for path in folder.rglob("*") if path.is_file()]


def rows_that_go(subject_request: SubjectRequest) -> dict[str, int]:
    found = {rows.model.__name__: rows.filter(**{way: subject_request}) for rows, way in forgetting.REMOVED}
    return {name: rows.count() for name, rows in found.items() if rows.exists()}


def test_an_answered_request_is_forgotten_with_rows_files_and_key(delivered: SubjectRequest) -> None:
    before, files, month = rows_that_go(delivered), stored(delivered), delivered.key_month
    assert {"FindingChunk", "IdentityHash", "IdentityCheck", "PackageFile", "Notice", "Job"} <= set(before)
    assert len(files) > 3

    told = forgetting.forget_expired(timezone.now() + LATER)

    delivered.refresh_from_db()
    assert told.forgotten == (delivered.reference,)
    assert f"{month:%Y-%m}" in told.months
    assert (rows_that_go(delivered), stored(delivered)) == ({}, [])
    assert (bytes(delivered.sealed_identities), bytes(delivered.wrapped_key)) == (b"", b"")
    with pytest.raises(KeyDestroyed):
        sealing.ring().month_key(month)
    with pytest.raises(KeyDestroyed):
        sealing.person_of(delivered, "US")


def test_the_bare_log_stays_and_says_so(delivered: SubjectRequest) -> None:
    before = [entry.action for entry in audit.entries_of(delivered)]

    forgetting.forget_expired(timezone.now() + LATER)

    after = list(audit.entries_of(delivered))
    assert [entry.action for entry in after] == [*before, "request.forgotten"]
    assert after[-1].facts["rows"] > 5
    assert delivered.source_runs.get().state == "done"
    assert (delivered.source_runs.get().counts, delivered.source_runs.get().held) == ({}, {})


def test_a_request_is_forgotten_after_the_profiles_time_and_not_before(ended: SubjectRequest) -> None:
    closed = ended.closed_at
    assert closed is not None
    last = closed + timedelta(days=90)
    month_after = (last.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0)

    told = [forgetting.forget_expired(each).forgotten for each in (last, month_after - timedelta(hours=1), month_after)]

    assert told == [(), (), (ended.reference,)]


@pytest.mark.parametrize("way_out", ["withdrawn", "refused"])
def test_a_request_that_ended_otherwise_is_kept_no_longer(gathered: SubjectRequest, owner: User, way_out: str) -> None:
    now = datetime(2026, 11, 3, tzinfo=UTC)
    while_open = gathered.key_month
    if way_out == "withdrawn":
        review.withdraw(gathered, actor=CUSTOMER, now=now)
    else:
        review.refuse(gathered, ground="repeated", actor=staff(owner), now=now)

    gathered.refresh_from_db()
    assert while_open == date(2026, 10, 1)
    assert gathered.key_month == date(2027, 2, 1)
    assert forgetting.forget_expired(now + timedelta(days=150)).forgotten == (gathered.reference,)


def test_an_open_request_is_never_forgotten(gathered: SubjectRequest, source: Source, now: datetime) -> None:
    person, month = sealing.person_of(gathered, "US"), gathered.key_month

    told = forgetting.forget_expired(now + LATER)

    gathered.refresh_from_db()
    assert (told.postponed, told.forgotten) == ((gathered.reference,), ())
    assert gathered.key_month > month
    assert f"{month:%Y-%m}" in told.months
    assert sealing.person_of(gathered, "US") == person
    assert [entry.action for entry in audit.entries_of(gathered)][-1] == "request.kept_readable"


def test_a_record_under_hold_keeps_its_request_readable_until_the_hold_ends(
    ended: SubjectRequest, source: Source, now: datetime
) -> None:
    later = timezone.now() + LATER
    hold = Hold.objects.create(
        shop=ended.shop,
        source=source,
        collection="orders",
        digest="0" * 64,
        subject_request=ended,
        sealed_ground=sealing.seal_for(ended, b"file 7", purpose=holds.PURPOSE),
        made_by="command",
        made_at=now,
    )
    first = forgetting.forget_expired(later)
    assert holds.ground_of(Hold.objects.get(pk=hold.pk)) == "file 7"
    Hold.objects.filter(pk=hold.pk).update(lifted_at=later)

    second = forgetting.forget_expired(later + LATER)

    assert (first.postponed, first.forgotten) == ((ended.reference,), ())
    assert (second.postponed, second.forgotten) == ((), (ended.reference,))
    hold.refresh_from_db()
    assert (hold.sealed_ground, holds.ground_of(hold)) == (None, "")


def test_the_neighbour_stays_readable(ended: SubjectRequest, shop: Shop, owner: User) -> None:
    later = timezone.now() + LATER
    neighbour = ask(shop, BELA, timezone.now(), owner)
    work_off(neighbour)
    review.withdraw(neighbour, actor=CUSTOMER, now=later)
    before = rows_that_go(neighbour)

    forgetting.forget_expired(later)

    assert rows_that_go(neighbour) == before != {}
    assert sealing.person_of(neighbour, "US").identities == (BELA,)


def test_doing_it_twice_does_it_once(ended: SubjectRequest) -> None:
    later = timezone.now() + LATER
    forgetting.forget_expired(later)
    entries = ended.audit_stream.entries.count()

    again = forgetting.forget_expired(later)

    assert (again.forgotten, again.postponed, again.months) == ((), (), ())
    assert ended.audit_stream.entries.count() == entries


def test_after_a_restore_what_nobody_can_read_any_more_stops_no_night(
    gathered: SubjectRequest, own_ring: KeyRing, now: datetime
) -> None:
    """In a dump from then the request is open; its key went since."""
    own_ring.destroy_months_before(gathered.key_month + timedelta(days=32))

    told = forgetting.would_forget(now + LATER), forgetting.forget_expired(now + LATER)

    gathered.refresh_from_db()
    assert told[0] == told[1]
    assert (told[1].postponed, told[1].forgotten) == ((), (gathered.reference,))
    review.withdraw(gathered, actor=CUSTOMER, now=timezone.now())
    assert gathered.state == "withdrawn"


class Killed(BaseException):
    """Nothing of ours catches it, as nothing catches a kill."""


@pytest.mark.parametrize("place", ["postpone_forgetting", "remove_tries", "destroy_months_before"])
def test_killed_anywhere_and_done_again_it_ends_alike(
    delivered: SubjectRequest, shop: Shop, owner: User, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    still_open = ask(shop, BELA, timezone.now(), owner)
    later = timezone.now() + LATER

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        at = {"postpone_forgetting": sealing, "remove_tries": forgetting.fulfilment, "destroy_months_before": KeyRing}
        patched.setattr(at[place], place, die)
        with pytest.raises(Killed):
            forgetting.forget_expired(later)
    daily.fulfilment.remove_orphans()

    forgetting.forget_expired(later)
    daily.fulfilment.remove_orphans()

    delivered.refresh_from_db()
    still_open.refresh_from_db()
    assert (rows_that_go(delivered), stored(delivered), delivered.forgotten_at is None) == ({}, [], False)
    assert sealing.person_of(still_open, "US").identities == (BELA,)
    assert sealing.ring().months_before(forgetting.month_of(later)) == []


def test_a_storage_that_fails_does_not_keep_the_key_alive(
    delivered: SubjectRequest, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "a file").touch()
    broken = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "a file"}}
    whole = settings.STORAGES
    settings.STORAGES = {**whole, "default": broken}
    forgetting.forget_expired(timezone.now() + LATER)
    settings.STORAGES = whole
    left = stored(delivered)

    daily.fulfilment.remove_orphans()

    delivered.refresh_from_db()
    assert (len(left) > 3, stored(delivered)) == (True, [])
    assert sealing.is_forgotten(delivered)


def test_the_dry_run_tells_the_same_and_changes_nothing(delivered: SubjectRequest, own_ring: KeyRing) -> None:
    later = timezone.now() + LATER
    ring, rows = own_ring.path.read_bytes(), rows_that_go(delivered)

    told = forgetting.would_forget(later)

    assert (own_ring.path.read_bytes(), rows_that_go(delivered)) == (ring, rows)
    assert told == forgetting.forget_expired(later)


def test_the_command_is_a_dry_run_unless_told_otherwise(ended: SubjectRequest) -> None:
    SubjectRequest.objects.filter(pk=ended.pk).update(key_month=date(2026, 1, 1))
    answers = []
    for options in ({}, {"execute": True}, {"execute": True}):
        out = StringIO()
        call_command("forget_expired", stdout=out, **options)
        answers.append(json.loads(out.getvalue()))

    assert [each["executed"] for each in answers] == [False, True, True]
    assert [each["forgotten"] for each in answers] == [[ended.reference], [ended.reference], []]


def test_it_is_done_every_night(ended: SubjectRequest) -> None:
    SubjectRequest.objects.filter(pk=ended.pk).update(key_month=date(2026, 1, 1))
    daily.ask(timezone.now())
    job = Job.objects.get(kind="forget_expired")

    jobs.forget_expired(job.pk)

    job.refresh_from_db()
    ended.refresh_from_db()
    assert (job.state, ended.forgotten_at is None) == ("done", False)


def test_a_ring_that_cannot_be_changed_is_told_and_nothing_is_said_to_be_destroyed(db: None, own_ring: KeyRing) -> None:
    own_ring.month_key(date(2026, 1, 1))
    own_ring.path.with_suffix(".lock").unlink(missing_ok=True)
    own_ring.path.with_suffix(".lock").mkdir()
    daily.ask(timezone.now())
    job = Job.objects.get(kind="forget_expired")

    jobs.forget_expired(job.pk)

    job.refresh_from_db()
    assert (job.state, "cannot be changed" in job.error_text) == ("parked", True)
    assert own_ring.months_before(date(2026, 2, 1)) == ["2026-01"]


def test_no_link_is_mailed_for_a_forgotten_request(delivered: SubjectRequest) -> None:
    later = timezone.now() + LATER
    assert verification.send_again(delivered, now=later)
    forgetting.forget_expired(later + timedelta(days=40))
    delivered.refresh_from_db()

    assert not verification.send_again(delivered, now=later)
    assert Notice.objects.filter(subject_request=delivered).count() == 0


def test_what_may_lead_back_to_a_request_is_removed_emptied_or_known_to_stay() -> None:
    told = {rows.model for rows, *_ in (*forgetting.REMOVED, *forgetting.EMPTIED)} | STAYS

    untold = {model for model in hanging_on(SubjectRequest) - told if not is_taken_along(model)}

    assert untold == set()
    assert {IdentityHash, PackageFile} <= hanging_on(SubjectRequest)


def hanging_on(model: type[models.Model]) -> set[type[models.Model]]:
    """Every model whose rows lead to the given one's, along foreign keys."""
    found: set[type[models.Model]] = set()
    fresh = {model}
    while fresh:
        found |= fresh
        fresh = {
            each
            for each in apps.get_app_config("dsr").get_models()
            for field in each._meta.get_fields()
            if isinstance(field, models.ForeignKey) and field.related_model in found
        } - found
    return found - {model}


def is_taken_along(model: type[models.Model]) -> bool:
    """Its rows go with a row that is removed, or it is part of the chain."""
    removed = {rows.model for rows, _ in forgetting.REMOVED} | {AuditStream, SourceRun}
    links = [field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)]
    return any(field.related_model in removed for field in links)


def test_a_request_is_found_by_its_address_until_it_is_forgotten(
    ended: SubjectRequest, shop: Shop, owner: User
) -> None:
    still_open = ask(shop, BELA, timezone.now(), owner)
    told = []
    for later in (timezone.now(), timezone.now() + LATER):
        forgetting.forget_expired(later)
        told.append([list(found_by(shop, who)) for who in (ADA, BELA)])

    assert told == [[[ended], [still_open]], [[], [still_open]]]


def test_the_keys_of_lookups_go_with_the_last_request_of_their_month(
    ended: SubjectRequest, shop: Shop, owner: User
) -> None:
    ask(shop, BELA, timezone.now(), owner)
    now = timezone.now()
    arrived = [f"{each:%y%m}" for each in (ended.received_at, now)]
    assert sorted(sealing.ring().lookup_keys()) == arrived == ["2601", f"{now:%y%m}"]

    told = forgetting.would_forget(now + LATER), forgetting.forget_expired(now + LATER)

    assert told[0] == told[1]
    assert told[0].lookups == ("2601",)
    assert sorted(sealing.ring().lookup_keys()) == [arrived[1]]


def found_by(shop: Shop, who: Identity) -> list[SubjectRequest]:
    return list(SubjectRequest.objects.found_by(sealing.identity_digests(shop, who)))
