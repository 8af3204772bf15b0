"""The nightly rest of an erasure: what was kept and whose time is over is erased too, planned, run and proved alike.

Every record is decided about afresh, by the policy version that kept it: a hold may have come, a return may have been closed,
the other person whose record it was too may be gone. What must stay is looked at again the next night.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import transaction

from dsr.clocks.arithmetic import day_of
from dsr.models import KeptRecord, Notice, PolicyVersion, Shop, Source, SubjectRequest
from dsr.policy.decide import (
    HOLD,
    Decision,
    Hold,
    NoBasis,
    NoRule,
    RecordFacts,
    decide,
    of_categories,
    open_blockers,
    telling_categories,
)
from dsr.policy.schema import Profile
from dsr.records import Action, Record
from dsr.sources import whose
from dsr.sources.base import SourceError, WritableSource
from dsr.sources.erasing import Wish, plan_rows, settle
from dsr.workflow import (
    audit,
    connections,
    erasure_files,
    erasure_steps,
    holds,
    kept_rows,
    ledgers,
    notices,
    other_owners,
    recipients,
    sealing,
    shops,
)
from dsr.workflow.actors import SYSTEM
from dsr.workflow.erasure_files import NamedFile
from dsr.workflow.erasure_rows import FoundRow, FoundRows
from dsr.workflow.queue import Claim, FinalFault, TemporaryFault

REMOVES = (Action.DELETE, Action.ANONYMISE)
MOST_SHARE = 0.05
"""More of a table than this in one night is more likely a slip (a wrong date, a rule that lost its years) than the law."""
FEW = 20
"""So many are never too many."""


@dataclass
class Report:
    """What one look at a shop's kept records came to; counts by (source, collection).

    ``moved_on``: what held a record up has ended, and it stays for its rule's own time now, without what goes at once.
    ``given_away``: what is there names somebody else than when it was kept; it is left as it is. ``unreadable``: nobody can tell
    which record it was, since our own database was restored from a dump older than its key.
    """

    erased: Counter[tuple[str, str]] = field(default_factory=Counter)
    moved_on: Counter[tuple[str, str]] = field(default_factory=Counter)
    gone: Counter[tuple[str, str]] = field(default_factory=Counter)
    stays: Counter[tuple[str, str]] = field(default_factory=Counter)
    given_away: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many are, or would be, erased."""
        return self.erased.total()


@dataclass(frozen=True, slots=True)
class Due:
    """A record whose time is over: its row as it is now, and what is done with it."""

    kept: KeptRecord
    row: FoundRow
    decision: Decision
    telling: tuple[str, ...]

    @property
    def is_removed(self) -> bool:
        """Whether nothing keeps it any longer."""
        return self.decision.action in REMOVES


def finish_due(claim: Claim) -> None:
    """The job's work for one shop. Raises FinalFault where a person must look, TemporaryFault where a database is away."""
    shop = Shop.objects.get(pk=claim.target_id)
    report = finish(shop, now=claim.clock(), execute=True)
    wrong = [f"{name}: {why}" for name, why in report.refused.items()]
    wrong += [
        f"{name}: {count} of '{collection}' name somebody else than when they were kept, and were left as they are. Where "
        "that is right (a number was given again), run finish_due_erasures --execute --let-go."
        for (name, collection), count in report.given_away.items()
    ]
    wrong += [
        f"{name}: which {count} of '{collection}' were kept cannot be read any more: our database was restored from a dump older "
        "than their key. Look for them in the shop by the reference, then run finish_due_erasures --execute --let-go."
        for (name, collection), count in report.unreadable.items()
    ]
    if wrong:
        raise FinalFault("; ".join(wrong))
    with transaction.atomic(durable=True):
        claim.finish()


