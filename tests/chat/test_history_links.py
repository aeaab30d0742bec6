"""What a button under the history holds, in the 64 bytes that Telegram gives it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.button_data import PageTurn, decode
from bot.chat.handlers.history import CSV, JSON, PAGE
from bot.chat.history_link import HistoryLink
from bot.domain.history import Question, Topic

MOMENTS = st.integers(0, 60_000_000).map(lambda minutes: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
LINKS = st.builds(
    HistoryLink,
    st.builds(
        Question,
        door=st.none() | st.from_regex(r"[a-z0-9](?:[a-z0-9_]{0,22}[a-z0-9])?", fullmatch=True),
        person_id=st.none() | st.integers(1, 2**52),
        since=st.none() | MOMENTS,
        until=st.none() | MOMENTS,
        topic=st.none() | st.sampled_from(Topic),
    ),
    before=st.none() | st.integers(1, 10**9),
)


@given(link=LINKS)
def test_a_link_comes_back_as_it_was_and_fits_into_a_button(link: HistoryLink) -> None:
    assert HistoryLink.decode(link.encode()) == link
    for view, shown in ((PAGE, link), (CSV, link.newest()), (JSON, link.newest())):
        data = PageTurn(view, 0, shown.encode()).encode()
        assert len(data.encode()) <= 64
        assert decode(data) == PageTurn(view, 0, shown.encode())


@given(signs=st.text())
def test_whatever_a_client_sends_is_some_question(signs: str) -> None:
    assert isinstance(HistoryLink.decode(signs).question, Question)
