"""Letters as they are issued: the first as the plan was carried out, one more after every answer of somebody who got the data.

The person's files are those of the newest letter, and say of which day it is. Every letter stays for the evidence, without what
people typed (``evidence_forms.py``), and its digest stands in the audit log, beside those of the plan and of the proof that it
was put together from: none of the three can be changed afterwards without contradicting the chain.

An answer and a letter both lock the chain of the request before they look at each other, so a letter that an answer overtook is
put together once more.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max

from dsr.clocks.arithmetic import add_months
from dsr.exports.files import BuiltFile, Shelf
from dsr.exports.letter import Letter, letter_html, letter_json
from dsr.exports.pdf import PdfError, render_pdf
from dsr.lifecycle import State
from dsr.models import IssuedLetter, Notice, Package, PackageFile, SubjectRequest
from dsr.workflow import (
    audit,
    erasure_approval,
    evidence_forms,
    fulfilment,
    letters,
    notices,
    sealing,
    shops,
    verification,
)
from dsr.workflow.actors import SYSTEM
from dsr.workflow.queue import Claim, TemporaryFault

MOST_TRIES = 1_000_000
"""Folders are named by the number of a letter and of the try that wrote it."""


def issue_letter(claim: Claim) -> None:
    """Write the letter anew, since somebody answered. Raises TemporaryFault when it cannot be stored, or was overtaken."""
    subject_request = SubjectRequest.objects.select_related("shop", "policy_version__shop").get(pk=claim.target_id)
    if subject_request.state == State.FULFILLING:
        raise TemporaryFault("The first letter is being written.")
    before = subject_request.issued_letters.last()
    if subject_request.state != State.FULFILLED or before is None or sealing.is_forgotten(subject_request):
        with transaction.atomic(durable=True):
            claim.finish()
        return
    now = claim.clock()
    letter = put_together(subject_request, now)
    folder = letter.number * MOST_TRIES + claim.fence
    built = write(subject_request, letter, f"{subject_request.public_id}/{folder}")
    with transaction.atomic(durable=True):
        package = keep(subject_request, letter, f"{subject_request.public_id}/{folder}", built, now=now)
        if before.content["pending"] and not letter.pending:
            _tell(subject_request, letter, package, now)
        claim.finish()
    fulfilment.remove_tries(subject_request, up_to=folder)


def put_together(subject_request: SubjectRequest, now: datetime) -> Letter:
    """The letter that would be issued now, by its number. Everything must be proved."""
    number = (subject_request.issued_letters.aggregate(last=Max("number"))["last"] or 0) + 1
    letter = letters.letter_of(subject_request, today=shops.today_of(subject_request, now))
    if letter is None:
        raise ValueError(f"{subject_request.reference} is not proved yet")
    return replace(letter, number=number, issued_on=shops.today_of(subject_request, now))


def write(subject_request: SubjectRequest, letter: Letter, folder: str) -> list[BuiltFile]:
    """The letter's files, sealed in the storage: to read (a page where no PDF can be made) and for a program.

    Raises TemporaryFault when they cannot be stored.
    """
    shelf = Shelf(fulfilment.sealed_shelf(subject_request, folder))
    try:
        name, media_type, content = "letter.pdf", "application/pdf", render_pdf(letter_html(letter, on_paper=True))
    except PdfError:
        page = letter_html(letter, on_paper=False).encode()
        name, media_type, content = "letter.html", "text/html; charset=utf-8", page
    try:
        with shelf.file(name, media_type) as file:
            file.write(content)
        with shelf.file("letter.json", "application/json") as file:
            file.write(letter_json(letter))
    except OSError as error:
        raise TemporaryFault(f"The letter could not be stored: {error.strerror}.", counts=True) from None
    return shelf.built


def keep(
    subject_request: SubjectRequest, letter: Letter, folder: str, built: list[BuiltFile], *, now: datetime
) -> Package:
    """Issue a letter that was written, in the caller's transaction: from now on its files are the person's.

    Raises TemporaryFault when somebody answered meanwhile.
    """
    form = _form(subject_request, letter)
    digest = evidence_forms.digest_of(form)
    _record(subject_request, letter, digest, now)
    if letters.partners(subject_request) != letter.partners:
        raise TemporaryFault("Somebody who got the data answered while the letter was being written.")
    IssuedLetter.objects.create(
        subject_request=subject_request, number=letter.number, issued_at=now, content=form, sha256=digest
    )
    said = {"made_at": now, "expires_at": _expires_at(subject_request, now), "manifest_sha256": digest, "records": 0}
    package, _ = Package.objects.update_or_create(subject_request=subject_request, defaults=said)
    package.files.all().delete()
    PackageFile.objects.bulk_create(
        PackageFile(
            package=package,
            name=each.name,
            media_type=each.media_type,
            size=each.size,
            sha256=each.sha256,
            stored_as=f"{folder}/{number}",
        )
        for number, each in enumerate(built)
    )
    return package


def _form(subject_request: SubjectRequest, letter: Letter) -> dict[str, object]:
    """The same letter without what people typed."""
    bare = letters.letter_of(subject_request, today=letter.issued_on, typed=False)
    if bare is None:
        raise ValueError(f"{subject_request.reference} is not proved any more")
    same = replace(bare, number=letter.number, issued_on=letter.issued_on, partners=letter.partners)
    return evidence_forms.letter_form(same)


def _record(subject_request: SubjectRequest, letter: Letter, digest: str, now: datetime) -> None:
    plan = erasure_approval.newest(subject_request)
    if plan is None:
        raise ValueError(f"{subject_request.reference} has no plan")
    facts: dict[str, audit.Fact] = {
        "number": letter.number,
        "pending": letter.pending,
        "plan_sha256": evidence_forms.digest_of(evidence_forms.plan_form(plan)),
        "proof_sha256": evidence_forms.digest_of(evidence_forms.proof_form(plan)),
        "letter_sha256": digest,
    }
    audit.record(subject_request, "letter.issued", actor=SYSTEM, now=now, facts=facts)


def _expires_at(subject_request: SubjectRequest, now: datetime) -> datetime:
    """When the files go: as long as a package stays, and never after the request is forgotten."""
    days = timedelta(days=shops.profile_in(subject_request.policy_version).package_days)
    forgotten_at = datetime.combine(add_months(subject_request.key_month, 1), time(), UTC)
    return min(now + days, forgotten_at)


def _tell(subject_request: SubjectRequest, letter: Letter, package: Package, now: datetime) -> None:
    """The last one has answered; said where a link may go."""
    address = verification.link_address(subject_request)
    if not address:
        return
    context = {
        "link": verification.new_link(subject_request, expires_at=package.expires_at, now=now),
        "expires_at": package.expires_at,
        "lines": letters.in_short(letter),
        "refused": sum(partner.is_refused for partner in letter.partners),
    }
    notices.write_to(address, subject_request, Notice.Kind.ALL_ANSWERED, now=now, context=context)
