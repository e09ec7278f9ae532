"""Every threshold of the analysis: named, with its unit and the reason for its default."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a user may set of the verdict."""

    threshold_bytes_per_call: float = 0.0
    """Proved growth under this is reported and does not fail; 0: any proved growth fails."""


CONTROL_ROUNDS = 6
"""Rounds of the targets that leakscan measures itself with: nothing may move from one to the next."""
MAX_AGENT_FAILURES = 3
"""An agent that fails so often steps aside; what was seen until then is judged."""
RECENT_SAMPLES = 12
"""Samples that tell how long a call takes now."""
MIN_SECONDS_PER_CALL = 1e-8
"""What a call is taken to last at the least: a clock that did not move says that it lasts nothing."""
MIN_SECONDS_OF_FIRST_CALL = 1e-7
"""… where there is one sample only, or none."""

WARM_UP_CALLS = 512
"""Calls before the first census: enough for lazy imports, few enough that most caches are seen filling."""
WARM_UP_SECONDS = 1.5
"""Seconds that these calls may take: slow targets are warm by fewer."""
WINDOWS_THAT_AGREE = 3
"""Windows that have to say the same before growth is called steady."""

MAX_WINDOW_PARTS = 4
"""Parts of a window whose floors are compared: quarters show the floor of a saw-tooth each."""
ROUNDS_PER_WINDOW = 6 * MAX_WINDOW_PARTS
"""Samples in a window: so many in each quarter of it that a saw-tooth shows its floor there."""
FEWER_ROUNDS_PER_WINDOW = 3 * MAX_WINDOW_PARTS
"""Samples where a garbage collection takes long."""
SLOW_COLLECTION_SECONDS = 0.02
"""Seconds of one collection from which on a window has fewer samples: each begins with one."""
MIN_ROUNDS_PER_WINDOW = 2 * MAX_WINDOW_PARTS
"""Samples where it takes very long: each quarter has a floor, and something over it."""
VERY_SLOW_COLLECTION_SECONDS = 4 * SLOW_COLLECTION_SECONDS
"""Seconds of one collection from which on it has the fewest."""
RECENT_COLLECTIONS = 5
"""Samples whose median tells how long a collection takes."""
ROUNDS_AT_INTERVALS = 6
"""Samples where there is a pause between them that its user wants: a window is to end within minutes."""
BUSY_SHARE_OF_INTERVAL = 0.8
"""Share of the pause between two samples which the calls of a round may fill."""
WINDOWS_OF_MANY_ROUNDS = WINDOWS_THAT_AGREE + 1
"""Windows into which many rounds are cut: those that have to agree, after one that may warm up."""
MANY_ROUNDS = WINDOWS_OF_MANY_ROUNDS * FEWER_ROUNDS_PER_WINDOW
"""Rounds, where their number is given, from which on there are enough of them for so many windows."""
WINDOWS_OF_FEW_ROUNDS = 2
"""Windows into which fewer rounds are cut: one confirms the other."""
MIN_ROUNDS_TO_CONFIRM = 2 * WINDOWS_OF_FEW_ROUNDS
"""Rounds, where their number is given, under which there is one window: less than two samples are none."""

FIRST_WINDOW_SECONDS = 0.12
"""Calls of the first window; each window after it doubles the calls."""
FIRST_WINDOW_FACTOR = 4
"""Calls of the first window, as a multiple of all calls of the warm-up, at the most."""
CHEAP_WINDOW_FACTOR = 4
"""Calls of a window, as a multiple of those of the last, where that was shorter than the first should be."""

PATIENCE_SECONDS = 2.0
"""Calls that a growth must outlast before it is called a leak: a cache that fills is flat by then."""
PATIENCE_GROWN_BYTES = 64 * 2**20
"""… or bytes that it must have gained: a target that leaks fast is not driven out of memory."""
PATIENCE_CALLS = 40_000
"""… or calls: more only make the heap larger to explain."""
PATIENCE_MIN_CALLS = 40
"""Calls before which a growth is called a leak only once half of the time is over."""
PATIENCE_WINDOWS = WINDOWS_THAT_AGREE + 1
"""… or windows, once the run is old, or each is cut by the clock: those that agree, and one to confirm."""
PATIENCE_RUN_SECONDS = 2 * PATIENCE_SECONDS
"""Seconds of the run, with all that is not spent in calls, that make it old."""
WINDOWS_BEFORE_TRACING = 2
"""Windows of a run that traces in any case: one to compare the other with."""

WINDOW_GROWN_BYTES = 48 * 2**20
"""Most that a window should make the target grow by: what grew has to be explained afterwards."""
WINDOW_GROWN_BLOCKS = 150_000
"""Blocks that a window should make the target grow by, at the most: each is followed afterwards."""

