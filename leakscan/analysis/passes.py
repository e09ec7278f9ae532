"""The passes from what was recorded to the findings: each takes a case and gives it back with more in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from leakscan.analysis import reasons, rules
from leakscan.analysis.attribution.attributed import books_of, growths_of, held_leaks
from leakscan.analysis.attribution.explanation import explanation
from leakscan.analysis.attribution.freed import with_credit
from leakscan.analysis.attribution.leaks import leaks
from leakscan.analysis.attribution.replaced import is_mostly_replaced, is_only_replaced
from leakscan.analysis.attribution.split import split_growth
from leakscan.analysis.attribution.tiers import admit, worth_reporting
from leakscan.analysis.case import Case
from leakscan.analysis.findings.build import finding_of
from leakscan.analysis.findings.dismissal import (
    are_by_chance,
    beside_what_is_replaced,
    explain_too_little,
    judged_by_threshold,
    still_growing,
    worst_first,
)
from leakscan.analysis.findings.garbage import piled_up
from leakscan.analysis.findings.lost import lost
from leakscan.analysis.findings.process import whole_process_finding
from leakscan.analysis.growth.run_screen import screen_of_run
from leakscan.model.analysis import Finding
from leakscan.model.run import Kind

Pass: TypeAlias = Callable[[Case], Case]


def screen_process(case: Case) -> Case:
    """Which signals of the whole process rise through the windows, untraced."""
    screen = screen_of_run(case.options, case.records)
    return replace(case, screen=screen).with_reasons(reasons.of_signals(screen))


def screen_containers(case: Case) -> Case:
    """Which containers were longer from census to census."""
    return case.with_reasons(reasons.of_containers(case.screen))


def join_candidates(case: Case) -> Case:
    """The candidates to hold the growth, with all that was recorded of each."""
    return replace(case, explanation=explanation(case.records, case.screen))


def admit_evidence(case: Case) -> Case:
    """The candidates that are admitted: the best evidence first, weaker only for what it leaves."""
    if case.explanation is None:
        return case
    admission = admit(case.explanation.traced, case.screen)
    case = replace(case, admission=admission)
    for tier, explained_before in admission.tiers:
        case = case.because(rules.BY_TIER[tier], explained_before_share=explained_before)
    if admission.beside:
        case = case.because(rules.ADMITTED_BESIDE, references=len(admission.beside))
    return case


def split_growth_among_groups(case: Case) -> Case:
    """Each group's part of the growth; groups with next to nothing of it are left out."""
    if case.explanation is None or case.admission is None:
        return case
    traced = case.explanation.traced
    split = split_growth(case.admission.groups, traced)
    groups = worth_reporting(split, traced, case.screen)
    case = replace(case, groups=groups)
    left_out = len(split) - len(groups)
    return case.because(rules.TOO_SMALL, groups=left_out) if left_out else case


def withdraw_credit(case: Case) -> Case:
    """The groups without what their holders do not free, and are not seen to hold."""
    known = case.explanation
    if known is None:
        return case
    groups = with_credit(case.groups, known)
    withdrawn = sum(
        len(before.blocks) - len(after.blocks) for before, after in zip(case.groups, groups, strict=True)
    )
    case = replace(case, groups=groups)
    return case.because(rules.FREES_NOTHING_OF_IT, sites=withdrawn) if withdrawn else case


def apply_proofs(case: Case) -> Case:
    """A leak for each group, named after the holder that frees the growth."""
    known = case.explanation
    if known is None:
        return case
    case = replace(case, leaks=leaks(case.groups, known))
    for leak in case.leaks:
        case = case.with_reasons(reasons.of_proof(leak, known))
    return case


def name_findings(case: Case) -> Case:
    """A finding for each leak, and one for what no holder has."""
    known = case.explanation
    if known is None:
        return case
    of_holders = held_leaks(case.leaks, case.screen)
    held = [finding_of(leak, known) for leak in of_holders]
    unheld = piled_up(of_holders, known) if case.screen.is_garbage else lost(case.groups, known)
    findings = (*held, *([] if unheld is None else [unheld]))
    for finding in findings:
        case = case.with_reasons(reasons.of_finding(finding))
    return replace(case, findings=findings)


