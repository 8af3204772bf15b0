"""Turn lives into rows: the same rows for the same shop, number of people and day, whatever machine runs it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from random import Random

from dsr.demo import rows
from dsr.demo.belongings import tell_belongings, tell_knowledge
from dsr.demo.contacts import tell_contacts, tell_words
from dsr.demo.holdings import World
from dsr.demo.lives import Life, draw_lives, with_known_recipients
from dsr.demo.purchases import tell_purchase
from dsr.demo.teller import Teller
from dsr.demo.words import GENDERS, OCCUPATIONS, STAFF_NOTES


def build_world(
    slug: str, prefix: str, people: int, today: date, named: Iterable[Life], *, keeps_events: bool
) -> World:
    """All rows of one shop: first the named people, whose rows depend on nobody else, then ``people`` drawn ones."""
    teller = Teller(Random(f"named {slug}"), prefix, today, keeps_events=keeps_events)
    teller.stock()
    for life in named:
        tell(teller, life)
    teller.rng = Random(f"drawn {slug}")
    for life in with_known_recipients(teller.rng, list(draw_lives(teller.rng, people))):
        tell(teller, life)
    return teller.world


def tell(teller: Teller, life: Life) -> None:
    """Write one life down, the account first since everything else may point at it."""
    home = _home_of(teller, life)
    account = _tell_account(teller, life, home) if life.has_account else None
    owner = account.owner if account else rows.NOBODY
    for purchase in life.purchases:
        tell_purchase(teller, life, owner, home, purchase)
    if account:
        tell_belongings(teller, life, account)
        tell_knowledge(teller, life, owner)
    tell_words(teller, life, owner)
    tell_contacts(teller, life, owner, home)


def _home_of(teller: Teller, life: Life) -> rows.Address:
    """The row of the place where somebody lives; whoever has neither account nor order gets no row, only a place."""
    if life.household in teller.households:
        return teller.households[life.household]
    if not (life.has_account or life.purchases):
        return rows.Address(0, life.name, *life.home)
    address = rows.Address(len(teller.world.addresses) + 1, life.name, *life.home)
    teller.world.addresses.append(address)
    if life.household:
        teller.households[life.household] = address
    return address


def _tell_account(teller: Teller, life: Life, home: rows.Address) -> rows.Account:
    rng, number = teller.rng, len(teller.world.accounts) + 1
    birthday = date(rng.randint(1938, 2004), rng.randint(1, 12), rng.randint(1, 28))
    account = rows.Account(
        id=number,
        number=f"{teller.prefix}-{10_000 + number}",
        email=life.email,
        former_email=life.former_email,
        first=life.first,
        last=life.last,
        phone=life.phone,
        password_hash=f"pbkdf2_sha256$720000${rng.getrandbits(64):016x}${rng.getrandbits(256):064x}",
        reset_token=f"{rng.getrandbits(128):032x}" if rng.random() < 0.1 else None,
        # No social security number begins with 000.
        tax_number=f"000-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}" if rng.random() < 0.08 else None,
        birthday=birthday if rng.random() < 0.4 else None,
        gender=rng.choice(GENDERS) if rng.random() < 0.5 else None,
        occupation=rng.choice(OCCUPATIONS) if rng.random() < 0.3 else None,
        language=life.language,
        address=home,
        created_at=teller.moment(life.joined_days_ago),
        seen_at=teller.moment(teller.since(life.joined_days_ago)),
        wants_email=life.newsletter is not None,
        wants_post=life.on_catalogue,
        wants_calls=rng.random() < 0.3,
        remark=rng.choice(STAFF_NOTES) if rng.random() < 0.06 else None,
    )
    teller.world.accounts.append(account)
    return account