SETTLED_FACTOR = 2.5
"""Calls since memory last rose, as a multiple of those until then: a buffer that doubles is flat for half."""

FLAT_SECONDS = 0.35
"""Calls that must have been seen flat before a target is called clean."""
FLAT_MIN_CALLS = 96
"""Calls that must have been seen flat, while the budget lasts: a leak on every seventh call shows in them."""

BUDGET_SECONDS = 20.0
"""Most that the screen takes before it says that it can't tell."""
CALM_SHARE = 0.25
"""Share of `BUDGET_SECONDS` in which no container is looked at after a window in which nothing grew."""
INTERVALS_IN_BUDGET = 40
"""… or pauses, where its user wants longer ones: all windows that have to agree, with time to spare."""
SCREEN_SHARE = 0.6
"""Share of the longest time that the screen takes: the rest is for tracing and explaining."""
LIVE_SECONDS, LONGEST_WATCH_SECONDS = 45.0, 120.0
"""Of a call that never returns, where no time is given; and of its watch, until little could hide in it."""
LIVE_SCREEN_SHARE = 0.5
"""Share of `LIVE_SECONDS` that the screen takes: what is traced beside one takes seconds, not calls."""
MAX_LIMIT_BYTES_PER_HOUR, MAX_LIMIT_SHARE_PER_HOUR, MAX_LIMIT_SHARE_IN_GIVEN_TIME = 1e6, 0.01, 1.0
"""Growth that may hide in a program: 24 MB a day, or a share of its memory; what could double it, never."""
MIN_LIVE_INTERVAL_SECONDS = 0.05
"""Between two samples beside a call: each stops it for a collection."""
FEW_CALLS_SHARE = 0.5
"""Share of the time of the screen after which few calls have to do."""
MIN_WINDOW_SECONDS = 4.0
"""A window is given so long in any case: half of a window tells nothing."""
MIN_WINDOW_SHARE = 0.3
"""… or this share of the longest time, where that is less."""

STILL_RISING = 0.55
"""A rate that kept this share of the rate before is not fading."""
FADING = 0.75
"""A gain that is under this share of what the doubling of calls would give fades."""
RISE_OVER_FALL = 1.5
"""What a signal falls by itself hides a rise of up to so many times as much."""

IDLE_SHARE = 0.001
"""Share of the time under which a call that was watched has used the processor for nothing of its own."""
MIN_SAMPLES_OF_IDLE_CALL = 4
"""Samples that tell so: it may have begun with something that waits."""

BUSY_CHILDREN_SHARE = 0.005
"""Share of the time from which on child processes that used the processor are at work: a database that
waits wakes up ten times a second, and uses a tenth of that."""
MIN_CHILDREN_GAIN_BYTES = 2**20
"""Resident bytes from which on child processes grow: a child that gets ready takes less."""
LASTING_SHARE = 0.5
"""Share of the time that a child has to have been there: what a call runs to its end keeps nothing."""
MANY_MORE_CHILDREN = 4
"""Children by which they became more and more, from which on each call leaves one behind."""

WINDOWS_TO_CONFIRM = 3
"""Windows after the tracing of what did not keep growing there, that tell whether it has stopped."""

NOTABLE_BLOCKS = 16
"""A step of fewer blocks is a cache of the interpreter's, not a buffer of the target's."""
WINDOWS_THAT_SETTLE = 5
"""Windows after which one without a gain is enough for a signal with steps of its own."""
NET_OF_REPLACED = 0.1
"""Entries that a container may gain for each that came in, and still only replace what it has."""
MIN_SHARE_OF_GROWTH = 0.5
"""Entries gained for each block that memory grew by, from which on the growth is that of the container."""
MIN_BLOCK_GAIN = 8.0
"""Blocks that come and stay at odd moments are the interpreter's own; a leak gains more in a window."""
MIN_HEAP_GAIN_BYTES = 16 * 1024
"""Heap in use that rises by less in a window may be malloc's own caches."""
MIN_RSS_GAIN_BYTES = 4 * 2**20
"""Resident bytes that a rise in a window has to exceed: the kernel and malloc move that much at once."""
MIN_ENTRIES_PER_CALL = 1 / 64
"""A container that gained less, while memory did not grow, is not looked at again."""

CHURN_CENSUSES = 5
"""Censuses at what comes and goes with single calls; more of it than that is the same again."""
CHURN_SECONDS = 0.5
"""Most that the calls between them may take."""
MAX_CHURN_CONTAINERS = 8
"""Containers that are looked at so."""

