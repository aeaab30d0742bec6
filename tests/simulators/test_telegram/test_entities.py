"""HTML becomes text with entities, as Telegram reads it."""

import pytest

from simulators.telegram.entities import as_html, found_in, trimmed
from simulators.telegram.formatting import read_html
from simulators.telegram.parameters import ApiRefusal


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("<b>x</b>", "bold"),
        ("<strong>x</strong>", "bold"),
        ("<em>x</em>", "italic"),
        ("<u>x</u>", "underline"),
        ("<del>x</del>", "strikethrough"),
        ("<tg-spoiler>x</tg-spoiler>", "spoiler"),
        ('<span class="tg-spoiler">x</span>', "spoiler"),
        ("<code>x</code>", "code"),
        ("<pre>x</pre>", "pre"),
        ("<blockquote>x</blockquote>", "blockquote"),
        ("<blockquote expandable>x</blockquote>", "expandable_blockquote"),
    ],
)
def test_a_tag_becomes_an_entity(source: str, kind: str) -> None:
    assert read_html(source) == ("x", [{"type": kind, "offset": 0, "length": 1}])


def test_offsets_are_counted_in_utf16() -> None:
    assert read_html("🔑é<b>🚪</b>")[1] == [{"type": "bold", "offset": 3, "length": 2}]


def test_a_link_keeps_its_address() -> None:
    assert read_html('<a href="https://a.b/?c=1&amp;d=2">x</a>')[1][0]["url"] == "https://a.b/?c=1&d=2"


def test_a_time_is_an_entity_that_every_reader_sees_in_their_own_zone() -> None:
    text, entities = read_html('<tg-time unix="1790000000" format="t">13:33</tg-time>')
    times = {"unix_time": 1790000000, "date_time_format": "t"}
    assert (text, entities) == ("13:33", [{"type": "date_time", "offset": 0, "length": 5, **times}])


def test_references_are_read() -> None:
    assert read_html("&lt;b&gt; &amp;&quot; &#33;&#x21; &nbsp; &")[0] == '<b> &" !! &nbsp; &'


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("é<x>a</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_a_mistake_is_named_as_telegram_names_it(source: str, fault: str) -> None:
    with pytest.raises(ApiRefusal) as refusal:
        read_html(source)
    assert refusal.value.description == f"Bad Request: can't parse entities: {fault}"


def test_blank_space_around_a_text_is_dropped() -> None:
    assert trimmed(*read_html(" \n<b> x </b>\n")) == ("x", [{"type": "bold", "offset": 0, "length": 1}])


def test_commands_mentions_and_links_are_marked() -> None:
    kinds = [entity["type"] for entity in found_in("/open@door_bot front @anna https://a.b/c. 1/2")]
    assert kinds == ["bot_command", "mention", "url"]


def test_nothing_is_marked_inside_code() -> None:
    text, entities = read_html("<code>/open</code>")
    assert found_in(text, entities) == []


@pytest.mark.parametrize(
    "source",
    ["a &lt; b", "<b>a<i>b</i></b>c", "<i>🔑</i><code>a&amp;b</code>", "<blockquote>a<b>b</b></blockquote>"],
)
def test_entities_are_written_back_as_the_same_html(source: str) -> None:
    assert as_html(*read_html(source)) == source


def test_a_link_that_runs_code_is_not_written() -> None:
    entity = {"type": "text_link", "offset": 0, "length": 1, "url": "javascript://%0aalert(1)"}
    assert as_html("x", [entity]) == "x"
