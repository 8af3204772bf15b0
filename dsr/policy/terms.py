"""The words of a policy profile beside its headings: rights, people, messages, recipients, records, backups, clocks.

Every item can name the promises it honours (``promises``: ids such as ``CJ-04``). None of them speaks of a table: only of
record classes, subject classes, data categories (Fideslang) and facts (``ordered_on``), which a source's overlay maps to
columns. Sentences are what the customer reads, by language (``en``, ``de``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from dsr.clocks.words import Period, RightCode

Promises = tuple[str, ...]
Sentences = Mapping[str, str]


class Proof(StrEnum):
    """How firmly the requester must have shown who they are, weakest first."""

    NONE = "none"
    MAILBOX = "mailbox"
    TWO_FACTS = "two_facts"
    STAFF = "staff"


class WayIn(StrEnum):
    """A channel that the shop published."""

    PORTAL = "portal"
    MY_ACCOUNT = "my_account"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    SMS = "sms"
    UNSUBSCRIBE_LINK = "unsubscribe_link"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Right:
    """One right as this shop offers it. Never a proof for an opt-out (11 CCR 7060(b))."""

    code: RightCode
    channels: tuple[WayIn, ...] = (WayIn.PORTAL,)
    proof: Proof = Proof.MAILBOX
    is_offered: bool = True
    promises: Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class AgeLine:
    """Below ``under`` years a person counts as a child for this shop; ``parent`` says how a parent asks."""

    under: int
    buyers_from: int | None = None
    parent: tuple[WayIn, ...] = ()
    promises: Promises = ()


class Marketing(StrEnum):
    """Whether a class of people, or a channel, may be used for promotion."""

    NEVER = "never"
    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"


@dataclass(frozen=True, slots=True)
class SubjectClass:
    """People of one kind (customer, gift_recipient, referred_friend …). ``purposes``: all that their data is used for."""

    key: str
    title: str
    purposes: tuple[str, ...]
    marketing: Marketing = Marketing.OPT_OUT
    promises: Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class MessageClass:
    """``service`` or ``promotional``. What cannot be stopped says how it ends otherwise (an account that is deactivated)."""

    key: str
    can_be_stopped: bool
    sentence: Sentences = field(default_factory=dict)
    promises: Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class MessageChannel:
    """``email``, ``post``, ``phone``, ``sms``, ``partners`` or ``profiling``: how it begins and how a person stops it."""

    key: str
    starts: Marketing
    stopped_by: tuple[WayIn, ...] = ()
    promises: Promises = ()
    line: int | None = None


class RecipientKind(StrEnum):
    """What a recipient does with what it gets."""

    PROCESSOR = "processor"
    PARTNER = "partner"
    PROMOTION = "promotion"
    AGGREGATE_ONLY = "aggregate_only"
    AUTHORITY = "authority"


class Telling(StrEnum):
    """How a recipient is told that it must erase or correct what it got."""

    EMAIL = "email"
    """A mail with a link, behind which it answers."""
    WEBHOOK = "webhook"
    """A message to a program of the recipient's."""
    TASK = "task"
    """Staff tell it by hand and write down what it answered."""
    NOBODY = "nobody"
    """It cannot be told, because nobody knows who it is: whoever reads a public page."""


@dataclass(frozen=True, slots=True)
class Instruct:
    """How a recipient is told, and at which e-mail or https address; the other ways have none."""

    way: Telling
    address: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets what. ``gets``: record classes or data categories. ``needs_permission``: only with the person's own.
    ``instruct``: how it is told of an erasure or a correction; without it, by hand."""

    key: str
    name: str
    kind: RecipientKind
    gets: tuple[str, ...]
    purpose: str = ""
    needs_permission: bool = False
    is_allowed: bool = True
    instruct: Instruct | None = None
    promises: Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time, exactly one of them set; months and years are calendar ones."""

    years: int = 0
    months: int = 0
    days: int = 0


class Ending(StrEnum):
    """To which end a period is counted."""

    DAY = "day"
    CALENDAR_YEAR = "calendar_year"
    """It begins at the end of the fact's calendar year (German AO 147(4))."""