TRACED_EVENTS = 160
"""Grown objects that tracing should see: enough to tell their sites apart."""
TRACED_SECONDS = 1.2
"""Time of the calls of one traced span."""
TRACED_SLOWDOWN = 12.0
"""How many times longer a call is taken to be, before one was traced: 1 where it waits, 40 at the most."""
TRACED_SPANS = 2
"""Spans of traced calls: what grew in both is no single event."""
MIN_TRACED_CALLS = 4
"""Calls of a traced span at the least: what is allocated in one of them is single."""
MAX_TRACED_ROUNDS = 20
"""Rounds that a span may be as long as, where the number of calls in a round is given."""
TABLE_ALONE_SHARE = 0.5
"""Blocks for each thing gained, under which things are numbers or known objects, and only a table grows."""
TABLE_MOVED_SHARE = 0.15
"""Share of its entries that a list gains until its table is moved: an eighth, and some to spare."""
MAX_SUSPECTS = 100
"""Growing containers whose lengths are noted when tracing begins: one report names a few."""
MAX_NAMED_UNTRACED = 24
"""Growing containers of a program that runs by itself whose chains are looked for before it is traced."""
MAX_FULL_CACHES = 20
"""Caches at their bound that are named."""
MAX_SUSPECTS_AFTER_A_STOP = 3
"""Containers whose entries are looked at where nothing can be traced any more."""

ROUNDS_OF_A_STEP = 4
"""Samples in a doubling of the warm-up where memory may grow in steps."""
FRAMES_OF_A_STEP = 6
"""Frames a traceback where memory grows in steps."""
CALLS_TO_NEXT_STEP = 1.15
"""Calls of a span with the next step in it, as a multiple of all before: their double, and a little more."""

MIN_REPORTED_SHARE = 0.25
"""Share of native growth that findings with a holder have to account for to be the answer to it."""
TRACED_SPANS_IN_BUDGET = 10
"""A running program is traced in two spans, each this part of the time for its screen."""
MIN_LIVE_SPAN_SECONDS, MAX_LIVE_SPAN_SECONDS = 1.0, 4.0
"""Of such a span: in less nothing may happen, in more the program is slow for too long."""
ROUNDS_OF_LIVE_SPAN = 2
"""Samples in the traced span of a running program."""
WATCHED_BYTES = 256 * 1024
"""Native growth that watching the lines should see: many steps of a library that takes whole pages."""
MIN_WATCHED_CALLS, MAX_WATCHED_CALLS = 16, 2_000
"""Calls that are watched line by line: enough to tell a loss from a page, few enough to end."""
WATCHED_SECONDS = 4.0
"""Seconds that the watched calls may take, at the most."""
SLOWEST_WATCHED_SECONDS = 0.3
"""A call that takes longer is not watched: line by line it may take a hundred times as long."""
MAX_WATCHED_LEAKS = 24
"""Leaks whose holders are watched, the worst first: each length is read at each line."""
MAX_WATCHED_ALIKE = 24
"""Holders of one leak that are watched: those after them differ by a key only."""
WATCHED_ENTRIES = 48
"""Entries that should come while a holder is watched: enough to tell that 8 of 10 go again."""
MIN_STORE_CALLS, MAX_STORE_CALLS = 8, 512
"""Calls in which a holder is watched, in each round."""
STORE_SECONDS = 4.0
"""Seconds that all rounds may take, at the most."""

MIN_SHARE = 0.04
"""Share of the whole growth under which a site or holder is not reported, unless it grew at each census."""
MIN_INTERNED_SHARE = 0.5
"""Interned strings for each object that nothing holds, from which on these objects are the strings."""
MIN_SITE_SHARE = 0.02
"""Share of a finding's heaviest site under which another one is not listed."""
MAX_SITES = 60
"""Sites listed of a finding."""
ENOUGH_EXPLAINED = 0.6
"""Share of the untraced growth that holders have to account for before no weaker evidence is admitted."""
MIN_EXPECTED_BLOCKS = 16.0
"""Blocks that the traced calls must have been expected to gain before it says something that they did not."""
MIN_ACCOUNTED_SHARE = 0.1
"""Share of the untraced growth in blocks under which a finding of the traced calls is chance."""
ENOUGH_FREED = 0.5
"""A holder that frees less than this is not the only answer."""
WELL_FREED = 0.9
"""A holder that frees less is tried together with the others: they may be the insides of one object."""
MAX_OTHER_HOLDERS = 24
"""Others that hold the same objects, of which an answer tells: a gate that knows some passes the rest."""
MAX_DRAWN = 5
"""Findings whose surroundings are drawn: more do not fit into one picture that can be read."""
MAX_WEIGHED = 8
"""Holders whose entries are weighed."""
MAX_PROOFS = 24
"""Experiments in forked copies: one for each of ten leaks, and more for those with several holders."""
MAX_FAILED_PROOFS = 3
"""Experiments that came to nothing, such as one that took too long, before no more are made."""

