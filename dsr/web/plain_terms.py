"""A whole policy profile in plain words, heading by heading: what customers read as *What we promised*, and staff beside it.

Nothing is decided here and nothing left out: every item of the profile that a person could ask about has its line. Codes of
promises and citations travel along; the page decides whether it shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dsr.clocks.words import RightCode
from dsr.policy import terms
from dsr.policy.outcome_words import UNTIL
from dsr.policy.schema import Profile
from dsr.policy.terms import WayIn
from dsr.web.term_words import (
    CHANNELS,
    KINDS,
    MARKETING,
    MESSAGES,
    PLACEMENTS,
    PROOFS,
    RIGHTS,
    WAYS,
    capitalised,
    counted,
    data_words,
    every,
    fact_words,
    length_words,
    listed,
    period_words,
    plain,
    record_words,
    sentence,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was promised: a name, what it means, and more lines; ``citation`` is why it may be so."""

    title: str
    sentences: tuple[str, ...]
    citation: str = ""
    right: RightCode | None = None
    ways: tuple[WayIn, ...] = ()
    promises: terms.Promises = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """Several of them under one heading. ``key`` is the place on the page."""

    key: str
    title: str
    items: tuple[Item, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A retention rule as one row of a table."""

    what: str
    how_long: str
    meanwhile: str
    then: str
    why: str
    citation: str
    sentence: str
    is_published: bool
    promises: terms.Promises
    line: int | None


def chapters(profile: Profile) -> list[Chapter]:
    """The profile's chapters that have something to say, in the order a customer would ask."""
    made = [Chapter(key, title, tuple(tell(profile)), lead) for key, title, lead, tell in CHAPTERS]
    return [chapter for chapter in made if chapter.items]


def kept(profile: Profile) -> list[Kept]:
    """What becomes of records after an erasure, one row for each rule."""
    return [_kept(rule, profile.locale) for rule in profile.retention]


def _rights(profile: Profile) -> list[Item]:
    return [
        Item(
            title=RIGHTS[right.code],
            sentences=(f"You can ask {listed(WAYS[way] for way in right.channels)}.", PROOFS[right.proof]),
            right=right.code,
            ways=right.channels,
            promises=right.promises,
        )
        for right in offered(profile)
    ]


def offered(profile: Profile) -> list[terms.Right]:
    """The rights that the shop offers, in the order of the code."""
    return [right for code in RightCode if (right := profile.right(code))]


BY_LAW_TOO = "Where the law of the place you live in sets an earlier date, that date holds."
BY_LAW = "The law of the place you live in sets the date; where that is not known, we keep the earliest that may apply."


def _clocks(profile: Profile) -> list[Item]:
    promised = profile.promised
    said = []
    if promised.acknowledge:
        said.append(f"We tell you within {period_words(promised.acknowledge)} that your request has reached us.")
    if promised.respond:
        said.append(f"We answer within {period_words(promised.respond)}.")
    if profile.regimes:
        said.append(BY_LAW_TOO if promised.respond else BY_LAW)
    return [Item("Our answer", tuple(said), promises=promised.promises)] if said else []


def _held(profile: Profile) -> list[Item]:
    return [
        Item(each.title, _said(each.sentence, each.purpose), promises=getattr(each, "promises", ()))
        for each in profile.categories
        if each.record_classes or each.data_categories  # The last one only catches what fits no other.
    ]


def _retention(profile: Profile) -> list[Item]:
    return [
        Item(
            title=row.what,
            sentences=_said(row.sentence, _how_long_sentence(row)),
            citation=row.citation,
            promises=row.promises,
        )
        for row in kept(profile)
    ]


def _how_long_sentence(row: Kept) -> str:
    if row.how_long == AT_ONCE:
        return f"{row.then} at once."
    return f"Kept for {row.how_long}{f', {row.meanwhile}' if row.meanwhile else ''}; then {row.then[:1].lower()}{row.then[1:]}."


AT_ONCE = "not kept"
THEN = {terms.Then.DELETE: "Deleted", terms.Then.ANONYMISE: "Made anonymous"}
MEANWHILE = {terms.Meanwhile.KEPT: "", terms.Meanwhile.DEACTIVATED: "deactivated"}


def _kept(rule: terms.RetentionRule, locale: str) -> Kept:
    gone = listed(map(data_words, rule.at_once))
    meanwhile = [MEANWHILE[rule.meanwhile], f"without {gone}" if gone else ""] if rule.keep else []
    return Kept(
        what=capitalised(listed(record_words(name) for name in rule.record_classes)),
        how_long=_how_long(rule),
        meanwhile=listed(filter(None, meanwhile)),
        then=THEN[rule.then],
        why=rule.basis.code if rule.basis else "",
        citation=rule.basis.citation if rule.basis else "",
        sentence=sentence(rule.sentence, locale).replace(UNTIL, "the last day of that time"),
        is_published=rule.is_published,
        promises=rule.promises,
        line=rule.line,
    )


def _how_long(rule: terms.RetentionRule) -> str:
    if rule.keep is None:
        return AT_ONCE
    facts = " or else ".join(fact_words(name) for name in rule.from_facts)
    start = f"the end of the year of {facts}" if rule.ending == terms.Ending.CALENDAR_YEAR else facts
    return f"{length_words(rule.keep)}{f' from {start}' if facts else ''}"


def _blockers(profile: Profile) -> list[Item]:
    return [
        Item(
            title=f"{capitalised(record_words(each.record_class))} that are still open",
            sentences=(
                sentence(each.sentence, profile.locale)
                or f"While one is open, {listed(map(record_words, each.blocks))} stay as they are.",
            ),
            promises=each.promises,
        )
        for each in profile.blockers
    ]


def _backups(profile: Profile) -> list[Item]:
    return [
        Item(
            title=each.what,
            sentences=_said(
                sentence(each.sentence, profile.locale),
                f"One is made {every(each.every_days)} and kept for {counted(each.kept_days, 'day')}.",
            ),
            promises=each.promises,
        )
        for each in profile.backups
    ]


def _recipients(profile: Profile) -> list[Item]:
    return [
        Item(each.name, tuple(_recipient_sentences(each)), promises=each.promises)
        for each in profile.recipients
        if each.is_allowed
    ]


def _recipient_sentences(each: terms.Recipient) -> list[str]:
    # Of totals the category says only what was counted; "gets demographic" would tell nobody anything.
    gets = "" if each.kind is terms.RecipientKind.AGGREGATE_ONLY else listed(map(_given_words, each.gets))
    said = [f"{capitalised(KINDS[each.kind])}{f'; gets {gets}' if gets else ''}."]
    if each.purpose:
        said.append(each.purpose)
    if each.needs_permission:
        said.append("Only with your permission.")
    return said


def _given_words(name: str) -> str:
    """What a recipient gets: a record class, a data category, or ``user``: the category of everything about people."""
    root, _, below = name.partition(".")
    if root in ("user", "system"):
        return data_words(name) if below else "any of your data"
    return record_words(name)


def _messages(profile: Profile) -> list[Item]:
    classes = [
        Item(
            MESSAGES.get(each.key, capitalised(plain(each.key))),
            _said(
                sentence(each.sentence, profile.locale),
                "You can stop them." if each.can_be_stopped else "They cannot be stopped on their own.",
            ),
            promises=each.promises,
        )
        for each in profile.message_classes
    ]
    channels = [
        Item(
            CHANNELS.get(each.key, capitalised(plain(each.key))),
            tuple(_channel_sentences(each)),
            promises=each.promises,
        )
        for each in profile.message_channels
    ]
    return classes + channels


def _channel_sentences(each: terms.MessageChannel) -> list[str]:
    said = [MARKETING[each.starts]]
    if each.stopped_by:
        said.append(f"You stop it {listed(WAYS[way] for way in each.stopped_by)}.")
    return said


def _people(profile: Profile) -> list[Item]:
    items = [
        Item(
            each.title,
            (f"Used only for: {listed(map(plain, each.purposes))}.", MARKETING[each.marketing]),
            promises=each.promises,
        )
        for each in profile.subject_classes
    ]
    age = profile.age
    if age:
        said = [f"Everybody under {age.under} is a child to us."]
        said += [f"Buyers are {age.buyers_from} or older."] if age.buyers_from else []
        said += [f"A parent can ask {listed(WAYS[way] for way in age.parent)}."] if age.parent else []
        items.append(Item("Children", tuple(said), promises=age.promises))
    return items


def _statements(profile: Profile) -> list[Item]:
    return [
        Item(each.title, (sentence(each.sentence, profile.locale),), promises=each.promises)
        for each in profile.statements
    ]


def _notices(profile: Profile) -> list[Item]:
    duties = (("When this policy changes", profile.on_policy_change), ("When the business is sold", profile.on_sale))
    return [Item(title, tuple(_notice(duty)), promises=duty.promises) for title, duty in duties if duty.placements]


def _notice(duty: terms.NoticeDuty) -> list[str]:
    where = listed(PLACEMENTS.get(each, plain(each)) for each in duty.placements)
    when = "before it happens " if duty.is_before else ""
    said = [f"We tell you {when}{where}{', when the change matters' if duty.only_when_material else ''}."]
    if duty.only_new_data:
        said.append("New terms hold only for what we collect after them.")
    return said


def _escalation(profile: Profile) -> list[Item]:
    said = profile.escalation
    if not said.body:
        return []
    words = (
        sentence(said.sentence, profile.locale) or f"If our answer does not satisfy you, you may turn to {said.body}."
    )
    return [Item(said.body, (words,), promises=said.promises)]


def _said(*sentences: str) -> tuple[str, ...]:
    """Those that say something."""
    return tuple(filter(None, sentences))


Tell = Callable[[Profile], list[Item]]
CHAPTERS: tuple[tuple[str, str, str, Tell], ...] = (
    ("rights", "What you may ask for", "", _rights),
    ("clocks", "How soon we answer", "", _clocks),
    ("held", "What we hold, and what for", "", _held),
    ("kept", "What stays after a deletion, and why", "", _retention),
    ("blockers", "What must end first", "", _blockers),
    (
        "backups",
        "Backups",
        "A deletion cannot reach into copies that were made before it; they run out by themselves.",
        _backups,
    ),
    ("recipients", "Who gets what", "", _recipients),
    ("messages", "Messages and how to stop them", "", _messages),
    ("people", "What we use whose data for", "", _people),
    ("statements", "What is not kept about you, and what is out of scope", "", _statements),
    ("notices", "What we tell you in advance", "", _notices),
    ("escalation", "Who hears you next", "", _escalation),
)
