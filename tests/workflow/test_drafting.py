from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsr import jobs
from dsr.models import AuditEntry, DatasetDraft, DraftColumn, Job, Shop, Source
from dsr.sources.base import SourceError
from dsr.sources.revision import choices_of
from dsr.workflow import connections, drafting, drafts, sealing
from dsr.workflow.actors import COMMAND, staff
from dsr.workflow.connections import NotDescribed
from tests.conftest import ADA, ask, connect, work_off

PHONE = """\
          - {name: phone, data_categories: [user.contact.phone_number], fides_meta: {identity: phone_number, data_type: string}}
"""
SECRETS = ("ada@example.com", "Lovelace", "4111")


@pytest.fixture
def draft(shop: Shop, shop_url: str, now: datetime) -> DatasetDraft:
    """A source of which only the address is known; its job has not begun."""
    return drafting.connect_undescribed(shop, name="web", url=shop_url, actor=COMMAND, now=now)


def write(draft: DatasetDraft) -> None:
    """Do the draft's job here and now."""
    jobs.draft_source(Job.objects.get(key=f"draft_source:{draft.pk}").pk)
    draft.refresh_from_db()


def test_a_source_without_a_description_when_somebody_asks_then_it_is_not_searched(
    draft: DatasetDraft, shop: Shop, owner: User, now: datetime
) -> None:
    write(draft)

    asked = ask(shop, ADA, now, owner)

    assert draft.state == "ready"
    assert (asked.state, asked.source_runs.count()) == ("review", 0)
    assert connections.undescribed(shop) == ["web"]
    with pytest.raises(NotDescribed):
        connections.current_version(draft.source)


def test_a_draft_when_it_is_written_then_every_column_has_a_proposal_and_its_reason(draft: DatasetDraft) -> None:
    write(draft)

    email = DraftColumn.objects.get(collection__draft=draft, collection__name="customers", name="email")
    assert (email.data_categories, email.identity, email.is_decided) == (["user.contact.email"], "email", False)
    assert email.confidence > 0.5
    assert not DraftColumn.objects.filter(collection__draft=draft, reason="").exists()
    assert draft.tables_done == draft.tables_total == draft.collections.count()


def test_a_draft_when_it_is_written_then_no_value_of_the_shop_is_stored(draft: DatasetDraft) -> None:
    write(draft)

    rows = [str(row) for row in DraftColumn.objects.filter(collection__draft=draft).values()]
    stored = "\n".join([draft.dataset_text, draft.overlay_text, *rows, *map(str, AuditEntry.objects.values())])
    assert "customers" in stored
    assert [secret for secret in SECRETS if secret.casefold() in stored.casefold()] == []


def test_a_draft_when_it_is_published_then_the_person_is_found_by_it(
    draft: DatasetDraft, shop: Shop, owner: User, now: datetime
) -> None:
    write(draft)
    drafts.publish(draft, actor=staff(owner), now=now)

    asked = ask(shop, ADA, now, owner)
    work_off(asked)

    run = asked.source_runs.get()
    assert (asked.state, run.dataset_version.number) == ("review", 1)
    assert run.counts["customers"] == 1
    assert run.counts["orders"] > 0
    assert connections.undescribed(shop) == []


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hush@127.0.0.1:1/nowhere", "oracle://u:hush@h/d", "nonsense"],
    ids=["closed", "kind", "none"],
)
def test_an_address_when_nobody_answers_then_nothing_is_stored_and_no_password_is_told(
    shop: Shop, url: str, now: datetime
) -> None:
    with pytest.raises(SourceError) as told:
        drafting.connect_undescribed(shop, name="web", url=url, actor=COMMAND, now=now)

    assert "hush" not in str(told.value)
    assert (Source.objects.count(), DatasetDraft.objects.count(), Job.objects.count()) == (0, 0, 0)