# What the verdict says of a run.

BLOCK_BYTES = 512
"""The largest object that is one of Python's small blocks; larger ones show in the native heap."""
MIN_WARM_UP_BLOCKS = 32
"""Blocks that a window has to have gained before a run that ended flat is said to have warmed up."""
MIN_SAW_TOOTH_BLOCKS = 64
"""Blocks by which a flat signal has to fall before it is said to rise and fall."""
MIN_CALLS_TO_TELL = 100
"""Calls under which the time was too short, and not the target too noisy."""
MIN_ADVISED_ROUNDS, ADVISED_ROUNDS_FACTOR = 12, 2
"""Rounds that a run is advised to take that had too few: so many, or this multiple of what it had."""
ADVISED_SECONDS, ADVISED_TIME_FACTOR = 120, 4
"""Seconds that a run is advised to take that had too few: so many, or this multiple of what it had."""
MAX_NAMED_PROCESSES = 3
"""Processes that are named of those that were ended."""
SIMILAR_NAME = 0.5
"""Similarity by `difflib`, from 0 to 1, from which on another name may have been meant."""

# Who holds the growth: the tiers of evidence, and how the growth is split.

GROWING_ADMITTED_BELOW = 1.0
"""Share of the growth: a container that the screen saw growing is admitted before all else."""
LONGER_ADMITTED_BELOW = 0.8
"""Share of the growth: one census may be an accident, so that a fifth has to be left for it."""
SINGLE_REFERENCE_ADMITTED_BELOW = 0.8
"""Share of the growth: a reference has no length that could be seen growing."""
WEAK_ADMITTED_BELOW = 0.5
"""Share of the growth: what is held weakly is most often held by somebody else, who explains most of it."""
REPLACED_ADMITTED_BELOW = 0.3
"""Share of the growth: a container no longer than before holds new entries, and let others go."""
SHARED_OBJECTS = 0.5
"""Share of its objects that a holder has in common with another, from which on they hold one leak."""
MIN_SHARE_OF_OWN_SITE = 0.5
"""Share of a site's objects that a single reference has to hold, if the site is to speak for it."""
MIN_EXPLAINED_SHARE = 0.1
"""Share of the objects that were looked at, under which no holder answers for all of their growth."""
KNOWN_SITES_SHARE = 0.5
"""Share of the grown blocks at sites with objects that were looked at, from which on these speak for all."""
MIN_BLOCKS_OF_A_LEAK = 4
"""Blocks: fewer at one site, or for each number that is left, are one thing that was moved or replaced."""
MOVED_TABLE_SHARE = 0.5
"""Share of a site's gain that one block has to be, to be the table of a container that was moved."""
BUFFER_SPARE_FACTOR = 1.3
"""Factor by which a buffer may be larger than its content: CPython adds an eighth and a little."""
MIN_SHARE_OF_TABLE = 0.5
"""Share of what a table gains, which a site has to have grown by to be the one that fills it."""
FRAMES_OF_EVERY_TRACEBACK = 2
"""Frames that every traceback ends with: those of the agent's own loop."""

# Which experiments prove it.

MAX_EMPTIED_ALONE = 3
"""Holders of one leak that are emptied one by one: each experiment takes a copy of the process."""
MAX_EMPTIED_TOGETHER = 6
"""Holders that are emptied at once: those after them hold next to nothing more."""
MIN_SPREAD_CONTAINERS = 3
"""Containers of one kind over which a growth is spread, from which on they are emptied at once."""

# What a finding says, and which are no leak.

