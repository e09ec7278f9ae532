"""What a copy tells is kept apart from what else gets into its pipe."""

from hypothesis import given
from hypothesis import strategies as st

from leakscan.agent.fork.message_frames import MessageFrames

STRANGE = st.binary(max_size=40)


@given(st.lists(st.tuples(STRANGE, st.binary(max_size=200))), STRANGE)
def test_every_message_arrives_whole_whatever_stands_between_them(
    told: list[tuple[bytes, bytes]], behind: bytes
) -> None:
    frames = MessageFrames()
    stream = b"".join(strange + frames.framed(message) for strange, message in told) + behind

    assert frames.messages(stream) == [message for _strange, message in told]


@given(st.binary(max_size=200), st.data())
def test_a_message_that_was_cut_off_is_none(message: bytes, data: st.DataObject) -> None:
    frames = MessageFrames()
    framed = frames.framed(message)
    cut = data.draw(st.integers(0, len(framed) - 1))

    assert frames.messages(framed[:cut]) == []
    assert frames.messages(frames.framed(b"before") + framed[:cut]) == [b"before"]


def test_a_frame_of_another_copy_is_no_message() -> None:
    assert MessageFrames().messages(MessageFrames().framed(b"forged")) == []