def finish(shop: Shop, *, now: datetime, execute: bool, over_ceiling: bool = False, let_go: bool = False) -> Report:
    """Decide about every kept record of a shop whose time may be over, and with ``execute`` erase those it is over for.

    ``over_ceiling``: also where that is more than a twentieth of a table. ``let_go``: records that name somebody else by now
    are that person's, and are not looked at again. A source that fails is named in the report; the others go on.
    """
    report = Report()
    today = day_of(now, shops.profile_of(shop, now).time_zone)
    by_source: dict[int, list[KeptRecord]] = defaultdict(list)
    for kept in _to_look_at(shop, today):
        if kept.key_month is not None:
            by_source[kept.source_id].append(kept)
        else:
            report.unreadable[kept.source.name, kept.collection] += 1
    if execute and let_go:
        KeptRecord.objects.waiting().filter(shop=shop, key_month=None).update(state=KeptRecord.State.GONE, ended_at=now)
    for records in by_source.values():
        source = records[0].source
        try:
            with erasure_steps.writable(source) as opened:
                _finish_source(
                    source,
                    opened,
                    records,
                    report,
                    today,
                    now,
                    execute=execute,
                    over_ceiling=over_ceiling,
                    let_go=let_go,
                )
        except (SourceError, connections.Refused, TemporaryFault) as error:
            report.refused[source.name] = str(error)
    return report


def _to_look_at(shop: Shop, today: date) -> list[KeptRecord]:
    """What may be due, with everything else that stays of the same people: lines go by the dates of their orders."""
    waiting = KeptRecord.objects.waiting().filter(shop=shop)
    people = waiting.due(today).exclude(subject_request=None).values("subject_request")
    beside = waiting.filter(subject_request__in=people) | waiting.due(today)
    return list(beside.distinct().select_related("source__shop", "subject_request").order_by("pk"))


def _finish_source(
    source: Source,
    opened: WritableSource,
    records: Sequence[KeptRecord],
    report: Report,
    today: date,
    now: datetime,
    *,
    execute: bool,
    over_ceiling: bool,
    let_go: bool,
) -> None:
    found = FoundRows(source, connections.described_by(connections.current_version(source)))
    stayed = kept_rows.rows_of(records)
    there = {record.key.digest: record for record in opened.read_back(list(stayed.values()))}
    strangers = kept_rows.given_away(found.described, stayed, there)
    given = [kept for kept in records if kept.digest in strangers]
    report.given_away.update((source.name, kept.collection) for kept in given)
    _note_gone([kept for kept in records if kept.digest not in there], report, now, execute=execute)
    if execute and let_go:
        KeptRecord.objects.filter(pk__in=[kept.pk for kept in given]).update(state=KeptRecord.State.GONE, ended_at=now)
    there = {digest: record for digest, record in there.items() if digest not in strangers}
    present = [kept for kept in records if kept.digest in there]
    shared = other_owners.still_shared(source, opened, found, present, there)
    due = list(_due(source, found, present, there, shared, today))
    chosen = {each.kept.pk for each in due}
    report.stays.update((source.name, kept.collection) for kept in present if kept.pk not in chosen)
    if _is_too_much(source, opened, [each for each in due if each.is_removed], report) and not over_ceiling:
        return  # Not in part either: a line goes by the date of its order.
    report.refused.pop(source.name, None)
    for each in due:
        (report.erased if each.is_removed else report.moved_on)[source.name, each.kept.collection] += 1
    if execute:  # What a run that was interrupted had begun: a file that its row still names stays until its turn.
        begun = {kept.intent for kept in records if kept.intent is not None}
        files = [each for number in sorted(begun) for each in ledgers.files_of(number)]
        _remove_files(source, opened, found, files, report)
    if execute and due:
        found.rooms = opened.rooms()
        _erase(source, opened, found, due, report, today, now)


def _remove_files(
    source: Source, opened: WritableSource, found: FoundRows, files: Sequence[NamedFile], report: Report
) -> None:
    if left := erasure_files.removed_words(source, opened, found.described, files):
        report.refused[source.name] = left


def _note_gone(records: Iterable[KeptRecord], report: Report, now: datetime, *, execute: bool) -> None:
    """Rows that are not there: erased by a run that was interrupted before it said so, or removed by the shop itself."""
    for kept in records:
        is_ours = kept.intent is not None
        (report.erased if is_ours else report.gone)[kept.source.name, kept.collection] += 1
        if execute:
            state = KeptRecord.State.FINISHED if is_ours else KeptRecord.State.GONE
            KeptRecord.objects.filter(pk=kept.pk).update(state=state, ended_at=now)


