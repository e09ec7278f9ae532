"""OpenZiti's edge router: a sync that is over, and a tracker that never hears of it.

The controller sends the router its API sessions: once in full, in numbered chunks, and
then one by one. A session that is added *while* a full sync is under way must survive
it, so it is kept as "post-sync data", in one list at key -1 of the tracker's chunks.

Two bugs together made that a leak. `IsSyncInProgress` tested for the empty id and so was
true exactly when no sync ran; and `applySync` left the finished tracker in place. After
the first sync every login was appended to that list and stayed there long after its
logout, under a map whose length never changed. Reported as openziti/ziti#2669, repaired
in #2670 (v1.3.0) on both sides: the flag is asked the right way, and the tracker is
dropped. Either half alone ends the growth, but with the flag still wrong a session that
arrives during a sync is not tracked, and the end of the sync removes it.

A sibling, openziti/ziti#3830: listeners for a session's removal pinned each connection
they were made for, and for OIDC sessions the event never came (repaired in #3831).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from scenarios import FIRST_SERIAL, Clock, Variant, Work, work_of

POST_SYNC = -1
SYNC_DEADLINE_SECONDS = 20.0


class ApiSession:
    def __init__(self, session_id: str, token: str, cert_fingerprints: tuple[str, ...]) -> None:
        self.id = session_id
        self.token = token
        self.cert_fingerprints = cert_fingerprints


class ApiSessionAdded(NamedTuple):
    """A message from the controller; only a chunk of a full state has a sync id."""

    api_sessions: list[ApiSession]
    sync_id: str = ""
    sequence: int = 0
    is_last: bool = False


class ApiSessionAddedWithState:
    """What a tracker keeps of the messages with one sequence number."""

    def __init__(self, api_sessions: Iterable[ApiSession]) -> None:
        self.api_sessions = list(api_sessions)


Listener = Callable[[ApiSession], None]


class StateManager:
    """All sessions the router knows, and whether a full sync is under way."""

    def __init__(self) -> None:
        self.api_sessions_by_token: dict[str, ApiSession] = {}
        self.current_sync = ""
        self.listeners: dict[str, Listener] = {}

    def add_api_session(self, session: ApiSession) -> None:
        self.api_sessions_by_token[session.token] = session

    def remove_api_session(self, token: str) -> None:
        session = self.api_sessions_by_token.pop(token, None)
        listener = self.listeners.pop(f"removed:{token}", None)
        if session is not None and listener is not None:
            listener(session)

    def remove_missing(self, known_tokens: set[str]) -> None:
        for token in [token for token in self.api_sessions_by_token if token not in known_tokens]:
            self.remove_api_session(token)

    def add_api_session_removed_listener(self, token: str, listener: Listener) -> Callable[[], None]:
        """Calls `listener` when the session goes; what comes back takes the listener away."""
        name = f"removed:{token}"
        self.listeners[name] = listener

        def remove() -> None:
            self.listeners.pop(name, None)

        return remove

    def mark_sync_in_progress(self, sync_id: str) -> None:
        self.current_sync = sync_id

    def mark_sync_stopped(self, sync_id: str) -> None:
        if self.current_sync == sync_id:
            self.current_sync = ""

    def is_sync_in_progress(self) -> bool:
        return self.current_sync != ""


class InvertedStateManager(StateManager):
    """As published: a sync seems to be in progress exactly when none is."""

    def is_sync_in_progress(self) -> bool:
        return self.current_sync == ""


class ApiSessionSyncTracker:
    """The chunks of one full sync, by sequence number, and the post-sync data at -1."""

    def __init__(self, sync_id: str, start_time: float) -> None:
        self.sync_id = sync_id
        self.start_time = start_time
        self.reqs_with_state: dict[int, ApiSessionAddedWithState] = {}
        self.has_last = False
        self.last_seq = 0
        self.is_done = False

    def add(self, message: ApiSessionAdded) -> None:
        chunk = ApiSessionAddedWithState(message.api_sessions)
        self.reqs_with_state[message.sequence] = chunk
        if message.is_last:
            self.has_last, self.last_seq = True, message.sequence

    def add_post_sync(self, sessions: list[ApiSession]) -> None:
        kept = self.reqs_with_state.get(POST_SYNC)
        if kept is None:
            self.reqs_with_state[POST_SYNC] = ApiSessionAddedWithState(sessions)
        else:
            kept.api_sessions.extend(sessions)

    def has_all(self) -> bool:
        wanted = range(self.last_seq + 1)
        return self.has_last and all(seq in self.reqs_with_state for seq in wanted)

    def tokens(self) -> set[str]:
        chunks = self.reqs_with_state.values()
        return {session.token for chunk in chunks for session in chunk.api_sessions}


class ApiSessionAddedHandler:
    """As repaired: a tracker is dropped as soon as its sync is over."""

    def __init__(self, sm: StateManager) -> None:
        self.sm = sm
        self.sync_tracker: ApiSessionSyncTracker | None = None

    def handle_receive(self, message: ApiSessionAdded, now: float) -> None:
        for session in message.api_sessions:
            self.sm.add_api_session(session)
        if message.sync_id:
            self.tracker_for(message.sync_id, now).add(message)
        elif self.sm.is_sync_in_progress() and self.sync_tracker is not None:
            self.sync_tracker.add_post_sync(message.api_sessions)

    def tracker_for(self, sync_id: str, now: float) -> ApiSessionSyncTracker:
        """The tracker of this sync; a new sync replaces whatever came before."""
        tracker = self.sync_tracker
        if tracker is None or tracker.sync_id != sync_id:
            tracker = self.sync_tracker = ApiSessionSyncTracker(sync_id, now)
            self.sm.mark_sync_in_progress(sync_id)
        return tracker

    def tick(self, now: float) -> None:
        """Once a second: ends a sync that is complete, or that has taken too long."""
        tracker = self.sync_tracker
        if tracker is None or tracker.is_done:
            return
        if tracker.has_all():
            self.sm.remove_missing(tracker.tokens())
        elif now - tracker.start_time < SYNC_DEADLINE_SECONDS:
            return
        tracker.is_done = True
        self.sm.mark_sync_stopped(tracker.sync_id)
        self.forget_tracker()

    def forget_tracker(self) -> None:
        self.sync_tracker = None


class KeepingHandler(ApiSessionAddedHandler):
    """As published: the tracker of a finished sync stays."""

    def forget_tracker(self) -> None:
        pass


class EdgeClientConn:
    """A client's channel, as published: it listens for the end of its session for ever."""

    def __init__(self, sm: StateManager, token: str) -> None:
        self.buffer = bytearray(4_096)
        self.is_open = True
        self.stop_listening = sm.add_api_session_removed_listener(token, lambda _: self.close())

    def handle_close(self) -> None:
        self.close()

    def close(self) -> None:
        self.is_open = False


