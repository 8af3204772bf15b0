"""Invented people for the real shops: enough of them, with letters of several languages, the same in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from faker import Faker

COUNTRIES = {"en_GB": "GB", "de_DE": "DE", "fr_FR": "FR", "es_ES": "ES", "pl_PL": "PL"}
WISHES = (
    "Please leave the parcel with the neighbour, I am home after six.",
    "Für meine Frau, bitte als Geschenk verpacken. Danke!",
    "The ring is a little tight, can you make it one size larger?",
    "Je voudrais une gravure: pour toujours.",
    "Call me before you send it, the bell does not work.",
)
ENGRAVINGS = ("For ever", "L + M 2019", "In Liebe", "Toujours", "Te quiero")
OPINIONS = ("Beautiful work and a kind answer to my letter.", "Came late, but worth it.", "Schöner als auf dem Bild.")
PRODUCTS = ("Ring, gold", "Ear studs, silver", "Pendant, moonstone", "Bracelet, copper", "Brooch, enamel")
BEGAN = datetime(2021, 1, 4, 9, 0)


@dataclass(frozen=True, slots=True)
class Somebody:
    """One invented person. ``number`` counts from 1."""

    number: int
    first: str
    last: str
    title: str
    gender: str
    login: str
    email: str
    phone: str
    street: str
    city: str
    postcode: str
    country: str
    company: str
    born: date
    ip: str
    agent: str
    iban: str
    token: str
    secret: str
    wish: str
    engraving: str
    opinion: str
    at: datetime

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


def crowd(count: int = 60) -> list[Somebody]:
    """So many people."""
    return list(_invented(count))


def _invented(count: int) -> Iterator[Somebody]:
    locales = {name: Faker(name) for name in COUNTRIES}
    for number, fake in enumerate(locales.values()):
        fake.seed_instance(1000 + number)
    dice = random.Random(7)
    for number in range(1, count + 1):
        locale, fake = list(locales.items())[number % len(locales)]
        woman = number % 2 == 0
        first = fake.first_name_female() if woman else fake.first_name_male()
        login = f"{fake.domain_word()}{number}"
        yield Somebody(
            number=number,
            first=first,
            last=fake.last_name(),
            title="Mrs" if woman else "Mr",
            gender="f" if woman else "m",
            login=login,
            email=f"{login}@{fake.free_email_domain()}",
            phone=fake.phone_number(),
            street=fake.street_address().replace("\n", ", "),
            city=fake.city(),
            postcode=fake.postcode(),
            country=COUNTRIES[locale],
            company=fake.company() if number % 6 == 0 else "",
            born=fake.date_of_birth(minimum_age=18, maximum_age=85),
            ip=fake.ipv6() if number % 5 == 0 else fake.ipv4_public(),
            agent=fake.user_agent(),
            iban=fake.iban(),
            token=f"{dice.getrandbits(128):032x}",
            secret=f"$2y$10${''.join(dice.choices('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./', k=53))}",
            wish=dice.choice(WISHES),
            engraving=dice.choice(ENGRAVINGS),
            opinion=dice.choice(OPINIONS),
            at=fake.date_time_between(BEGAN, datetime(2026, 1, 4)),
        )
