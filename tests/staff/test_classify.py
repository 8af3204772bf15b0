from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dsr import jobs
from dsr.models import AuditEntry, DatasetDraft, DraftColumn, Job, Membership, Shop, Source, SubjectRequest
from dsr.sources.revision import choices_of
from dsr.workflow import connections, drafting, drafts, shops
from dsr.workflow.actors import COMMAND
from tests.staff.conftest import signed_in, text


@pytest.fixture
def draft(source: Source, now: datetime) -> DatasetDraft:
    """A draft that begins as the shop's version says, with three columns that nobody has settled."""
    made = drafts.open_draft(source, now=now)
    orders = DraftColumn.objects.filter(collection__draft=made, collection__name="orders")
    orders.filter(name="note").update(
        decided_at=None, confidence=0.4, reason="The words are many.", question="Whose words?"
    )
    orders.filter(name="total").update(decided_at=None, confidence=0.95, reason="The name says so.")
    orders.filter(name="guest_email").update(decided_at=None, confidence=0.99, reason="All of 40 values are addresses.")
    return made


def column(draft: DatasetDraft, name: str) -> DraftColumn:
    return DraftColumn.objects.get(collection__draft=draft, collection__name="orders", name=name)


def typed(draft: DatasetDraft, **otherwise: str) -> dict[str, Any]:
    """The form of the table of orders as a browser sends it, with these categories typed otherwise."""
    sent: dict[str, Any] = {"row": []}
    for row in DraftColumn.objects.filter(collection__draft=draft, collection__name="orders"):
        sent["row"].append(row.pk)
        sent[f"categories-{row.pk}"] = otherwise.get(row.name, "; ".join(row.data_categories))
        sent[f"identity-{row.pk}"] = row.identity
        sent[f"third_party-{row.pk}"] = row.third_party
        sent[f"links-{row.pk}"] = "; ".join(target for _, target, _ in row.links)
    return sent


def page_of(draft: DatasetDraft, show: str = "") -> str:
    return f"/staff/sources/{draft.source_id}/columns/orders/" + (f"?show={show}" if show else "")


def test_columns_when_shown_then_examples_are_masked_and_proposals_give_their_reason(
    boss: Client, draft: DatasetDraft
) -> None:
    page = text(boss.get(page_of(draft)))

    assert 'data-count="needing">1</strong>' in page
    assert "40 % · The words are many." in page
    assert "•••@e•••.com" in page
    assert "ada@example.com" not in page.lower()


def test_columns_when_a_category_may_not_leave_then_its_values_are_not_even_read(
    boss: Client, draft: DatasetDraft
) -> None:
    page = text(boss.get(f"/staff/sources/{draft.source_id}/columns/customers/"))

    assert "never read" in page


def test_columns_when_categories_are_typed_in_words_then_they_are_stored_and_count_as_decided(
    boss: Client, draft: DatasetDraft
) -> None:
    boss.post(page_of(draft), {**typed(draft, note="private message; Name"), "do": "save"})

    note = column(draft, "note")
    assert note.data_categories == ["user.content.private", "user.name"]
    assert (note.is_changed, note.is_decided) == (True, True)
    assert not column(draft, "total").is_decided


def test_columns_when_words_are_unknown_then_nothing_typed_is_lost_and_the_nearest_is_told(
    boss: Client, draft: DatasetDraft
) -> None:
    page = text(
        boss.post(page_of(draft), {**typed(draft, note="Privat mesage", total="Payment"), "do": "confirm_shown"})
    )

    assert "Privat mesage" in page
    assert "Did you mean “Private message”?" in page
    assert column(draft, "total").data_categories == ["user.payment"]
    assert not column(draft, "note").is_decided
    assert not column(draft, "guest_email").is_decided


@pytest.mark.parametrize(
    ("do", "ticked", "decided"),
    [
        ("save", ["note"], set()),
        ("confirm", ["note"], {"note"}),
        ("confirm_sure", [], {"total", "guest_email"}),
        ("confirm_shown", [], {"note", "total", "guest_email"}),
    ],
)
def test_columns_when_a_button_is_pressed_then_just_these_are_settled(
    boss: Client, draft: DatasetDraft, do: str, ticked: list[str], decided: set[str]
) -> None:
    chosen = {"do": do, "selected": [column(draft, name).pk for name in ticked]}

    boss.post(page_of(draft), {**typed(draft), **chosen})

    settled = {name for name in ("note", "total", "guest_email") if column(draft, name).is_decided}
    assert settled == decided


