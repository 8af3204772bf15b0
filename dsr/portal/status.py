"""A request in the words its person reads: the newest state as one sentence, five steps, the places asked, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format

from dsr.clocks.arithmetic import day_of
from dsr.lifecycle import RequestType, State
from dsr.models import Package, PackageFile, SourceRun, SubjectRequest
from dsr.policy.schema import Profile
from dsr.workflow import erasure_approval, recipients, timeline
from dsr.workflow.review import REFUSAL_GROUNDS
from dsr.workflow.timeline import Event

STEPS = ("Asked", "Confirmed", "Collecting", "Checking", "Ready")
STEPS_OF_ERASURE = ("Asked", "Confirmed", "Collecting", "Checking", "Deleted")
STEPS_OF_CORRECTION = ("Asked", "Confirmed", "Collecting", "Checking", "Answered")
STEPS_BY_TYPE = {RequestType.ERASURE.value: STEPS_OF_ERASURE, RequestType.CORRECTION.value: STEPS_OF_CORRECTION}
STEP_OF = {
    State.RECEIVED: 0,
    State.VERIFYING: 0,
    State.GATHERING: 2,
    State.REVIEW: 3,
    State.APPROVED: 3,
    State.FULFILLING: 3,
    State.FULFILLED: 4,
}
"""The step a request stands at; states that are not here ended on the way, and show no steps."""
REFRESH_SECONDS = {State.VERIFYING: 5, State.GATHERING: 2, State.REVIEW: 20, State.APPROVED: 2, State.FULFILLING: 2}
SENTENCES = {
    State.RECEIVED: ("We have your request", "We begin in a moment."),
    State.VERIFYING: (
        "Please confirm your email",
        "We have your request. We begin once you have confirmed that it comes from you.",
    ),
    State.GATHERING: ("We are collecting your data", "We ask every place where {shop} keeps data about people."),
    State.REVIEW: (
        "We are checking it",
        "A person reads through everything before it leaves us, so that you receive what is yours and nothing of anyone else.",
    ),
    State.APPROVED: ("We are making your copy ready", "Everything is checked. The files are being written now."),
    State.FULFILLING: ("We are making your copy ready", "Everything is checked. The files are being written now."),
    State.WITHDRAWN: ("You took this request back", "Nothing more happens with it. You may ask again at any time."),
    State.LAPSED: (
        "Closed, because it was not confirmed",
        "Nobody confirmed this request in time, so we collected nothing. You may ask again at any time.",
    ),
}
ERASURE = {
    State.REVIEW: (
        "We are checking what we found",
        "A person looks at everything before it is deleted, so that nothing of anyone else goes with it.",
    ),
    State.APPROVED: (
        "We are about to delete it",
        "Everything is checked. We begin on {begins}; until then you can still stop this request.",
    ),
    State.FULFILLING: (
        "We are deleting it",
        "We delete it place by place, look again in each, and then write to you what became of it.",
    ),
}
"""What an erasure's person reads instead."""
CORRECTION = {
    State.REVIEW: (
        "We are checking what you told us",
        "A person compares it with what we hold, in every place, before anything is changed.",
    ),
    State.APPROVED: ("We are about to correct it", "Everything is checked. It is written in a moment."),
    State.FULFILLING: (
        "We are correcting it",
        "We correct it place by place, read it again in each, and then write to you what we changed.",
    ),
}
OTHERWISE = {RequestType.ERASURE.value: ERASURE, RequestType.CORRECTION.value: CORRECTION}
DONE = "We have done what you asked"
DONE_BY_US = "We have done our part, and wait for others"
"""As long as one who got the data has not answered: then nothing is complete."""
DECIDED = "We have gone through what you told us"
LETTER_OF_CORRECTION = "The letter says what was corrected and where, what stayed as it was, and why."
LETTER = "The letter says what was deleted, what was kept, why and until when."
LETTER_ELSEWHERE = "The letter about it opens only for the person who has our email."
LETTER_OVER = "The letter was here until {day} and has been removed since."
READY = "Your copy is complete. Download it to read; the other files hold the same for use in a program."
READY_ELSEWHERE = "Your copy is complete. To protect it, it opens only for the person who has our email."
OVER = "Your copy was ready until {day} and has been removed since. You may ask again at any time."
NOT_BEFORE_PROOF = frozenset({"package.downloaded"})
"""What only a browser that proved itself may read."""
PLACE_STATES = {
    SourceRun.State.QUEUED: ("waiting", "", "circle"),
    SourceRun.State.RUNNING: ("searching", "working", "arrow-repeat"),
    SourceRun.State.DONE: ("answered", "done", "check-circle-fill"),
    SourceRun.State.LEFT_OUT: ("cannot be asked, our answer will say so", "soon", "dash-circle"),
    SourceRun.State.FAILED: ("no answer yet, we look into it", "soon", "clock"),
}
REPORTS = ("copy.pdf", "copy.html", "letter.pdf", "letter.html")
"""The readable copy: a web page where the machine could not make a PDF."""
FILE_KINDS = {
    "copy.pdf": ("Everything to read (PDF)", "file-earmark-pdf"),
    "copy.html": ("Everything to read (web page)", "file-earmark-text"),
    "letter.pdf": ("The letter (PDF)", "file-earmark-pdf"),
    "letter.html": ("The letter (web page)", "file-earmark-text"),
    "letter.json": ("The letter for another program (JSON)", "filetype-json"),
    "data.json": ("Everything for another program (JSON)", "filetype-json"),
    "manifest.json": ("The list of files with their checksums (JSON)", "file-earmark-text"),
}