MIN_STORE_SHARE = 0.04
"""Share of the entries that come to a holder, or go, under which a line is not told."""
MAX_STORE_LINES = 5
"""Lines that put entries into one holder, and lines that take them out, that a finding tells of."""
MIN_PEER_SHARE = 0.5
"""Entries that another container of the object gains for each of the holder, to be an index of the same."""
MIN_PLACED_SHARE = 0.5
"""Share of the entries that have to come at lines of watched code, for these to be the answer."""
NOTHING_REMOVED_SHARE = 0.1
"""Share of the entries that came, under which none is said to go: rates of many small lists are rough."""
MIN_SHARE_IN_ENTRIES = 0.4
"""Share of a growth that the entries have to weigh, if a bound on them is to end it: they weigh unevenly."""
CAME_TO_STAY_SHARE = 0.9
"""Share of the entries that came by which a container is longer, from which on none took another's place."""
CENSUSES_OF_A_SHORT_RUN = 2
"""Censuses up to which a container that grew is taken at its rate: there are no others to agree with."""
MIN_LOST_SHARE = 0.25
"""Share of the untraced growth that no holder has, from which on it is a leak that nothing holds."""
MIN_MISSING_SHARE = 0.2
"""Share of the untraced growth that holders have to leave unexplained before anything is taken for lost."""
MIN_REMAINDER_SHARE = 0.25
"""Share of the untraced growth that has to be left over before the books are open: a call that is traced need
not keep just what others keep, nor malloc take just what it is asked for."""
MIN_FREED_OF_A_SITE = 0.1
"""Share of a site's blocks that has to go with a holder, if it is to answer for memory without an object."""
MIN_FREED_HEAP_BYTES = 64 * 1024
"""Native heap that has to go when a holder is emptied before its entries own any: the tracer's own table of
what lives is moved now and then, and takes half of that."""
NATIVE_FACTOR = 1.2
"""Native heap that goes with each traced byte before it is added to it: witnesses that differ less agree."""

# Whether a signal, or a container, grows.

MIN_STEPS_TO_COMPARE = 3
"""Steps of a window from which on one of them can be most of its gain: of two, one always is."""
SINGLE_STEP_SHARE = 0.75
"""Share of a window's gain from which on one step is most of it: a leak gains in every part."""
STOP_FACTOR = 3
"""A signal has stopped when it has not risen for so many times as long as it ever paused before."""
WILD_FACTOR = 4.0
"""Factor between the rates of windows from which on they are those of single events, not of calls."""
WINDOWS_THAT_AGREE_ON_STEPS = WINDOWS_THAT_AGREE + 1
"""Windows in which a signal with steps of its own has to rise, where it does not rise smoothly."""
WINDOWS_OF_RESIDENT_MEMORY = WINDOWS_THAT_AGREE + 1
"""Windows in which resident memory has to rise before it counts by itself: the kernel gives it in spurts."""
WINDOWS_THAT_FADE = 5
"""Windows after which ever smaller gains are the end of a growth, and not the beginning of a doubt."""
HEAP_BYTES_OF_AN_EVENT = 4096
"""Bytes of native heap that count as one grown thing: a page."""
RATES_OF_A_CONTAINER = 3
"""Rates, from each census to the next, that say whether a container goes on growing: the last ones."""
MIN_RATES_OF_A_CONTAINER = 2
"""Rates without which nothing is said of that: one may be a single event."""
RATES_THAT_AGREE = RATES_OF_A_CONTAINER + 1
"""Rates after which one is no accident: what is emptied now and then may be fuller a few times."""
MIN_ENTRIES_OF_A_RATE, MIN_ENTRIES_OF_A_CLOCK = 4, 16
"""Entries from which on a rate is told, though one is early or late; and how much slower a program was."""
EVEN_FACTOR = 1.3
"""Factor up to which the rates of one container are the same rate."""
SUSPECT_SHARE = 0.5
"""Entries for each block gained, from which on a container that was looked at twice may be the leak."""
FILLED_SHARE = 0.25
"""Share of its bound that a container gains while watched, to be told as filled: less is warm-up's rest."""
DOUBLINGS_THAT_AGREE = 4
"""Doublings of all calls that have to gain ever more before memory is said to grow in steps."""
MIN_STEP_RATIO = 1.4
"""Ratio of the gains of two doublings: 2 where a buffer doubles, down to this where it grows by half."""
MAX_STEP_RATIO = 4.0
"""Ratio of the gains of two doublings, at the most: more is a single event."""
MIN_SAMPLES_OF_A_DOUBLING = 4
"""Samples in a doubling without which a step can't be told from steady growth."""
STEP_SHARE = 0.5
"""Share of a doubling's gain that comes between two samples, at the least, where memory grows in steps."""

# What the whole process tells.

MIN_SHARE_OF_ENTRIES = 0.5
"""Objects of a type that come with each entry, from which on the advice goes by that type."""
REFERENCE_BYTES = 8
"""Bytes that an entry of a container takes at the least: one reference."""
GIVEN_BACK_SHARE = 0.5
"""Share of what the process grew by that malloc must be able to give back for it to be fragmentation."""
MIN_SHARE_OF_LOSS, MAX_SHARE_OF_LOSS = 0.7, 1.4
"""What lines took, as a share of what the process lost in as many calls, to be taken for it."""
MIN_LINE_SHARE = 0.05
"""Share of what all watched lines took, under which one of them is not reported."""
