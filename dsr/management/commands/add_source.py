"""Connect a shop's database."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from dsr.management.json_command import JsonCommand, the_shop
from dsr.models import Shop, Source
from dsr.workflow import connections, drafting, erasure_files
from dsr.workflow.actors import COMMAND


class Command(JsonCommand):
    """``add_source SHOP NAME --url URL [--dataset FILE] [--overlay FILE]``; ``x.dsr.yaml`` beside ``x.yaml`` is taken by itself.

    Without a dataset a job drafts one; the source is not searched before ``classify_source`` publishes it.
    """

    help = "Connect a database to a shop, described by a Fideslang dataset or not yet described."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("name")
        parser.add_argument("--url", required=True, help="postgresql://user:password@host/database")
        parser.add_argument("--write-url", default="", help="the same database by a role that may also write")
        parser.add_argument("--files", default="", help="the folder on this machine with the files that its rows name")
        parser.add_argument("--dataset", type=Path, help="the dataset (YAML); without it one is drafted")
        parser.add_argument("--overlay", type=Path, help="what the law needs to know of it (YAML)")
        parser.add_argument("--replace", action="store_true", help="describe an existing source anew")

    def answer(self, now: datetime, **options: Any) -> dict[str, Any]:
        shop, name, dataset = the_shop(options["shop"]), options["name"], options["dataset"]
        if options["files"]:
            erasure_files.refuse_odd(options["files"])
        if dataset is None:
            return undescribed(shop, now, options)
        overlay = options["overlay"] or beside(dataset)
        texts = {
            "url": options["url"],
            "write_url": options["write_url"],
            "dataset_text": read(dataset),
            "dataset_name": str(dataset),
            "overlay_text": read(overlay) if overlay else "",
            "overlay_name": str(overlay or ""),
            "actor": COMMAND,
            "now": now,
        }
        existing = shop.sources.filter(name=name).first()
        if existing and options["replace"]:
            _place_files(existing, options["files"], now)
            version = connections.change_source(existing, **texts)
            return {"shop": shop.slug, "source": name, "version": version.number, "warnings": _without_files(existing)}
        source, warnings = connections.add_source(shop, name=name, **texts)
        _place_files(source, options["files"], now)
        collections = connections.current_version(source).collections
        return {
            "shop": shop.slug,
            "source": name,
            "version": 1,
            "collections": len(collections),
            "warnings": [*(str(problem) for problem in warnings), *_without_files(source)],
        }


def _place_files(source: Source, folder: str, now: datetime) -> None:
    if folder:
        erasure_files.place(source, folder, actor=COMMAND, now=now)


def _without_files(source: Source) -> list[str]:
    """What is to be said when rows name files and nobody said where they lie."""
    described = connections.described_by(connections.current_version(source))
    named = [f"{name}.{column}" for name, said in described.overlay.collections.items() for column in said.files]
    if not named or source.sealed_files is not None:
        return []
    return [f"Files that {', '.join(named)} name will be left to a person: say with --files where they lie."]


def undescribed(shop: Shop, now: datetime, options: dict[str, Any]) -> dict[str, Any]:
    """Connect a source of which only the address is known."""
    if options["replace"] or options["overlay"]:
        raise CommandError("Without --dataset there is nothing to replace or to overlay.")
    if options["files"]:
        raise CommandError("Say where its files lie once it is described: add_source --replace --files.")
    address = {"url": options["url"], "write_url": options["write_url"]}
    draft = drafting.connect_undescribed(shop, name=options["name"], **address, actor=COMMAND, now=now)
    return {"shop": shop.slug, "source": options["name"], "version": None, "draft": draft.state}


def beside(dataset: Path) -> Path | None:
    """The overlay that lies beside a dataset: ``shop.dsr.yaml`` for ``shop.yaml``."""
    overlay = dataset.with_suffix(".dsr.yaml")
    return overlay if overlay.exists() else None


def read(path: Path) -> str:
    """A file's text, or an error that names the file."""
    try:
        return path.read_text()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: not UTF-8 text (byte {error.start})") from None
