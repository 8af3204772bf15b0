"""Deciding about a wish: what may be accepted, what hinders the plan, and by what a person may not be proved."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.lifecycle import State
from dsr.models import ErasurePlan, IdentityCheck, Shop, Source, SubjectRequest
from dsr.records import Action, Identity, IdentityKind
from dsr.workflow import corrections, erasure_approval, plans, review, verification
from dsr.workflow.actors import staff
from dsr.workflow.correction_places import CorrectionRefused
from dsr.workflow.corrections import Asked
from dsr.workflow.erasure_approval import PlanRefused
from tests.conftest import work_off
from tests.correcting.conftest import Kind, accept, carry_out, connect, rows, wish


def freeze(wanted: SubjectRequest, owner: User, now: datetime) -> ErasurePlan:
    return erasure_approval.freeze(wanted, actor=staff(owner), now=now)


def test_mailbox_when_it_alone_proved_the_person_then_is_not_changed_without_another_proof(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = wish(connected.shop, None, now, Asked(Kind.EMAIL, "king@example.com"), Asked(Kind.NAME, "King"))
    IdentityCheck.objects.filter(subject_request=wanted).update(confirmed_at=None)
    verification.confirm_by_token(_link(wanted), now=now)
    work_off(wanted)
    assert wanted.state == State.REVIEW

    accept(wanted, owner, now, 2, "customers", {"last_name": "King"})
    with pytest.raises(CorrectionRefused, match="the very address or number by which the person proved"):
        accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"})
    accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"}, proved_otherwise=True)

    methods = wanted.identity_checks.exclude(confirmed_at=None).values_list("method", flat=True)
    assert sorted(methods) == ["email", "staff"]


@pytest.mark.parametrize(
    "described",
    [
        {"data_categories: [user.contact.email]": "data_categories: [user.contact, user.contact.email]"},
        {"data_categories: [user.contact.email]": "data_categories: [user.contact]"},
    ],
)
def test_mailbox_when_its_column_says_more_than_one_thing_or_only_by_what_people_are_found_then_is_contested_too(
    shop: Shop, owner: User, now: datetime, url: str, described: dict[str, str]
) -> None:
    connect(shop, url, now, described=described)
    wanted = wish(shop, None, now, Asked(Kind.OTHER, "king@example.com"))
    verification.confirm_by_token(_link(wanted), now=now)
    work_off(wanted)

    with pytest.raises(CorrectionRefused, match="the very address or number"):
        accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"})
    accept(wanted, owner, now, 1, "customers", {"email": "king@example.com"}, proved_otherwise=True)

    carry_out(wanted, owner, now)
    assert rows(url)["newsletter"][-1][0] == "king@example.com"


PHONE = Identity(IdentityKind.PHONE, "+16175550101")


def test_telephone_when_the_person_is_known_by_it_then_is_not_changed_without_another_proof(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = wish(connected.shop, None, now, Asked(Kind.PHONE, "+1 617 555 0199"), also=(PHONE,))
    verification.confirm_by_token(_link(wanted), now=now)
    work_off(wanted)
    review.accept_claims(wanted, user=owner, now=now)
    work_off(wanted)

    with pytest.raises(CorrectionRefused, match="the very address or number"):
        accept(wanted, owner, now, 1, "customers", {"phone": "+1 617 555 0199"})

    accept(wanted, owner, now, 1, "customers", {"phone": "+1 617 555 0199"}, proved_otherwise=True)


def test_telephone_when_the_person_called_then_the_number_alone_proves_nothing_about_itself(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = wish(
        connected.shop, owner, now, Asked(Kind.PHONE, "+1 617 555 0199"), Asked(Kind.NAME, "King"), also=(PHONE,)
    )

    accept(wanted, owner, now, 2, "customers", {"last_name": "King"})
    with pytest.raises(CorrectionRefused, match="the very address or number"):
        accept(wanted, owner, now, 1, "customers", {"phone": "+1 617 555 0199"})
    accept(wanted, owner, now, 1, "customers", {"phone": "+1 617 555 0199"}, proved_otherwise=True)

    # Said once, it holds for this request.
    accept(wanted, owner, now, 1, "customers", {"phone": "+1 617 555 0198"})


def test_plan_when_a_wish_is_open_then_is_not_frozen(connected: Source, owner: User, now: datetime) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"), Asked(Kind.PHONE, "1"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})

    with pytest.raises(PlanRefused, match=r"1 wish is not decided yet\."):
        freeze(wanted, owner, now)


@pytest.mark.parametrize(
    ("collection", "to", "why"),
    [
        ("customers", {"last_name": "x" * 21}, r"customers\.last_name holds at most 20 characters, and this has 21"),
        ("customers", {"email": ""}, r"customers\.email must not be empty"),
        ("customers", {"email": "king"}, r"in the form name@example\.com"),
        ("customers", {"born": "last year"}, r"customers\.born holds a day such as 1985-02-28, and this is none"),
        ("customers", {"id": "7"}, r"customers\.id cannot be corrected here"),
        ("customers", {"last_name": "Lovelace"}, "must differ from what stands there"),
        ("newsletter", {"nonsense": "7"}, r"newsletter\.nonsense cannot be corrected here"),
    ],
)
def test_value_when_it_does_not_fit_then_is_not_accepted_and_says_which_column(
    connected: Source, owner: User, now: datetime, collection: str, to: dict[str, str], why: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.OTHER, "x"))

    with pytest.raises(CorrectionRefused, match=why):
        accept(wanted, owner, now, 1, collection, to)

    assert corrections.undecided(wanted) == 1


def test_copy_when_the_new_value_does_not_fit_there_then_the_plan_says_which_column(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE newsletter ALTER full_name TYPE varchar(14)")
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King-Lovelace"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King-Lovelace"})

    with pytest.raises(PlanRefused, match=r"newsletter\.full_name holds at most 14 characters, and this has 17\."):
        freeze(wanted, owner, now)


def test_value_when_the_shop_changed_it_meanwhile_then_is_not_written_over(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})
    plan = freeze(wanted, owner, now)
    erasure_approval.approve(
        wanted, fingerprint=plan.fingerprint, typed_reference=wanted.reference, actor=staff(owner), now=now
    )
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE customers SET last_name = 'Byron' WHERE id = 1")
    before = rows(url)

    work_off(wanted)

    plan.refresh_from_db()
    assert (rows(url), wanted.state, plan.state) == (before, State.REVIEW, ErasurePlan.State.OUTDATED)
    assert any("last_name has changed since it was decided" in each for each in plan.changes)


def test_address_when_somebody_else_has_it_then_nobody_is_mixed_up(
    connected: Source, owner: User, now: datetime
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.EMAIL, "bela@example.org"))
    accept(wanted, owner, now, 1, "customers", {"email": "bela@example.org"})

    with pytest.raises(PlanRefused, match="already holds 5 records under the new address"):
        freeze(wanted, owner, now)


def test_record_of_the_past_when_staff_decide_so_then_follows_and_a_copy_stays(
    connected: Source, owner: User, now: datetime, url: str
) -> None:
    wanted = wish(connected.shop, owner, now, Asked(Kind.NAME, "King"))
    accept(wanted, owner, now, 1, "customers", {"last_name": "King"})
    drawn = plans.draw(wanted, today=now.date())
    order = next(each for each in drawn.plan.records if each.collection == "orders")
    assert (order.decision.action, order.decision.rule) == (Action.KEEP, "history:purchases")
    for collection, action in (("orders", Action.CORRECT), ("newsletter", Action.KEEP)):
        erasure_approval.change_outcome(
            wanted, source=connected, collection=collection, action=action, reason="It was never sent.",
            actor=staff(owner), now=now,
        )  # fmt: skip

    carry_out(wanted, owner, now)

    after = rows(url)
    assert [row[3] for row in after["orders"]] == ["Ada King", "Bela Lovelace"]
    assert after["newsletter"][0][1] == "Ada Lovelace"


def _link(wanted: SubjectRequest) -> str:
    """A link as our mail holds it."""
    return verification.new_link(
        wanted, expires_at=wanted.received_at.replace(year=2027), now=wanted.received_at
    ).split("/")[-2]
