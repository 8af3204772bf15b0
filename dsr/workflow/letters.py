"""The letter about an erasure or a correction, put together from the proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dsr.clocks.arithmetic import add_months, day_of
from dsr.exports.letter import (
    BackupLine,
    BesideLine,
    ChangeLine,
    FilesLine,
    Letter,
    LetterBlock,
    LetterLine,
    PartnerLine,
    RefusalLine,
)
from dsr.exports.wording import day_in_words
from dsr.lifecycle import RequestType
from dsr.models import CorrectionItem, ErasurePlan, KeptRecord, PlanStep, SourceRun, SubjectRequest
from dsr.policy.correction import BESIDE
from dsr.policy.decide import HOLD, SHARED
from dsr.policy.outcome_words import SENTENCES, Voice
from dsr.policy.schema import Profile
from dsr.records import Action, IdentityKind
from dsr.workflow import (
    complaint_places,
    correction_plans,
    corrections,
    erasure_approval,
    erasure_plans,
    erasure_steps,
    holds,
    ledgers,
    recipients,
    sealing,
    shops,
)
from dsr.workflow.erasure_steps import StepRow

BLOCKS = {
    "deleted": ("Deleted", "These records are gone."),
    "anonymised": ("Made anonymous", "These records stay, and nothing in them tells any more who you are."),
    "deactivated": ("Deactivated", "These records stay for a reason of law, locked away and out of everyday use."),
    "kept": ("Kept", "These records stay, each for the reason and the time beside it."),
    "shared": (
        "What another person shares",
        "These records are another person's too, who did not ask us to delete them.",
    ),
}
"""In the order of the letter: key, title, what it means."""
CORRECTED = "corrected"
BLOCK_OF = {"delete": "deleted", "anonymise": "anonymised", "deactivate": "deactivated", "correct": CORRECTED}
PLAIN = frozenset(words[name] for words in SENTENCES.values() for name in ("delete", "anonymise"))
"""What a plan says of records that go. The letter's block says it already, and that it is done."""
ENDS = {
    "hold_lifted": "until that reason has ended",
    "last_owner_erased": "as long as they are the other person's",
    "date_known": "until we know the day from which the time counts",
}


def letter_of(subject_request: SubjectRequest, *, today: date, typed: bool = True) -> Letter | None:
    """What the letter says now; None before everything was proved. Partners' answers are those of this moment, number and day
    those of the letter that was issued last.

    Without ``typed`` the words are left out that a colleague wrote for this person.
    """
    plan = erasure_approval.newest(subject_request)
    steps = list(plan.steps.select_related("source", "plan__subject_request__shop")) if plan else []
    if plan is None or any(step.state != PlanStep.State.PROVED for step in steps):
        return None
    profile = shops.profile_in(subject_request.policy_version)
    now_promised = shops.profile_of(subject_request.shop, datetime.combine(today, time.max, UTC))
    done_on = day_of(plan.proved_at, profile.time_zone) if plan.proved_at else today
    runs = {run.source_id: run for run in subject_request.source_runs.select_related("source", "dataset_version")}
    issued = subject_request.issued_letters.last()
    is_correction = subject_request.type == RequestType.CORRECTION
    said = [each for step in steps for each in _lines(step, runs[step.source_id], typed=typed)]
    return Letter(
        reference=subject_request.reference,
        shop=profile.name,
        accent=profile.accent,
        language=profile.locale,
        country=profile.country,
        done_on=done_on,
        number=issued.number if issued else 1,
        issued_on=day_of(issued.issued_at, profile.time_zone) if issued else today,
        told_until=_told_until(subject_request, profile),
        blocks=() if is_correction else tuple(_blocks(said)),
        partners=partners(subject_request),
        backups=tuple(_backups(profile, now_promised, done_on)),
        by_hand=tuple(_title(runs[step.source_id]) for step in steps if "said_by" in step.proof),
        unsearched=tuple(_title(run) for run in runs.values() if run.state == SourceRun.State.LEFT_OUT),
        erased_since=KeptRecord.objects.erased().filter(subject_request=subject_request).count(),
        came_since=sum(step.proof.get("new", 0) for step in steps),
        learnt_since=sum(step.proof.get("further", 0) for step in steps),
        is_backup_known=bool(profile.backups or now_promised.backups),
        contact=(*profile.contacts.emails[:1], *profile.contacts.phones[:1]),
        complaint=(profile.escalation.body, profile.escalation.url),
        authorities=complaint_places.places(profile, subject_request.residence),
        unseen=tuple(f"{title} ({_title(run)})" for run in runs.values() for title in _unseen(run)),
        files=tuple(
            FilesLine(_title(runs[step.source_id]), **files) for step in steps if (files := step.proof.get("files"))
        ),
        is_correction=is_correction,
        corrections=tuple(change_lines(plan)) if is_correction else (),
        left=tuple(line for key, line in said if key != CORRECTED) if is_correction else (),
        beside=tuple(_beside(plan, Voice("", profile.locale).say(BESIDE))) if is_correction else (),
        refused=tuple(_refused(subject_request, plan, typed=typed)) if is_correction else (),
    )


