"""Whatever is done to a ledger, in whatever order, it holds what a plain list would hold."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from dsr.ledger import Ledger, New
from tests.ledger.buckets import Objects
from tests.ledger.conftest import AT, opened, sign

FIRST_DAY = date(2026, 4, 1)


@dataclass
class Course:
    """A ledger that is appended to, shortened, torn and opened anew; beside it a list that says what must be in it."""

    folder: Path | Objects
    dice: random.Random
    today: date = FIRST_DAY
    dropped: int = 0
    wanted: list[New] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger: Ledger = opened(self.folder)

    def append(self) -> None:
        new = [self._entry() for _ in range(self.dice.choice([1, 1, 1, 2, 5]))]
        first = self.dropped + len(self.wanted) + 1
        assert self.ledger.append_many(new, known=first - 1) == list(range(first, first + len(new)))
        self.wanted += new

    def expire(self) -> None:
        self.today += timedelta(days=self.dice.randrange(10))
        going = next((n for n, each in enumerate(self.wanted) if each.expires_on >= self.today), len(self.wanted))
        assert self.ledger.expire(self.today, sign) == going
        self.dropped, self.wanted = self.dropped + going, self.wanted[going:]

    def tear(self) -> None:
        """A disk loses the end of the last file; once only, because a torn file before the last is tampering. No bucket does."""
        if isinstance(self.folder, Path) and self.wanted and not opened(self.folder).verify().torn_last:
            path = self.folder / f"{self.dropped + len(self.wanted):08d}.json"
            content = path.read_bytes()
            path.write_bytes(content[: self.dice.randrange(len(content))])
            self.wanted.pop()

    def open_anew(self) -> None:
        self.ledger = opened(self.folder, version=self.dice.choice("12"))

    def compare(self) -> None:
        after = self.dice.randrange(self.dropped + len(self.wanted) + 2)
        numbered = list(enumerate(self.wanted, self.dropped + 1))
        found = [(entry.number, entry.shop, entry.body, entry.expires_on) for entry in self.ledger.entries(after=after)]
        assert found == [(n, each.shop, each.body, each.expires_on) for n, each in numbered if n > after]
        assert self.ledger.length() == opened(self.folder).length() == self.dropped + len(self.wanted)
        assert opened(self.folder).verify().segments == len(self.wanted)
        shop = self.dice.choice(["ada", "bob"])
        assert len(list(self.ledger.entries(shop))) == sum(each.shop == shop for each in self.wanted)

    def _entry(self) -> New:
        last_day = self.today + timedelta(days=self.dice.randrange(10))
        return New(self.dice.choice(["ada", "bob"]), self.dice.randbytes(self.dice.randrange(60)), AT, last_day)


@pytest.mark.parametrize("seed", range(6))
def test_a_ledger_holds_what_a_list_would_hold(folder: Path, seed: int) -> None:
    assert walk(Course(folder, random.Random(seed))).dropped > 0


@pytest.mark.parametrize("seed", range(2))
def test_a_ledger_in_a_bucket_holds_what_a_list_would_hold(place: str, seed: int) -> None:
    assert walk(Course(Objects(place), random.Random(seed))).dropped > 0


def walk(course: Course) -> Course:
    steps = [course.append] * 4 + [course.expire] * 2 + [course.tear, course.open_anew]
    for _ in range(40):
        course.dice.choice(steps)()
        course.compare()
    return course
