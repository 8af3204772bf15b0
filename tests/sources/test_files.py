"""Files as a source: what a fair's list and a contest's workbook say about Ada, and what cannot be read says so by line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from dsr.records import Identity, IdentityKind, Person, Record
from dsr.sources import files, registry, workbooks
from dsr.sources.base import FieldPath, SourceError

ADA = Person((Identity(IdentityKind.EMAIL, "ada@example.com"),))
FAIR = 'number,E-mail,Name,Note\n1,Ada@Example.com,Ada,=1+2\n2,bela@example.org,Béla,\n007,ada@example.com,Ada L.,"two\nlines"\n'
DATASET = """
dataset:
  - fides_key: fair
    name: Fair
    collections:
      - name: fair
        fields:
          - name: number
            fides_meta: {primary_key: true, data_type: integer}
          - name: E-mail
            data_categories: [user.contact.email]
            fides_meta: {identity: email}
          - name: Name
            data_categories: [user.name]
          - name: Note
"""
CONTEST = """
dataset:
  - fides_key: contest
    name: Contest
    collections:
      - name: contest/Entries
        fields:
          - name: Entry
            fides_meta: {primary_key: true, data_type: integer}
          - name: E-mail
            data_categories: [user.contact.email]
            fides_meta: {identity: email}
          - name: Born
          - name: Size
      - name: contest/Prizes
        fields:
          - name: Entry
            fides_meta: {references: [{dataset: contest, field: contest/Entries.Entry, direction: from}]}
          - name: Prize
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder that files may be read from, with a source's folder in it."""
    monkeypatch.setenv("DSR_FILE_ROOT", str(tmp_path))
    place = tmp_path / "exports"
    place.mkdir()
    return place


def gathered(url: str, dataset: str = DATASET, person: Person = ADA) -> list[Record]:
    with registry.open_source("file", "fair", url, registry.load(dataset)) as source:
        return list(source.gather(source.locate(person, {})))


def values(records: list[Record]) -> list[Mapping[str, Any]]:
    return [record.values for record in records]


def fault(folder: Path, name: str, content: bytes) -> str:
    """What is said about a file that cannot be read."""
    (folder / name).write_bytes(content)
    with pytest.raises(SourceError) as told:
        gathered(f"file://{folder}")
    assert told.value.permanent
    return str(told.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_when_read_in_any_dress_then_the_persons_rows_come_and_nobody_elses(
    folder: Path, encoding: str, delimiter: str
) -> None:
    (folder / "fair.csv").write_bytes(FAIR.replace(",", delimiter).encode(encoding))

    found = values(gathered(f"file://{folder}"))

    assert found == [
        {"number": "007", "E-mail": "ada@example.com", "Name": "Ada L.", "Note": "two\nlines"},
        {"number": "1", "E-mail": "Ada@Example.com", "Name": "Ada", "Note": "=1+2"},
    ]


def test_csv_when_a_neighbour_asks_then_he_gets_his_letters(folder: Path) -> None:
    (folder / "fair.csv").write_bytes(FAIR.encode("cp1252"))

    found = gathered(f"file://{folder}/fair.csv", person=Person((Identity(IdentityKind.EMAIL, "bela@example.org"),)))

    assert values(found) == [{"number": "2", "E-mail": "bela@example.org", "Name": "Béla", "Note": None}]


def test_integers_when_no_value_would_change_then_they_are_integers(folder: Path) -> None:
    (folder / "fair.csv").write_text(FAIR.replace("007", "7"))

    assert [each["number"] for each in values(gathered(f"file://{folder}"))] == [1, 7]


def test_reference_when_one_row_holds_no_number_then_the_others_are_still_found(folder: Path) -> None:
    (folder / "contest.xlsx").write_bytes(
        workbook(
            ("Entries", [["Entry", "E-mail", "Born", "Size"], [1, "ada@example.com", None, None]]),
            ("Prizes", [["Entry", "Prize"], ["n/a", "Brooch"], [1, "Ring"]]),
        )
    )

    found = gathered(f"file://{folder}", CONTEST)

    assert [record.values["Prize"] for record in found if record.key.collection == "contest/Prizes"] == ["Ring"]


def test_survey_when_a_column_is_undeclared_or_missing_then_it_says_so(folder: Path) -> None:
    (folder / "fair.csv").write_text("number,E-mail,Name,Phone\n1,a@b.example,Ada,1\n")

    problems = registry.survey("file", "fair", f"file://{folder}", registry.load(DATASET)).problems

    assert [(problem.is_warning, problem.message.split(" '")[1].split("'")[0]) for problem in problems] == [
        (False, "Note"),
        (True, "Phone"),
    ]


def test_excel_when_it_names_its_delimiter_then_the_line_is_no_header(folder: Path) -> None:
    (folder / "fair.csv").write_text("sep=;\n" + FAIR.replace(",", ";"))

    assert len(gathered(f"file://{folder}")) == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "fair.csv has no header row with the names of the columns."),
        (b"number,E-mail,number\n1,a,2\n", "fair.csv, line 1: the header has two columns named 'number'."),
        (b"number,,Name\n1,a,2\n", "fair.csv, line 1: column 2 has no name in the header."),
        (b"number,E-mail\n1,a\n2,b,c\n", "fair.csv, line 3: has 3 cells where the header has 2."),
        (b"number,E-mail,Name\n1,a,b\n\n2,b\n", "fair.csv, line 4: has 2 cells where the header has 3."),
        (b"number,E-mail\n1,a\n2,b\0c\n", "fair.csv, line 3: holds a NUL character"),
        (b"number,E-mail\n1,a\n2,b\x81c\n", "fair.csv, line 3: holds a byte that is no letter"),
        (b"\xff\xfe\x00", "fair.csv begins like UTF-16 text and is none."),
        (b'number,E-mail\n1,"a"b\n', "fair.csv, line 2: is not well formed"),
    ],
)
def test_csv_when_it_cannot_be_read_then_file_and_line_are_named_and_no_value(
    folder: Path, content: bytes, sentence: str
) -> None:
    assert sentence in fault(folder, "fair.csv", content)


