"""What the queue calls, by name. Each looks at its job's row first and leaves quietly when the work is done."""

from django.utils import timezone

from dsr.workflow import (
    anchors,
    clock_reminders,
    comebacks,
    daily,
    doubt_looks,
    drafting,
    erasure,
    finishing,
    fulfilment,
    gathering,
    ledger_upkeep,
    letter_issues,
    notices,
    queue,
    recipient_jobs,
    reminders,
    source_checks,
)


def gather_source(job_id: int) -> None:
    """Ask one source about one person."""
    queue.perform(job_id, gathering.gather_source, gathering.give_up, timezone.now)


def send_notice(job_id: int) -> None:
    """Send one mail."""
    queue.perform(job_id, notices.send_notice, queue.leave_it_parked, timezone.now)


def make_package(job_id: int) -> None:
    """Write the answer's files."""
    queue.perform(job_id, fulfilment.make_package, fulfilment.give_up, timezone.now)


def erase(job_id: int) -> None:
    """Run an approved plan."""
    queue.perform(job_id, erasure.erase, erasure.give_up, timezone.now)


def finish_due(job_id: int) -> None:
    """Erase what was kept and whose time is over."""
    queue.perform(job_id, finishing.finish_due, queue.leave_it_parked, timezone.now)


def anchor_audit(job_id: int) -> None:
    """Sign the audit log's heads and keep them outside the database."""
    queue.perform(job_id, anchors.anchor_audit, queue.leave_it_parked, timezone.now)


def check_source(job_id: int) -> None:
    """Compare one source with its description."""
    queue.perform(job_id, source_checks.check_source_tonight, queue.leave_it_parked, timezone.now)


def tend_ledger(job_id: int) -> None:
    """Read through the erasure ledger, and shorten it."""
    queue.perform(job_id, ledger_upkeep.tend_ledger, queue.leave_it_parked, timezone.now)


def tidy_up(job_id: int) -> None:
    """Let go of what has had its time."""
    queue.perform(job_id, daily.tidy_up, queue.leave_it_parked, timezone.now)


def forget_expired(job_id: int) -> None:
    """Forget what has had its time, and destroy the keys of those months."""
    queue.perform(job_id, daily.forget, queue.leave_it_parked, timezone.now)


def issue_letter(job_id: int) -> None:
    """Write the letter anew after an answer."""
    queue.perform(job_id, letter_issues.issue_letter, queue.leave_it_parked, timezone.now)


def remind_colleagues(job_id: int) -> None:
    """Mail those who were asked and have not answered."""
    queue.perform(job_id, reminders.remind_colleagues, queue.leave_it_parked, timezone.now)


def remind_owners(job_id: int) -> None:
    """Mail the owners about dates that are near or have passed."""
    queue.perform(job_id, clock_reminders.remind_owners, queue.leave_it_parked, timezone.now)


def send_instruction(job_id: int) -> None:
    """Tell the program of a recipient."""
    queue.perform(job_id, recipient_jobs.send_instruction, queue.leave_it_parked, timezone.now)


def remind_recipients(job_id: int) -> None:
    """Ask recipients again that have not answered."""
    queue.perform(job_id, recipient_jobs.remind_recipients, queue.leave_it_parked, timezone.now)


def draft_source(job_id: int) -> None:
    """Draft the description of a database that nobody has described."""
    queue.perform(job_id, drafting.write_draft, drafting.give_up, timezone.now)


def scan_for_erased(job_id: int) -> None:
    """Look for erased people in a shop's databases."""
    queue.perform(job_id, comebacks.scan_tonight, queue.leave_it_parked, timezone.now)


def look_for_doubts(job_id: int) -> None:
    """Look for values in a shop's databases that may be wrong, old or missing."""
    queue.perform(job_id, doubt_looks.look_tonight, queue.leave_it_parked, timezone.now)
