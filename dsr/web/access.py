"""Who may see what: every view is behind exactly one rule of this file, and a test enumerates them.

A rule is a decorator. It leaves its name on the view (``access_rule``), so that a view without one cannot hide. A person of
another shop gets the same 404 as somebody who guesses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from dsr.models import Doubt, ManualTask, Membership, RecipientInstruction, Shop, Source, SourceRun, SubjectRequest
from dsr.models.doubt import DoubtQuerySet
from dsr.models.subject_request import SubjectRequestQuerySet
from dsr.workflow import doubts, reopening

View = Callable[..., HttpResponseBase]

MINE = "subject_requests"
"""Session key: the public ids of the requests that this browser opened or confirmed, with what it may see of them."""
OPENED, CONFIRMED = "opened", "confirmed"
TASKS = "manual_tasks"
"""Session key: the manual tasks whose button was pressed in this browser; the link is needed as well, each time."""
INSTRUCTIONS = "recipient_instructions"
"""Session key: the instructions to recipients whose button was pressed in this browser; the link is needed as well."""
ACCOUNTS = (Membership.Role.ACCOUNTS, Membership.Role.OWNER)
"""Who may open what was found about an erased person whose records must stay."""


def anyone(view: View) -> View:
    """Open to everybody; the page shows nothing about a person."""
    return _named("anyone", view)


def demo_only(view: View) -> View:
    """There only in demo mode, where all people are invented."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.DSR_DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return _named("demo_only", guarded)


def holder(view: View) -> View:
    """For the browser that opened or confirmed the request; the view fetches it with ``my_request``."""
    return _named("holder", view)


def colleague(view: View) -> View:
    """For whoever holds a manual task's link; the view finds the task by it and shows nothing before its button."""
    return _named("colleague", view)


def recipient(view: View) -> View:
    """For whoever holds the link that was mailed to a recipient; the view shows nothing of the person before its button."""
    return _named("recipient", view)


def reviewer(view: View) -> View:
    """Staff with any role; the view fetches through ``requests_for`` and the like, which keep to their shops."""
    return _staff("reviewer", view, tuple(Membership.Role))


def contents(view: View) -> View:
    """Like ``reviewer``, for a view that shows what a request found or who made it: back to the request's page, which says
    why, while that is put away."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        reference = str(kwargs["reference"])
        if isinstance(request.user, User) and is_shut(request.user, request_for(request.user, reference)):
            return redirect("staff:request", reference)
        return view(request, *args, **kwargs)

    return _staff("contents", guarded, tuple(Membership.Role))


def accounts(view: View) -> View:
    """Staff with the accounts or the owner's role somewhere; the view fetches through ``put_away_for``."""
    return _staff("accounts", view, ACCOUNTS)


def owner(view: View) -> View:
    """Staff with the owner's role somewhere; the view fetches through ``sources_for``, which keeps to their shops."""
    return _staff("owner", view, (Membership.Role.OWNER,))


def shop_or_404(slug: str) -> Shop:
    """The shop of that name."""
    shop = Shop.objects.filter(slug=slug).first()
    if shop is None:
        raise Http404
    return shop


def remember(request: HttpRequest, subject_request: SubjectRequest, level: str) -> None:
    """Let this browser see the request; a confirmed one stays confirmed."""
    mine = dict(request.session.get(MINE, {}))
    if mine.get(str(subject_request.public_id)) != CONFIRMED:
        mine[str(subject_request.public_id)] = level
    if level == CONFIRMED:
        # A new session id once somebody has proved who they are: one that was planted before is worth nothing.
        request.session.cycle_key()
    request.session[MINE] = mine


def my_request(request: HttpRequest, slug: str, reference: str) -> tuple[SubjectRequest, bool]:
    """The request, and whether this browser proved that it is the person's. 404 for every other browser."""
    found = (
        SubjectRequest.objects.select_related("shop", "policy_version__shop")
        .filter(shop__slug=slug, reference=reference)
        .first()
    )
    level = request.session.get(MINE, {}).get(str(found.public_id)) if found else None
    if found is None or level is None:
        raise Http404
    return found, level == CONFIRMED


def my_confirmed_request(request: HttpRequest, slug: str, reference: str) -> SubjectRequest:
    """The request, for a browser that proved it is the person's; 404 otherwise."""
    found, is_confirmed = my_request(request, slug, reference)
    if not is_confirmed:
        raise Http404
    return found


def remember_task(request: HttpRequest, task: ManualTask) -> None:
    """The colleague pressed the button: from now on this browser is shown who is searched for."""
    request.session[TASKS] = sorted({*request.session.get(TASKS, []), task.pk})
    request.session.cycle_key()


def has_opened(request: HttpRequest, task: ManualTask) -> bool:
    """True when the button was pressed in this browser."""
    return task.pk in request.session.get(TASKS, [])


def remember_instruction(request: HttpRequest, instruction: RecipientInstruction) -> None:
    """The recipient pressed the button: from now on this browser is shown whom it is about."""
    request.session[INSTRUCTIONS] = sorted({*request.session.get(INSTRUCTIONS, []), instruction.pk})
    request.session.cycle_key()


def has_opened_instruction(request: HttpRequest, instruction: RecipientInstruction) -> bool:
    """True when the button was pressed in this browser."""
    return instruction.pk in request.session.get(INSTRUCTIONS, [])