def _due(
    source: Source,
    found: FoundRows,
    records: Sequence[KeptRecord],
    there: Mapping[str, Record],
    shared: set[str],
    today: date,
) -> Iterator[Due]:
    """Those that the policy removes today, decided about beside everything else of their person that stays."""
    standing = holds.standing(source, [kept.digest for kept in records], today)
    by_person: dict[int | None, list[KeptRecord]] = defaultdict(list)
    for kept in records:
        by_person[kept.subject_request_id].append(kept)
    for person, mine in by_person.items():
        beside = _beside(source, person, mine)
        rows = {kept.digest: there[kept.digest] for kept in mine}
        found.rows = defaultdict(list)
        for record in rows.values():
            row = FoundRow(record.key, record.key.digest, record.values, record.held)
            found.rows[record.key.collection].append(row)
        for row, held in found.held(shops.profile_of(source.shop, mine[0].kept_at).time_zone):
            kept = next(each for each in mine if each.digest == row.digest)
            profile = _profile(source.shop, kept.policy_number)
            facts = replace(held.facts, is_shared=row.digest in shared)
            forbidden = (
                [Hold(holds.ground_of(standing[row.digest]), standing[row.digest].until)]
                if row.digest in standing
                else []
            )
            every = [
                *((each.facts.record_class, each.facts.dates) for _, each in found.held(profile.time_zone)),
                *beside,
            ]
            try:
                decision = decide(
                    profile, facts, holds=forbidden, open_blockers=open_blockers(profile, every, today), today=today
                )
            except (NoRule, NoBasis):
                continue
            if decision.event == "date_known" and kept.until is not None:
                decision = _by_its_day(decision, kept, facts, profile, today)
            if decision.action in REMOVES or (decision.rule, decision.event) != (kept.rule, kept.event):
                yield Due(kept, row, decision, of_categories(facts, telling_categories(profile)))


def _by_its_day(decision: Decision, kept: KeptRecord, facts: RecordFacts, profile: Profile, today: date) -> Decision:
    """The day that was known when it was kept stands, though the row that told it (an order, of its lines) has lost it."""
    if kept.until is None or kept.until >= today:
        return replace(decision, rule=kept.rule, event=kept.event, until=kept.until)
    action = Action(kept.afterwards)
    telling = of_categories(facts, telling_categories(profile))
    return replace(
        decision, action=action, fields=tuple(facts.fields) if action is Action.DELETE else telling, event=""
    )


def _beside(
    source: Source, person: int | None, mine: Sequence[KeptRecord]
) -> list[tuple[str, Mapping[str, date | None]]]:
    """Records of the same person in other sources that something open still holds up: they hold these up as well."""
    others = KeptRecord.objects.waiting().filter(subject_request_id=person, event__startswith="closed:")
    others = others.exclude(source=source) if person else others.none()
    return [(kept.record_class, {}) for kept in others]


def _profile(shop: Shop, number: int) -> Profile:
    return shops.profile_in(PolicyVersion.objects.select_related("shop").get(shop=shop, number=number))


def _is_too_much(source: Source, opened: WritableSource, due: Sequence[Due], report: Report) -> bool:
    """Whether so much would go that a person must look first; said in the report."""
    counted = Counter(each.kept.collection for each in due)
    many = [name for name, count in counted.items() if count > FEW]
    sizes = opened.sizes(many) if many else {}
    over = [name for name, size in sizes.items() if counted[name] > size * MOST_SHARE]
    if over:
        told = ", ".join(f"{counted[name]} of {sizes[name]} rows of '{name}'" for name in over)
        report.refused[source.name] = (
            f"{told} would be erased in one night, more than one in {int(1 / MOST_SHARE)}. Nothing was erased there. If that "
            "is right, run finish_due_erasures with --over-ceiling."
        )
    return bool(over)


