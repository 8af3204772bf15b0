"""What a careful reader of a policy would mend: promises that nobody can use, or that the profile itself does not keep.

The loader refuses what cannot be meant; this reads what can be meant and is still not right. An error keeps a profile from being
published, a warning does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, combinations

from dsr.clocks.words import RightCode
from dsr.policy import known_words, sense
from dsr.policy.coverage import Gap, Holding
from dsr.policy.schema import Profile
from dsr.policy.terms import Promises, Right, WayIn
from dsr.yaml_text import Problem

PORTAL_FORMS = (RightCode.ACCESS, RightCode.CORRECTION, RightCode.ERASURE)
"""The rights that the portal has a form for; the others are asked for by writing or calling."""

EXPECTED = (RightCode.ACCESS, RightCode.CORRECTION, RightCode.ERASURE, RightCode.OPT_OUT)
"""Rights of which a policy should at least say that it does not offer them."""


class Severity(StrEnum):
    """Whether a profile may be published all the same."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: what is so and what it means, what to do, and where in the profile it stands."""

    severity: Severity
    sentence: str
    cure: str
    place: str = ""
    line: int | None = None
    promises: Promises = ()

    def __str__(self) -> str:
        where = " ".join(
            filter(None, (f"line {self.line}:" if self.line else "", f"{self.place}:" if self.place else ""))
        )
        named = f" ({', '.join(self.promises)})" if self.promises else ""
        return f"{self.severity}: {where} {self.sentence}{named} {self.cure}".replace("  ", " ")


def lint(profile: Profile, holdings: Iterable[Holding] = ()) -> tuple[Finding, ...]:
    """Everything to mend, errors first, then by line. ``holdings`` is what connected sources hold, as far as it is known."""
    held = {each.record_class: each for each in holdings}
    found = chain(*(rule(profile) for rule in RULES), _untrue(profile, held))
    return tuple(sorted(found, key=lambda each: (each.severity is Severity.WARNING, each.line or 0)))


def of_problem(problem: Problem) -> Finding:
    """What the loader found, as an error beside the others."""
    cure = f"Expected {problem.expected}." if problem.expected else "Mend this line."
    return Finding(Severity.ERROR, _sentence(problem.message), cure, problem.place, problem.line)


def of_gap(gap: Gap) -> Finding:
    """A record class without a rule is an error; a collection without a class is its description's mistake."""
    severity = Severity.ERROR if gap.holding.record_class else Severity.WARNING
    where = f"{gap.holding.source}: {gap.holding.place}"
    return Finding(severity, _sentence(gap.message), f"Add: {gap.cure}", where, gap.line)


def _sentence(message: str) -> str:
    ending = "" if message.endswith("?") else "."
    return f"{message[:1].upper()}{message[1:]}{ending}"


def _channels(profile: Profile) -> Iterator[Finding]:
    """A right that was published and cannot be asked for."""
    for right in profile.rights:
        if not right.is_offered:
            continue
        dead = [way for way in right.channels if not _works(way, profile)]
        if len(dead) == len(right.channels):
            sentence = f"The right '{right.code}' is promised by {_listed(dead)}, and none of that works."
            yield _of_right(Severity.ERROR, right, sentence, _needs(dead))
        elif dead:
            sentence = f"The right '{right.code}' is promised by {_listed(dead)} too, which does not work."
            yield _of_right(Severity.WARNING, right, sentence, _needs(dead))
        if set(right.channels) - set(dead) == {WayIn.PORTAL} and right.code not in PORTAL_FORMS:
            sentence = f"The right '{right.code}' is promised on the portal alone, which has no form for it."
            yield _of_right(Severity.WARNING, right, sentence, "Add a channel such as email, with an address.")


def _of_right(severity: Severity, right: Right, sentence: str, cure: str) -> Finding:
    return Finding(severity, sentence, cure, f"rights.{right.code}", right.line, right.promises)


def _works(way: WayIn, profile: Profile) -> bool:
    contacts = profile.contacts
    needed = {
        WayIn.EMAIL: contacts.emails,
        WayIn.PHONE: contacts.phones,
        WayIn.SMS: contacts.phones,
        WayIn.POST: contacts.postal_address,
        WayIn.COUNTER: contacts.postal_address,
        WayIn.MY_ACCOUNT: contacts.website,
    }
    return bool(needed.get(way, True))


NEEDS = {
    WayIn.EMAIL: "an address in contacts.emails",
    WayIn.PHONE: "a number in contacts.phones",
    WayIn.SMS: "a number in contacts.phones",
    WayIn.POST: "contacts.postal_address",
    WayIn.COUNTER: "contacts.postal_address",
    WayIn.MY_ACCOUNT: "contacts.website, where the account is",
}


def _needs(ways: Collection[WayIn]) -> str:
    return f"Give {' and '.join(dict.fromkeys(NEEDS[way] for way in ways))}, or take the channel out."


