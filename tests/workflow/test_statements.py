"""What a shop's policy says reaches the copy: cookies, visits, wallets, what is out of scope, who gets the data."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from dsr.exports.snapshot import Snapshot
from dsr.policy.loader import PROFILES, parse_profile
from dsr.policy.schema import Profile
from dsr.workflow import answer, shops
from dsr.workflow.actors import COMMAND
from tests.conftest import ADA, ask

SAID = [
    # the shop, the promise, words that the person must read
    ("timelux-boutique", "TL-04", "none is linked to who you are"),
    ("timelux-boutique", "TL-05", "counted for all visitors together"),
    ("timelux-boutique", "TL-06", "never who you are"),
    ("timelux-boutique", "TL-10", "covers this shop's own site"),
    ("miniluxe", "ML-15", "stays with the wallet"),
    ("miniluxe", "ML-16", "orders can still be placed by telephone"),
    ("miniluxe", "ML-20", "Paper kept in a store is not searched"),
    ("cali-jewelz", "CJ-14", "tied to you"),
    ("world-jewels", "WJ-10", "end with your visit"),
    ("world-jewels", "WJ-15", "your system, your browser"),
]


def profile_of(slug: str) -> Profile:
    return parse_profile((PROFILES / f"{slug}.yaml").read_text(), slug)


def copy_for_ada(slug: str, owner: User, now: datetime) -> Snapshot:
    """Her copy at one of the five, which holds nothing of her."""
    text = (PROFILES / f"{slug}.yaml").read_text()
    shop = shops.add_shop(slug=slug, name=profile_of(slug).name, profile_text=text, actor=COMMAND, now=now)
    return answer.freeze(ask(shop, ADA, now, owner), approved_at=now, now=now)


@pytest.mark.parametrize(("slug", "promise", "words"), SAID)
def test_copy_when_made_then_it_says_what_no_record_could_show(
    db: None, owner: User, now: datetime, slug: str, promise: str, words: str
) -> None:
    copy = copy_for_ada(slug, owner, now)

    mine = [each.title for each in profile_of(slug).statements if promise in each.promises]
    assert [words in each.sentence for each in copy.statements if each.title in mine] == [True] * len(mine)
    assert mine


@pytest.mark.parametrize(
    ("slug", "category", "names"),
    [
        ("world-jewels", "orders", ("FedEx", "Authorize.net")),
        ("cali-jewelz", "contests", ("The contest's sponsor",)),
        ("miniluxe", "financial", ("The company that processes card payments", "PayPal")),
    ],
)
def test_copy_when_made_then_it_names_who_gets_the_data(
    db: None, owner: User, now: datetime, slug: str, category: str, names: tuple[str, ...]
) -> None:
    copy = copy_for_ada(slug, owner, now)

    [card] = [each for each in copy.categories if each.key == category]
    assert [told.startswith(name) for told, name in zip(card.recipients, names, strict=True)] == [True] * len(names)
    assert card.purpose
