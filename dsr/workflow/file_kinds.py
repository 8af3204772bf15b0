"""What kind of file somebody handed in, told by its content alone: a name or a browser's word proves nothing.

Pictures, scans, documents and text are taken. Whatever a browser or a computer would run is not, under whatever name.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

LARGEST_FILE = 20_000_000
MOST_FILES = 20
LARGEST_ANSWER = 60_000_000
LONGEST_NAME = 120
LONGEST_DIRECTORY = 5_000
"""Entries of an office file; more is no document."""

BEGINNINGS = (
    (re.compile(rb"%PDF-"), "application/pdf", "pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png", "png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg", "jpg"),
    (re.compile(rb"GIF8[79]a"), "image/gif", "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp", "webp"),
    (re.compile(rb"II\*\0|MM\0\*"), "image/tiff", "tif"),
    (re.compile(rb"....ftyp(heic|heix|mif1|msf1|avif)", re.DOTALL), "image/heic", "heic"),
)
OFFICE = {
    "word/document.xml": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xl/workbook.xml": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}
OPEN_DOCUMENT = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
RUNNABLE_TEXT = re.compile(
    r"\s*(<!doctype|<html|<head|<body|<script|<svg|<\?xml|<\?php|<!--|<%|#!|@echo|MZ)|.*<script",
    re.IGNORECASE | re.DOTALL,
)
MACROS = re.compile(r"vbaProject|/activeX/|\.exe$|\.bin$", re.IGNORECASE)
TEXT = "text/plain"


class FileRefused(Exception):
    """The file cannot be taken; the message says why and what to do, without the file's name."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A media type and the ending that belongs to it."""

    media_type: str
    ending: str


def kind_of(content: bytes) -> FileKind:
    """The kind of a file. Raises FileRefused for an empty, too large or unwanted one."""
    if not content:
        raise FileRefused("is empty. Choose another one.")
    if len(content) > LARGEST_FILE:
        raise FileRefused(f"is larger than {LARGEST_FILE // 1_000_000} MB. Send it in parts, or smaller.")
    for pattern, media_type, ending in BEGINNINGS:
        if pattern.match(content):
            return FileKind(media_type, ending)
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if text_of(content) is not None:
        return FileKind(TEXT, "txt")
    raise FileRefused("is of a kind that cannot be taken. Send it as PDF, picture, Word, Excel or text file.")


def text_of(content: bytes) -> str | None:
    """The content as text when it is plain text, in UTF-8, UTF-16 with its mark, or Windows' Latin; None otherwise."""
    has_wide_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if has_wide_mark else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ord(character) < 32 and character not in "\t\n\r\f" for character in text):
            return None
        return None if RUNNABLE_TEXT.match(text) else text
    return None


def name_in_one_line(name: str) -> str:
    """A file's name without its folder, control characters or signs that turn the direction of writing."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each)[0] != "C")
    if len(kept) > LONGEST_NAME:
        head, dot, ending = kept.rpartition(".")
        ending = dot + ending[:10] if head else ""
        kept = (head or kept)[: LONGEST_NAME - len(ending)] + ending
    return kept.strip() or "file"


def _office(content: bytes) -> FileKind:
    """Word, Excel and their open cousins, by the list of what is in them; nothing is unpacked but one short line."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) > LONGEST_DIRECTORY or any(MACROS.search(name) for name in names):
                raise FileRefused("holds programs (macros). Save it as a plain document or a PDF, and send that.")
            for name, (media_type, ending) in OFFICE.items():
                if name in names:
                    return FileKind(media_type, ending)
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                media_type = archive.read("mimetype").decode("ascii", "replace")
                if media_type in OPEN_DOCUMENT:
                    return FileKind(media_type, OPEN_DOCUMENT[media_type])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        raise FileRefused("is damaged. Open it once to see whether it is whole, and send it again.") from None
    raise FileRefused("is an archive. Unpack it, and send the files in it.")
