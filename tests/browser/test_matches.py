"""*Same person?* and notes that name somebody else, in a real browser."""

from __future__ import annotations

from datetime import datetime

import psycopg
import pytest
from django.contrib.auth.models import User

from dsr.models import Source, SubjectRequest
from tests.browser.conftest import Visit
from tests.browser.test_staff import boss, sign_in  # noqa: F401  # a fixture of the neighbouring journey
from tests.conftest import ADA, ask, work_off
from tests.workflow.test_expansion import HOUSEHOLD, HOUSEHOLD_YAML, REPAIRS, REPAIRS_YAML, Connect, connect  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def doubted(
    source: Source,
    connect: Connect,  # noqa: F811
    shop_url: str,
    owner: User,
    now: datetime,
) -> SubjectRequest:
    """Ada's request: somebody in the club shares her telephone, and a note names Bela."""
    connect("club", HOUSEHOLD, HOUSEHOLD_YAML)
    connect("repairs", REPAIRS, REPAIRS_YAML)
    with psycopg.connect(shop_url) as connection:
        connection.execute("UPDATE orders SET note = 'Bela Bartok collects it' WHERE id = 11")
    asked = ask(source.shop, ADA, now, owner)
    work_off(asked)
    with psycopg.connect(shop_url) as connection:
        connection.execute("UPDATE orders SET note = NULL WHERE id = 11")
    return asked


def test_a_weak_match_when_looked_at_and_denied_then_the_answer_can_be_released(
    visit: Visit,
    doubted: SubjectRequest,
    boss: User,  # noqa: F811
) -> None:
    sign_in(visit, boss)
    visit.open(f"/staff/requests/{doubted.reference}/")
    visit.look("staff-30-same-person")
    visit.open(f"/staff/requests/{doubted.reference}/approve/")
    assert visit.page.get_by_role("button", name="Release the answer").count() == 0
    visit.look("staff-31-approve-undecided")
    visit.open(f"/staff/requests/{doubted.reference}/")
    visit.press("club, members")
    visit.look("staff-32-compare")
    assert visit.small_targets(24) == [], visit.small_targets(24)
    visit.press("Somebody else")
    visit.open(
        f"/staff/requests/{doubted.reference}/findings/{doubted.source_runs.get(source__name='shop').pk}/orders/"
    )
    visit.look("staff-33-names-somebody")
    visit.open(f"/staff/requests/{doubted.reference}/approve/")
    visit.look("staff-34-approve-mentions")

    assert visit.page.get_by_role("button", name="Release the answer").count() == 1
    assert "1 text names somebody else" in visit.page.inner_text("main")