def test_columns_when_a_category_is_applied_then_every_selected_one_has_it_and_no_other(
    boss: Client, draft: DatasetDraft
) -> None:
    before = column(draft, "guest_email").data_categories
    chosen = {"do": "apply", "all_categories": "Payment", "all_third_party": "friend"}
    chosen["selected"] = [column(draft, name).pk for name in ("note", "total")]

    boss.post(page_of(draft), {**typed(draft), **chosen})

    assert [column(draft, n).data_categories for n in ("note", "total")] == [["user.payment"]] * 2
    assert [column(draft, n).third_party for n in ("note", "total")] == ["friend"] * 2
    assert column(draft, "guest_email").data_categories == before


def test_columns_when_decisions_are_taken_back_then_the_proposal_stands_again(
    boss: Client, draft: DatasetDraft
) -> None:
    note = column(draft, "note")
    boss.post(page_of(draft), {**typed(draft, note="Payment"), "do": "save"})
    assert column(draft, "note").data_categories == ["user.payment"]

    boss.post(page_of(draft), {**typed(draft), "do": "reopen", "selected": [note.pk]})

    again = column(draft, "note")
    assert (again.data_categories, again.is_decided, again.is_changed) == (["user.content"], False, False)


def test_columns_when_a_key_sends_one_row_then_the_answer_says_how_all_stand(boss: Client, draft: DatasetDraft) -> None:
    note = column(draft, "note")
    sent = {"row": note.pk, "selected": note.pk, f"categories-{note.pk}": "Name", f"identity-{note.pk}": ""}

    told = boss.post(page_of(draft), {**sent, "do": "save"}, headers={"X-Requested-With": "fetch"}).json()

    assert told["states"][str(note.pk)] == "changed"
    assert told["progress"]["needing"] == 0
    assert told["errors"] == {}


@pytest.mark.parametrize(
    ("show", "names"),
    [("asked", {"note"}), ("unsure", {"note"}), ("open", {"note", "total", "guest_email"}), ("changed", set())],
)
def test_columns_when_filtered_then_only_these_are_shown(
    boss: Client, draft: DatasetDraft, show: str, names: set[str]
) -> None:
    page = text(boss.get(page_of(draft, show)))

    shown = {
        row.name for row in DraftColumn.objects.filter(collection__draft=draft) if f'"row" value="{row.pk}"' in page
    }
    assert shown == names


def test_a_link_when_typed_then_it_leads_to_the_same_dataset_or_the_named_one(
    boss: Client, draft: DatasetDraft
) -> None:
    note = column(draft, "note")
    sent = typed(draft) | {f"links-{note.pk}": "customers.id; other:things.key", "do": "save"}

    boss.post(page_of(draft), sent)

    assert column(draft, "note").links == [["small_shop", "customers.id", "from"], ["other", "things.key", "from"]]


def test_publish_when_some_still_need_a_person_then_it_asks_first(boss: Client, draft: DatasetDraft) -> None:
    path = f"/staff/sources/{draft.source_id}/classify/publish/"

    page = text(boss.post(path))
    versions_before = draft.source.versions.count()
    boss.post(path, {"accepted": "on"})

    assert "Nothing was published" in page
    assert (versions_before, draft.source.versions.count()) == (1, 2)


def test_publish_when_decided_then_the_version_says_it_and_the_fact_holds_counts_only(
    boss: Client, draft: DatasetDraft, owner: User
) -> None:
    boss.post(page_of(draft), {**typed(draft, note="Private message"), "do": "save"})
    boss.post(
        f"/staff/sources/{draft.source_id}/tables/orders/",
        {"record_class": "sale", "subject_class": "customer", "ownership": "owned"},
    )

    boss.post(f"/staff/sources/{draft.source_id}/classify/publish/")

    version = connections.current_version(draft.source)
    said = next(each for each in choices_of(version.dataset_text, version.overlay_text) if each.name == "orders")
    facts = AuditEntry.objects.filter(action="source.changed").get().facts
    assert (version.number, version.made_by, version.origin) == (2, owner, "classified")
    assert {each.name: each.data_categories for each in said.columns}["note"] == ("user.content.private",)
    assert said.record_class == "sale"
    columns = sum(len(each["fields"]) for each in version.collections.values())
    assert (facts["columns"], facts["decided"], facts["changed"]) == (columns, columns - 2, 1)
    assert not DatasetDraft.objects.exists()


def test_publish_when_the_draft_cannot_be_used_then_every_reason_is_told_and_it_stays(
    boss: Client, draft: DatasetDraft
) -> None:
    note = column(draft, "note")
    boss.post(page_of(draft), typed(draft) | {f"links-{note.pk}": "custmers.id", "do": "save"})

    page = text(boss.post(f"/staff/sources/{draft.source_id}/classify/publish/", {"accepted": "on"}))

    assert "custmers.id" in page
    assert (DatasetDraft.objects.count(), draft.source.versions.count()) == (1, 1)


