"""What becomes of one record when its person asks for erasure: the same answer for the plan, the nightly run and the letter.

Facts in, decision out. The strongest reason decides: a legal hold; then that the record is another person's too; then
something of the person that is still open; then the shop's retention rule. Three lines must hold of every answer:

* nothing under a legal hold is ever removed, not even in part;
* a later day never takes back a removal;
* whatever stays has a rule, a basis, and a last day, or else the event that ends it and a day to look again.

A record is kept *through* its last day: on that day it is still there, the day after it is due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from dsr.clocks.arithmetic import add_months
from dsr.policy import outcome_words as words
from dsr.policy.schema import Profile
from dsr.policy.terms import Basis, BlockerRule, Ending, Length, Meanwhile, Promises, RetentionRule, Then
from dsr.records import Action

REVIEW_MONTHS = 3
"""When a person looks again at what an event ends, not a day."""

PERSONAL = "user"
"""The data categories of people, in Fideslang; *anonymise* concerns them alone."""

HOLD = "legal-hold"
SHARED = "shared-record"
STAFF = "staff-decision"
SHARED_BASIS = Basis("other-person", "the record is another person's as well, who did not ask for its erasure")
OPEN_BASIS = Basis(
    "CA-d1", "Cal. Civ. Code 1798.105(d)(1); GDPR Art 17(1)(a): still needed for what the person has open"
)

REMOVALS = {Then.DELETE: Action.DELETE, Then.ANONYMISE: Action.ANONYMISE}
MEANWHILE = {Meanwhile.KEPT: Action.KEEP, Meanwhile.DEACTIVATED: Action.DEACTIVATE}


class NoRule(Exception):
    """No retention rule of the profile names the record class; what becomes of such a record was never said."""

    def __init__(self, record_class: str, shop: str) -> None:
        what = f"records of the class '{record_class}'" if record_class else "records without a record class"
        super().__init__(f"The policy of {shop} has no retention rule for {what}. Add one; there is no default.")


class NoBasis(Exception):
    """A rule keeps records without saying on what ground, which no shop may."""

    def __init__(self, rule: RetentionRule, shop: str) -> None:
        super().__init__(
            f"The retention rule '{rule.key}' of {shop} keeps records and names no basis. Give basis.code and "
            "basis.citation, or let nothing be kept."
        )


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What a decision needs to know of a record; never a value of the person's. ``fields``: their data categories.

    ``can_be_deactivated``: its database has a way to take a record out of use. Without one it is *kept*, and nothing may say
    that it was deactivated.
    """

    record_class: str
    subject_class: str = ""
    dates: Mapping[str, date | None] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_shared: bool = False
    collected_on: date | None = None
    can_be_deactivated: bool = True


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody forbade the erasure of this record (a court, an authority, a claim). It lasts through ``until``, if any."""

    ground: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a record, and why.

    ``fields`` are those the action concerns: removed or made anonymous, or, of a record that stays, those that stay with
    it; ``at_once_fields`` go now although the record stays. ``until`` is the last day on which it stays. Where an event
    ends it instead, ``event`` says which (``hold_lifted``, ``last_owner_erased``, ``closed:<blocker>``, ``date_known``) and
    ``review_on`` when a person looks again. ``afterwards`` is what is done after that day or event. ``sentence`` is for the
    customer and true by itself: a record that stays until a day has that day in it, in words; ``basis`` belongs beside it.
    ``reasons`` are for the staff.
    """

    action: Action
    fields: tuple[str, ...]
    rule: str
    basis: Basis | None
    promises: Promises
    sentence: str
    reasons: tuple[str, ...]
    at_once_fields: tuple[str, ...] = ()
    until: date | None = None
    event: str = ""
    review_on: date | None = None
    afterwards: Action | None = None


def open_blockers(
    profile: Profile, records: Iterable[tuple[str, Mapping[str, date | None]]], today: date
) -> frozenset[str]:
    """Keys of the profile's blockers that a person has open, by the record class and the dates of each of the records.

    A fact that lies in the future has not come about yet.
    """
    found = set()
    for record_class, dates in records:
        for blocker in profile.blockers:
            if blocker.record_class == record_class and (dates.get(blocker.until_fact) or date.max) > today:
                found.add(blocker.key)
    return frozenset(found)


def decide(
    profile: Profile,
    record: RecordFacts,
    *,
    holds: Iterable[Hold] = (),
    open_blockers: Collection[str] = (),
    today: date,
    language: str = "",
) -> Decision:
    """What becomes of ``record`` today. ``open_blockers`` are keys of the profile's blockers that its person has open.

    ``language`` falls back on the profile's, then on English. Raises NoRule and NoBasis.
    """
    voice = words.Voice(language, profile.locale)
    decision = _by_rule(_rules_of(profile, record), profile, record, today, voice)
    blockers = [each for each in profile.blockers if each.key in open_blockers and record.record_class in each.blocks]
    if blockers:
        decision = _blocked(decision, blockers, record, today, voice)
    if record.is_shared:
        decision = _shared(decision, record, today, voice)
    lasting = [hold for hold in holds if hold.until is None or today <= hold.until]
    if lasting:
        decision = _held(decision, lasting, record, today, voice)
    detour = voice.detour()
    return replace(decision, reasons=(*decision.reasons, detour)) if detour else decision


