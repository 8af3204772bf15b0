"""What each shop promised, where its profile keeps it, what proves that, and what is still missing."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dsr.management.json_command import refuse_unheeded
from dsr.models import Shop
from dsr.policy.promise_page import lines, page
from dsr.policy.promises import NOWHERE, as_json, published_profiles, standings
from dsr.policy.schema import Profile
from dsr.workflow import shops


class Command(BaseCommand):
    """``promises [--shop SLUG] [--json] [--write]``; the exit code is 1 when a promise stands nowhere in its profile."""

    help = (
        "List what the five shops promised and whether it is kept; a shop of this installation by its policy in force."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="the promises of one shop")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--write", action="store_true", help="write docs/promises.md anew")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            refuse_unheeded(
                options, "shop json", "with --write, which writes the page about all of them. Leave it out."
            )
            file = settings.BASE_DIR / "docs" / "promises.md"
            file.write_text(page(), encoding="utf-8")
            self.stdout.write(f"{file} was written.")
            return
        told = [each for profile in _profiles(options["shop"]) for each in standings(profile)]
        self.stdout.write(as_json(told) if options["json"] else "\n".join(lines(told)))
        if any(each.state == NOWHERE for each in told):
            sys.exit(1)


def _profiles(slug: str | None) -> list[Profile]:
    published = {profile.shop: profile for profile in published_profiles()}
    if slug is None:
        return list(published.values())
    if slug not in published:
        raise CommandError(f"There is no list of promises for '{slug}'; there is one for {', '.join(published)}.")
    shop = Shop.objects.filter(slug=slug).first()
    return [shops.profile_of(shop, timezone.now()) if shop else published[slug]]