def test_publish_when_a_table_is_never_searched_then_its_columns_are_named_before(
    boss: Client, draft: DatasetDraft
) -> None:
    boss.post(f"/staff/sources/{draft.source_id}/tables/newsletter/", {"is_skipped": "on"})

    page = text(boss.get(f"/staff/sources/{draft.source_id}/classify/publish/"))

    assert "1 table will be in nobody’s copy." in page
    assert "email, subscribed, ip" in page


def test_publish_when_another_version_came_meanwhile_then_the_draft_is_outdated(
    boss: Client, draft: DatasetDraft, now: datetime
) -> None:
    version = connections.current_version(draft.source)
    boss.post(f"/staff/sources/{draft.source_id}/versions/{version.number}/again/")

    page = text(boss.post(f"/staff/sources/{draft.source_id}/classify/publish/", {"accepted": "on"}))

    assert "published meanwhile" in page
    assert draft.source.versions.count() == 2


def test_versions_when_listed_then_they_tell_who_made_them_and_what_changed(boss: Client, draft: DatasetDraft) -> None:
    boss.post(page_of(draft), {**typed(draft, note="Private message"), "do": "save"})
    boss.post(f"/staff/sources/{draft.source_id}/classify/publish/")
    boss.post(f"/staff/sources/{draft.source_id}/versions/1/again/")

    page = text(boss.get(f"/staff/sources/{draft.source_id}/versions/"))
    change = text(boss.get(f"/staff/sources/{draft.source_id}/versions/1/2/"))
    back = text(boss.get(f"/staff/sources/{draft.source_id}/versions/1/3/"))

    assert "Version 1 published again" in page
    assert "olga" in page
    assert "<del>Text somebody wrote</del>" in change
    assert "<ins>Private message</ins>" in change
    assert "Nothing." in back


def test_every_page_of_a_source_when_it_is_another_shops_then_it_is_not_there(
    other_shop: Shop, draft: DatasetDraft, boss: Client, desk: Client
) -> None:
    stranger = User.objects.create_user("stranger")
    shops.give_role(stranger, Membership.Role.OWNER, other_shop)
    base = f"/staff/sources/{draft.source_id}"
    reads = ["/classify/", "/columns/orders/", "/classify/publish/", "/versions/", "/versions/1/1/"]
    writes = ["/classify/begin/", "/classify/discard/", "/classify/confirm/", "/tables/orders/", "/versions/1/again/"]
    assert [boss.get(base + path).status_code for path in reads] == [200] * 5

    strange = [signed_in(stranger).get(base + path).status_code for path in reads]
    strange += [signed_in(stranger).post(base + path).status_code for path in (*reads[1:3], *writes)]

    assert strange == [404] * 12
    assert {desk.post(base + path).status_code for path in (*reads, *writes)} == {403}
    assert DatasetDraft.objects.filter(pk=draft.pk).exists()


def test_connecting_when_nobody_has_described_it_then_the_pages_say_that_it_is_not_searched(
    boss: Client, shop: Shop, shop_url: str, now: datetime
) -> None:
    said = {"shop": shop.pk, "name": "web", "url": shop_url, "is_undescribed": "on"}

    response = boss.post("/staff/sources/add/", said)
    made = Source.objects.get(name="web")
    writing = text(boss.get(response["Location"]))
    listed = text(boss.get("/staff/sources/"))
    write(made)
    ready = text(boss.get(response["Location"]))
    boss.post(f"/staff/sources/{made.pk}/classify/publish/", {"accepted": "on"})

    assert response["Location"] == f"/staff/sources/{made.pk}/classify/"
    assert "The draft is being written" in writing
    assert "Not searched yet." in writing
    assert "not searched yet" in listed
    assert "customers" in ready
    assert "not searched yet" not in text(boss.get("/staff/sources/"))


def test_connecting_when_there_is_neither_description_nor_tick_then_it_is_asked_for(
    boss: Client, shop: Shop, shop_url: str
) -> None:
    page = text(boss.post("/staff/sources/add/", {"shop": shop.pk, "name": "web", "url": shop_url}))

    assert "or tick that you have none yet" in page
    assert not Source.objects.exists()


def test_a_request_when_a_source_is_not_described_then_its_page_and_its_release_say_so(
    boss: Client, shop: Shop, shop_url: str, gathered: SubjectRequest, now: datetime
) -> None:
    drafting.connect_undescribed(shop, name="web", url=shop_url, actor=COMMAND, now=now)

    page = text(boss.get(f"/staff/requests/{gathered.reference}/"))
    release = text(boss.get(f"/staff/requests/{gathered.reference}/approve/"))

    assert "Not searched: web." in page
    assert "Not searched: web." in release


def write(source: Source) -> None:
    """Do the source's drafting job here and now."""
    jobs.draft_source(Job.objects.get(kind="draft_source", target_id=source.draft.pk).pk)
