"""What one version of a policy promises differently from another, in the words that customers read, heading by heading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import Any

from dsr.policy.schema import Profile
from dsr.policy.weight import Weight, weigh
from dsr.web import plain_terms
from dsr.web.plain_terms import Item, Tell
from dsr.web.term_words import capitalised, listed, plain

KEYS = ("key", "code", "feature", "promise")
BY_READER = ("line", "placed")
"""Fields that say where something stands in the file, not what is promised."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "rights": ("rights",),
    "clocks": ("promised",),
    "held": ("categories",),
    "kept": ("retention",),
    "blockers": ("blockers",),
    "backups": ("backups",),
    "recipients": ("recipients",),
    "messages": ("message_classes", "message_channels"),
    "people": ("subject_classes", "age"),
    "statements": ("statements",),
    "notices": ("on_policy_change", "on_sale"),
    "escalation": ("escalation",),
}
"""The chapters that customers read, and the fields of a profile that each tells."""

DESK = "For the desk"
LEGAL = {"regimes": "Laws that set the date", "time_zone": "Time zone", "country": "Country of the shop"}
NAMES: Mapping[str, str] = LEGAL | {
    "shop": "Short name",
    "name": "Name",
    "reference_prefix": "Beginning of every reference",
    "accent": "Colour",
    "locale": "Language",
    "contacts": "How to reach the shop",
    "record_retention_days": "Days that what was gathered is kept",
    "package_days": "Days that a copy can be fetched",
    "revision": "Date of the published page",
    "never_export": "What is never given out",
    "approval": "Who must agree",
    "duties": "Promises that the app keeps by itself",
    "not_offered": "Promises that are not carried out",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is promised differently. ``before`` and ``after`` are sentences; empty where there was or is none."""

    chapter: str
    subject: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    weight: Weight
    promises: tuple[str, ...]

    def __str__(self) -> str:
        weight = {Weight.LESS: " (less for customers)", Weight.MORE: " (more for customers)"}.get(self.weight, "")
        return f"{self.chapter}: {self.subject}: {_joined(self.before)} → {_joined(self.after)}{weight}"


def changes(before: Profile, after: Profile) -> list[Change]:
    """Everything that differs, in the order of the page; nothing when only the wording of the file does."""
    told = {key: (title, tell) for key, title, _, tell in plain_terms.CHAPTERS}
    found: list[Change] = []
    for chapter, names in SHOWN.items():
        title, tell = told[chapter]
        for name in names:
            found += _in_words(before, after, name, title, tell)
    for name, subject in NAMES.items():
        found += _in_figures(getattr(before, name), getattr(after, name), subject)
    return found


def _in_words(before: Profile, after: Profile, name: str, title: str, tell: Tell) -> Iterator[Change]:
    for one, other in _pairs(getattr(before, name), getattr(after, name)):
        if _bare(one) == _bare(other):
            continue
        was, now = (_item(profile, name, each, tell) for profile, each in ((before, one), (after, other)))
        old, new = _sentences(was), _sentences(now)
        gone, come = _without(old, new), _without(new, old)
        if not gone and not come:
            gone, come = _figures(one, other), _figures(other, one)
        item = now or was
        subject = (item.title if item else "") or _name_of(other if one is None else one, name)
        yield Change(title, subject, gone, come, weigh(one, other), _promises(one, other))
    if _order(getattr(before, name), getattr(after, name)):
        old, new = ((listed(_keys(getattr(profile, name))),) for profile in (before, after))
        yield Change(title, "Their order", old, new, Weight.NEITHER, ())


def _in_figures(before: Any, after: Any, subject: str) -> Iterator[Change]:
    if _bare(before) != _bare(after):
        gone, come = _figures(before, after), _figures(after, before)
        yield Change(DESK, subject, gone, come, Weight.NEITHER, _promises(before, after))


def _pairs(before: Any, after: Any) -> Iterator[tuple[Any, Any]]:
    """Terms of the same key beside each other, ``None`` where one has none."""
    if not isinstance(before, tuple):
        yield before, after
        return
    old, new = ({_key(each): each for each in group} for group in (before, after))
    for key in dict.fromkeys([*old, *new]):
        yield old.get(key), new.get(key)


def _key(term: Any) -> str:
    return next(str(getattr(term, name)) for name in KEYS if hasattr(term, name))


def _keys(group: Any) -> list[str]:
    return [_key(each) for each in group]


def _order(before: Any, after: Any) -> bool:
    """Whether those that both have stand in another order: the first category that fits a record is its own."""
    if not isinstance(before, tuple):
        return False
    old, new = _keys(before), _keys(after)
    return [key for key in old if key in new] != [key for key in new if key in old]


def _bare(value: Any) -> Any:
    """A value without the lines of the file that it stood in."""
    if isinstance(value, tuple):
        return tuple(_bare(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _bare(getattr(value, each.name)) for each in fields(value) if each.name not in BY_READER}
    return value


def _item(profile: Profile, name: str, term: Any, tell: Tell) -> Item | None:
    """A term as customers read it, if they do: the chapter of a profile that has nothing else."""
    if term is None:
        return None
    alone = Profile(
        profile.shop,
        profile.name,
        profile.reference_prefix,
        profile.time_zone,
        profile.country,
        categories=(),
        locale=profile.locale,
    )
    only: dict[str, Any] = {name: (term,) if isinstance(getattr(profile, name), tuple) else term}
    return next(iter(tell(replace(alone, **only))), None)


def _sentences(item: Item | None) -> tuple[str, ...]:
    if item is None:
        return ()
    return (item.title, *item.sentences, *([item.citation] if item.citation else []))


def _without(these: Sequence[str], those: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in these if each not in those)


def _figures(one: Any, other: Any) -> tuple[str, ...]:
    """What stands in one and not, or not so, in the other, field by field."""
    if is_dataclass(one) and not isinstance(one, type):
        same = {} if other is None else _bare(other)
        return tuple(
            f"{plain(name)}: {_shown(value)}"
            for name, value in _bare(one).items()
            if name not in same or same[name] != value
        )
    if isinstance(one, tuple):
        left = _without([_shown(each) for each in one], [_shown(each) for each in other or ()])
        return left or (_shown(one),)
    return () if one is None else (_shown(one),)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ("", (), {}):
        return "nothing"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    if is_dataclass(value) and not isinstance(value, type):
        value = _bare(value)
    if isinstance(value, dict):
        return ", ".join(f"{plain(str(key))} {_shown(each)}" for key, each in value.items())
    return str(value)


def _name_of(term: Any, name: str) -> str:
    if any(hasattr(term, key) for key in KEYS):
        return capitalised(plain(str(getattr(term, "title", "") or getattr(term, "name", "") or _key(term))))
    return capitalised(plain(name))


def _promises(one: Any, other: Any) -> tuple[str, ...]:
    terms = [each for value in (one, other) for each in (value if isinstance(value, tuple) else (value,))]
    return tuple(sorted({promise for term in terms for promise in getattr(term, "promises", ())}))


def _joined(sentences: Sequence[str]) -> str:
    return " ".join(sentences) or "nothing"
