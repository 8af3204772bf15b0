"""Fulfilment: the package is written from the frozen answer, sealed, announced, and handed out until it expires.

1. ``make_package`` moves the request to *fulfilling* and commits. 2. It writes every file, sealed as it is written, into a
folder named by the claim; nothing stands in the clear on any disk. 3. One transaction records the files, moves the request
to *fulfilled* and writes the mail. A crash before that leaves sealed files nobody points to; the next try removes them.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet

from dsr import crypto
from dsr.exports.files import BuiltFile, OpenFile
from dsr.exports.package import build_package
from dsr.exports.pdf import PdfError
from dsr.exports.release import SnapshotBroken
from dsr.exports.zip_stream import zip_stream
from dsr.lifecycle import State, Step
from dsr.models import AuditEntry, Notice, Package, PackageFile, SubjectRequest
from dsr.workflow import answer, audit, notices, sealing, shops, verification
from dsr.workflow.actors import CUSTOMER, SYSTEM, Actor
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault
from dsr.workflow.transitions import WrongState, advance

FILE_PURPOSE = "file"
FOLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A request's folder in the storage is named by its public id."""


class NotThere(Exception):
    """No such file, or its time is over."""


def make_package(claim: Claim) -> None:
    """Write the answer's files and announce them. Raises TemporaryFault when the storage or the renderer fails."""
    subject_request = _requests().get(pk=claim.target_id)
    try:
        if subject_request.state == State.APPROVED:
            _begin(subject_request, claim)
        if subject_request.state == State.FULFILLING:
            remove_tries(subject_request, up_to=claim.fence)
            folder = f"{subject_request.public_id}/{claim.fence}"
            _record(subject_request, folder, _write_files(subject_request, folder, claim), claim)
            return
    except WrongState:  # Withdrawn while it was being written.
        pass
    remove_tries(subject_request, up_to=claim.fence)
    with transaction.atomic(durable=True):
        claim.finish()


def remove_orphans() -> None:
    """Remove what interrupted tries left in the storage for requests that are closed."""
    try:
        found, _ = default_storage.listdir("")
    except FileNotFoundError:  # No package has been made here yet.
        return
    folders = [name for name in found if FOLDER.fullmatch(name)]
    for subject_request in SubjectRequest.objects.closed().filter(public_id__in=folders):
        remove_tries(subject_request)


def give_up(subject_request_id: int, reason: str, now: datetime) -> None:
    """The package could not be made: staff see the parked job; the request stays where it is."""
    audit.record(
        SubjectRequest.objects.get(pk=subject_request_id),
        "package.failed",
        actor=SYSTEM,
        now=now,
        facts={"code": reason.partition(":")[0][:100]},
    )


def open_file(package_file: PackageFile, *, actor: Actor = CUSTOMER, now: datetime) -> Iterator[bytes]:
    """The plain bytes of one file, and an entry that says it was fetched. Raises NotThere when its time is over."""
    package = package_file.package
    _note_download(package, package_file.name, actor, now)
    return _plain(package.subject_request, package_file)


def open_zip(package: Package, *, actor: Actor = CUSTOMER, now: datetime) -> Iterator[bytes]:
    """All files as one ZIP, made as it is read. Raises NotThere when their time is over."""
    _note_download(package, "all files (zip)", actor, now)
    return zip_stream((each.name, each.size, content) for each, content in _all_plain(package))


