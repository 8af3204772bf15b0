"""Draft the description of a database that nobody has described yet."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dsr.management.json_command import refuse_unheeded
from dsr.sources import registry
from dsr.sources.base import SourceError
from dsr.sources.draft import Draft, draft_source


class Command(BaseCommand):
    """``inspect_source URL [--out FILE]``; the overlay is written beside it, ``shop.dsr.yaml`` for ``shop.yaml``.

    Without ``--out`` the dataset goes to standard output. Progress goes to standard error. Exit codes: 0 a draft that
    can be connected, 1 none (the database cannot be read, or a file stands in the way).
    """

    help = "Draft a dataset and its overlay from a live database, each line with its reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="postgresql://reader:password@host/database, or sqlite:///path")
        parser.add_argument("--out", type=Path, help="the dataset to write (YAML); its overlay is written beside it")
        parser.add_argument("--name", help="the source's name; without it the file's, or the database's")
        parser.add_argument("--schema", action="append", default=[], help="a schema beside the default one; repeatable")
        parser.add_argument("--force", action="store_true", help="overwrite files that exist")
        parser.add_argument("--json", action="store_true", help="say what came of it as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path | None = options["out"]
        if out is None:
            refuse_unheeded(options, "force", "without --out: no file is written.")
        files = (out, out.with_suffix(".dsr.yaml")) if out else ()
        taken = [str(file) for file in files if file.exists() and not options["force"]]
        if taken:
            raise CommandError(
                f"{' and '.join(taken)} exists already. Choose another --out, or overwrite with --force."
            )
        name = options["name"] or (out.stem if out else _database(options["url"]))
        try:
            draft = draft_source("sql", name, options["url"], schemas=options["schema"], progress=self._progress)
        except SourceError as error:
            raise CommandError(str(error)) from None
        for file, content in zip(files, (draft.dataset_text, draft.overlay_text), strict=False):
            _write(file, content)
        summary = _summary(draft)
        if options["json"]:
            self.stdout.write(
                json.dumps(summary | {"files": [str(file) for file in files]}, indent=2, ensure_ascii=False)
            )
        else:
            self._tell(draft, summary, files)

    def _progress(self, number: int, total: int, table: str) -> None:
        self.stderr.write(f"table {number} of {total}: {table}")

    def _tell(self, draft: Draft, summary: dict[str, Any], files: tuple[Path, ...]) -> None:
        if not files:
            self.stdout.write(draft.dataset_text)
        self.stderr.write(
            f"{summary['tables']} tables, {summary['tables_of_people']} with rows of people; "
            f"{summary['personal_columns']} of {summary['columns']} columns are personal; "
            f"{summary['decisions']} decisions left; {len(summary['warnings'])} warnings."
        )
        for note in (*summary["notes"], *summary["warnings"]):
            self.stderr.write(f"  {note}")
        if files:
            self.stderr.write(f"Written: {files[0]} and {files[1]}. Read the lines marked 'decide:', then connect it:")
            self.stderr.write(f"  manage.py add_source SHOP {draft.key} --url URL --dataset {files[0]}")


def _summary(draft: Draft) -> dict[str, Any]:
    return {
        "tables": len(draft.tables),
        "tables_of_people": sum(table.ownership in ("owned", "attached") for table in draft.tables),
        "columns": sum(len(table.columns) for table in draft.tables),
        "personal_columns": draft.personal_columns,
        "decisions": draft.decisions,
        "notes": list(draft.notes),
        "warnings": _warnings(draft),
    }


def _warnings(draft: Draft) -> list[str]:
    """What loading the two texts says against them."""
    try:
        description = registry.load(draft.dataset_text, draft.overlay_text)
    except registry.DatasetError as error:
        return [str(problem) for problem in error.problems]
    return [str(problem) for problem in description.warnings]


def _database(url: str) -> str:
    """The database's own name, from the end of its URL."""
    last = re.split(r"[/?]", url.split("?")[0])[-1]
    return Path(last).stem or "shop"


def _write(file: Path, content: str) -> None:
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
