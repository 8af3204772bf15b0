"""The five demo shops: what each is called, where its description lies, and how it writes its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

from dsr.demo.layouts import cali, miniluxe, security, timelux, world_jewels
from dsr.demo.layouts.table import Table

HERE = Path(str(files("dsr.demo")))
PROFILES = Path(str(files("dsr.policy"))) / "profiles"
NEWSLETTER_DATABASE = "shop_newsletter"
NEWSLETTER_DATASET = HERE / "datasets" / "newsletter.yaml"
NEWSLETTER_OVERLAY = HERE / "datasets" / "newsletter.dsr.yaml"
NEWSLETTER_SCHEMA = HERE / "schemas" / "newsletter.sql"

MAILBOX = "privacy@letters.example"
SENDER = re.compile(r"(  - key: (?:newsletter_sender|senders)\n(?:    .+\n)+?(?=    purpose:))")
"""The recipient in a profile, up to its purpose."""


@dataclass(frozen=True, slots=True)
class DemoShop:
    """One jeweller. ``customer_number`` is the dataset's field that the newsletter service's numbers refer to."""

    slug: str
    name: str
    prefix: str
    tables: tuple[Table, ...]
    customer_number: str
    keeps_events: bool = False

    @property
    def database(self) -> str:
        """The name of the shop's database on the demo server."""
        return f"shop_{self.dataset_key}"

    @property
    def dataset_key(self) -> str:
        return self.slug.replace("-", "_")

    @property
    def schema(self) -> Path:
        return HERE / "schemas" / f"{self.slug}.sql"

    @property
    def dataset(self) -> Path:
        return HERE / "datasets" / f"{self.slug}.yaml"

    @property
    def overlay(self) -> Path:
        return HERE / "datasets" / f"{self.slug}.dsr.yaml"

    @property
    def profile(self) -> Path:
        return PROFILES / f"{self.slug}.yaml"

    def promised(self) -> str:
        """The shop's profile as the demo registers it: who sends its newsletter has a mailbox, so that the outbox shows how a
        recipient is told and answers. The shops' own policies name no address, and the profiles invent none.
        """
        return SENDER.sub(
            rf"\1    instruct: {{way: email, address: {MAILBOX}}}\n", self.profile.read_text(encoding="utf-8")
        )

    def newsletter_dataset(self) -> str:
        """The newsletter's dataset as this shop registers it: its customer numbers are this shop's customer numbers.

        The file itself names no shop, because Fideslang has no way to say "whichever shop asks".
        """
        document = yaml.safe_load(NEWSLETTER_DATASET.read_text(encoding="utf-8"))
        reference = {"dataset": self.dataset_key, "field": self.customer_number, "direction": "from"}
        for collection in document["dataset"][0]["collections"]:
            for column in collection["fields"]:
                if (collection["name"], column["name"]) == ("subscriber", "customer_number"):
                    column["fides_meta"]["references"] = [reference]
        return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


SHOPS = (
    DemoShop("timelux-boutique", "TimeLux Boutique", "TL", timelux.TABLES, "customers.customer_number"),
    DemoShop("miniluxe", "MiniLuxe", "ML", miniluxe.TABLES, "customer_entity.increment_id", keeps_events=True),
    DemoShop("security-jewelers", "Security Jewelers", "SJ", security.TABLES, "crm.party.party_no"),
    DemoShop("cali-jewelz", "Cali Jewelz", "CJ", cali.TABLES, "Customers.CustomerNumber", keeps_events=True),
    DemoShop("world-jewels", "World Jewels", "WJ", world_jewels.TABLES, "wj_cust.cust_no"),
)