def test_csv_when_too_large_then_it_says_what_serves_better(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE", 20)

    assert "fair.csv is larger than 50 MB; a database serves better there." in fault(folder, "fair.csv", FAIR.encode())


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "file://{folder}/../../etc", "file://{folder}/%2e%2e/%2e%2e/x.csv", "file:///"]
)
def test_address_when_outside_the_root_then_it_is_refused(folder: Path, address: str) -> None:
    with pytest.raises(SourceError, match="outside the folder") as told:
        gathered(address.format(folder=folder))

    assert told.value.code == "denied"


def test_link_when_it_leads_out_then_it_is_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "fair.csv"
    outside.write_text(FAIR)
    (folder / "fair.csv").symlink_to(outside)

    with pytest.raises(SourceError, match="leads out of its folder"):
        gathered(f"file://{folder}")
    with pytest.raises(SourceError, match="outside the folder"):
        gathered(f"file://{folder}/fair.csv")


def test_files_when_no_root_is_set_then_none_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DSR_FILE_ROOT")

    with pytest.raises(SourceError, match="DSR_FILE_ROOT names no folder"):
        gathered(f"file://{folder}")


def test_folder_when_empty_or_gone_then_it_is_said(folder: Path) -> None:
    with pytest.raises(SourceError, match="holds no file that can be read"):
        gathered(f"file://{folder}")
    with pytest.raises(SourceError, match="No such file"):
        gathered(f"file://{folder}/nowhere")


def test_two_files_when_they_would_be_one_collection_then_both_are_named(folder: Path) -> None:
    (folder / "fair.csv").write_text(FAIR)

    assert "fair.tsv is the collection 'fair', as fair.csv is." in fault(folder, "fair.tsv", FAIR.encode())


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_workbook_when_it_has_two_sheets_then_each_is_a_collection_and_references_hold(folder: Path) -> None:
    entries = [
        ["Entry", "E-mail", "Born", "Size"],
        [1, "ada@example.com", date(1990, 5, 17), 52.5],
        [2, "bela@example.org", datetime(2001, 1, 2, 3, 4), 50.0],
    ]
    prizes = [["Entry", "Prize"], [1, "=HYPERLINK(1)"], [2, True], [1, "Ring"]]
    content = workbook(("Entries", entries), ("Prizes", prizes[:1] + prizes[2:]))
    (folder / "contest.xlsx").write_bytes(content)

    found = gathered(f"file://{folder}/contest.xlsx", CONTEST)

    assert [(record.key.collection, dict(record.values)) for record in found] == [
        ("contest/Entries", {"Entry": 1, "E-mail": "ada@example.com", "Born": "1990-05-17", "Size": "52.5"}),
        ("contest/Prizes", {"Entry": 1, "Prize": "Ring"}),
    ]


def test_formula_when_its_value_was_not_saved_then_the_cell_is_named(folder: Path) -> None:
    content = workbook(("fair", [["number", "E-mail", "Name", "Note"], [1, "ada@example.com", "Ada", "=1+2"]]))

    assert "fair.xlsx, sheet fair, line 2: a formula has no saved value" in fault(folder, "fair.xlsx", content)


def test_workbook_when_it_would_grow_without_bounds_then_it_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "LARGEST_UNPACKED", 2_000)
    content = workbook(("fair", [["number"], *([number] for number in range(500))]))

    assert "fair.xlsx unpacks to more than" in fault(folder, "fair.xlsx", content)


def test_workbook_when_it_declares_entities_then_it_is_refused(folder: Path) -> None:
    content = io.BytesIO(workbook(("fair", [["number"], [1]])))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/extra.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')

    assert "declares XML entities" in fault(folder, "fair.xlsx", content.getvalue())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"not a zip"])
def test_workbook_when_damaged_then_it_is_said(folder: Path, content: bytes) -> None:
    assert "fair.xlsx is damaged, or protected by a password." in fault(folder, "fair.xlsx", content)


def test_zip_when_it_is_no_workbook_then_it_is_said(folder: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "x")

    assert "fair.xlsx is no workbook that can be read" in fault(folder, "fair.xlsx", content.getvalue())


def test_file_when_the_shops_database_refers_to_it_then_links_are_exposed(folder: Path) -> None:
    (folder / "fair.csv").write_text(FAIR.replace("007", "7"))
    path = FieldPath("fair", "fair", "number")

    with registry.open_source("file", "fair", f"file://{folder}", registry.load(DATASET), exposed=[path]) as source:
        assert source.locate(ADA, {}).links == {path: (1, 7)}