@dataclass(frozen=True, slots=True)
class Term:
    """A rule's period for one record: from which fact it counts, and the last day; None when nothing says from when."""

    rule: RetentionRule
    fact: str = ""
    start: date | None = None
    until: date | None = None

    @property
    def keeps_through(self) -> date:
        """By this the longest of several is found: an unknown end comes before any, and no ``keep`` after all."""
        return date.min if self.rule.keep is None else self.until or date.max


def term_of(rule: RetentionRule, dates: Mapping[str, date | None]) -> Term:
    """How long ``rule`` keeps a record with these facts: counted from the first of its ``from_facts`` that is known."""
    known = ((fact, day) for fact in rule.from_facts if (day := dates.get(fact)) is not None)
    fact, start = next(known, ("", None))
    if rule.keep is None or start is None:
        return Term(rule)
    return Term(rule, fact, start, _added(start, rule.keep, rule.ending))


def _rules_of(profile: Profile, record: RecordFacts) -> list[RetentionRule]:
    rules = [rule for rule in profile.retention if record.record_class in rule.record_classes]
    if not rules:
        raise NoRule(record.record_class, profile.name)
    for rule in rules:
        if rule.keep is not None and rule.basis is None:
            raise NoBasis(rule, profile.name)
    return rules


def _by_rule(
    rules: Sequence[RetentionRule], profile: Profile, record: RecordFacts, today: date, voice: words.Voice
) -> Decision:
    """Of several rules the one that keeps the record longest decides, also about what is done afterwards. Yet a field goes
    at once only if all rules whose time still runs let it go."""
    terms = [term_of(rule, record.dates) for rule in rules]
    longest = max(terms, key=lambda term: term.keeps_through)
    rule, until = longest.rule, longest.until
    if rule.keep is None:
        # A sentence with a day in it was written for records that stay.
        own = "" if words.UNTIL in voice.own(rule.sentence) else voice.own(rule.sentence)
        return _removed(rule, profile, record, own or voice.say(rule.then), "keeps nothing")
    running = [term.rule for term in terms if term.keeps_through >= today]
    if until is None:
        return _undated(_kept(rule, running, record), rule, record, today, voice)
    counted = f"keeps through {until}: {words.length(rule.keep)} from {longest.fact} {longest.start}{_rounding(rule)}"
    if until < today:
        ended = voice.say(f"{rule.then}_ended", until=until)
        return _removed(rule, profile, record, ended, f"{counted}. That has passed")
    kept = _kept(rule, running, record)
    kept = replace(kept, until=until, sentence=_stays(kept, rule, record, until, voice))
    return _doubted(replace(kept, reasons=(f"Rule {rule.key} {counted}.",)), longest, today)


def _stays(kept: Decision, rule: RetentionRule, record: RecordFacts, until: date, voice: words.Voice) -> str:
    """The shop's own sentence; where it names no day, or there is none, ours says through which one the record stays."""
    told = rule.sentence if _is_true_of(rule, record) else {}
    own = voice.own(told)
    if words.UNTIL in own:
        return voice.own(told, until=until)
    partly = voice.say("partly") if kept.at_once_fields and not own else ""
    return " ".join(filter(None, (own, voice.say(kept.action, until=until), partly)))


def _is_true_of(rule: RetentionRule, record: RecordFacts) -> bool:
    """Whether the rule's own sentence may be told: one that was written for deactivated records is not true of others."""
    return rule.meanwhile is not Meanwhile.DEACTIVATED or record.can_be_deactivated


def _doubted(kept: Decision, term: Term, today: date) -> Decision:
    """A fact that lies in the future is believed (a guarantee may begin later), but a person looks at it: a slip of the pen
    would keep the record for centuries."""
    if term.start is None or term.start <= today:
        return kept
    doubt = f"{term.fact} {term.start} lies in the future: check that date."
    return replace(kept, review_on=_review(today), reasons=(*kept.reasons, doubt))


def _removed(rule: RetentionRule, profile: Profile, record: RecordFacts, sentence: str, why: str) -> Decision:
    """What may never be given out (a password, an identity number) is no more left behind than what tells who it was."""
    action = REMOVALS[rule.then]
    telling = of_categories(record, telling_categories(profile))
    fields = tuple(record.fields) if action is Action.DELETE else telling
    reason = f"Rule {rule.key} {why}: {action}."
    return Decision(action, fields, rule.key, rule.basis, rule.promises, sentence, (reason,))


def _kept(rule: RetentionRule, running: Sequence[RetentionRule], record: RecordFacts) -> Decision:
    """The bare decision to keep; its end and its words are the caller's."""
    leaving = [set(of_categories(record, each.at_once)) for each in running]
    at_once = tuple(name for name in record.fields if all(name in names for names in leaving))
    return Decision(
        MEANWHILE[rule.meanwhile] if record.can_be_deactivated else Action.KEEP,
        tuple(name for name in record.fields if name not in at_once),
        rule.key,
        rule.basis,
        rule.promises,
        sentence="",
        reasons=(),
        at_once_fields=at_once,
        afterwards=REMOVALS[rule.then],
    )


