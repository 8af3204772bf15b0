"""A correction whose person is erased later: its old and new values leave the reviewers' pages too."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.test import Client

from dsr.models import KeptRecord, Source
from dsr.workflow.corrections import Asked
from tests.correcting.conftest import Kind, accept, carry_out, connected, url, wish  # noqa: F401  (fixtures)
from tests.erasing import conftest as erasing
from tests.staff.conftest import text


def test_correction_when_the_person_is_erased_then_its_values_are_shown_no_more(
    desk: Client,
    connected: Source,  # noqa: F811
    owner: User,
    now: datetime,
) -> None:
    corrected = wish(connected.shop, owner, now, Asked(Kind.NAME, "King", says="Lovelace"))
    accept(corrected, owner, now, 1, "customers", {"last_name": "King"})
    carry_out(corrected, owner, now)
    pages = [f"/staff/requests/{corrected.reference}/{part}" for part in ("", "plan/")]
    assert ["Lovelace" in text(desk.get(each)) for each in pages] == [True, True]

    erasing.carry_out(erasing.wish(connected.shop, owner, now), owner, now)

    assert KeptRecord.objects.waiting().exists()
    assert [each for each in pages if "Lovelace" in text(desk.get(each)) or "King" in text(desk.get(each))] == []
