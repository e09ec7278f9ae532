"""The ledger: what the process measurably grows by, what leaks account for, and what is left of it.

What grows is read untraced; what a leak accounts for is what was traced of it, and what went with it when its
holder was emptied. Both are per unit of the run, in blocks, in bytes of native heap and in resident bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from leakscan import wire
from leakscan.analysis import settings
from leakscan.analysis.growth.screen import Screen
from leakscan.analysis.growth.trends import Trend, blocks, gain, heap, rss


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What one leak accounts for, per unit of the run."""

    blocks: float
    heap_bytes: float
    """Of native heap: large objects and tables, and what the entries own of memory that is not Python's."""
    bytes: float
    """Of all memory."""
    is_measured: bool = False
    """Whether it was measured what native heap goes with it; else it may own more than was traced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One of the numbers that grow, and how much of that is accounted for."""

    grown: float
    spread: float
    """By how much it differed from window to window, and may do so by tables that were made new."""
    explained: float

    def with_more(self, explained: float) -> "Account":
        """The account, with so much more accounted for."""
        return replace(self, explained=self.explained + explained)

    @property
    def remainder(self) -> float:
        """What nothing accounts for; less than 0 where more is accounted for than was seen to grow."""
        return self.grown - self.explained

    @property
    def share(self) -> float:
        """Share that is accounted for, from 0 to 1."""
        return max(0.0, min(1.0, self.explained / self.grown)) if self.grown > 0 else 1.0

    @property
    def is_open(self) -> bool:
        """Whether more is left than windows and measurements differ by."""
        return self.remainder > max(self.spread, settings.MIN_REMAINDER_SHARE * self.grown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The accounts of one run; None for a number that does not rise."""

    blocks: Account | None
    heap: Account | None
    rss: Account | None
    is_measured: bool
    """Whether there are leaks, and it is known of each what native heap goes with it."""

    @property
    def native_remainder(self) -> float | None:
        """Native heap per unit that is lost beside all leaks; None where it is not, or may be theirs."""
        if self.heap is None or not self.is_measured or not self.heap.is_open:
            return None
        return self.heap.remainder

    @property
    def is_open(self) -> bool:
        """Whether blocks or native heap grow by more than is accounted for."""
        return any(account is not None and account.is_open for account in (self.blocks, self.heap))


def ledger(screen: Screen, booked: Sequence[Credit], *, table_bytes: int = 0) -> Ledger:
    """The growth of the process against these credits.

    `table_bytes` is the size of the tables of all containers that grow: each may have been made new at once
    in the windows, whatever its share of the entries that came.
    """
    signals = (
        (blocks, screen.blocks, [credit.blocks for credit in booked], 0),
        (heap, screen.heap, [credit.heap_bytes for credit in booked], table_bytes),
        (rss, screen.rss, [credit.bytes for credit in booked], table_bytes),
    )
    of_blocks, of_heap, of_rss = (
        _account(screen, signal, explained, tables) if trend is Trend.RISING else None
        for signal, trend, explained, tables in signals
    )
    return Ledger(
        blocks=of_blocks,
        heap=of_heap,
        rss=of_rss,
        is_measured=bool(booked) and all(credit.is_measured for credit in booked),
    )


def _account(
    screen: Screen, signal: Callable[[wire.Sample], float], explained: Sequence[float], table_bytes: int
) -> Account | None:
    recent = screen.windows[-settings.WINDOWS_THAT_AGREE :]
    gains = [gain(window, signal, screen.unit) for window in recent]
    units = sum(each.units for each in gains)
    if units <= 0:
        return None
    rates = [each.per_unit for each in gains]
    return Account(
        grown=sum(each.gained for each in gains) / units,
        spread=max(rates) - min(rates) + table_bytes / units,
        explained=sum(explained),
    )