def test_an_address_when_there_is_no_such_file_then_none_is_made(shop: Shop, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(SourceError):
        drafting.connect_undescribed(shop, name="web", url=f"sqlite:///{tmp_path}/none.db", actor=COMMAND, now=now)

    assert list(tmp_path.iterdir()) == []


def test_a_draft_when_the_database_is_down_then_it_says_so_and_is_tried_again(draft: DatasetDraft) -> None:
    nowhere = sealing.seal_credential("postgresql://u:p@127.0.0.1:1/nowhere", owner=str(draft.source))
    right = bytes(draft.source.sealed_url)
    Source.objects.filter(pk=draft.source_id).update(sealed_url=nowhere)
    write(draft)
    down = (draft.state, draft.error_text)
    Source.objects.filter(pk=draft.source_id).update(sealed_url=right)
    Job.objects.update(run_after=timezone.now())
    write(draft)

    assert down == ("writing", "web: the database cannot be reached.")
    assert (draft.state, draft.error_text) == ("ready", "")


def test_a_draft_when_its_job_is_given_up_then_it_failed_and_can_be_begun_again(
    draft: DatasetDraft, now: datetime
) -> None:
    drafting.give_up(draft.pk, "It stopped without a word 5 times.", now)
    Job.objects.update(state="parked")
    draft.refresh_from_db()
    failed = draft.state

    drafting.draft_again(draft.source, now=timezone.now())
    write(draft)

    assert (failed, draft.state) == ("failed", "ready")


def test_a_draft_when_it_was_thrown_away_then_its_job_leaves_quietly(draft: DatasetDraft) -> None:
    job = Job.objects.get(key=f"draft_source:{draft.pk}")
    drafts.discard(draft)

    jobs.draft_source(job.pk)

    job.refresh_from_db()
    assert (job.state, DatasetDraft.objects.count()) == ("done", 0)


def test_a_draft_when_columns_were_decided_then_only_the_guesses_of_the_others_stay_in_the_text(
    draft: DatasetDraft, owner: User, now: datetime
) -> None:
    write(draft)
    email = DraftColumn.objects.get(collection__draft=draft, collection__name="customers", name="email")
    drafts.confirm(draft, [email.pk], user=owner, now=now)

    version = drafts.publish(draft, actor=staff(owner), now=now)

    lines = {
        line.strip() for line in version.dataset_text.splitlines() if "name: email" in line or "name: phone" in line
    }
    guessed = {line.partition("name: ")[2].partition(",")[0] for line in lines if "  # 0." in line}
    assert "email" in draft.dataset_text
    assert "phone" in guessed
    assert [line for line in lines if line.startswith("- {name: email") and line.endswith("}}")]


def test_a_draft_when_the_address_is_a_folder_of_exports_then_its_files_are_drafted_too(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setenv("DSR_FILE_ROOT", str(tmp_path))
    (tmp_path / "fair.csv").write_text("email,name\nada@example.com,Ada Lovelace\nbela@example.org,Bela Bartok\n")
    made = drafting.connect_undescribed(shop, name="fair", url=f"file://{tmp_path}", actor=COMMAND, now=now)

    write(made)

    columns = DraftColumn.objects.filter(collection__draft=made)
    assert (made.source.kind, made.state) == ("file", "ready")
    assert {each.name for each in columns} >= {"email", "name"}


def test_a_described_source_when_its_database_holds_more_then_only_that_is_open(
    shop: Shop, shop_url: str, owner: User, now: datetime
) -> None:
    source = connect(shop, "shop", shop_url, now)
    version = connections.current_version(source)
    less = version.dataset_text.replace(PHONE, "")
    connections.change_source(
        source, dataset_text=less, dataset_name="shop.yaml", overlay_text=version.overlay_text,
        overlay_name="shop.dsr.yaml", actor=COMMAND, now=now,
    )  # fmt: skip
    draft = drafting.draft_again(source, now=now)

    write(draft)

    declared = DraftColumn.objects.filter(collection__draft=draft, collection__name__in=version.collections)
    still_open = declared.filter(decided_at=None)
    assert less != version.dataset_text
    assert [(each.collection.name, each.name) for each in still_open] == [("customers", "phone")]
    published = drafts.publish(draft, actor=staff(owner), now=now)
    said = {column.name: column for column in choices_of(published.dataset_text, published.overlay_text)[0].columns}
    assert said["phone"].data_categories == ("user.contact.phone_number",)