def dismiss_chance(case: Case) -> Case:
    """No finding, where next to nothing of the untraced growth was seen while calls were traced."""
    if case.explanation is None:
        return case
    # Garbage is no part of what the collected rounds grew by, and says nothing of what is.
    garbage = [f for f in case.findings if case.screen.is_garbage and f.holder is None]
    others = [f for f in case.findings if f not in garbage]
    if not are_by_chance(others, case.screen, case.explanation.sites):
        return case
    if others:
        expected = case.screen.blocks_per_unit * case.explanation.sites.calls
        case = case.because(rules.BY_CHANCE, findings=len(others), expected_blocks=expected)
    return replace(case, findings=tuple(garbage))


def balance_books(case: Case) -> Case:
    """What the process grows by against what the leaks account for."""
    known = case.explanation
    if known is None:
        return case
    return replace(case, ledger=books_of(growths_of(case.leaks, known), known))


def add_growth_of_process(case: Case) -> Case:
    """A finding of the whole process, where it grows and the others do not account for it."""
    known = case.explanation
    if known is not None and known.is_open and _fingerprints(case, is_only_replaced):
        # Windows are still to come, without what was only replaced.
        return case
    beside = None if case.ledger is None else case.ledger.native_remainder
    whole = whole_process_finding(
        case.records, case.screen, has_failed=case.is_untraceable, beside_findings=beside
    )
    if whole is not None and case.findings and beside is not None and whole.bytes_per_call == beside:
        case = case.because(rules.NATIVE_IS_LEFT, bytes_per_unit=beside)
        return replace(case, findings=(whole, *case.findings))
    if whole is None or not explain_too_little(case.findings, whole):
        return case
    # What was longer at one census only is no second leak beside one that it does not explain.
    findings = (whole, *(finding for finding in case.findings if finding.series))
    case = case.because(rules.PROCESS_GROWS, bytes_per_unit=whole.bytes_per_call)
    return replace(case, findings=findings)


def dismiss_replaced(case: Case) -> Case:
    """No leak is what took the place of something, and is no more than before."""
    only = _fingerprints(case, is_only_replaced)
    growing = still_growing(case.findings, case.screen, only)
    mostly = _fingerprints(case, is_mostly_replaced)
    left = beside_what_is_replaced(growing, mostly) if case.explanation is not None else growing
    for finding in case.findings:
        if finding not in growing:
            case = case.with_reasons([reasons.of_dismissal(finding, case.screen, only)])
        elif finding not in left:
            case = case.because(rules.MOSTLY_REPLACED, _name(finding), **reasons.rates(finding))
    return replace(case, findings=tuple(left))


def apply_threshold(case: Case) -> Case:
    """Proved growth under the threshold is reported and does not fail; the worst finding comes first."""
    threshold = case.threshold_bytes_per_unit
    judged = judged_by_threshold(case.findings, case.screen, threshold)
    for finding in judged:
        if finding.kind is Kind.UNDER_THRESHOLD:
            case = case.because(
                rules.UNDER_THRESHOLD,
                _name(finding),
                bytes_per_unit=finding.bytes_per_call,
                threshold_bytes_per_unit=threshold,
            )
    return replace(case, findings=worst_first(judged))


EXPLAINING: tuple[Pass, ...] = (
    join_candidates,
    admit_evidence,
    split_growth_among_groups,
    withdraw_credit,
    apply_proofs,
)
"""From what was screened and explained to the leaks."""
FINDING: tuple[Pass, ...] = (
    *EXPLAINING,
    name_findings,
    dismiss_chance,
    balance_books,
    add_growth_of_process,
    dismiss_replaced,
    apply_threshold,
)
"""… and on to the findings."""


def after(case: Case, passes: Sequence[Pass]) -> Case:
    """The case after these passes, in their order."""
    for each in passes:
        case = each(case)
    return case


def _fingerprints(case: Case, is_replaced: Callable[..., bool]) -> set[str]:
    """The fingerprints of the leaks for which this is so."""
    known = case.explanation
    return set() if known is None else {leak.fingerprint for leak in case.leaks if is_replaced(leak, known)}


def _name(finding: Finding) -> str:
    return "" if finding.holder is None else finding.holder.name
