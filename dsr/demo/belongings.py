"""What hangs on an account: repairs, appraisals, cards, wishes, and what the shop knows beyond what it was told."""

from __future__ import annotations

import struct
import zlib
from datetime import timedelta
from decimal import Decimal
from random import Random

from dsr.demo import rows, words
from dsr.demo.lives import Life
from dsr.demo.teller import Teller, draw_ip


def tell_belongings(teller: Teller, life: Life, account: rows.Account) -> None:
    """Pieces at the bench, cards kept, wishes."""
    for _ in range(life.repairs):
        _tell_repair(teller, account.owner, life.joined_days_ago)
    for _ in range(life.appraisals):
        _tell_appraisal(teller, account.owner, life.joined_days_ago)
    for _ in range(life.cards):
        _tell_card(teller, account, life.joined_days_ago)
    for _ in range(life.wishes):
        _tell_wish(teller, account.owner, life.joined_days_ago)


def _tell_repair(teller: Teller, owner: rows.Owner, joined: int) -> None:
    rng, days = teller.rng, teller.since(joined)
    teller.world.repairs.append(
        rows.Repair(
            id=len(teller.world.repairs) + 1,
            owner=owner,
            item=rng.choice(words.PIECES)[0],
            problem=rng.choice(words.REPAIR_PROBLEMS),
            engraving=rng.choice(words.ENGRAVINGS) if rng.random() < 0.3 else None,
            received_on=teller.day(days),
            returned_on=None if days < 12 else teller.day(days - 9),
            price=teller.amount(15, 240),
            goldsmith=rng.choice(words.STAFF),
            remark=rng.choice(words.STAFF_NOTES) if rng.random() < 0.2 else None,
        )
    )


def _tell_appraisal(teller: Teller, owner: rows.Owner, joined: int) -> None:
    rng = teller.rng
    teller.world.appraisals.append(
        rows.Appraisal(
            id=len(teller.world.appraisals) + 1,
            owner=owner,
            item=rng.choice(words.PIECES)[0],
            value=teller.amount(200, 19_000),
            appraised_on=teller.day(teller.since(joined)),
            appraiser=rng.choice(words.STAFF),
            photo=_thumbnail(rng),
        )
    )


def _tell_card(teller: Teller, account: rows.Account, joined: int) -> None:
    rng = teller.rng
    teller.world.cards.append(
        rows.SavedCard(
            id=len(teller.world.cards) + 1,
            owner=account.owner,
            token=f"tok_{rng.getrandbits(96):024x}",
            brand=rng.choice(("Visa", "Amex", "Mastercard")),
            last_four=f"{rng.randrange(10_000):04}",
            holder=account.name,
            expires=f"{rng.randint(1, 12):02}/{teller.today.year % 100 + rng.randint(-2, 4):02}",
            allowed_at=teller.moment(teller.since(joined)),
        )
    )


def _tell_wish(teller: Teller, owner: rows.Owner, joined: int) -> None:
    rng, number = teller.rng, len(teller.world.wishes) + 1
    teller.world.wishes.append(
        rows.Wish(
            id=number,
            owner=owner,
            product=teller.product(number + 3),
            added_at=teller.moment(teller.since(joined)),
            is_public=rng.random() < 0.2,
            note=rng.choice(words.CUSTOMER_NOTES) if rng.random() < 0.1 else None,
        )
    )


def tell_knowledge(teller: Teller, life: Life, owner: rows.Owner) -> None:
    """Bought-in facts, the profile, visits, staff notes."""
    rng, world, joined = teller.rng, teller.world, life.joined_days_ago
    for _ in range(life.bought_facts):
        _tell_bought_fact(teller, owner, joined)
    if life.has_profile:
        _tell_profile(teller, owner, joined)
    if teller.keeps_events:
        _tell_visits(teller, owner, life.events)
    for _ in range(life.notes):
        note, author, at = rng.choice(words.STAFF_NOTES), rng.choice(words.STAFF), teller.moment(teller.since(joined))
        world.staff_notes.append(rows.StaffNote(len(world.staff_notes) + 1, owner, author, at, note))


def _tell_bought_fact(teller: Teller, owner: rows.Owner, joined: int) -> None:
    rng = teller.rng
    teller.world.bought_facts.append(
        rows.BoughtFact(
            id=len(teller.world.bought_facts) + 1,
            owner=owner,
            vendor=rng.choice(words.VENDORS),
            affiliate=rng.choice(words.AFFILIATES),
            segment=rng.choice(words.SEGMENTS),
            income_band=rng.choice(words.INCOME_BANDS),
            detail=rng.choice(words.PIECES)[0],
            amount=teller.amount(10, 3000),
            obtained_on=teller.day(teller.since(joined)),
        )
    )


def _tell_profile(teller: Teller, owner: rows.Owner, joined: int) -> None:
    rng = teller.rng
    # A number beyond 2**53, as shops' JSON holds; a copy must not round it.
    traits = {
        "metal": rng.choice(words.METALS),
        "ring_size": rng.randint(8, 24) / 2,
        "seen": 2**53 + rng.randrange(999),
    }
    teller.world.profiles.append(
        rows.Profile(
            id=len(teller.world.profiles) + 1,
            owner=owner,
            segment=rng.choice(words.SEGMENTS),
            score=Decimal(rng.randrange(100_000)) / 100_000,
            traits=traits,
            computed_at=teller.moment(teller.since(joined)),
        )
    )


def _tell_visits(teller: Teller, owner: rows.Owner, events: int) -> None:
    """Pages looked at, in sittings from one address with one browser, within the last two years."""
    rng, log, left = teller.rng, teller.world.events, events
    while left > 0:
        at, ip, agent = teller.moment(rng.randint(2, 730)), draw_ip(rng), rng.choice(words.AGENTS)
        for _ in range(min(left, rng.randint(3, 25))):
            url = _draw_url(rng)
            at += timedelta(seconds=rng.randint(2, 240))
            kind = "search" if url.startswith("/search") else "view"
            referrer = "https://search.example/" if rng.random() < 0.1 else None
            log.append(rows.Event(len(log) + 1, owner, at, kind, url, referrer, ip, agent))
            left -= 1


def _draw_url(rng: Random) -> str:
    page = rng.choice(words.PAGES)
    if page.endswith("="):
        return page + rng.choice(words.SEARCHES)
    return f"{page}{rng.randint(1, 90)}" if page == "/product/" else page


def _thumbnail(rng: Random) -> bytes:
    """A real 8 by 8 PNG of one colour, so that a copy's bytes can be opened."""
    pixel = bytes(rng.randrange(256) for _ in range(3))
    raw = (b"\x00" + pixel * 8) * 8

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
