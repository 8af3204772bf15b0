"""Whose rows a table holds: which tables are people's, which references say so, and which lead to somebody else.

An *owner* reference says whose the row is: a customer's order, an order's line. It is refused where the column names a
colleague (``created_by``), where the table is a catalogue that somebody maintains, and where the values show that two
ways lead to two people: a vote belongs to its voter, not to the writer of the review; a note on an order is about the
customer, not about the colleague who wrote it.
"""

from __future__ import annotations

from dsr.sources.draft.classes import (
    BY_NAME,
    PUBLISHED,
    WRITTEN_BY_STAFF,
    class_beside,
    class_of_words,
)
from dsr.sources.draft.listed import listed
from dsr.sources.draft.live import LiveTable
from dsr.sources.draft.model import ReferenceDraft
from dsr.sources.draft.reading import office_share
from dsr.sources.draft.role import OWNER_WORDS, Role, rank_of_owner, second_person, verbs_of_staff
from dsr.sources.draft.sampling import Sampler
from dsr.sources.draft.study import (
    IDENTITIES,
    LEAST_SCORE,
    MOST_OFFICES,
    WHOLE_NAMES,
    Study,
    is_organisation,
    is_people_word,
    last_words,
)
from dsr.sources.draft.vocabulary import PEOPLE, STAFF, THIRD
from dsr.sources.draft.words import stems

TAKES_PART = listed("vote like helpful reaction flag report reply answer comment follow view read bookmark")
BUYS = listed(
    "customer client member subscriber buyer purchaser patient guest student tenant kunde cliente mitglied gast recipient "
    "applicant paciente adherent klant asiakas kunden purchased redeemed"
)
"""Words of columns by which even a row of a catalogue (a coupon, a room) is somebody's."""

OF_ONE_PERSON = frozenset({"account", "address", "profile", "newsletter_subscription"})
POINTED_AT = frozenset({"address", "basket", "saved_card", "profile", "payment", "invoice"})
LOGS = listed("log audit trail history event action entry activity")
MANY_OWNERS = 5
AGREE, DISAGREE = 0.8, 0.5
FEWEST_PAIRS = 3


def find_roles(study: Study, scores: dict[str, float], sampler: Sampler) -> dict[str, Role]:
    """The role of every table."""
    return _Roles(study, scores, sampler).find()


