"""A run that waits for a source which was disconnected: staff leave it to a colleague, and say when it is done."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.test import Client

from dsr.lifecycle import State
from dsr.models import Membership, Shop, SubjectRequest
from dsr.workflow import shops
from tests.conftest import work_off
from tests.erasing.conftest import url  # noqa: F401  (a fixture)
from tests.erasing.test_gone_source import disconnect, step_of, stuck  # noqa: F401  (a fixture)
from tests.erasing.test_order_of_sources import mailer  # noqa: F401  (a fixture)
from tests.staff.conftest import signed_in, text

LEAVE, DONE = "Leave it to a colleague", "It is done"


def plan_of(asked: SubjectRequest) -> str:
    return f"/staff/requests/{asked.reference}/plan/"


def buttons(page: str) -> list[bool]:
    return [words in page for words in (LEAVE, DONE)]


def test_run_when_its_source_was_disconnected_then_the_plan_offers_to_leave_it_to_a_colleague(
    stuck: SubjectRequest,  # noqa: F811
    desk: Client,
    now: datetime,
) -> None:
    assert buttons(text(desk.get(plan_of(stuck)))) == [False, False]
    refused = desk.post(f"{plan_of(stuck)}steps/{step_of(stuck).pk}/leave/", follow=True)
    assert "zmailer is connected. Put right what its step says" in text(refused)

    disconnect(stuck.shop, now)
    assert buttons(text(desk.get(plan_of(stuck)))) == [True, False]
    page = text(desk.post(f"{plan_of(stuck)}steps/{step_of(stuck).pk}/leave/", follow=True))
    assert buttons(page) == [False, True]
    work_off(stuck)
    desk.post(f"{plan_of(stuck)}steps/{step_of(stuck).pk}/done/", follow=True)
    work_off(stuck)

    assert stuck.state == State.FULFILLED
    assert "zmailer: disconnected, left to a colleague" in text(desk.get(f"/staff/requests/{stuck.reference}/"))


def test_run_of_another_shop_when_somebody_tries_then_is_not_there(
    stuck: SubjectRequest,  # noqa: F811
    other_shop: Shop,
    now: datetime,
) -> None:
    disconnect(stuck.shop, now)
    stranger = User.objects.create_user("stan")
    shops.give_role(stranger, Membership.Role.REVIEWER, other_shop)

    before = step_of(stuck).state
    answer = signed_in(stranger).post(f"{plan_of(stuck)}steps/{step_of(stuck).pk}/leave/")

    assert (answer.status_code, step_of(stuck).state) == (404, before)
