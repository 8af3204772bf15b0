"""The Oscar shop with a crowd in it, on PostgreSQL or SQLite. Run as ``python -m tests.shops.oscar``, a process of its own.

It stands beside ``tests.oscar_shop``: the same tables and traps, and as many people as a real shop's smallest sample has.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from tests.shops.people import Somebody, crowd

ROOT = Path(__file__).parents[2]


def build_oscar(url: str) -> None:
    """Migrate and fill the empty database at ``url``, in another process, for Oscar's settings are not the app's."""
    environment = {**os.environ, "OSCAR_SHOP_URL": url}
    command = [sys.executable, "-m", "tests.shops.oscar"]
    built = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if built.returncode:
        raise RuntimeError(built.stderr[-2000:])


def main() -> None:
    """Every table by Oscar's own migrations, then everybody."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.oscar_shop.settings"
    warnings.simplefilter("ignore")
    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    from django.db import transaction  # noqa: PLC0415  (models exist only after django.setup)

    with transaction.atomic():
        _fill()


def _fill() -> None:
    from tests.oscar_shop import people  # noqa: PLC0415  (models exist only after django.setup)

    shop = people.fill()
    for one in crowd():
        user = None
        if one.number % 3:
            user = people.account(shop, one.login, one.email, one.first)
            _rename(people, user, one)
        else:
            people.without_account(shop, one.email, one.name)
        order = people.order(shop, one.first, user=user, guest_email="" if user else one.email)
        _personalise(people, order, user, one)


def _rename(people: Any, user: Any, one: Somebody) -> None:
    """Give an account's rows the person's own values."""
    user.last_name = one.last
    user.save()
    people.model("address", "UserAddress").objects.filter(user=user).update(**_address(one))
    people.model("payment", "Bankcard").objects.filter(user=user).update(name=one.name)
    people.model("reviews", "ProductReview").objects.filter(user=user).update(body=one.opinion, homepage="")
    people.model("analytics", "UserSearch").objects.filter(user=user).update(query=one.engraving)


def _personalise(people: Any, order: Any, user: Any, one: Somebody) -> None:
    for address in (order.shipping_address, order.billing_address):
        type(address).objects.filter(pk=address.pk).update(**_address(one))
    type(order.shipping_address).objects.filter(pk=order.shipping_address.pk).update(
        notes=one.wish, phone_number=f"+44 20 7946 {one.number:04}"
    )
    order.notes.update(message=f"{one.first}: {one.wish}")
    order.lines.get().attributes.update(value=one.engraving)


def _address(one: Somebody) -> dict[str, str]:
    return {
        "title": one.title, "first_name": one.first, "last_name": one.last, "line1": one.street, "line4": one.city,
        "postcode": one.postcode, "search_text": f"{one.name} {one.street} {one.city} {one.postcode}",
    }  # fmt: skip


if __name__ == "__main__":
    main()