class RepairedEdgeClientConn(EdgeClientConn):
    """Takes its listener away when the channel closes."""

    def handle_close(self) -> None:
        super().handle_close()
        self.stop_listening()


def token(serial: int) -> str:
    return f"token-{serial:020}"


def api_session(serial: int) -> ApiSession:
    return ApiSession(f"id-{serial}", token(serial), (f"sha1:{serial:040x}",))


class UnsyncedRouter:
    """Ten logins and ten logouts a call, on a router that had no full sync yet."""

    def __init__(self, sm: StateManager, handler: type[ApiSessionAddedHandler]) -> None:
        self.clock = Clock()
        self.sm = sm
        self.handler = handler(sm)
        self.serial = FIRST_SERIAL

    def work(self) -> None:
        self.clock.tick()
        self.serial += 10
        serials = range(self.serial - 10, self.serial)
        for serial in serials:
            message = ApiSessionAdded([api_session(serial)])
            self.handler.handle_receive(message, self.clock.now)
        for serial in serials:
            self.sm.remove_api_session(token(serial))
        self.handler.tick(self.clock.now)

    def receive_chunk(self, sequence: int, standing: range, *, is_last: bool) -> None:
        """One chunk of the fifty sessions that never log out."""
        sessions = [api_session(serial) for serial in standing]
        message = ApiSessionAdded(sessions, self.sync_id(), sequence, is_last)
        self.handler.handle_receive(message, self.clock.now)

    def sync_id(self) -> str:
        return f"sync-{self.serial}"

    def close(self) -> None:
        self.sm.api_sessions_by_token.clear()
        self.handler.sync_tracker = None


