"""The PDF: what a screen reader, a printer and a limit get to see of it, and what it never asks for."""

from __future__ import annotations

import http.server
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject
from pypdfium2 import PdfDocument

from dsr.exports.pages import paper_html
from dsr.exports.pdf import TOO_SLOW, UNAVAILABLE, PdfError, PdfLimits, render_pdf
from dsr.exports.printing import PrintLimits
from dsr.exports.reading import Reading
from dsr.exports.snapshot import Snapshot
from tests.exports.answers import LINES, NEWS, REVIEWS, ada, snapshot_of

ROOT = Path(__file__).resolve().parents[2]


def html_of(snapshot: Snapshot, limits: PrintLimits | None = None) -> str:
    """The report's page as the renderer gets it."""
    reading = Reading(snapshot, limits or PrintLimits())
    for each in snapshot.collections:
        for _ in reading.rows(each):
            pass
    return paper_html(reading.report({}))


def text_of(pdf: bytes) -> str:
    """All text in the order of its writing, with any white space as one blank."""
    return re.sub(r"\s+", " ", " ".join(pages_of(pdf)))


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.get_textpage().get_text_range() for page in PdfDocument(pdf)]


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """Ada's copy."""
    return render_pdf(html_of(ada()))


@pytest.fixture(scope="module")
def reader(pdf: bytes) -> PdfReader:
    """The same, opened."""
    return PdfReader(io.BytesIO(pdf))


def roles(node: DictionaryObject) -> Iterator[str]:
    """Every role in the tag tree, depth first."""
    if "/S" in node:
        yield str(node["/S"])
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        inner = kid.get_object()
        if isinstance(inner, DictionaryObject):
            yield from roles(inner)


def test_pdf_when_made_is_tagged_titled_and_says_its_language(reader: PdfReader) -> None:
    catalog = reader.trailer["/Root"]

    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en-US"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Your data at Cali Jewelz (CJ-7F3K-29QD)"
    assert b'pdfuaid:part="1"' in catalog["/Metadata"].get_object().get_data()


def test_pdf_when_read_aloud_has_headings_lists_and_table_heads(reader: PdfReader) -> None:
    found = set(roles(reader.trailer["/Root"]["/StructTreeRoot"]))

    assert {"/H1", "/H2", "/H3", "/P", "/L", "/LI", "/Table", "/THead", "/TR", "/TH", "/TD", "/Link"} <= found


def test_pdf_when_printed_brings_every_font_it_uses(reader: PdfReader) -> None:
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    described = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts]

    assert all({"/FontFile2", "/FontFile3"} & set(each) for each in described)
    assert all("/ToUnicode" in font for font in fonts)
    assert {str(each["/FontName"]).partition("+")[2] for each in described} == {"Inter-Latin", "Inter-Latin-Semi-Bold"}


def test_pdf_when_read_has_page_numbers_and_the_reference_on_every_page(pdf: bytes) -> None:
    texts = pages_of(pdf)
    last = len(texts)

    assert all(f"Page {number} of {last}" in text for number, text in enumerate(texts, start=1))
    assert all("CJ-7F3K-29QD" in text for text in texts)


def test_pdf_when_opened_has_bookmarks_and_a_contents_page_that_agrees(pdf: bytes, reader: PdfReader) -> None:
    chapters = [each for each in reader.outline if not isinstance(each, list)]
    contents = pages_of(pdf)[1]

    assert [each.title for each in chapters] == [
        "Contact details",
        "Purchases",
        "Wish lists and reviews",
        "Visits",
        "Newsletter",
        "Where we looked",
        "What we left out and why",
        "Your next steps",
    ]
    for each in chapters:
        page = reader.get_destination_page_number(each) + 1
        assert re.search(rf"{each.title}[^\n]* {page}\r", contents), each.title


@pytest.mark.parametrize(("locale", "size"), [("en-US", (612, 792)), ("de-DE", (595, 842)), ("en_GB", (595, 842))])
def test_pdf_when_the_shop_is_elsewhere_has_that_places_paper(locale: str, size: tuple[int, int]) -> None:
    snapshot = ada()
    made = render_pdf(html_of(replace(snapshot, request=replace(snapshot.request, locale=locale))))
    box = PdfReader(io.BytesIO(made)).pages[0].mediabox

    assert (round(box.width), round(box.height)) == size


def test_pdf_when_values_are_html_prints_them_as_text() -> None:
    name = "<script>alert(1)</script><b>Ada</b> & Co {{ 7|add:7 }} {% now %}"
    text = text_of(render_pdf(html_of(snapshot_of({NEWS: [{"email": name, "since": None}]}))))

    assert name in text


def test_pdf_when_names_are_in_other_scripts_keeps_them_in_its_text() -> None:
    names = ["Łukasz Żółć", "Ελένη", "Дарья", "山田 太郎", "김민준", "עדה"]
    text = text_of(render_pdf(html_of(snapshot_of({NEWS: [{"email": name, "since": None} for name in names]}))))

    assert [name for name in names if name not in text] == []


