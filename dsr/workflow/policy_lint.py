"""What is to be mended in a policy, measured against what the shop's connected sources hold as well."""

from __future__ import annotations

from dsr.models import Shop
from dsr.policy.lint import Finding, Severity, lint, of_gap, of_problem
from dsr.policy.loader import ProfileError, parse_profile
from dsr.policy.schema import Profile
from dsr.workflow import policy_coverage
from dsr.workflow.connections import Refused


def findings_in(text: str, file: str, shop: Shop | None = None) -> tuple[Finding, ...]:
    """Everything to mend in a profile's text; of one that cannot be read, every mistake as an error."""
    try:
        profile = parse_profile(text, file)
    except ProfileError as error:
        return tuple(of_problem(problem) for problem in error.problems)
    return findings_of(profile, shop) if shop else lint(profile)


def findings_of(profile: Profile, shop: Shop) -> tuple[Finding, ...]:
    """Everything to mend in a profile and, beside it, what it does not say of the shop's sources; errors first."""
    try:
        holdings = policy_coverage.holdings_of(shop)
    except Refused as refused:
        cure = "Publish a description of that source that holds."
        return (*lint(profile), Finding(Severity.WARNING, f"What the sources hold cannot be told: {refused}", cure))
    found = (*lint(profile, holdings), *(of_gap(gap) for gap in policy_coverage.gaps_of(shop, profile)))
    return tuple(sorted(found, key=lambda each: each.severity is Severity.WARNING))