class Meanwhile(StrEnum):
    """What is done with a record while it is kept."""

    KEPT = "kept"
    DEACTIVATED = "deactivated"


class Then(StrEnum):
    """What is done with a record when nothing keeps it (any longer)."""

    DELETE = "delete"
    ANONYMISE = "anonymise"


@dataclass(frozen=True, slots=True)
class Basis:
    """Why something may be kept: an exception's code (``CA-d8``, ``G17-3b``) and its citation."""

    code: str
    citation: str


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """What becomes of records of some classes when their person asks for erasure.

    Without ``keep`` nothing is kept: ``then`` is done at once. With it a record stays for so long, counted from the first of
    ``from_facts`` that it has, in the state ``meanwhile``, but the fields of the categories in ``at_once`` go immediately;
    when the period has passed, ``then`` is done. A record without any of the facts is kept until a person says its date.
    ``is_history``: such records say what was so when they were made (an invoice's address), and a correction leaves them so.
    ``is_published``: the policy that customers read says so; otherwise the shop keeps more than it promised.
    """

    key: str
    record_classes: tuple[str, ...]
    then: Then
    keep: Length | None = None
    from_facts: tuple[str, ...] = ()
    ending: Ending = Ending.DAY
    meanwhile: Meanwhile = Meanwhile.KEPT
    at_once: tuple[str, ...] = ()
    basis: Basis | None = None
    is_published: bool = False
    is_history: bool = False
    sentence: Sentences = field(default_factory=dict)
    promises: Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class BlockerRule:
    """Something of the person that must end first: a record of ``record_class`` that lacks the fact ``until_fact`` (an open
    return has no ``closed_on``). While it lasts records of the classes in ``blocks`` stay as they are."""

    key: str
    record_class: str
    until_fact: str
    blocks: tuple[str, ...]
    sentence: Sentences = field(default_factory=dict)
    promises: Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class BackupSet:
    """Copies that an erasure cannot reach: how often they are made and how long the last one is kept."""

    key: str
    what: str
    every_days: int
    kept_days: int
    sentence: Sentences = field(default_factory=dict)
    promises: Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Promised:
    """A clock that the shop set itself: it runs beside the statute's, and the earlier one binds."""

    acknowledge: Period | None = None
    respond: Period | None = None
    promises: Promises = ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who hears the person next: an outside body; ``after`` is when (``not_acknowledged``, ``not_satisfied``)."""

    body: str = ""
    url: str = ""
    after: tuple[str, ...] = ("not_satisfied",)
    sentence: Sentences = field(default_factory=dict)
    promises: Promises = ()


@dataclass(frozen=True, slots=True)
class NoticeDuty:
    """Whom the shop tells, and where, of a policy change or a sale of the business."""

    placements: tuple[str, ...] = ()
    """``policy_page``, ``home_page``, ``email``, ``post``."""
    is_before: bool = False
    only_when_material: bool = False
    only_new_data: bool = False
    """The new terms hold only for what is collected after them (ML-18)."""
    promises: Promises = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """Who must agree before an answer goes out. ``cooling_off_days``: how long a person may still stop an erasure."""

    second_person: tuple[RightCode, ...] = ()
    typed_reference: tuple[RightCode, ...] = ()
    cooling_off_days: int = 0
    promises: Promises = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """Something the policy says that no record shows: cookies, what is not linked to a person, what is out of scope.

    ``contradicted_by``: record classes that must not hold anything about a person if it is true.
    """

    key: str
    title: str
    sentence: Sentences
    contradicted_by: tuple[str, ...] = ()
    promises: Promises = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """A promise that the app honours by itself, by a feature rather than a setting; ``feature`` names it."""

    feature: str
    promises: Promises
    line: int | None = None


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A promise of the list that this profile does not carry out, and why."""

    promise: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where in a file a promise is named."""

    promise: str
    place: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What the published page says of its own date; empty when it shows none (TL-19)."""

    revised_on: date | None = None
    promises: Promises = ()
