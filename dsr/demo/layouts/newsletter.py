"""The newsletter service: one database for all five shops, told apart by a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dsr.demo.layouts.table import Row
from dsr.demo.rows import Subscriber

ISSUES = ("Spring colours", "Mother's Day", "Summer sale", "New watches", "Autumn gold", "Holiday gifts")
COLUMNS = {
    "issue": "issue_id shop subject sent_at",
    "subscriber": "subscriber_id shop email name customer_number state subscribed_at wording",
    "delivery": "subscriber_id issue_id shop sent_at",
    "click": "click_id subscriber_id shop url clicked_at",
}


@dataclass(frozen=True, slots=True)
class Mailing:
    """One shop's part of the service: its subscribers, and when its six issues went out."""

    shop: str
    first_issue: int
    sent_at: tuple[datetime, ...]
    subscribers: tuple[tuple[int, Subscriber], ...]


def mailings(subscribers: Mapping[str, list[Subscriber]], now: datetime) -> list[Mailing]:
    """Number subscribers and issues through all shops; an issue went out every thirty days."""
    result, number = [], 0
    sent_at = tuple(now - timedelta(days=30 * (len(ISSUES) - place)) for place in range(len(ISSUES)))
    for place, (shop, found) in enumerate(subscribers.items()):
        numbered = tuple((number + index + 1, subscriber) for index, subscriber in enumerate(found))
        result.append(Mailing(shop, place * len(ISSUES) + 1, sent_at, numbered))
        number += len(found)
    return result


def issue_rows(mailing: Mailing) -> Iterator[Row]:
    for place, subject in enumerate(ISSUES):
        yield mailing.first_issue + place, mailing.shop, subject, mailing.sent_at[place]


def subscriber_rows(mailing: Mailing) -> Iterator[Row]:
    for number, s in mailing.subscribers:
        yield number, mailing.shop, s.email, s.name, s.customer_number, s.state, s.subscribed_at, s.wording


def delivery_rows(mailing: Mailing) -> Iterator[Row]:
    """The newest issues reached everybody who has any."""
    for number, subscriber in mailing.subscribers:
        for place in range(len(ISSUES) - subscriber.issues, len(ISSUES)):
            yield number, mailing.first_issue + place, mailing.shop, mailing.sent_at[place]


def click_rows(mailing: Mailing) -> Iterator[Row]:
    """A click has a number of its own, made of the subscriber's."""
    for number, subscriber in mailing.subscribers:
        for place in range(subscriber.clicks):
            at = mailing.sent_at[len(ISSUES) - 1 - place] + timedelta(hours=3 + number % 40)
            yield number * 10 + place, number, mailing.shop, f"https://{mailing.shop}.example/?issue={place}", at


ROWS = {"issue": issue_rows, "subscriber": subscriber_rows, "delivery": delivery_rows, "click": click_rows}