@dataclass(frozen=True, slots=True)
class StepMark:
    """One of the five steps: ``place`` is done, now or later."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Place:
    """One source and how far it is, as word, colour class and icon."""

    title: str
    word: str
    mood: str
    icon: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file to download. ``rows`` is None where a file has no rows to count."""

    name: str
    title: str
    icon: str
    size: int
    rows: int | None


def package_of(subject_request: SubjectRequest, now: datetime) -> Package | None:
    """The files, while they may still be fetched."""
    package = Package.objects.filter(subject_request_id=subject_request.pk).first()
    return package if package is not None and not package.is_expired(now) else None


def sentences(
    subject_request: SubjectRequest, profile: Profile, package: Package | None, is_proved: bool
) -> tuple[str, str]:
    """Headline and explanation of the newest state."""
    state = State(subject_request.state)
    if state == State.REFUSED:
        return "We could not do this", REFUSAL_GROUNDS.get(subject_request.refusal_ground, "")
    if state == State.FULFILLED:
        return _ready(subject_request, profile, package, is_proved)
    otherwise = OTHERWISE.get(subject_request.type, {})
    headline, explanation = otherwise.get(state) or SENTENCES[state]
    return headline, explanation.format(shop=profile.name, begins=_begins(subject_request, profile))


def steps(subject_request: SubjectRequest) -> list[StepMark]:
    """The five steps with the current one marked; empty when the request ended on the way."""
    current = STEP_OF.get(State(subject_request.state))
    if current is None:
        return []
    names = STEPS_BY_TYPE.get(subject_request.type, STEPS)
    places = ("done",) * current + ("now",) + ("later",) * (len(names) - current - 1)
    return [StepMark(name, place) for name, place in zip(names, places, strict=True)]


def places(subject_request: SubjectRequest) -> list[Place]:
    """Every source that is asked. Never how much it found: that is for the person alone, and only after the check."""
    if subject_request.state != State.GATHERING:
        return []
    runs = subject_request.source_runs.select_related("source", "dataset_version").order_by("source__name")
    return [_place(run) for run in runs]


def told_so_far(subject_request: SubjectRequest, *, is_proved: bool) -> list[Event]:
    """What happened, newest first."""
    told = timeline.for_the_person(subject_request)
    return [each for each in reversed(told) if is_proved or each.action not in NOT_BEFORE_PROOF]


def files(package: Package) -> list[FileLine]:
    """The package's files, what to read first."""
    found = [_file_line(each) for each in package.files.all()]
    order = [*FILE_KINDS, ""]
    return sorted(found, key=lambda each: (order.index(each.name if each.name in FILE_KINDS else ""), each.name))


def _begins(subject_request: SubjectRequest, profile: Profile) -> str:
    """The day on which an approved erasure begins; empty where none was approved."""
    is_waiting = subject_request.type == RequestType.ERASURE and subject_request.state == State.APPROVED
    plan = erasure_approval.newest(subject_request) if is_waiting else None
    return _day(plan.runs_from, profile) if plan and plan.runs_from else ""


def _ready(
    subject_request: SubjectRequest, profile: Profile, package: Package | None, is_proved: bool
) -> tuple[str, str]:
    if subject_request.type in OTHERWISE:
        return _done(subject_request, profile, package, is_proved)
    if package is not None:
        until = _day(package.expires_at, profile)
        return f"Ready for you until {until}", READY if is_proved else READY_ELSEWHERE
    made = Package.objects.filter(subject_request_id=subject_request.pk).first()
    return "Done", OVER.format(day=_day(made.expires_at, profile)) if made else "This request is closed."


def _done(
    subject_request: SubjectRequest, profile: Profile, package: Package | None, is_proved: bool
) -> tuple[str, str]:
    """Of an erasure or a correction: done, or done by us and not yet by everybody who got the data."""
    is_erasure = subject_request.type == RequestType.ERASURE
    waits = recipients.pending_words(subject_request)
    done = DECIDED if not is_erasure else DONE_BY_US if waits else DONE
    if package is not None:
        letter = LETTER if is_erasure else LETTER_OF_CORRECTION
        said = letter if is_proved else LETTER_ELSEWHERE
    else:
        written = Package.objects.filter(subject_request_id=subject_request.pk).first()
        said = LETTER_OVER.format(day=_day(written.expires_at, profile)) if written else "This request is closed."
    return done, f"{waits} {said}".lstrip()


def _day(value: datetime, profile: Profile) -> str:
    return date_format(day_of(value, profile.time_zone), "l j F")


def _file_line(file: PackageFile) -> FileLine:
    folder, _, name = file.name.partition("/")
    if folder == "csv":
        title, icon = name, "filetype-csv"
    elif folder == "files":
        what, ending = ("A file", name.rpartition(".")[2].upper()) if "." in name else ("One long value", "")
        title, icon = f"{what} ({name[:12]}… {ending}".rstrip() + ")", "file-earmark-text"
    else:
        title, icon = FILE_KINDS.get(file.name, (file.name, "file-earmark-text"))
    return FileLine(file.name, title, icon, file.size, file.rows)


def _place(run: SourceRun) -> Place:
    title = run.dataset_version.description.get("title") or run.source.name
    word, mood, icon = PLACE_STATES[SourceRun.State(run.state)]
    if run.state == SourceRun.State.QUEUED and run.error_code:
        word, mood, icon = "trying again", "soon", "clock"
    return Place(title, word, mood, icon)
