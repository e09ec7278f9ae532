"""What is decided, or done, by numbers: a rule of the passes, and a stage of a run or of its report."""

from dataclasses import dataclass

from leakscan.model.analysis import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    name: str
    sentence: str
    """What it concludes from what: a whole sentence."""
    decided_in: tuple[str, ...] = ()
    """Code of the analysis, as `module.function` or a module: its numbers are the rule's."""
    shown_by: str
    """A scenario or a target on which it decides, or a test that runs one."""

    def reason(self, about: str = "", **numbers: float) -> Reason:
        """That it has decided, on what, by these numbers."""
        return Reason(rule=self.name, about=about, sentence=self.sentence, numbers=numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One thing that is done by numbers, beside the rules."""

    name: str
    sentence: str
    """What the numbers are for: a whole sentence."""
    done_in: tuple[str, ...]
    """Code of the analysis that reads them, as `module.function` or a whole module."""
