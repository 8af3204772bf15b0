"""What a shop says of itself reaches the copy: cookies, visits, wallets, what its policy does not cover."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from dsr.policy.loader import PROFILES, parse_profile
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


@pytest.mark.parametrize(("slug", "promise", "words"), SAID)
def test_copy_when_made_then_it_says_what_no_record_could_show(
    db: None, owner: User, now: datetime, slug: str, promise: str, words: str
) -> None:
    text = (PROFILES / f"{slug}.yaml").read_text()
    name = parse_profile(text, slug).name
    asked = ask(shops.add_shop(slug=slug, name=name, profile_text=text, actor=COMMAND, now=now), ADA, now, owner)

    copy = answer.freeze(asked, approved_at=now, now=now)

    mine = [each.title for each in parse_profile(text, slug).statements if promise in each.promises]
    assert [words in each.sentence for each in copy.statements if each.title in mine] == [True] * len(mine)
    assert mine