def _blocks(said: Sequence[tuple[str, LetterLine]]) -> Iterator[LetterBlock]:
    """What has the same outcome, in the order of ``BLOCKS``."""
    lines = {key: tuple(line for block, line in said if block == key) for key in BLOCKS}
    return (LetterBlock(key, *BLOCKS[key], found) for key, found in lines.items() if found)


def partners(subject_request: SubjectRequest) -> tuple[PartnerLine, ...]:
    """Everybody who got the data, what they were told and what they said, as of this moment."""
    return tuple(
        PartnerLine(
            each.name, each.words, each.on, each.is_pending, is_refused=not each.is_pending and not each.is_done
        )
        for each in recipients.lines(subject_request)
    )


def in_short(letter: Letter) -> list[str]:
    """What the letter says, in lines for a mail that anybody may see: how many records, until when, how many partners."""
    if letter.is_correction:
        left = sum(line.records for line in letter.left)
        counted = [("Corrected", letter.corrections, "field"), ("Not corrected", letter.refused, "point")]
        said = [f"{title}: {_count(len(found), what)}." for title, found, what in counted if found]
        said += [f"Left as it was: {_count(left, 'record')}."] if left else []
        beside = sum(line.records for line in letter.beside)
        said += [f"Left beside what was corrected: {_count(beside, 'field')}."] if beside else []
    else:
        said = [f"{block.title}: {_count(block.records, 'record')}{_until(block)}." for block in letter.blocks]
    if letter.backups and said:
        last = max(each.ends_on for each in letter.backups)
        said.append(f"In backups until {day_in_words(last, weekday=False)}.")
    if letter.partners:
        answers = f"{letter.pending} still to answer" if letter.pending else "all have answered"
        said.append(f"Others who got your data from us: {len(letter.partners)}, {answers}.")
    return said


def totals_of(plan: ErasurePlan) -> dict[str, int]:
    """How many records had which outcome, by the proof."""
    totals: dict[str, int] = {}
    for step in plan.steps.all():
        for number, count in step.proof.get("outcomes", {}).items():
            action = step.outcomes[int(number)]["action"]
            totals[action] = totals.get(action, 0) + count
    return totals


def change_lines(plan: ErasurePlan, source: str = "") -> list[ChangeLine]:
    """What a correction changed, by the proof: of each field that people know, what stood there and what stands there now.
    ``source``: of that one alone. Empty once it is forgotten."""
    counted = Counter(line for line, _, _ in _changed(plan, source))
    return [ChangeLine(*alike, records) for alike, records in counted.items()]


def changes_by_class(plan: ErasurePlan) -> list[tuple[ChangeLine, str, tuple[str, ...]]]:
    """The same line by line, with the record class and the field's data categories."""
    return [(ChangeLine(*line, 1), record_class, categories) for line, record_class, categories in _changed(plan)]


def _changed(plan: ErasurePlan, source: str = "") -> Iterator[tuple[correction_plans.Line, str, tuple[str, ...]]]:
    for step, run, each in _corrected(plan, source):
        fields = run.dataset_version.collections.get(each.row.key.collection, {}).get("fields", ())
        categories = {one["name"]: tuple(one["data_categories"]) for one in fields}
        names = [name for name in each.before if name in each.row.changes]
        lines = correction_plans.lines_of(run, each.row, each.before)
        for name, line in zip(names, lines, strict=True):
            yield line, step.outcomes[each.outcome]["record_class"], categories.get(name, ())


def _beside(plan: ErasurePlan, sentence: str) -> Iterator[BesideLine]:
    labels = _labels(plan.subject_request)
    counted: Counter[tuple[str, str, str]] = Counter()
    for step, run, each in _corrected(plan):
        collection = each.row.key.collection
        title = run.dataset_version.collections.get(collection, {}).get("title", collection)
        for name in each.before:
            if name not in each.row.changes:
                counted[title, _title(run), labels.get((step.source.name, collection, name), name)] += 1
    for alike, records in counted.items():
        yield BesideLine(*alike, records, sentence)


def _corrected(plan: ErasurePlan, source: str = "") -> Iterator[tuple[PlanStep, SourceRun, StepRow]]:
    """The rows that a correction changed and that are there, of every place or of one; none once they are forgotten."""
    if sealing.is_forgotten(plan.subject_request):
        return
    runs = {run.source_id: run for run in plan.subject_request.source_runs.select_related("source", "dataset_version")}
    steps = plan.steps.select_related("source", "plan__subject_request").filter(state=PlanStep.State.PROVED)
    for step in steps.filter(source__name=source) if source else steps:
        for each in erasure_steps.rows_of(step):
            if each.row.action is Action.CORRECT and each.known_by is not None:
                yield step, runs[step.source_id], each