def _erase(
    source: Source,
    opened: WritableSource,
    found: FoundRows,
    due: Sequence[Due],
    report: Report,
    today: date,
    now: datetime,
) -> None:
    """Written down, done in one transaction of the source, looked at again, and only then said."""
    wishes = [
        Wish(
            each.row.key,
            each.row.values,
            each.row.held,
            each.decision.action,
            each.decision.fields if each.is_removed else each.decision.at_once_fields,
            each.telling,
            is_held=each.decision.rule == HOLD,
        )
        for each in due
    ]
    settled = settle(found.described, found.rooms, wishes, opened.bound([wish.key for wish in wishes]))
    unfit = sorted(
        {f"{each.row.key.collection}.{name}" for each, done in zip(due, settled, strict=True) for name in done.unfit}
    )
    if unfit:
        report.refused[source.name] = f"No mask fits {', '.join(unfit)}; say in the overlay what may stand there."
        return
    rows = [
        replace(row, whose=whose.prints(found.described, row.key.collection, wish.values))
        for row, wish in zip(plan_rows(found.described, found.rooms, wishes, settled), wishes, strict=True)
    ]
    files = {
        row.key.digest: tuple(erasure_files.named_by(source, found.described, wish, row))
        for wish, row in zip(wishes, rows, strict=True)
    }
    profile, every = (
        _profile(source.shop, due[0].kept.policy_number),
        [each for some in files.values() for each in some],
    )
    number = ledgers.write_due(source.shop, source.name, rows, profile, files=every, now=now)
    KeptRecord.objects.filter(pk__in=[each.kept.pk for each in due]).update(intent=number)
    with transaction.atomic():
        holds.lock(source.shop, is_shared=True)
        forbidden = holds.standing(source, [row.key.digest for row in rows], today)
        allowed = [row for row in rows if row.key.digest not in forbidden]
        list(opened.apply(allowed))
    if unmet := Counter((key.collection, name) for key, name in opened.unmet(allowed)):
        what = ", ".join(f"{collection}.{name}".rstrip(".") for collection, name in unmet)
        report.refused[source.name] = f"It said that it was done, and it is not: {what}."
        return
    going = [each for row in allowed for each in files[row.key.digest]]
    _remove_files(source, opened, found, going, report)
    done = {row.key.digest for row in rows if row in allowed or row.action is Action.KEEP}
    _say([each for each in due if each.kept.digest in done], now)


def _say(due: Sequence[Due], now: datetime) -> None:
    """Each request's log, and a line to its person as far as we still know who that is."""
    KeptRecord.objects.filter(pk__in=[each.kept.pk for each in due if each.is_removed]).update(
        state=KeptRecord.State.FINISHED, ended_at=now
    )
    for each in due:
        if not each.is_removed:
            _keep_on(each.kept, each.decision)
    due = [each for each in due if each.is_removed]
    by_request: dict[int, list[Due]] = defaultdict(list)
    for each in due:
        if each.kept.subject_request_id is not None:
            by_request[each.kept.subject_request_id].append(each)
    for subject_request in SubjectRequest.objects.filter(pk__in=by_request).select_related(
        "policy_version__shop", "shop"
    ):
        _tell(subject_request, by_request[subject_request.pk], now)


def _keep_on(kept: KeptRecord, decision: Decision) -> None:
    """It stays for another reason now, with an end of its own; what a hold delays keeps its own day."""
    is_held = decision.rule == HOLD
    KeptRecord.objects.filter(pk=kept.pk).update(
        action=decision.action.value,
        rule=decision.rule,
        basis_code=decision.basis.code if decision.basis else "",
        basis=decision.basis.citation[:300] if decision.basis and not is_held else "",
        until=kept.until if is_held else decision.until,
        event=decision.event,
        review_on=decision.review_on,
        afterwards=kept.afterwards if is_held else decision.afterwards.value if decision.afterwards else "",
        intent=None,
    )


def _tell(subject_request: SubjectRequest, due: Sequence[Due], now: datetime) -> None:
    counted = Counter((each.kept.source.name, each.kept.collection, each.decision.action) for each in due)
    with transaction.atomic():
        for (source, collection, action), records in counted.items():
            facts: dict[str, audit.Fact] = {"source": source, "collection": collection, "records": records}
            facts["action"] = action.value
            audit.record(subject_request, "record.finished", actor=SYSTEM, now=now, facts=facts)
        if not sealing.is_forgotten(subject_request):
            left = KeptRecord.objects.waiting().filter(subject_request=subject_request).count()
            context = {"records": len(due), "left": left}
            notices.write(subject_request, Notice.Kind.FINISHED, now=now, context=context)
            recipients.instruct_again(subject_request, [each.kept for each in due], now=now)
