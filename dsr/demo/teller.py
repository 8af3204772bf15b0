"""Who tells the lives of one shop: the day it is, the dice, the products, and the rows so far."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from dsr.demo import rows, words
from dsr.demo.holdings import World


class Teller:
    """Holds what every part of the telling needs. Days count back from ``today``; nothing reads the clock."""

    def __init__(self, rng: Random, prefix: str, today: date, *, keeps_events: bool) -> None:
        self.rng = rng
        self.prefix = prefix
        self.today = today
        self.keeps_events = keeps_events
        self.world = World()
        self.households: dict[str, rows.Address] = {}
        self._midnight = datetime.combine(today, time(), UTC)

    def moment(self, days_ago: int) -> datetime:
        """Some second of that day, in UTC."""
        return self._midnight + timedelta(days=-days_ago, seconds=self.rng.randrange(86_400))

    def day(self, days_ago: int) -> date:
        """The date of that day."""
        return self.today - timedelta(days=days_ago)

    def since(self, days_ago: int) -> int:
        """A day between that one and yesterday, in days ago."""
        return self.rng.randint(1, max(days_ago, 1))

    def amount(self, lowest: int, highest: int) -> Decimal:
        """Some money between two whole sums."""
        return Decimal(self.rng.randrange(lowest * 100, highest * 100)) / 100

    def stock(self) -> None:
        """The shop's products; every person's products come from here in turn."""
        for metal in words.METALS:
            for piece, price in words.PIECES:
                number = len(self.world.products) + 1
                name, sku = f"{piece}, {metal}", f"{self.prefix}{number:04}"
                self.world.products.append(rows.Product(number, sku, name, metal, Decimal(price) + self.amount(0, 90)))

    def product(self, number: int) -> rows.Product:
        """Products go round in turn (7 is prime to their number), so that a person's lines name different ones."""
        return self.world.products[number * 7 % len(self.world.products)]


def draw_ip(rng: Random) -> str:
    """An address of a documentation range (RFC 5737)."""
    return f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randrange(1, 255)}"