def _refused(subject_request: SubjectRequest, plan: ErasurePlan, *, typed: bool) -> Iterator[RefusalLine]:
    if sealing.is_forgotten(subject_request):
        return
    labels = _labels(subject_request)
    proved = {(each.field, each.after) for each in change_lines(plan)} if typed else set()
    for each in corrections.items(subject_request):
        if each.row.state in (CorrectionItem.State.REFUSED, CorrectionItem.State.PARTLY):
            what = each.row.get_kind_display()
            if typed and each.wanted:
                what = f"{what}: “{each.wanted}”"
            is_partly = each.row.state == CorrectionItem.State.PARTLY
            reason = each.reason if typed else ""
            because = " ".join(filter(None, (reason, each.refusal) if is_partly else (each.refusal, reason)))
            told = [
                (labels.get((change.source, change.collection, name), name), correction_plans.in_words(to))
                for change in each.changes
                for name, (_, to) in change.fields.items()
            ]
            changed = tuple(
                f"{name} says “{to}” now" if to else f"{name} is empty now" for name, to in told if (name, to) in proved
            )
            yield RefusalLine(what, because, each.statement if typed else "", is_partly, changed)


def _labels(subject_request: SubjectRequest) -> dict[tuple[str, str, str], str]:
    """The names of fields for people, by source, collection and column."""
    runs = subject_request.source_runs.select_related("source", "dataset_version")
    return {
        (run.source.name, collection, one["name"]): one["label"]
        for run in runs
        for collection, described in run.dataset_version.collections.items()
        for one in described.get("fields", ())
    }


def _lines(step: PlanStep, run: SourceRun, *, typed: bool) -> Iterator[tuple[str, LetterLine]]:
    for number, records in sorted(step.proof.get("outcomes", {}).items(), key=lambda pair: int(pair[0])):
        said = step.outcomes[int(number)]
        described: dict[str, Any] = run.dataset_version.collections.get(said["collection"], {})
        labels = {each["name"]: each["label"] for each in described.get("fields", ())}
        stays = said["action"] in (Action.KEEP, Action.DEACTIVATE)
        own = erasure_plans.reason_of(step.plan.subject_request, said["rule"]) if typed else ""
        ends = ENDS.get(said["event"], "until what is open has ended" if said["event"] else "")
        yield (
            _block(said),
            LetterLine(
                title=described.get("title", said["collection"]),
                place=_title(run),
                records=records,
                sentence=_sentence(said, labels) or own,
                ground=_ground(step, int(number), said, typed=typed) if stays else "",
                until=date.fromisoformat(said["until"]) if said["until"] else None,
                ends=ends,
                removed=tuple(labels.get(name, name) for name in said["at_once_fields"]),
            ),
        )


def _sentence(said: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    if said["sentence"] in PLAIN:
        return ""
    if said["rule"] == BESIDE:
        return f"{', '.join(labels.get(name, name) for name in said['fields'])}: {said['sentence']}"
    return str(said["sentence"])


def _ground(step: PlanStep, number: int, said: dict[str, Any], *, typed: bool) -> str:
    """Why it may stay. The ground of a hold was typed for these records and is kept sealed with it."""
    if said["rule"] == SHARED or not said["basis"]:
        return ""
    if said["rule"] != HOLD:
        return str(said["basis"]["citation"])
    digests = [each.row.key.digest for each in erasure_steps.rows_of(step) if each.outcome == number] if typed else []
    return holds.grounds_on(step.source, digests)


def _block(said: dict[str, Any]) -> str:
    if said["rule"] == SHARED:
        return "shared"
    return BLOCK_OF.get(said["action"], "kept")


def _unseen(run: SourceRun) -> list[str]:
    """What its description says is never searched; nothing where it was described before that was noted."""
    return list(run.dataset_version.description.get("unseen", ()))


def _title(run: SourceRun) -> str:
    return str(run.dataset_version.description.get("title") or run.source.name)


def _backups(profile: Profile, now_promised: Profile, done_on: date) -> Iterator[BackupLine]:
    """Each kind of copy with the later end of two: copies may be kept longer by now than the request's version says."""
    sets = {each.key: each for each in profile.backups}
    for each in now_promised.backups:
        if each.key not in sets or ledgers.copy_ends(each, done_on) > ledgers.copy_ends(sets[each.key], done_on):
            sets[each.key] = each
    for each in sets.values():
        said = each.sentence.get(profile.locale) or each.sentence.get("en", "")
        yield BackupLine(each.what, ledgers.copy_ends(each, done_on), said)


def _told_until(subject_request: SubjectRequest, profile: Profile) -> date | None:
    """The last day on which their mailbox is surely known; None without one."""
    if sealing.is_forgotten(subject_request):
        return None
    has_mailbox = bool(sealing.person_of(subject_request, profile.country).values(IdentityKind.EMAIL))
    return add_months(subject_request.key_month, 1) - timedelta(days=1) if has_mailbox else None


def _until(block: LetterBlock) -> str:
    """The last day of the records that stay, where each has one."""
    days = [line.until for line in block.lines]
    known = [each for each in days if each is not None]
    return f", the last until {day_in_words(max(known), weekday=False)}" if known and len(known) == len(days) else ""


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