def _listed(words: Sequence[str]) -> str:
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def _silence(profile: Profile) -> Iterator[Finding]:
    """What a policy should not be silent about."""
    said = {right.code for right in profile.rights}
    for code in EXPECTED:
        if code not in said:
            cure = f"Offer it under rights, or write {code}: {{is_offered: false}}."
            yield Finding(Severity.WARNING, f"Nothing is said of the right '{code}'.", cure, "rights")
    if profile.revision.revised_on is None:
        sentence = "The published page shows no date, so nobody can tell when it last changed."
        cure = "Print the date on the page and give it as revision.revised_on."
        yield Finding(Severity.WARNING, sentence, cure, "revision", promises=profile.revision.promises)
    if not profile.regimes and profile.promised.respond is None:
        sentence = "Nothing says within what time a request is answered."
        yield Finding(Severity.WARNING, sentence, "Give regimes, promised.respond, or both.", "promised")
    if profile.right(RightCode.ERASURE) and not profile.retention:
        sentence = "Erasure is offered, and no retention rule says what becomes of any record."
        yield Finding(Severity.WARNING, sentence, "Add a rule for each record class under retention.", "retention")


def _keeping(profile: Profile) -> Iterator[Finding]:
    """Rules that keep something: on what ground, and whether customers were told."""
    for rule in profile.retention:
        if rule.keep is None:
            continue
        place, what = f"retention.{rule.key}", _classes(rule.record_classes)
        if rule.basis is None:
            sentence = "Records are kept for a period that has no basis."
            cure = "Give basis: {code, citation}, or keep nothing."
            yield Finding(Severity.ERROR, sentence, cure, place, rule.line, rule.promises)
        if not rule.is_published:
            sentence = f"You keep more than you promised: the published policy does not say that {what} stay."
            cure = "Publish it and write is_published: true, or let nothing be kept."
            yield Finding(Severity.WARNING, sentence, cure, place, rule.line, rule.promises)
        elif not rule.sentence:
            sentence = f"Customers read general words about why {what} stay."
            yield Finding(
                Severity.WARNING, sentence, "Give the rule a sentence of its own.", place, rule.line, rule.promises
            )


def _classes(names: Collection[str]) -> str:
    return _listed([f"'{name}'" for name in names])


def _contradictions(profile: Profile) -> Iterator[Finding]:
    """Two rules for the same records that end, or lie meanwhile, differently; the one that keeps longer decides."""
    for one, other in combinations(profile.retention, 2):
        both = sorted(set(one.record_classes) & set(other.record_classes))
        differs = (one.then, one.meanwhile) != (other.then, other.meanwhile)
        if both and one.keep and other.keep and differs:
            sentence = f"Two rules for {_classes(both)} contradict: '{one.key}' in line {one.line} and '{other.key}'."
            cure = "Let them say the same in then and meanwhile; now the one that keeps longer decides."
            yield Finding(Severity.WARNING, sentence, cure, f"retention.{other.key}", other.line, other.promises)


def _addresses(profile: Profile) -> Iterator[Finding]:
    for place, url in sense.urls(profile):
        if url.startswith("http://"):
            sentence = f"{url} can be read and changed on its way."
            line = profile.contacts.line if place.startswith("contacts") else None
            yield Finding(Severity.WARNING, sentence, "Use the https:// address, if there is one.", place, line)


def _words(profile: Profile) -> Iterator[Finding]:
    """A shop's own words: a rule for a class that no source uses applies to nothing."""
    own = {name for category in profile.categories for name in category.record_classes}
    lines = {f"retention.{rule.key}": rule.line for rule in profile.retention}
    for known, what, named in (
        (own | known_words.RECORD_CLASSES, "record class", sense.record_classes(profile)),
        (known_words.FACTS, "fact", sense.facts(profile)),
    ):
        for place, word in named:
            if word and word not in known:
                sentence = f"'{word}' is no {what} that the app knows."
                cure = "It applies where the overlay of a source uses the same word, and nowhere else."
                line = lines.get(".".join(place.split(".")[:2]))
                yield Finding(Severity.WARNING, sentence, cure, place, line)


def _untrue(profile: Profile, held: dict[str, Holding]) -> Iterator[Finding]:
    """A statement that what a connected source holds contradicts."""
    for each in profile.statements:
        for name in each.contradicted_by:
            if name in held:
                holding = held[name]
                sentence = f"The statement '{each.title}' is not true: {holding.source} holds '{name}' of people."
                cure = f"Change the statement, or what is collected in {holding.place}."
                place = f"statements.{each.key}"
                yield Finding(Severity.WARNING, sentence, cure, place, each.line, each.promises)


RULES: tuple[Callable[[Profile], Iterator[Finding]], ...] = (
    _channels, _silence, _keeping, _contradictions, _addresses, _words,
)  # fmt: skip
