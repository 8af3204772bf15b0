"""What somebody did at a shop, in numbers; drawn at random here, written by hand for the named people.

A life says *how much*: three orders, one of them as a guest. ``world.py`` turns it into rows. Both kinds of people go
through the same door, so that a named person's rows look like everybody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from dsr.demo import words

OLDEST_ORDER_DAYS = 12 * 365 + 3
"""Orders reach back twelve years (with their leap days)."""


class Home(NamedTuple):
    street: str
    unit: str | None
    city: str
    region: str
    postcode: str
    country: str


@dataclass(frozen=True, slots=True)
class Friend:
    """Somebody else whom a customer named: the recipient of a gift or a referred friend. ``home`` None draws one."""

    name: str
    email: str | None
    phone: str | None = None
    home: Home | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order. ``email`` is what was typed at the checkout (None: the person's own); a guest has no account on it;
    ``paid_by`` empty draws one."""

    days_ago: int
    lines: int = 1
    email: str | None = None
    as_guest: bool = False
    gift_to: Friend | None = None
    is_returned: bool = False
    engraving: str | None = None
    paid_by: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """One person at one shop. ``household``: who has the same non-empty word lives at the first one's address row.

    ``newsletter`` is the mailbox in the newsletter service, if any; ``newsletter_knows_number`` puts the customer
    number beside it. ``sms_messages`` None means no subscription. ``strange_calls`` are those that nobody tied to the
    account. Counts are rows.
    """

    first: str
    last: str
    email: str
    phone: str | None
    home: Home
    has_account: bool = True
    former_email: str | None = None
    household: str = ""
    language: str = "en"
    joined_days_ago: int = 400
    purchases: tuple[Purchase, ...] = ()
    friends: tuple[Friend, ...] = ()
    repairs: int = 0
    appraisals: int = 0
    cards: int = 0
    wishes: int = 0
    reviews: int = 0
    testimonials: int = 0
    contests: int = 0
    bought_facts: int = 0
    has_profile: bool = False
    events: int = 0
    sms_messages: int | None = None
    calls: int = 0
    strange_calls: int = 0
    on_catalogue: bool = False
    notes: int = 0
    newsletter: str | None = None
    newsletter_knows_number: bool = False
    newsletter_issues: int = 0
    newsletter_clicks: int = 0
    applications: int = 0
    survey_answers: int = 0

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def draw_lives(rng: Random, count: int) -> Iterator[Life]:
    """``count`` people as a small shop meets them: most buy once or never, a few come back for years."""
    cultures = [culture for culture in words.CULTURES for _ in range(culture.weight)]
    previous: Life | None = None
    for number in range(count):
        life = _draw_person(rng, rng.choice(cultures), number)
        if previous and previous.has_account and life.has_account and rng.random() < 0.05:
            previous = replace(previous, household=f"h{number}") if not previous.household else previous
            life = replace(life, last=previous.last, home=previous.home, household=previous.household)
        if previous:
            yield previous
        previous = _live(rng, life)
    if previous:
        yield previous


def draw_friend(rng: Random, number: int) -> Friend:
    """Somebody who is named by a customer; one in four left no mail address."""
    life = _draw_person(rng, rng.choice(words.CULTURES[:6]), number)
    return Friend(life.name, None if rng.random() < 0.25 else f"friend.{life.email}", life.phone, life.home)


def draw_home(rng: Random) -> tuple[Home, str | None]:
    """An address and a fictional phone number of that place, in one of the spellings people use."""
    if rng.random() < 0.07:
        return _draw_european(rng)
    city, region, postcode, area = rng.choice(words.US_PLACES)
    unit = f"Apt {rng.randint(1, 40)}" if rng.random() < 0.3 else None
    home = Home(f"{rng.randint(1, 9899)} {rng.choice(words.STREETS)}", unit, city, region, postcode, "US")
    line = f"01{rng.randint(10, 99)}"
    spelling = rng.choice(("({a}) 555-{l}", "+1{a}555{l}", "{a}.555.{l}", "{a}-555-{l}", "1 {a} 555 {l}"))
    return home, spelling.format(a=area, l=line) if rng.random() < 0.85 else None


def _draw_european(rng: Random) -> tuple[Home, str]:
    city, region, postcode, country = rng.choice(words.EU_PLACES)
    number, street = rng.randint(1, 180), rng.choice(words.EU_STREETS[country])
    home = Home(
        f"{street} {number}" if country == "DE" else f"{number} {street}", None, city, region, postcode, country
    )
    phone = {
        "GB": f"+44 7700 900{rng.randint(0, 999):03}",
        "DE": f"+49 30 23125 {rng.randint(0, 999):03}",
        "FR": f"+33 1 99 00 {rng.randint(0, 99):02} {rng.randint(0, 99):02}",
    }
    return home, phone[country]


