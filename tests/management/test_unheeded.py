"""An argument that a command cannot heed is refused with a sentence, and what cannot be looked at is no success."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from dsr.models import ErasurePlan, KeptRecord, SubjectRequest
from tests.erasing.conftest import carry_out, change, connected, url, wanted  # noqa: F401  (fixtures)
from tests.management.test_erasing_commands import run


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("ledger verify --execute", "--execute is not heeded with verify, which only reads."),
        ("replay --ours --source shop", "--source is not heeded with --ours: every shop is replayed whole."),
        ("plan_erasure REF --as olga", "--as is not heeded without --freeze: to look needs nobody's name."),
        ("plan_erasure REF --freeze", "Say who freezes it: --as STAFF."),
        ("plan_erasure REF --freeze --rows --as olga", "--rows is not heeded with --freeze"),
        ("backups small-shop --note hello", "--note is not heeded without --proved KEY or --failed KEY"),
        ("backups small-shop --on 2026-01-01 --as olga", "--on and --as are not heeded without --proved KEY"),
        ("hold show REF --ground Court --until 2099-01-01", "--ground and --until are not heeded with show"),
        ("hold lift REF --as olga --until 2099-01-01", "--until is not heeded with lift, only with place."),
        ("hold show REF --as olga", "--as is not heeded with show"),
        ("answer_instruction REF carrier done --why Customs", "--why is not heeded with done"),
        ("answer_instruction REF carrier told --why Customs", "--why is not heeded with told"),
        (
            "change_outcome REF --source shop --collection orders --outcome rule --until 2099-01-01 --as olga",
            "--until is not heeded with --outcome rule",
        ),
        ("classify_source small-shop shop --as olga --with-open", "--with-open is not heeded without --publish."),
        ("classify_source small-shop shop --as olga --discard --publish", "--publish is not heeded with --discard"),
        ("show_versions small-shop shop --diff 1 1 --again 1", "--again: not allowed with argument --diff"),
        ("show_versions small-shop shop --again 0", "shop has no version 0. There are: 1."),
        ("lint_policy profile.yaml --schema --json", "FILE and --json are not heeded with --schema"),
        ("promises --write --shop small-shop", "--shop is not heeded with --write"),
        ("inspect_source sqlite:///x.db --force", "--force is not heeded without --out"),
        ("correct REF", "is no request for correction: it has no wishes."),
    ],
)
def test_command_when_an_argument_cannot_be_heeded_then_says_which_and_why(
    wanted: SubjectRequest,  # noqa: F811
    owner: User,
    command: str,
    says: str,
) -> None:
    with pytest.raises(CommandError) as refused:
        run(*command.replace("REF", wanted.reference).split())

    assert says in str(refused.value)
    assert not ErasurePlan.objects.exists()


def test_commands_when_something_could_not_be_looked_at_then_end_with_an_error(
    wanted: SubjectRequest,  # noqa: F811
    owner: User,
    now: datetime,
    url: str,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    carry_out(wanted, owner, now)
    KeptRecord.objects.update(until=now.date() - timedelta(days=1))
    run("finish_due_erasures")
    run("scan_for_erased", "small-shop")
    change(url, "ALTER TABLE newsletter RENAME TO elsewhere", "ALTER TABLE orders RENAME TO those")
    capsys.readouterr()

    for command in (("finish_due_erasures", "--execute"), ("scan_for_erased", "small-shop")):
        with pytest.raises(SystemExit) as ended:
            call_command(*command)

        said = json.loads(capsys.readouterr().out)
        why = said["not_read"] if "not_read" in said else said["shops"]["small-shop"]["refused"]
        assert (ended.value.code, list(why)) == (1, ["shop"])