class _Roles:
    def __init__(self, study: Study, scores: dict[str, float], sampler: Sampler) -> None:
        self.study = study
        self.scores = scores
        self.sampler = sampler
        self.roles = {name: Role() for name in study.tables}

    def find(self) -> dict[str, Role]:
        for name in self.study.tables:
            self._root(name)
        for name in self.study.tables:
            self._person_behind(name)
        while self._spread():
            pass
        for name, role in self.roles.items():
            if role.is_personal:
                self._settle(name)
                self._same_person(name)
        while self._satellites():
            pass
        self._lookups()
        for name in self.roles:
            self._ask(name)
        return self.roles

    def _root(self, name: str) -> None:
        """A table of people: it can be searched by what its rows say."""
        if self.scores[name] < LEAST_SCORE:
            return
        live, readings = self.study.tables[name], self.study.readings[name]
        own = {column: reading for column, reading in readings.items() if reading.meaning in IDENTITIES}
        by_email = [column for column, reading in own.items() if reading.meaning == "email"]
        words = stems(live.table)
        is_account = any(is_people_word(word) for word in words)
        role = self.roles[name]
        by_number = any(reading.meaning == "phone" for reading in own.values()) and any(
            reading.meaning in WHOLE_NAMES for reading in readings.values()
        )
        if not by_email and not by_number and not (own and is_account):
            self._unreachable(name, words)
            return
        role.ownership = "owned"
        role.record_class = class_of_words(words) or BY_NAME["account"]
        role.names_people = role.record_class.name == "account" or is_people_word(words[-1])
        said = ", ".join(sorted(own))
        role.reason = f"people are found by {said}"
        role.confidence = min(0.95, 0.6 + 0.05 * self.scores[name])

    def _unreachable(self, name: str, words: tuple[str, ...]) -> None:
        """People without an e-mail address, a phone number or a number of their own: known, and not to be found."""
        if words and is_people_word(words[-1]):
            role = self.roles[name]
            role.holds_people = role.names_people = True
            role.record_class = BY_NAME["account"]
            role.reason = "people, and no column by which one could be found"

    def _person_behind(self, name: str) -> None:
        """Accounts without an address of their own, behind a table that holds the addresses: the same person."""
        role = self.roles[name]
        if not role.is_personal or role.record_class is None or role.record_class.name not in OF_ONE_PERSON:
            return
        for reference in self.study.references[name]:
            target = self.roles[reference.target]
            words = {word for column in reference.columns for word in last_words(column)}
            others = words & (STAFF - PEOPLE) or words & set(THIRD) or self._is_staff_table(reference.target)
            if target.holds_people and not target.ownership and not others and len(reference.columns) == 1:
                target.ownership = "owned"
                target.reason = f"the person behind {name}"
                role.joint[reference] = "the same person"
                role.same_person.append(reference.columns[0])

    def _spread(self) -> bool:
        """Tables that hang on a person's rows; True when one was added."""
        added = False
        for name, live in self.study.tables.items():
            role = self.roles[name]
            for reference in self.study.references[name]:
                target = self.roles.get(reference.target)
                known = reference in role.followed or reference in role.refused or reference in role.outward
                known = known or reference in role.joint
                if target is None or not target.is_personal or known:
                    continue
                if target.is_weak and not role.is_personal:
                    role.refused[reference] = "what a person's row points at leads no further"
                    continue
                if self._is_outward(name, reference):
                    role.outward[reference] = "belongs to the row"
                    continue
                refusal = self._refusal(name, reference)
                if refusal:
                    role.refused[reference] = refusal
                    continue
                role.followed[reference] = f"{reference.reason}"
                added = True
                if not role.is_personal:
                    is_direct = self._is_people(reference.target)
                    role.ownership = "owned" if is_direct else "attached"
                    role.record_class = class_beside(stems(live.table), target.record_class)
                    if role.record_class.name == "account" and any("list" in last_words(c.name) for c in live.columns):
                        role.record_class = BY_NAME["newsletter_subscription"]
                    role.names_people = is_direct and is_people_word(stems(live.table)[-1])
                    role.reason = f"hangs on {reference.target} by {', '.join(reference.columns)}"
                    role.confidence = min(0.95, 0.5 + 0.45 * reference.confidence)
        return added

    def _is_outward(self, name: str, reference: ReferenceDraft) -> bool:
        """Whether a row merely points at the other (an order at its address), rather than hanging on it."""
        role, target = self.roles[name], self.roles[reference.target]
        if not role.is_personal or reference.target == name:
            return False
        if any(each.target == name for each in (*target.followed, *target.joint)):
            return True
        kind = target.record_class
        return kind is not None and kind.name in POINTED_AT and kind != role.record_class

    def _is_root(self, name: str) -> bool:
        return any(reading.meaning in IDENTITIES for reading in self.study.readings[name].values()) and (
            self.scores[name] >= LEAST_SCORE
        )

    def _refusal(self, name: str, reference: ReferenceDraft) -> str:
        """Why a reference to a person's row does not make this row theirs; empty when it does."""
        live = self.study.tables[name]
        words = {word for column in reference.columns for word in last_words(column)}
        self_reference = reference.target == name
        if self_reference:
            return "leads to a row of the same kind, which has a person of its own"
        others = [each for each in self.study.references[name] if each is not reference and each.target != name]
        if self._is_audit(live) and self._is_people(reference.target):
            self._third(name, reference, "member of staff")
            return "a log of what colleagues did, and to whom"
        third = next((meaning for word, meaning in THIRD.items() if word in words), "")
        if third:
            self._third(name, reference, third)
            return f"holds a {third}"
        is_staff = bool(words & (STAFF - PEOPLE)) or self._is_staff_table(reference.target)
        if is_staff and (is_organisation(live) or self._has_owner(name, reference) or words & (STAFF - PEOPLE)):
            self._third(name, reference, "member of staff")
            return "names the member of staff, not the person the row is about"
        is_kept_up = self._is_people(reference.target) and is_organisation(live) and not words & BUYS
        if is_kept_up and not self._has_many_owners(name, reference):
            self._third(name, reference, "member of staff")
            return "names who maintains the row"
        last = stems(live.table)[-1:] or ("",)
        if is_organisation(live) and not words & set(OWNER_WORDS) and not others and last[0] in ("product", "article"):
            return "a catalogue is nobody's"
        return ""

    def _is_audit(self, live: LiveTable) -> bool:
        words = set(stems(live.table))
        return bool(words & LOGS) and bool(words & {"audit", "admin", "staff", "backoffice", "cms"})

    def _third(self, name: str, reference: ReferenceDraft, who: str) -> None:
        for column in reference.columns:
            if self._is_people(reference.target):
                self.roles[name].third.setdefault(column, who)

    def _is_people(self, name: str) -> bool:
        return self.roles[name].names_people

    def _is_staff_table(self, name: str) -> bool:
        words = stems(self.study.tables[name].table)
        return bool(words) and bool({words[-1], *words} & (STAFF - {"author"} - verbs_of_staff()))

    def _has_owner(self, name: str, but: ReferenceDraft) -> bool:
        """Whether the row says in another way whose it is."""
        if self._is_root(name):
            return True
        return any(
            each is not but and each.target != name and self.roles[each.target].is_personal
            for each in self.study.references[name]
            if each.target in self.roles and not {w for c in each.columns for w in last_words(c)} & (STAFF - PEOPLE)
        )

    def _has_many_owners(self, name: str, reference: ReferenceDraft) -> bool:
        sample = self.study.sample(name).of(reference.columns[0])
        return sample.distinct >= MANY_OWNERS and sample.distinct * 2 >= len(sample.values)

    def _settle(self, name: str) -> None:
        """Where several ways lead to people, keep those that lead to the same person."""
        role = self.roles[name]
        to_people = sorted(
            (each for each in role.followed if self._is_people(each.target)),
            key=lambda each: rank_of_owner(each.columns[0]),
        )
        for other in to_people[1:]:
            first = to_people[0]
            if other.target != first.target or self._share_equal(name, first, other) >= AGREE:
                continue
            self._refuse(name, other, "names a second person")
            self.roles[name].third.setdefault(other.columns[0], second_person(other.columns[0]))
        if to_people:
            self._settle_parents(name, to_people[0])

    def _settle_parents(self, name: str, owner: ReferenceDraft) -> None:
        role = self.roles[name]
        words = stems(self.study.tables[name].table)
        for parent in [each for each in role.followed if not self._is_people(each.target)]:
            kind = self.roles[parent.target].record_class
            agreement = self._agreement(name, owner, parent)
            is_published = kind is not None and kind.name in PUBLISHED
            if agreement is not None and agreement >= AGREE:
                continue
            if is_published or (agreement is None and set(words) & TAKES_PART and kind == role.record_class):
                self._refuse(name, parent, "the two ways lead to different people: the row is its writer's")
            elif (agreement is not None and agreement <= DISAGREE) or set(words) & WRITTEN_BY_STAFF:
                self._refuse(name, owner, "names who wrote it; the row is about the person behind " + parent.target)
                role.third.setdefault(owner.columns[0], "member of staff")
                role.record_class = class_beside(words, kind)
                role.ownership = "owned" if self._is_root(name) else "attached"
                role.reason = f"hangs on {parent.target} by {', '.join(parent.columns)}"
                return

    def _same_person(self, name: str) -> None:
        """What each row points at as its own alone, and what therefore is the same person's."""
        role = self.roles[name]
        owner = next((each for each in role.followed if self._is_people(each.target)), None)
        for reference in role.outward:
            sample = self.study.sample(name).of(reference.columns[0])
            one_each = not sample.values or sample.distinct >= 0.9 * len(sample.values)
            kind = self.roles[reference.target].record_class
            if kind is None or kind.name != "basket" or not one_each or len(reference.columns) > 1:
                continue
            agreement = self._agreement(name, owner, reference) if owner else None
            if agreement is None or agreement >= AGREE:
                role.same_person.append(reference.columns[0])

    def _refuse(self, name: str, reference: ReferenceDraft, reason: str) -> None:
        role = self.roles[name]
        role.followed.pop(reference, None)
        role.refused[reference] = reason

    def _share_equal(self, name: str, first: ReferenceDraft, other: ReferenceDraft) -> float:
        rows = self.study.sample(name).rows
        pairs = [(row.get(first.columns[0]), row.get(other.columns[0])) for row in rows]
        pairs = [(near, far) for near, far in pairs if near is not None and far is not None]
        return sum(near == far for near, far in pairs) / len(pairs) if len(pairs) >= FEWEST_PAIRS else 0.0

    def _agreement(self, name: str, owner: ReferenceDraft, parent: ReferenceDraft) -> float | None:
        """The share of rows whose owner is also the owner of what they hang on; None when too few say."""
        far_owner = next(
            (
                each
                for each in (*self.roles[parent.target].followed, *self.roles[parent.target].joint)
                if each.target == owner.target and len(each.columns) == 1
            ),
            None,
        )
        if far_owner is None or len(parent.columns) > 1 or len(owner.columns) > 1:
            return None
        rows = [row for row in self.study.sample(name).rows if row.get(parent.columns[0]) is not None]
        rows = [row for row in rows if row.get(owner.columns[0]) is not None]
        values = list(dict.fromkeys(row[parent.columns[0]] for row in rows))
        if len(rows) < FEWEST_PAIRS:
            return None
        target = self.study.tables[parent.target]
        owners = self.sampler.pairs(target, parent.target_columns[0], far_owner.columns[0], values)
        pairs = [(row[owner.columns[0]], owners.get(str(row[parent.columns[0]]))) for row in rows]
        known = [(near, far) for near, far in pairs if far is not None]
        return sum(str(n) == str(f) for n, f in known) / len(known) if len(known) >= FEWEST_PAIRS else None

    def _satellites(self) -> bool:
        """Tables that a person's rows point at: the address of an order is theirs, its country is not."""
        added = False
        for name, role in list(self.roles.items()):
            if not role.is_personal:
                continue
            for reference in self.study.references[name]:
                target = self.roles.get(reference.target)
                if target is None or target.ownership or reference in role.refused or reference.target == name:
                    continue
                reason = self._why_own(name, reference)
                if reason:
                    role.outward[reference] = reason
                    target.ownership, target.is_weak = "attached", True
                    own = class_of_words(stems(self.study.tables[reference.target].table))
                    target.record_class = own or role.record_class
                    target.reason = reason
                    target.confidence = 0.7
                    added = True
        if added:
            self._spread()
        return added

    def _why_own(self, name: str, reference: ReferenceDraft) -> str:
        live = self.study.tables[reference.target]
        if is_organisation(live):
            return ""
        readings = self.study.readings[reference.target].values()
        strong = [reading for reading in readings if reading.weight == 2 and reading.confidence >= 0.6]
        if len(strong) >= 2:
            return f"{name} points at it by {', '.join(reference.columns)}, and it holds {strong[0].meaning.replace('_', ' ')}"
        sample = self.study.sample(name).of(reference.columns[0])
        one_each = len(sample.values) >= MANY_OWNERS and sample.distinct >= 0.9 * len(sample.values)
        rows = self.study.sample(reference.target).rows_estimate
        kind = class_of_words(stems(live.table))
        shared = len(sample.values) >= MANY_OWNERS and not one_each
        if kind and kind.name in ("profile", "address") and not shared:
            return f"{name} points at it by {', '.join(reference.columns)}, and its name says {kind.name}"
        if kind and (one_each and rows >= 0.5 * self.study.sample(name).rows_estimate):
            return f"each row of {name} points at its own by {', '.join(reference.columns)}"
        if strong and one_each:
            return f"each row of {name} points at its own by {', '.join(reference.columns)}"
        return ""

    def _ask(self, name: str) -> None:
        """The questions that neither names nor values answer."""
        role, live = self.roles[name], self.study.tables[name]
        if role.holds_people and not role.is_personal:
            role.decide = "people are here; which column finds one of them?"
        elif not role.ownership and not is_organisation(live) and self._looks_personal(name):
            role.decide = "these look like people's, and nothing leads to them; whose are they?"
        elif not role.ownership and self._holds_addresses(name):
            role.decide = "here are e-mail addresses, and nothing says whose; are these people?"
        elif not role.ownership and not is_organisation(live) and role.third:
            role.decide = (
                f"only {', '.join(role.third)} names a person; shall that colleague's own copy hold these rows?"
            )

    def _holds_addresses(self, name: str) -> bool:
        """Whether a table that nobody reaches holds e-mail addresses, and not just those of offices."""
        sample, readings = self.study.sample(name), self.study.readings[name]
        samples = [sample.of(column) for column, each in readings.items() if each.meaning == "email"]
        found = [each for each in samples if each.distinct]
        return bool(found) and office_share(found) < MOST_OFFICES

    def _looks_personal(self, name: str) -> bool:
        strong = {
            each.meaning for each in self.study.readings[name].values() if each.weight == 2 and each.confidence >= 0.6
        }
        return len(strong - {"password", "credential", "session", "username"}) >= 2

    def _lookups(self) -> None:
        for name, role in list(self.roles.items()):
            if not role.is_personal:
                continue
            for reference in self.study.references[name]:
                target = self.roles.get(reference.target)
                if target is not None and not target.ownership and reference not in role.refused:
                    target.ownership = "lookup"
                    target.reason = f"explains rows of {name}"
                    target.confidence = 0.8
