"""Register the demo shops with the app, as the owner of a shop would: the shop with its policy, then its two sources."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dsr.demo.shops import NEWSLETTER_DATASET, NEWSLETTER_OVERLAY, DemoShop
from dsr.models import Shop
from dsr.workflow import connections, policies, shops
from dsr.workflow.actors import Actor

SHOP_SOURCE = "shop"
NEWSLETTER_SOURCE = "newsletter"


def register(demo: DemoShop, *, shop_url: str, newsletter_url: str, actor: Actor, now: datetime) -> Shop:
    """The demo shop, its policy in force, its sources connected; whatever stands already is brought up to date.

    Raises as ``shops.add_shop`` and ``connections.add_source`` do.
    """
    profile = demo.promised()
    shop = Shop.objects.filter(slug=demo.slug).first()
    if shop is None:
        shop = shops.add_shop(slug=demo.slug, name=demo.name, profile_text=profile, actor=actor, now=now)
    else:
        policies.publish(shop, profile_text=profile, actor=actor, now=now)
    # The newsletter refers to the shop's customer numbers, so the shop's own source comes first.
    dataset = demo.dataset.read_text(encoding="utf-8")
    overlay = demo.overlay.read_text(encoding="utf-8")
    names = (demo.dataset.name, demo.overlay.name)
    _connect(shop, SHOP_SOURCE, shop_url, (dataset, overlay), names, actor=actor, now=now)
    overlay = NEWSLETTER_OVERLAY.read_text(encoding="utf-8")
    names = (NEWSLETTER_DATASET.name, NEWSLETTER_OVERLAY.name)
    texts = (demo.newsletter_dataset(), overlay)
    _connect(shop, NEWSLETTER_SOURCE, newsletter_url, texts, names, actor=actor, now=now)
    return shop


def _connect(
    shop: Shop, name: str, url: str, texts: Iterable[str], names: Iterable[str], *, actor: Actor, now: datetime
) -> None:
    """Add the source, or describe it anew where its address or texts have changed; otherwise nothing happens.

    The demo's own databases have one role; a real shop gives reading and writing a role each.
    """
    (dataset_text, overlay_text), (dataset_name, overlay_name) = texts, names
    source = shop.sources.filter(name=name).first()
    if source is None:
        connections.add_source(
            shop,
            name=name,
            url=url,
            write_url=url,
            dataset_text=dataset_text,
            dataset_name=dataset_name,
            overlay_text=overlay_text,
            overlay_name=overlay_name,
            actor=actor,
            now=now,
        )
        return
    version = connections.current_version(source)
    urls = (connections.url_of(source), connections.write_url_of(source))
    if (*urls, version.dataset_text, version.overlay_text) != (url, url, dataset_text, overlay_text):
        connections.change_source(
            source,
            url=url,
            write_url=url,
            dataset_text=dataset_text,
            dataset_name=dataset_name,
            overlay_text=overlay_text,
            overlay_name=overlay_name,
            actor=actor,
            now=now,
        )
