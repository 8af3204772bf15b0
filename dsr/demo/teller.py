"""Who tells the lives of one shop: the day it is, the dice, the products, and the rows so far."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from dsr.demo import rows, words
from dsr.demo.lives import Home


class Teller:
    """Tells one life after the other into a world. Days count back from ``today``; nothing reads the clock."""

    def __init__(self, rng: Random, prefix: str, today: date, keeps_events: bool) -> None:
        self.rng, self.prefix, self.today, self.keeps_events = rng, prefix, today, keeps_events
        self.world = rows.World()
        self.households: dict[str, rows.Address] = {}

    def moment(self, days_ago: float) -> datetime:
        """Some second of that day, in UTC."""
        start = datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)
        return start - timedelta(days=int(days_ago), seconds=-self.rng.randrange(86_400))

    def day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)

    def since(self, days_ago: int) -> int:
        """A day between that one and yesterday, in days ago."""
        return self.rng.randint(1, max(days_ago, 1))

    def stock(self) -> None:
        """The shop's products; every person's products come from here in turn."""
        for metal in words.METALS:
            for piece, price in words.PIECES:
                number = len(self.world.products) + 1
                extra = Decimal(self.rng.randrange(0, 9000)) / 100
                product = rows.Product(
                    number, f"{self.prefix}{number:04}", f"{piece}, {metal}", metal, Decimal(price) + extra
                )
                self.world.products.append(product)

    def add_address(self, name: str, home: Home) -> rows.Address:
        """A row among the shop's addresses; a place that is only typed into some form has id 0 and no row."""
        address = rows.Address(len(self.world.addresses) + 1, name, *home)
        self.world.addresses.append(address)
        return address

    def product(self, number: int) -> rows.Product:
        """Products go round in turn (7 is prime to their number), so that a person's lines name different ones."""
        return self.world.products[number * 7 % len(self.world.products)]


def draw_ip(rng: Random) -> str:
    """An address of a documentation range (RFC 5737)."""
    return f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randrange(1, 255)}"
