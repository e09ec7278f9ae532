from __future__ import annotations

import pytest

from scenarios.ziti_session_sync import (
    POST_SYNC,
    ApiSessionAdded,
    ApiSessionAddedHandler,
    InvertedStateManager,
    KeepingHandler,
    StateManager,
    UnsyncedRouter,
    api_session,
    make,
    token,
)

FOUR_COMBINATIONS = [
    (manager, handler)
    for manager in (StateManager, InvertedStateManager)
    for handler in (ApiSessionAddedHandler, KeepingHandler)
]


def chunk(sequence: int, *serials: int, is_last: bool = False) -> ApiSessionAdded:
    sessions = [api_session(serial) for serial in serials]
    return ApiSessionAdded(sessions, "sync-1", sequence, is_last)


def added(serial: int) -> ApiSessionAdded:
    return ApiSessionAdded([api_session(serial)])


def post_sync_length(router: UnsyncedRouter) -> int:
    tracker = router.handler.sync_tracker
    if tracker is None or POST_SYNC not in tracker.reqs_with_state:
        return 0
    return len(tracker.reqs_with_state[POST_SYNC].api_sessions)


@pytest.mark.parametrize(("manager", "handler_type"), FOUR_COMBINATIONS)
def test_a_full_sync_removes_what_the_controller_no_longer_knows(
    manager: type[StateManager], handler_type: type[ApiSessionAddedHandler]
) -> None:
    sm = manager()
    handler = handler_type(sm)
    handler.handle_receive(added(1), now=0.0)

    handler.handle_receive(chunk(1, 3, is_last=True), now=1.0)
    handler.tick(now=1.0)
    before = set(sm.api_sessions_by_token)
    handler.handle_receive(chunk(0, 2), now=2.0)
    handler.tick(now=2.0)

    assert before == {token(1), token(3)}
    assert set(sm.api_sessions_by_token) == {token(2), token(3)}
    assert sm.current_sync == ""


@pytest.mark.parametrize(("manager", "handler_type"), FOUR_COMBINATIONS)
def test_a_session_that_arrives_during_a_sync_survives_it_only_if_the_flag_is_right(
    manager: type[StateManager], handler_type: type[ApiSessionAddedHandler]
) -> None:
    sm = manager()
    handler = handler_type(sm)
    handler.handle_receive(chunk(0, 1), now=0.0)

    handler.handle_receive(added(7), now=1.0)
    handler.handle_receive(chunk(1, 2, is_last=True), now=2.0)
    handler.tick(now=2.0)

    survives = token(7) in sm.api_sessions_by_token
    assert survives == (manager is StateManager)


def test_a_sync_that_never_ends_is_given_up_and_removes_nothing() -> None:
    sm = StateManager()
    handler = ApiSessionAddedHandler(sm)
    handler.handle_receive(added(1), now=0.0)
    handler.handle_receive(chunk(0, 2), now=0.0)

    handler.tick(now=19.0)
    waited = handler.sync_tracker
    handler.tick(now=20.0)

    assert waited is not None
    assert handler.sync_tracker is None
    assert not sm.is_sync_in_progress()
    assert set(sm.api_sessions_by_token) == {token(1), token(2)}


def test_a_listener_is_called_once_when_its_session_goes() -> None:
    sm, gone = StateManager(), []
    sm.add_api_session(api_session(1))
    sm.add_api_session_removed_listener(token(1), lambda session: gone.append(session.id))

    sm.remove_api_session(token(1))
    sm.remove_api_session(token(1))

    assert gone == ["id-1"]
    assert not sm.listeners


def test_a_removed_listener_is_not_called() -> None:
    sm, gone = StateManager(), []
    sm.add_api_session(api_session(1))
    remove = sm.add_api_session_removed_listener(token(1), lambda session: gone.append(session.id))

    remove()
    sm.remove_api_session(token(1))

    assert gone == []


@pytest.mark.parametrize(
    ("variant", "lengths"),
    [
        ("leaky", [10, 20, 30]),
        ("fixed", [0, 0, 0]),
        ("flag_only", [0, 0, 0]),
        ("clear_only", [0, 0, 0]),
        ("no_sync_yet", [0, 0, 0]),
        ("resync_20", [*range(10, 200, 10), 0] * 3),
        ("sync_saw", [*range(10, 200, 10), 0] * 3),
    ],
)
def test_the_post_sync_data_grows_as_told(variant: str, lengths: list[int]) -> None:
    router = make(variant)
    seen = []

    for _ in lengths:
        router.work()
        seen.append(post_sync_length(router))

    assert seen == lengths


@pytest.mark.parametrize("variant", ["leaky", "fixed", "flag_only", "clear_only", "resync_20", "sync_saw"])
def test_the_fifty_standing_sessions_stay(variant: str) -> None:
    router = make(variant)

    for _ in range(60):
        router.work()

    assert set(router.sm.api_sessions_by_token) == {token(serial) for serial in range(50)}


def test_the_leak_hides_under_a_map_of_constant_length() -> None:
    router = make("leaky")
    lengths = set()

    for _ in range(30):
        router.work()
        assert router.handler.sync_tracker is not None
        lengths.add(len(router.handler.sync_tracker.reqs_with_state))

    assert lengths == {2}


def test_the_flag_repaired_alone_keeps_one_stale_snapshot() -> None:
    router = make("flag_only")

    router.work()

    assert router.handler.sync_tracker is not None
    assert len(router.handler.sync_tracker.tokens()) == 50


@pytest.mark.parametrize(
    ("variant", "lengths"), [("listener_closures", [10, 20, 30]), ("listener_removed", [0, 0, 0])]
)
def test_the_listeners_grow_as_told(variant: str, lengths: list[int]) -> None:
    router = make(variant)
    seen = []

    for _ in lengths:
        router.work()
        seen.append(len(router.sm.listeners))

    assert seen == lengths
