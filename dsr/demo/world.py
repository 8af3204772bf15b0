"""Turn lives into rows: the same rows for the same shop, number of people and day, whatever machine runs it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from dsr.demo import rows, words
from dsr.demo.lives import Friend, Life, draw_friend, draw_lives, with_known_recipients
from dsr.demo.purchases import tell_purchase
from dsr.demo.teller import Teller, draw_ip


def build_world(
    slug: str, prefix: str, people: int, today: date, named: Iterable[Life], keeps_events: bool
) -> rows.World:
    """All rows of one shop: first the named people, whose rows depend on nobody else, then ``people`` drawn ones."""
    teller = Teller(Random(f"named {slug}"), prefix, today, keeps_events)
    teller.stock()
    for life in named:
        tell(teller, life)
    teller.rng = Random(f"drawn {slug}")
    for life in with_known_recipients(teller.rng, list(draw_lives(teller.rng, people))):
        tell(teller, life)
    return teller.world


def tell(teller: Teller, life: Life) -> None:
    """Write one life down, the account first since everything else may point at it."""
    home = home_of(teller, life)
    account = tell_account(teller, life, home) if life.has_account else None
    for purchase in life.purchases:
        tell_purchase(teller, life, account, home, purchase)
    if account:
        tell_belongings(teller, life, account)
        tell_knowledge(teller, life, account)
    tell_words(teller, life, account)
    tell_contacts(teller, life, account, home)


def home_of(teller: Teller, life: Life) -> rows.Address:
    if life.household in teller.households:
        return teller.households[life.household]
    if not (life.has_account or life.purchases):
        return rows.Address(0, life.name, *life.home)
    address = teller.add_address(life.name, life.home)
    if life.household:
        teller.households[life.household] = address
    return address


def tell_account(teller: Teller, life: Life, home: rows.Address) -> rows.Account:
    rng, number = teller.rng, len(teller.world.accounts) + 1
    joined = max([life.joined_days_ago] + [purchase.days_ago for purchase in life.purchases])
    account = rows.Account(
        id=number,
        number=f"{teller.prefix}-{10_000 + number}",
        email=life.email,
        former_email=life.former_email,
        first=life.first,
        last=life.last,
        phone=life.phone,
        password_hash=f"pbkdf2_sha256$720000${rng.getrandbits(64):016x}${rng.getrandbits(256):064x}",
        tax_number=f"000-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}" if rng.random() < 0.08 else None,
        birthday=date(rng.randint(1938, 2004), rng.randint(1, 12), rng.randint(1, 28)) if rng.random() < 0.4 else None,
        gender=rng.choice(words.GENDERS) if rng.random() < 0.5 else None,
        occupation=rng.choice(words.OCCUPATIONS) if rng.random() < 0.3 else None,
        language=life.language,
        address_id=home.id,
        address=home,
        created_at=teller.moment(joined),
        seen_at=teller.moment(teller.since(joined)),
        wants_email=life.newsletter is not None,
        wants_post=life.on_catalogue,
        wants_calls=rng.random() < 0.3,
        remark=rng.choice(words.STAFF_NOTES) if rng.random() < 0.06 else None,
    )
    teller.world.accounts.append(account)
    return account


def tell_belongings(teller: Teller, life: Life, account: rows.Account) -> None:
    """Repairs, appraisals, saved cards, wishes."""
    rng, world, joined = teller.rng, teller.world, life.joined_days_ago
    for _ in range(life.repairs):
        days, item = teller.since(joined), rng.choice(words.PIECES)[0]
        back = None if days < 12 else teller.day(days - 9)
        mark = rng.choice(words.ENGRAVINGS) if rng.random() < 0.3 else None
        remark = rng.choice(words.STAFF_NOTES) if rng.random() < 0.2 else None
        price, smith = Decimal(rng.randrange(1500, 24_000)) / 100, rng.choice(words.STAFF)
        problem = rng.choice(words.REPAIR_PROBLEMS)
        world.repairs.append(
            rows.Repair(
                len(world.repairs) + 1, account.id, item, problem, mark, teller.day(days), back, price, smith, remark
            )
        )
    for _ in range(life.appraisals):
        value, on = Decimal(rng.randrange(20_000, 1_900_000)) / 100, teller.day(teller.since(joined))
        item, smith, photo = rng.choice(words.PIECES)[0], rng.choice(words.STAFF), _thumbnail(rng)
        world.appraisals.append(rows.Appraisal(len(world.appraisals) + 1, account.id, item, value, on, smith, photo))
    for _ in range(life.cards):
        expires = f"{rng.randint(1, 12):02}/{teller.today.year % 100 + rng.randint(-2, 4):02}"
        token, brand, four = (
            f"tok_{rng.getrandbits(96):024x}",
            rng.choice(("Visa", "Amex")),
            f"{rng.randrange(10_000):04}",
        )
        allowed, holder = teller.moment(teller.since(joined)), f"{account.first} {account.last}"
        world.cards.append(
            rows.SavedCard(len(world.cards) + 1, account.id, token, brand, four, holder, expires, allowed)
        )
    for _ in range(life.wishes):
        number, added = len(world.wishes) + 1, teller.moment(teller.since(joined))
        note = rng.choice(words.CUSTOMER_NOTES) if rng.random() < 0.1 else None
        product = teller.product(number + 3)
        world.wishes.append(rows.Wish(number, account.id, product.id, added, rng.random() < 0.2, note))


def tell_knowledge(teller: Teller, life: Life, account: rows.Account) -> None:
    """What the shop knows beyond what the person told: bought-in facts, a profile, visited pages, staff notes."""
    rng, world, joined = teller.rng, teller.world, life.joined_days_ago
    for _ in range(life.bought_facts):
        vendor, segment = rng.choice(words.VENDORS + words.AFFILIATES), rng.choice(words.SEGMENTS)
        band, detail = rng.choice(words.INCOME_BANDS), rng.choice(words.PIECES)[0]
        amount, on = Decimal(rng.randrange(1000, 300_000)) / 100, teller.day(teller.since(joined))
        number = len(world.bought_facts) + 1
        world.bought_facts.append(rows.BoughtFact(number, account.id, vendor, segment, band, detail, amount, on))
    if life.has_profile:
        traits = {
            "metal": rng.choice(words.METALS),
            "ring_size": rng.randint(8, 24) / 2,
            "buys_for": rng.choice(words.SEGMENTS),
        }
        score, at = Decimal(rng.randrange(0, 100_000)) / 100_000, teller.moment(teller.since(joined))
        segment = rng.choice(words.SEGMENTS)
        world.profiles.append(rows.Profile(len(world.profiles) + 1, account.id, segment, score, traits, at))
    if teller.keeps_events:
        tell_visits(teller, account, life.events)
    for _ in range(life.notes):
        note, author = rng.choice(words.STAFF_NOTES), rng.choice(words.STAFF)
        at = teller.moment(teller.since(joined))
        world.staff_notes.append(rows.StaffNote(len(world.staff_notes) + 1, account.id, author, at, note))


def tell_visits(teller: Teller, account: rows.Account, events: int) -> None:
    """Pages looked at, in sittings from one address with one browser, within the last two years."""
    rng, log = teller.rng, teller.world.events
    left = events
    while left > 0:
        at, ip, agent = teller.moment(rng.randint(1, 730)), draw_ip(rng), rng.choice(words.AGENTS)
        for _ in range(min(left, rng.randint(3, 25))):
            page = rng.choice(words.PAGES)
            kind = "search" if page.endswith("=") else "view"
            tail = (
                rng.choice(words.SEARCHES)
                if kind == "search"
                else f"{rng.randint(1, 90)}"
                if page == "/product/"
                else ""
            )
            at += timedelta(seconds=rng.randint(2, 240))
            referrer = "https://search.example/" if rng.random() < 0.1 else None
            log.append(rows.Event(len(log) + 1, account.id, at, kind, page + tail, referrer, ip, agent))
            left -= 1


def tell_words(teller: Teller, life: Life, account: rows.Account | None) -> None:
    """What the person wrote: reviews, testimonials, contest answers, survey answers, applications, referrals."""
    rng, world, joined = teller.rng, teller.world, life.joined_days_ago
    owner = account.id if account else None
    shown = f"{life.first} {life.last[:1]}."
    for _ in range(life.reviews):
        number, (title, body) = len(world.reviews) + 1, rng.choice(words.REVIEWS)
        product, stars, at = teller.product(number + 5), rng.randint(1, 5), teller.moment(teller.since(joined))
        world.reviews.append(rows.Review(number, owner, life.email, shown, product.id, stars, title, body, at))
    for _ in range(life.testimonials):
        at, body, agreed = teller.moment(teller.since(joined)), rng.choice(words.TESTIMONIALS), rng.random() < 0.8
        consent = at if agreed else None
        world.testimonials.append(
            rows.Testimonial(len(world.testimonials) + 1, owner, life.email, life.name, body, at, consent, agreed)
        )
    for friend in life.friends:
        tell_referral(teller, friend, account, joined)
    for _ in range(life.survey_answers):
        question, answer = rng.choice(words.SURVEY_QUESTIONS), rng.choice(words.SURVEY_ANSWERS)
        at = teller.moment(teller.since(joined))
        world.survey_answers.append(rows.SurveyAnswer(len(world.survey_answers) + 1, life.email, question, answer, at))
    for _ in range(life.applications):
        job, referee = rng.choice(words.JOBS), draw_friend(rng, rng.randrange(10**6)).name
        at, letter = (
            teller.moment(teller.since(min(joined, 900))),
            "I have worked with gold since school.\nYours, " + life.first,
        )
        number = len(world.applications) + 1
        world.applications.append(
            rows.JobApplication(number, life.email, life.name, life.phone, job, letter, referee, at)
        )


def tell_referral(teller: Teller, friend: Friend, account: rows.Account | None, joined: int) -> None:
    if account is None or friend.email is None:
        return
    sent = teller.moment(teller.since(joined))
    followed = sent + timedelta(days=1) if teller.rng.random() < 0.3 and sent < teller.moment(3) else None
    message = teller.rng.choice(("You must see their opals.", "Thought of you!", "10 % off for both of us :)"))
    number = len(teller.world.referrals) + 1
    referral = rows.Referral(number, account.id, friend.name, friend.email, message, sent, followed)
    teller.world.referrals.append(referral)


def tell_contacts(teller: Teller, life: Life, account: rows.Account | None, home: rows.Address) -> None:
    """Contests, calls, text messages, catalogue, newsletter."""
    rng, world, joined = teller.rng, teller.world, life.joined_days_ago
    owner = account.id if account else None
    for _ in range(life.contests):
        contest, sponsor = rng.choice(words.CONTESTS)
        answer, at = rng.choice(words.SURVEY_ANSWERS), teller.moment(teller.since(joined))
        number = len(world.contest_entries) + 1
        world.contest_entries.append(
            rows.ContestEntry(
                number, owner, life.email, life.name, life.phone, home.postcode, contest, sponsor, answer, at
            )
        )
    for call in range(life.calls + life.strange_calls if life.phone else 0):
        at, seconds, staff = teller.moment(teller.since(joined)), rng.randint(8, 1900), rng.choice(words.STAFF)
        linked = owner if call < life.calls else None
        number, summary = len(world.calls) + 1, rng.choice(words.SUMMARIES)
        world.calls.append(rows.Call(number, linked, life.phone or "", at, seconds, staff, summary))
    if life.on_catalogue:
        since = teller.day(teller.since(joined))
        number, until = len(world.catalogue) + 1, teller.day(1) if rng.random() < 0.1 else None
        world.catalogue.append(rows.CatalogueSubscription(number, owner, life.email, home, life.name, since, until))
    tell_messages(teller, life, owner)
    tell_newsletter(teller, life, account)


def tell_messages(teller: Teller, life: Life, owner: int | None) -> None:
    if life.sms_messages is None or life.phone is None:
        return
    rng, number = teller.rng, len(teller.world.sms_subscribers) + 1
    days = teller.since(min(life.joined_days_ago, 1200))
    wording = "Yes, text me offers. Msg & data rates may apply. Reply STOP to end."
    state = "stopped" if rng.random() < 0.15 else "active"
    teller.world.sms_subscribers.append(
        rows.SmsSubscriber(number, owner, life.phone, teller.moment(days), wording, state)
    )
    for _ in range(life.sms_messages):
        sent = teller.moment(teller.since(days))
        trigger = rng.choice(("cart left behind", "welcome", "sale", "back in stock"))
        read = sent + timedelta(minutes=rng.randint(1, 3000)) if rng.random() < 0.7 else None
        body = f"{teller.prefix}: {trigger}. Reply STOP to end."
        message = rows.SmsMessage(len(teller.world.sms_messages) + 1, number, sent, trigger, body, read)
        teller.world.sms_messages.append(message)


def tell_newsletter(teller: Teller, life: Life, account: rows.Account | None) -> None:
    if life.newsletter is None:
        return
    rng = teller.rng
    state = "unsubscribed" if rng.random() < 0.12 else "subscribed"
    at = teller.moment(teller.since(life.joined_days_ago))
    number = account.number if account and life.newsletter_knows_number else None
    wording = rng.choice(("Yes, send me news.", "Keep me posted about offers (checkout box)."))
    clicks = min(life.newsletter_clicks, life.newsletter_issues)
    teller.world.subscribers.append(
        rows.Subscriber(life.newsletter, life.name, number, state, at, wording, life.newsletter_issues, clicks)
    )


def _thumbnail(rng: Random) -> bytes:
    """A real 8 by 8 PNG of one colour, so that a copy's bytes can be opened."""
    pixel = bytes(rng.randrange(256) for _ in range(3))
    raw = (b"\x00" + pixel * 8) * 8

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