def _undated(kept: Decision, rule: RetentionRule, record: RecordFacts, today: date, voice: words.Voice) -> Decision:
    review = _review(today)
    wanted = " or ".join(rule.from_facts) or "a fact that it does not name"
    why = f"Rule {rule.key} counts from {wanted}, which the record lacks: it stays until a person says that date."
    own = voice.own(rule.sentence, until=None) if _is_true_of(rule, record) else ""
    sentence = " ".join(filter(None, (own, voice.say("undated", review=review))))
    return replace(kept, event="date_known", review_on=review, sentence=sentence, reasons=(why,))


def _blocked(
    decision: Decision, blockers: Sequence[BlockerRule], record: RecordFacts, today: date, voice: words.Voice
) -> Decision:
    """The record stays as it is; the decision that would follow stands in ``afterwards`` and in the sentence."""
    said = dict.fromkeys(voice.own(each.sentence) or voice.say("blocked") for each in blockers)
    why = [f"Blocker {each.key} is open: nothing changes until its {each.until_fact} is known." for each in blockers]
    promises = [promise for each in blockers for promise in each.promises]
    return Decision(
        Action.KEEP,
        tuple(record.fields),
        blockers[0].key,
        OPEN_BASIS,
        tuple(dict.fromkeys((*promises, *decision.promises))),
        " ".join((*said, voice.say("afterwards"), decision.sentence)),
        (*why, *decision.reasons),
        event=f"closed:{blockers[0].key}",
        review_on=_review(today),
        afterwards=decision.action,
    )


def _shared(decision: Decision, record: RecordFacts, today: date, voice: words.Voice) -> Decision:
    why = "The record is another person's too: it stays until its last other owner is erased."
    voice.spoken.clear()
    return Decision(
        Action.KEEP,
        tuple(record.fields),
        SHARED,
        SHARED_BASIS,
        decision.promises,
        voice.say("shared"),
        (why, *decision.reasons),
        event="last_owner_erased",
        review_on=_review(today),
        afterwards=decision.action,
    )


def _held(decision: Decision, holds: Sequence[Hold], record: RecordFacts, today: date, voice: words.Voice) -> Decision:
    """As it is until the last hold has ended; what would be decided without it follows in the sentence.

    A record that stays for another reason as well stays until both have ended.
    """
    longest = max(holds, key=lambda hold: hold.until or date.max)
    ending = f"through {longest.until}" if longest.until else "until it is lifted"
    said = voice.say("held_until", until=longest.until) if longest.until else voice.say("held")
    held = replace(
        decision,
        action=Action.KEEP,
        fields=tuple(record.fields),
        at_once_fields=(),
        rule=HOLD,
        basis=Basis(HOLD, longest.ground),
        sentence=" ".join((said, voice.say("afterwards"), _follows(decision, longest, voice))),
        reasons=(f"A legal hold forbids any change {ending}: {longest.ground}.", *decision.reasons),
    )
    if longest.until is None:
        return replace(held, until=None, event="hold_lifted", review_on=_review(today), afterwards=decision.action)
    if decision.afterwards is None:
        return replace(held, until=longest.until, afterwards=decision.action)
    return held if decision.until is None else replace(held, until=max(decision.until, longest.until))


def _follows(decision: Decision, hold: Hold, voice: words.Voice) -> str:
    """What is told of the time after a hold: of a record whose own time will have passed by then, that it goes."""
    if decision.until and decision.afterwards and hold.until and decision.until <= hold.until:
        return voice.say(decision.afterwards)
    return decision.sentence


def _added(start: date, keep: Length, ending: Ending) -> date:
    """29 February and a year is 28 February. What lies beyond the calendar is its last day, not an error: shops write
    9999-12-31 for *never*."""
    begins = date(start.year, 12, 31) if ending is Ending.CALENDAR_YEAR else start
    try:
        return add_months(begins, keep.years * 12 + keep.months) + timedelta(days=keep.days)
    except (ValueError, OverflowError):
        return date.max


def _rounding(rule: RetentionRule) -> str:
    return ", counted from the end of that year" if rule.ending is Ending.CALENDAR_YEAR else ""


def _review(today: date) -> date:
    return add_months(today, REVIEW_MONTHS)


def telling_categories(profile: Profile) -> tuple[str, ...]:
    """The data categories that are removed from a record that is made anonymous."""
    return PERSONAL, *profile.never_export


def is_below(categories: Collection[str], parents: Collection[str]) -> bool:
    """Whether one of the data categories is one of ``parents`` or below it (``user.contact`` has ``user.contact.email``)."""
    return any(f"{category}.".startswith(f"{parent}.") for category in categories for parent in parents)


def of_categories(record: RecordFacts, wanted: Collection[str]) -> tuple[str, ...]:
    """The record's fields with a data category that is one of ``wanted`` or below it."""
    return tuple(name for name, categories in record.fields.items() if is_below(categories, wanted))
