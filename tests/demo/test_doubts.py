"""World Jewels: what may be wrong or old there waits for staff after one night."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time

from dsr.demo.registration import register
from dsr.models import Doubt, Shop
from dsr.workflow import doubt_looks
from dsr.workflow.actors import COMMAND, SYSTEM
from tests.demo.conftest import TODAY, DemoServer, rows
from tests.demo.test_people import SHOP_BY_SLUG

SLUG = "world-jewels"


def test_shop_when_looked_through_then_mails_that_came_back_old_numbers_and_missing_postcodes_wait(
    db: None, demo_server: DemoServer
) -> None:
    url, now = demo_server.shops[SLUG], datetime.combine(TODAY, time(9), UTC)
    register(
        SHOP_BY_SLUG[SLUG], shop_url=url, newsletter_url=demo_server.newsletters[SLUG], actor=COMMAND, now=now
    )  # fmt: skip

    looked = doubt_looks.look(Shop.objects.get(slug=SLUG), actor=SYSTEM, now=now)

    (came_back,) = rows(url, "SELECT count(*) FROM wj_cust WHERE bounce_dt IS NOT NULL AND email <> ''")[0]
    (old,) = rows(
        url, "SELECT count(*) FROM wj_cust WHERE last_dt < %(day)s AND tel <> ''", day=TODAY.replace(year=2016)
    )[0]
    (without,) = rows(url, "SELECT count(*) FROM wj_maillist WHERE zip = ''")[0]
    waiting = Counter(Doubt.objects.open().values_list("field", flat=True))
    assert waiting == {"email": came_back, "tel": old, "zip": without}
    assert all(waiting.values())
    assert looked.failed == {}