def test_pdf_when_two_font_files_are_used_prints_the_signs_of_each_from_its_own() -> None:
    made = render_pdf(html_of(snapshot_of({NEWS: [{"email": "Łukasz Żółć", "since": None}] * 2})))

    fonts = [
        font.get_object() for page in PdfReader(io.BytesIO(made)).pages for font in page["/Resources"]["/Font"].values()
    ]
    names = {str(font["/BaseFont"]).partition("+")[2] for font in fonts}
    assert names == {"Inter-Latin", "Inter-Latin-Semi-Bold", "Inter-Extended"}
    # A font whose codes are not its glyphs is two fonts taken for one: see _font_faces.
    assert {font["/Encoding"] for font in fonts} == {"/Identity-H"}


def test_pdf_when_a_value_turns_the_writing_direction_does_not_turn_its_neighbours() -> None:
    page = html_of(snapshot_of({NEWS: [{"email": "ada\u202egro.elpmaxe@", "since": None}]}))

    assert "\u202e" not in page
    assert "ada\ufffdgro.elpmaxe@" in page


def test_pdf_when_a_text_has_control_characters_is_still_made() -> None:
    row = {"email": "a\x00b\x0c\ud800\uffff", "since": "infinity"}

    assert "infinity" in text_of(render_pdf(html_of(snapshot_of({NEWS: [row]}))))


class _Listening(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        """Note that somebody came."""
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    """A web server that notes every visit."""
    _Listening.asked.clear()
    with http.server.HTTPServer(("127.0.0.1", 0), _Listening) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def test_pdf_when_the_page_itself_asks_for_addresses_fetches_nothing(server: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a local secret")
    page = f"""<html lang=en><title>x</title><link rel=stylesheet href="{server}/css"><style>@import "{server}/import";
      body {{ background: url({server}/background) }} @font-face {{ font-family: F; src: url({server}/font) }}</style>
      <link rel=attachment href="file://{secret}"><body style="font-family: F">
      <img src="{server}/img" alt=x><object data="{server}/object"></object><img alt=x src="file://{secret}">
      <img alt=x src="data:image/svg+xml,&lt;svg xmlns='http://www.w3.org/2000/svg'>&lt;image href='{server}/svg'/>&lt;/svg>">
      <p>Still a page"""

    made = render_pdf(page)

    assert _Listening.asked == []
    assert "Still a page" in text_of(made)
    assert not PdfReader(io.BytesIO(made)).attachments


def test_pdf_when_values_are_addresses_makes_no_link_of_them(server: str) -> None:
    row = {"item": f"{server}/item", "stars": 1, "text": f'<img src="{server}/img">', "written_on": None}
    made = render_pdf(html_of(snapshot_of({REVIEWS: [row]})))

    links = [
        annotation.get_object()["/A"]["/URI"]
        for page in PdfReader(io.BytesIO(made)).pages
        for annotation in page.get("/Annots", [])
        if "/A" in annotation.get_object()
    ]
    assert _Listening.asked == []
    assert set(links) == {"https://cali-jewelz.example/privacy", "https://cppa.ca.gov/webapplications/complaint"}


def test_pdf_when_memory_is_short_says_so(pdf: bytes) -> None:
    assert pdf.startswith(b"%PDF-")

    with pytest.raises(PdfError) as caught:
        render_pdf(html_of(snapshot_of({LINES: _lines(2000)}), PrintLimits(records=2_000)), PdfLimits(200_000_000))

    assert str(caught.value) == "pdf_too_large: more than 200 MB of memory would be needed"


def test_pdf_when_time_is_short_says_so() -> None:
    with pytest.raises(PdfError) as caught:
        render_pdf(html_of(snapshot_of({LINES: _lines(1000)})), PdfLimits(seconds=1))

    assert caught.value.code == TOO_SLOW


def test_pdf_when_the_renderer_stumbles_says_only_that_it_broke() -> None:
    with pytest.raises(PdfError) as caught:
        render_pdf("<div>Ada " * 3_000)  # Too deep for a renderer that works by recursion.

    assert str(caught.value) == "pdf_broken: the renderer ended with code 5"


def test_pdf_when_the_libraries_are_missing_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a machine without Pango does on import, in a real child: a weasyprint that raises as CFFI does there.
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libgobject-2.0-0'\")")
    monkeypatch.setattr("dsr.exports.pdf.PASSED_ON", ("PATH", "PYTHONPATH"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(PdfError, match=r"apt-get install libpango-1\.0-0") as caught:
        render_pdf("<p>Ada")

    assert caught.value.code == UNAVAILABLE


def test_child_when_it_fails_writes_nothing_about_the_page() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dsr.exports.pdf_child", "200000000", "60"],
        input=("<p>Ada Okafor" * 50_000).encode(),
        capture_output=True,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        check=False,
    )

    assert done.returncode != 0
    assert b"Ada" not in done.stdout + done.stderr


def test_pdf_when_ten_thousand_rows_were_found_stays_within_its_limits() -> None:
    page = html_of(snapshot_of({LINES: _lines(10_000)}))
    text = text_of(render_pdf(page, PdfLimits(memory_bytes=800_000_000)))

    assert "10,000 records · comes from Web shop (order_lines)" in text
    assert "9,000 more records: see" in text
    assert ("Article 999 " in text, "Article 1000 " in text) == (True, False)


def _lines(count: int) -> list[dict[str, object]]:
    return [
        {"order": f"{n // 2:06}", "item": f"Article {n} of the shop", "quantity": 1, "price": "9.90"}
        for n in range(count)
    ]