def open_folder(package: Package, *, actor: Actor, now: datetime) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and plain bytes of every file, to be written out. Raises NotThere when their time is over."""
    _note_download(package, "all files (folder)", actor, now)
    return ((each.name, content) for each, content in _all_plain(package))


@transaction.atomic(durable=True)
def _note_download(package: Package, name: str, actor: Actor, now: datetime) -> None:
    if package.is_expired(now):
        raise NotThere(name)
    audit.record(package.subject_request, "package.downloaded", actor=actor, now=now, facts={"file": name})


def _begin(subject_request: SubjectRequest, claim: Claim) -> None:
    with transaction.atomic(durable=True):
        claim.breathe()
        advance(subject_request, Step.BEGIN_FULFILMENT, action="fulfilment.started", actor=SYSTEM, now=claim.clock())


def _requests() -> QuerySet[SubjectRequest]:
    return SubjectRequest.objects.select_related("shop", "policy_version__shop")


def _write_files(subject_request: SubjectRequest, folder: str, claim: Claim) -> list[BuiltFile]:
    approved_at = AuditEntry.objects.get(stream__subject_request=subject_request, action="request.approved").at
    snapshot = answer.freeze(subject_request, approved_at=approved_at, now=claim.clock())
    try:
        return build_package(snapshot, sealed_shelf(subject_request, folder))
    except OSError as error:
        raise TemporaryFault(
            f"The package could not be stored: {error.strerror or type(error).__name__}.", counts=True
        ) from None
    except SnapshotBroken as error:
        raise FinalFault(f"The answer contradicts itself, so no copy was made: {error}.") from None
    except PdfError as error:
        raise TemporaryFault(f"The PDF could not be made: {error}", counts=True) from None


def _record(subject_request: SubjectRequest, folder: str, built: list[BuiltFile], claim: Claim) -> None:
    profile = shops.profile_in(subject_request.policy_version)
    with transaction.atomic(durable=True):
        claim.finish()
        now = claim.clock()
        sealing.postpone_forgetting(
            subject_request, (now + timedelta(days=max(profile.record_retention_days, profile.package_days))).date()
        )
        manifest = next(each for each in built if each.name == "manifest.json")
        records = sum(each.rows or 0 for each in built if each.name.startswith("csv/"))
        package = Package.objects.create(
            subject_request=subject_request,
            made_at=now,
            expires_at=now + timedelta(days=profile.package_days),
            records=records,
            manifest_sha256=manifest.sha256,
        )
        PackageFile.objects.bulk_create(
            PackageFile(
                package=package,
                name=each.name,
                media_type=each.media_type,
                size=each.size,
                sha256=each.sha256,
                rows=each.rows,
                stored_as=f"{folder}/{number}",
            )
            for number, each in enumerate(built)
        )
        facts: dict[str, audit.Fact] = {
            "files": len(built),
            "records": records,
            "manifest_sha256": manifest.sha256,
        }
        audit.record(subject_request, "package.made", actor=SYSTEM, now=now, facts=facts)
        advance(
            subject_request,
            Step.FULFIL,
            action="request.fulfilled",
            actor=SYSTEM,
            now=now,
            key_month=subject_request.key_month,
            wrapped_key=subject_request.wrapped_key,
        )
        link = verification.new_link(subject_request, expires_at=package.expires_at, now=now)
        context = {"expires_at": package.expires_at, "link": link}
        notices.write(subject_request, Notice.Kind.READY, now=now, context=context)


def sealed_shelf(subject_request: SubjectRequest, folder: str) -> OpenFile:
    """Opens one sealed file after another in a folder of the storage."""
    return _Shelf(subject_request, folder).open


def _plain(subject_request: SubjectRequest, package_file: PackageFile) -> Iterator[bytes]:
    context = f"{sealing.context(subject_request, FILE_PURPOSE)}:{package_file.stored_as}"
    try:
        sealed = default_storage.open(package_file.stored_as, "rb")
    except FileNotFoundError:
        raise NotThere(package_file.name) from None
    return _closing(sealed, crypto.unseal_stream(sealing.data_key(subject_request), sealed, context=context))


def _all_plain(package: Package) -> Iterator[tuple[PackageFile, Iterator[bytes]]]:
    return ((each, _plain(package.subject_request, each)) for each in package.files.all())


def _closing(sealed: File[bytes], frames: Iterator[bytes]) -> Iterator[bytes]:
    with sealed:
        yield from frames


def remove_tries(subject_request: SubjectRequest, *, up_to: int | None = None) -> None:
    """Remove sealed files that no package names; with ``up_to`` only those of tries up to this one.

    A try that was thought dead and wakes up late must not take away what a later one has written.
    """
    root = str(subject_request.public_id)
    if not default_storage.exists(root):
        return
    stored = PackageFile.objects.filter(package__subject_request=subject_request).values_list("stored_as", flat=True)
    named = {stored_as.split("/")[1] for stored_as in stored}
    for folder in default_storage.listdir(root)[0]:
        if folder not in named and (up_to is None or int(folder) <= up_to):
            for name in default_storage.listdir(f"{root}/{folder}")[1]:
                default_storage.delete(f"{root}/{folder}/{name}")
            default_storage.delete(f"{root}/{folder}")
    if not named:
        with suppress(OSError):  # A later try has begun to write here.
            default_storage.delete(root)


class _Shelf:
    """Gives the package's writers one sealed file after another; file names in the storage are numbers, not names."""

    def __init__(self, subject_request: SubjectRequest, folder: str) -> None:
        self._subject_request = subject_request
        self._key = sealing.data_key(subject_request)
        self._folder = folder
        self._next = 0

    def open(self, name: str) -> _SealedFile:
        stored_as = f"{self._folder}/{self._next}"
        self._next += 1
        context = f"{sealing.context(self._subject_request, FILE_PURPOSE)}:{stored_as}"
        return _SealedFile(stored_as, self._key, context)


class _SealedFile:
    """Seals into a temporary file and hands that to the storage when closed."""

    def __init__(self, stored_as: str, key: bytes, context: str) -> None:
        self._stored_as = stored_as
        self._sealed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by close()
        self._writer = crypto.SealedWriter(key, self._sealed, context=context)

    def write(self, data: bytes, /) -> int:
        return self._writer.write(data)

    def close(self) -> None:
        self._writer.close()
        self._sealed.seek(0)
        default_storage.save(self._stored_as, File(self._sealed))
        self._sealed.close()
