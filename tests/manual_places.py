"""A workshop with a card index, which only Wanda can search, and what a browser does behind her link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from dsr.models import ManualTask, Notice, Shop, Source, SubjectRequest
from dsr.workflow import manual_places, notices
from dsr.workflow.actors import COMMAND
from dsr.workflow.manual_places import Assignee, Place

WANDA = Assignee("Wanda", "wanda@workshop.example")
WORKSHOP = Place("Repair workshop", "Look in the green card index.\nBoth drawers.", WANDA, 7)
PDF = b"%PDF-1.7 a scanned card about ada"
CARD = ("card 17.pdf", PDF)


def add_workshop(shop: Shop, now: datetime, name: str = "workshop", place: Place = WORKSHOP) -> Source:
    return manual_places.add_manual_source(shop, name=name, place=place, actor=COMMAND, now=now)


def task_of(subject_request: SubjectRequest) -> ManualTask:
    """The newest task of a request."""
    return ManualTask.objects.filter(source_run__subject_request=subject_request).latest("pk")


def mails(subject_request: SubjectRequest, kind: Notice.Kind = Notice.Kind.TASK) -> list[dict[str, str]]:
    """The mails of a kind, oldest first."""
    return [notices.read(each) for each in subject_request.notices.filter(kind=kind)]


def link_of(subject_request: SubjectRequest, kind: Notice.Kind = Notice.Kind.TASK) -> str:
    """The path of the link in the newest mail to the colleague."""
    found = re.search(r"https://privacy\.example(/task/\S+/)", mails(subject_request, kind)[-1]["text"])
    assert found is not None
    return found[1]


@dataclass
class Colleague:
    """One browser behind one link."""

    link: str
    client: Client = field(default_factory=Client)

    def see(self) -> str:
        return self.client.get(self.link, follow=True).content.decode().replace("<wbr>", "")

    def open(self) -> str:
        """Press the cover's button."""
        return self.client.post(self.link, follow=True).content.decode().replace("<wbr>", "")

    def fill(self, *files: tuple[str, bytes], do: str = "check", note: str = "", name: str = "Wanda") -> HttpResponse:
        """Send the form."""
        uploads = [SimpleUploadedFile(file_name, content) for file_name, content in files]
        content = {"do": do, "note": note, "answered_by": name, "found_files": uploads}
        response: HttpResponse = self.client.post(self.link, content)
        return response

    def send(self) -> str:
        """Press the button of the second page."""
        return self.client.post(f"{self.link}check/", follow=True).content.decode().replace("<wbr>", "")