def _draw_person(rng: Random, culture: words.Culture, number: int) -> Life:
    (first, first_mail), (last, last_mail) = rng.choice(culture.first), rng.choice(culture.last)
    local = rng.choice((f"{first_mail}.{last_mail}", f"{first_mail}{last_mail}", f"{last_mail}+{first_mail}"))
    email = f"{local}{number}@{rng.choice(words.MAIL_DOMAINS)}"
    home, phone = draw_home(rng)
    return Life(
        first,
        last,
        other_case(rng, email) if rng.random() < 0.08 else email,
        phone,
        home,
        has_account=rng.random() < 0.78,
        former_email=f"{local}.{number}@old.example" if rng.random() < 0.07 else None,
        language=rng.choice(("en",) * 8 + ("es", "zh", "ar", "de")),
        joined_days_ago=_days_ago(rng),
    )


def other_case(rng: Random, email: str) -> str:
    """The same mailbox as people spell it on another day."""
    local, _, domain = email.partition("@")
    return rng.choice((email.upper(), f"{local.title()}@{domain}", f"{local}@{domain.capitalize()}"))


def _days_ago(rng: Random) -> int:
    """From twelve years ago to yesterday, the recent years more often."""
    return 1 + int((OLDEST_ORDER_DAYS - 1) * rng.random() ** 2)


def _live(rng: Random, life: Life) -> Life:
    """Fill a drawn person's years; what needs an account stays empty without one."""
    life = _draw_contacts(rng, replace(life, purchases=tuple(_draw_purchases(rng, life))))
    if not life.has_account:
        return life
    bought = len(life.purchases)
    return replace(
        life,
        joined_days_ago=max([life.joined_days_ago] + [purchase.days_ago for purchase in life.purchases]),
        friends=tuple(draw_friend(rng, rng.randrange(10**6)) for _ in range(_few(rng, 0.06))),
        repairs=_few(rng, 0.03 + 0.04 * min(bought, 5)),
        appraisals=_few(rng, 0.02 + 0.02 * min(bought, 5)),
        cards=_few(rng, 0.3 if bought else 0.02),
        wishes=_few(rng, 0.35),
        bought_facts=_few(rng, 0.2),
        has_profile=rng.random() < 0.45,
        events=int(rng.expovariate(1 / 14)),
        notes=_few(rng, 0.08),
    )


def _draw_contacts(rng: Random, life: Life) -> Life:
    """What needs no account: newsletter, text messages, reviews, contests, calls."""
    newsletter = None
    if rng.random() < 0.4:
        newsletter = life.former_email if life.former_email and rng.random() < 0.5 else life.email
    return replace(
        life,
        reviews=_few(rng, 0.12 if life.purchases else 0.03),
        testimonials=int(rng.random() < 0.02),
        contests=_few(rng, 0.07),
        sms_messages=int(rng.expovariate(0.25)) if life.phone and rng.random() < 0.12 else None,
        calls=_few(rng, 0.06) if life.phone else 0,
        strange_calls=_few(rng, 0.04) if life.phone else 0,
        on_catalogue=rng.random() < 0.2,
        newsletter=newsletter,
        newsletter_knows_number=life.has_account and rng.random() < 0.4,
        newsletter_issues=rng.randint(0, 6) if newsletter else 0,
        newsletter_clicks=rng.randint(0, 2) if newsletter else 0,
        applications=int(rng.random() < 0.01),
        survey_answers=_few(rng, 0.05),
    )


def _few(rng: Random, chance: float) -> int:
    """0 mostly, 1 with ``chance``, and again for each further one (at most 6)."""
    number = 0
    while number < 6 and rng.random() < chance:
        number += 1
    return number


def _draw_purchases(rng: Random, life: Life) -> Iterator[Purchase]:
    if life.has_account:
        number = rng.choices((0, 1, 2, 3, rng.randint(4, 8), rng.randint(9, 20), 40), (30, 31, 18, 12, 6, 2, 0.4))[0]
    else:
        number = rng.choices((0, 1, 2), (25, 65, 10))[0]
    for _ in range(number):
        as_guest = not life.has_account or rng.random() < 0.06
        yield Purchase(
            _days_ago(rng),
            lines=rng.choices((1, 2, 3, rng.randint(4, 9)), (62, 24, 10, 4))[0],
            email=_typed_email(rng, life) if as_guest else None,
            as_guest=as_guest,
            gift_to=draw_friend(rng, rng.randrange(10**6)) if rng.random() < 0.09 else None,
            is_returned=rng.random() < 0.07,
            engraving=rng.choice(words.ENGRAVINGS) if rng.random() < 0.12 else None,
        )


def _typed_email(rng: Random, life: Life) -> str:
    """What a guest types: mostly the usual address, sometimes in other letters, sometimes the old one."""
    if life.former_email and rng.random() < 0.4:
        return life.former_email
    return other_case(rng, life.email) if rng.random() < 0.25 else life.email


def with_known_recipients(rng: Random, lives: Sequence[Life]) -> list[Life]:
    """Let three in ten gifts go to somebody who is a customer too, as in any town."""
    result = list(lives)
    for place, life in enumerate(result):
        for index, purchase in enumerate(life.purchases):
            if purchase.gift_to and rng.random() < 0.3:
                other = lives[rng.randrange(len(lives))]
                friend = Friend(other.name, other.email, other.phone, other.home)
                purchases = list(result[place].purchases)
                purchases[index] = replace(purchase, gift_to=friend)
                result[place] = replace(result[place], purchases=tuple(purchases))
    return result