class Router(UnsyncedRouter):
    """The same after one full sync."""

    def __init__(self, sm: StateManager, handler: type[ApiSessionAddedHandler]) -> None:
        super().__init__(sm, handler)
        self.full_sync()

    def full_sync(self) -> None:
        self.receive_chunk(0, range(50), is_last=True)
        self.handler.tick(self.clock.now)


class ReconnectingRouter(Router):
    """Its controller sends everything again with every twentieth call."""

    calls = 0

    def work(self) -> None:
        super().work()
        self.calls = (self.calls + 1) % 20
        if self.calls == 0:
            self.full_sync()


class SlowlySyncingRouter(Router):
    """Always in the middle of a sync: the second chunk comes nineteen calls after the first."""

    calls = 0
    running_sync = ""

    def sync_id(self) -> str:
        return self.running_sync or super().sync_id()

    def work(self) -> None:
        if self.calls == 0:
            self.running_sync = f"sync-{self.serial}"
            self.receive_chunk(0, range(25), is_last=False)
        elif self.calls == 19:
            self.receive_chunk(1, range(25, 50), is_last=True)
        self.calls = (self.calls + 1) % 20
        super().work()


class ListeningRouter(Router):
    """Ten OIDC clients a call connect and close; their sessions never end in an event."""

    conn_type: type[EdgeClientConn] = EdgeClientConn

    def work(self) -> None:
        for _ in range(10):
            self.serial += 1
            self.conn_type(self.sm, token(self.serial)).handle_close()

    def close(self) -> None:
        super().close()
        self.sm.listeners.clear()


class RepairedListeningRouter(ListeningRouter):
    conn_type = RepairedEdgeClientConn


VARIANTS: dict[str, Variant[UnsyncedRouter]] = {
    "leaky": Variant(
        "as published: both bugs, so every login after the first sync is kept",
        lambda: Router(InvertedStateManager(), KeepingHandler),
    ),
    "fixed": Variant(
        "as repaired: the flag is right and the tracker is dropped",
        lambda: Router(StateManager(), ApiSessionAddedHandler),
    ),
    "flag_only": Variant(
        "the flag repaired, the tracker kept: one stale snapshot of the last sync",
        lambda: Router(StateManager(), KeepingHandler),
    ),
    "clear_only": Variant(
        "the tracker dropped, the flag still wrong: flat, but a sync loses new sessions",
        lambda: Router(InvertedStateManager(), ApiSessionAddedHandler),
    ),
    "resync_20": Variant(
        "as published, but every twentieth call a full sync replaces the tracker",
        lambda: ReconnectingRouter(InvertedStateManager(), KeepingHandler),
    ),
    "sync_saw": Variant(
        "as repaired, in syncs that take twenty calls and collect logins meanwhile",
        lambda: SlowlySyncingRouter(StateManager(), ApiSessionAddedHandler),
    ),
    "no_sync_yet": Variant(
        "as published, before the first full sync: there is no tracker to fill",
        lambda: UnsyncedRouter(InvertedStateManager(), KeepingHandler),
    ),
    "listener_closures": Variant(
        "each connection leaves a listener behind, and the listener its connection",
        lambda: ListeningRouter(StateManager(), ApiSessionAddedHandler),
    ),
    "listener_removed": Variant(
        "each connection takes its listener along",
        lambda: RepairedListeningRouter(StateManager(), ApiSessionAddedHandler),
    ),
}

app: UnsyncedRouter

leaky: Work
fixed: Work
flag_only: Work
clear_only: Work
resync_20: Work
sync_saw: Work
no_sync_yet: Work
listener_closures: Work
listener_removed: Work


def make(variant: str) -> UnsyncedRouter:
    return VARIANTS[variant].build()


def __getattr__(name: str) -> Work:
    return work_of(name, VARIANTS, globals())


def __dir__() -> list[str]:
    return sorted({*globals(), *VARIANTS})
