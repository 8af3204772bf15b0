"""What an erasure left is finished at its time, though its request was forgotten years before, and its log gone."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from dsr.keyring import KeyRing
from dsr.models import AuditStream, KeptRecord, Shop, SubjectRequest
from dsr.workflow import anchors, finishing, forgetting
from tests.erasing.conftest import carry_out, connected, rows, url, wanted  # noqa: F401  (fixtures)

MUCH_LATER = datetime.fromisoformat("2033-11-02T18:00:00+00:00")


@pytest.mark.parametrize("has_log", [True, False])
def test_kept_records_when_their_request_is_forgotten_then_are_erased_all_the_same(
    own_ring: KeyRing,
    wanted: SubjectRequest,  # noqa: F811
    url: str,  # noqa: F811
    owner: User,
    now: datetime,
    has_log: bool,
) -> None:
    shop: Shop = carry_out(wanted, owner, now).shop
    assert forgetting.forget_expired(MUCH_LATER).forgotten == (wanted.reference,)
    if not has_log:
        AuditStream.objects.filter(subject_request=wanted).update(subject_request=None)
        SubjectRequest.objects.filter(pk=wanted.pk).delete()
    before = rows(url)["orders"]

    done = finishing.finish(shop, now=MUCH_LATER, execute=True)

    assert sum(done.erased.values()) == 5
    assert [row[1:] for row in before if row[0] != 20] != [(None,) * 5] * 2
    assert [row[1:] for row in rows(url)["orders"] if row[0] != 20] == [(None,) * 5] * 2
    assert KeptRecord.objects.waiting().filter(collection="orders").count() == 0
    assert list(anchors.faults()) == []