def instruction_for(user: User, reference: str, instruction_id: int) -> RecipientInstruction:
    """One instruction to a recipient, of a request of the member's shops, or 404."""
    rows = RecipientInstruction.objects.select_related("subject_request__policy_version__shop")
    found = rows.filter(subject_request=request_for(user, reference), pk=instruction_id).first()
    if found is None:
        raise Http404
    return found


def task_for(user: User, reference: str, task_id: int) -> ManualTask:
    """One manual task of a request of the member's shops, or 404."""
    tasks = ManualTask.objects.of_request(request_for(user, reference)).select_related(
        "source_run__source__shop",
        "source_run__dataset_version",
        "source_run__subject_request__shop",
        "source_run__subject_request__policy_version__shop",
    )
    found = tasks.filter(pk=task_id).first()
    if found is None:
        raise Http404
    return found


def is_owner(user: User | AnonymousUser) -> bool:
    """True for staff with the owner's role in some shop."""
    return _has_role(user, (Membership.Role.OWNER,))


def shops_for(user: User, *roles: Membership.Role) -> QuerySet[Shop]:
    """The shops in which this member of staff has one of the roles (any, when none is named)."""
    memberships = Membership.objects.filter(user=user, role__in=roles or Membership.Role.values)
    if memberships.filter(shop=None).exists():
        return Shop.objects.all()
    return Shop.objects.filter(Q(memberships__in=memberships)).distinct()


def owned_shop(user: User, slug: str) -> Shop:
    """The shop of that name, for its owner; or 404."""
    found = shops_for(user, Membership.Role.OWNER).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def requests_for(user: User) -> SubjectRequestQuerySet:
    """The requests that this member of staff may work on."""
    return SubjectRequest.objects.filter(shop__in=shops_for(user)).select_related("shop", "owner")


def request_for(user: User, reference: str) -> SubjectRequest:
    """One request of the member's shops, or 404."""
    found = requests_for(user).select_related("policy_version__shop").filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def put_away_for(user: User, reference: str) -> SubjectRequest:
    """One request that is put away, for who may open it; or 404."""
    found = request_for(user, reference)
    if not may_reopen(user, found) or not reopening.is_put_away(found):
        raise Http404
    return found


def may_reopen(user: User, subject_request: SubjectRequest) -> bool:
    """True for accounts and owners of its shop."""
    return shops_for(user, *ACCOUNTS).filter(pk=subject_request.shop_id).exists()


def is_shut(user: User, subject_request: SubjectRequest) -> bool:
    """True while what the request found is put away, and not opened to this member of staff."""
    if not reopening.is_put_away(subject_request):
        return False
    is_open = reopening.is_reopened(subject_request, user=user, now=timezone.now())
    return not (is_open and may_reopen(user, subject_request))


def shown_in_search(user: User, found: SubjectRequestQuerySet) -> SubjectRequestQuerySet:
    """What a search by somebody's identifiers shows of what it found.

    In a shop where that person was erased and records stay, accounts and owners alone see what is closed.
    """
    shut = found.put_away().exclude(shop__in=shops_for(user, *ACCOUNTS)).values("shop")
    return found.exclude(shop__in=shut, closed_at__isnull=False)


def run_for(user: User, reference: str, run_id: int) -> SourceRun:
    """One source's answer to a request of the member's shops, or 404."""
    runs = SourceRun.objects.select_related("source", "dataset_version", "subject_request__policy_version__shop")
    found = runs.filter(subject_request=request_for(user, reference), pk=run_id).first()
    if found is None:
        raise Http404
    return found


def doubts_for(user: User) -> DoubtQuerySet:
    """The values in doubt that wait for this member of staff."""
    return Doubt.objects.open().filter(source__shop__in=shops_for(user)).select_related("source__shop")


def doubt_for(user: User, doubt_id: int) -> Doubt:
    """One value in doubt of the member's shops, whatever was decided about it, or 404."""
    rows = Doubt.objects.filter(source__shop__in=shops_for(user), source__is_active=True)
    found = rows.select_related("source__shop").filter(pk=doubt_id).first()
    if found is None:
        raise Http404
    return found


def sees_doubts(user: User | AnonymousUser) -> bool:
    """True for staff of a shop whose databases are looked through for values in doubt."""
    return isinstance(user, User) and doubts.is_looked_for(shops_for(user))


def sources_for(user: User) -> QuerySet[Source]:
    """The sources that this owner may change."""
    return Source.objects.filter(shop__in=shops_for(user, Membership.Role.OWNER)).select_related("shop")


def source_for(user: User, source_id: int) -> Source:
    """One source that this owner may change, or 404."""
    found = sources_for(user).filter(pk=source_id).first()
    if found is None:
        raise Http404
    return found


def described_source_for(user: User, source_id: int) -> Source:
    """One source that has a dataset, which a person who is asked has not; or 404."""
    found = source_for(user, source_id)
    if found.kind == Source.Kind.MANUAL:
        raise Http404
    return found


def _staff(name: str, view: View, roles: tuple[Membership.Role, ...]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not _has_role(request.user, roles):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return _named(name, guarded)


def _has_role(user: User | AnonymousUser, roles: tuple[Membership.Role, ...]) -> bool:
    return user.is_authenticated and Membership.objects.filter(user=user, role__in=roles).exists()


def _named(name: str, view: View) -> View:
    view.access_rule = name  # type: ignore[attr-defined]  # a mark for the test that enumerates the rules
    return view
