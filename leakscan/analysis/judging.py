"""The passes over the whole run: how the target failed, and the verdict over everything."""

from dataclasses import replace

from leakscan.analysis.case import Case
from leakscan.analysis.endings import is_cut_in_explanation
from leakscan.analysis.failure import failure
from leakscan.analysis.verdict import judge
from leakscan.analysis.verdict_rules import VERDICTS
from leakscan.model.run import Verdict


def note_failure(case: Case) -> Case:
    """How the target failed, and whether that was before growth could be explained."""
    failed = failure(case.records)
    is_untraceable = failed is not None or is_cut_in_explanation(case.records, case.screen)
    return replace(case, failure=failed, is_untraceable=is_untraceable)


def judge_process(case: Case) -> Case:
    """The verdict over everything that was seen."""
    judgement = judge(case.records, case.options, case.screen, case.findings, case.failure, case.ledger)
    case = replace(case, judgement=judgement)
    leaking = sum(finding.verdict is Verdict.LEAKING for finding in case.findings)
    return case.because(VERDICTS[judgement.kind], leaks=leaking)
