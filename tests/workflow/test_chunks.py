import pytest

from dsr.models import FindingChunk, FindingMark, SourceRun, SubjectRequest
from dsr.records import Identity, IdentityKind, Person, Portable, Record, RecordKey
from dsr.workflow import chunks, sealing
from dsr.workflow.chunks import MOST_ROWS, Packer
from tests.conftest import ADA

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(asked: SubjectRequest) -> SourceRun:
    return asked.source_runs.get()


@pytest.fixture
def packer(run: SourceRun) -> Packer:
    return Packer(run, Person((ADA,)), sealing.data_key(run.subject_request), run.subject_request.received_at)


def record(collection: str, number: int, **values: Portable) -> Record:
    return Record(RecordKey("shop", collection, (("id", number),)), {"id": number, **values})


def pack(packer: Packer, records: list[Record]) -> None:
    for each in records:
        packer.add(each)
    packer.close_chunk()
    packer.write()


@pytest.mark.parametrize("rows", [1, 19, 20, 21, MOST_ROWS, MOST_ROWS + 1, 2 * MOST_ROWS + 34])
def test_what_was_packed_is_read_again_in_its_order(run: SourceRun, packer: Packer, rows: int) -> None:
    orders = [record("orders", number, note=f"ä {number}") for number in range(rows)]

    pack(packer, [record("customers", 1), *orders])

    assert [row.values for row in chunks.read(run, "orders")] == [each.values for each in orders]
    assert [row.digest for row in chunks.read(run, "orders")] == [each.key.digest for each in orders]
    assert packer.counts == {"customers": 1, "orders": rows}


def test_chunks_are_numbered_without_a_gap(run: SourceRun, packer: Packer) -> None:
    pack(packer, [record("orders", number) for number in range(2 * MOST_ROWS + 34)])

    stored = FindingChunk.objects.filter(source_run=run).values_list("number", "first_row", "rows")
    assert list(stored) == [(0, 0, MOST_ROWS), (1, MOST_ROWS, MOST_ROWS), (2, 2 * MOST_ROWS, 34)]


def test_a_page_in_the_middle_is_read_across_chunks(run: SourceRun, packer: Packer) -> None:
    pack(packer, [record("orders", number) for number in range(2 * MOST_ROWS)])

    page = [row.values["id"] for row in chunks.read(run, "orders", MOST_ROWS - 2, 4)]

    assert page == [MOST_ROWS - 2, MOST_ROWS - 1, MOST_ROWS, MOST_ROWS + 1]


def test_wide_rows_fill_a_chunk_before_it_is_large(run: SourceRun, packer: Packer) -> None:
    pack(packer, [record("orders", number, note="n" * 60_000) for number in range(100)])

    sizes = FindingChunk.objects.filter(source_run=run).values_list("rows", flat=True)
    assert list(sizes) == [20] * 5


def test_marks_of_others_count_towards_what_waits_in_memory(run: SourceRun, packer: Packer) -> None:
    for number in range(30):
        packer.add(record("gifts", number, recipient_name="Cleo Gift", recipient_email="cleo@example.net"))

    assert len(packer.marks) == 60
    assert packer.pending_bytes >= 60 * chunks.BYTES_OF_A_MARK
    packer.close_chunk()
    packer.write()
    assert (packer.pending_bytes, FindingMark.objects.filter(source_run=run).count()) == (0, 60)


def test_the_asker_is_no_other_person(packer: Packer) -> None:
    packer.add(record("gifts", 1, recipient_name="Ada", recipient_email=ADA.value))
    packer.add(
        record("gifts", 2, recipient_name="Cleo", recipient_email=Identity(IdentityKind.EMAIL, "c@example.net").value)
    )

    assert {(mark.digest, mark.field) for mark in packer.marks} == {
        (record("gifts", 2).key.digest, "recipient_name"),
        (record("gifts", 2).key.digest, "recipient_email"),
    }
