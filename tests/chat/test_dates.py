"""The date picker: days, hours and quarters chosen with buttons, by whoever it was shown to."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.button_data import decode
from bot.chat.date_buttons import DateButton, DateStep
from bot.chat.date_pages import DatePages
from bot.chat.render.locale import Locale
from bot.domain.actions import Action
from bot.domain.calendars import Choosable, Month, hours
from bot.domain.doors import Doors
from bot.domain.people import Role
from tests.house import MAX, OLGA, SAM, Chat, House

PARIS = ZoneInfo("Europe/Paris")
MOST_BUTTONS = 100


def clock_labels(house_day: date, *, zone: ZoneInfo = PARIS) -> list[str]:
    after = datetime(house_day.year, 1, 1, tzinfo=UTC)
    pages = DatePages(
        1, Choosable(after, after + timedelta(days=366), zone), Locale(zone, {}, Doors([]), lambda: after)
    )
    rows = pages.hours(house_day, fine=False).inline_keyboard[:-2]
    return [button.text for row in rows for button in row]


def test_the_day_that_loses_an_hour_has_23_and_the_one_that_has_it_twice_25() -> None:
    assert len(spring := clock_labels(date(2026, 3, 29))) == 23
    assert "02:00" not in spring
    assert len(autumn := clock_labels(date(2026, 10, 25))) == 25
    assert autumn[1:5] == ["01:00", "02:00 CEST", "02:00 CET", "03:00"]


MOMENTS = st.integers(1_700_000_000, 2_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
ZONES = st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "UTC"]).map(
    ZoneInfo
)


@settings(max_examples=60, deadline=None)
@given(
    MOMENTS, ZONES, st.timedeltas(timedelta(0), timedelta(days=366)), st.none() | MOMENTS, st.integers(1, 10**12 - 1)
)
def test_every_date_that_can_be_reached_comes_back_from_its_button(
    now: datetime, zone: ZoneInfo, ahead: timedelta, start: datetime | None, draft: int
) -> None:
    start = start and start.replace(second=0, microsecond=0)
    choosable = Choosable(now, now + timedelta(days=366), zone)
    pages = DatePages(draft, choosable, Locale(zone, {}, Doors([]), lambda: now), start, begins_now=start is None)
    day = (now + ahead).astimezone(zone).date()
    hour = hours(day, zone)[-1]
    for page in (
        pages.month(Month.of(day)), pages.hours(day, fine=False), pages.hours(day, fine=True), pages.quarters(hour),
    ):  # fmt: skip
        found = [button for row in page.inline_keyboard for button in row]
        assert len(found) <= MOST_BUTTONS
        for button in found:
            data = str(button.callback_data)
            asked = decode(data)
            assert isinstance(asked, DateButton)
            assert len(data.encode()) <= 64
            assert asked.encode() == data
            assert button.text
            if asked.step is DateStep.CHOSEN:
                assert isinstance(asked.value, datetime)
                assert choosable.has_moment(asked.value)


@given(st.builds(Month, st.integers(2000, 2100), st.integers(1, 12)))
def test_the_next_month_and_the_one_before_are_inverse(month: Month) -> None:
    assert month.next().previous() == month == month.previous().next()
    assert month.previous() < month < month.next()
    days = [day for week in month.weeks() for day in week if day]
    assert {len(week) for week in month.weeks()} == {7}
    assert days == sorted(days)
    assert (days[0].day, days[-1] + timedelta(days=1)) == (1, month.next().first)


async def to_dates(owner: Chat) -> str:
    await owner.say("/guest Dupont")
    await owner.tap("Front door")
    return await owner.tap("Pick dates")


async def test_a_guest_pass_from_and_until_picked_with_buttons(house: House, owner: Chat) -> None:
    said = await to_dates(owner)
    assert said == (
        "🧳 A pass for Dupont: Front door.\nFrom when? Choose a day.\nTimes are those of the house (Europe/Paris)."
    )
    # Sunday, 1 March 2026, 13:00.
    assert owner.buttons[:10] == ["·", "March 2026", "›", "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
    assert owner.buttons[10:18] == ["·"] * 6 + ["1", "2"]
    assert "Friday 6 March: at which hour?" in await owner.tap("6")
    assert "From Fri 6 Mar 15:00 CET.\nUntil when? Choose a day." in await owner.tap("15:00")
    assert owner.buttons[10:17] == ["·"] * 4 + ["6", "7", "8"], "nothing before the beginning"
    await owner.tap("8")
    await owner.tap("To the quarter hour")
    await owner.tap("11:00")
    assert owner.buttons[:4] == ["11:00", "11:15", "11:30", "11:45"]
    await owner.tap("11:30")
    [state] = await house.inside.passes.live(OLGA)
    made = state.guest_pass
    assert (made.label, made.doors) == ("Dupont", ("front",))
    assert made.starts_at == datetime(2026, 3, 6, 14, tzinfo=UTC)
    assert made.ends_at == datetime(2026, 3, 8, 10, 30, tzinfo=UTC)


async def test_what_is_over_is_no_button_and_a_forged_press_chooses_nothing(house: House, owner: Chat) -> None:
    await to_dates(owner)
    await owner.tap("1")
    assert owner.buttons[:4] == ["·", "·", "14:00", "15:00"], "it is 13:00"
    over = int(house.now()) // 60 - 60
    await owner.forge(f"when:1:c:{over}:")
    assert owner.alerts[-1] == "That time is over, or it is not possible here. Please choose another one."
    assert await house.inside.passes.live(OLGA) == []


async def test_from_now_on_months_and_the_way_back(owner: Chat) -> None:
    await to_dates(owner)
    await owner.tap("›")
    assert "April 2026" in owner.buttons
    assert owner.buttons[0] != "·"
    await owner.tap("‹")
    assert "Until when?" in await owner.tap("From now on")
    assert "From when?" in await owner.tap("‹ Back")
    assert "From when until when?" in await owner.tap("‹ Back")


async def test_the_picker_goes_on_after_a_restart_and_belongs_to_whoever_asked(house: House, owner: Chat) -> None:
    await to_dates(owner)
    data = owner.last["buttons"][2][6]["data"]
    await house.restart()
    await house.allow(MAX, "Max", "front", "open")
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    await house.member.say("/start")
    await house.member.forge(data, message_id=house.member.last["message_id"])
    assert "somebody else's" in house.member.alerts[-1]
    await house.poll_once()
    assert "From Sun 1 Mar 20:00 CET" in (await owner.tap("1") and await owner.tap("20:00"))


async def test_the_end_of_a_right_is_picked_and_shown_before_it_is_changed(house: House, owner: Chat) -> None:
    await house.inside.people.allow(
        caller=OLGA, person_id=SAM, name="Sam", door="front", actions=[Action.OPEN], length=timedelta(days=1)
    )
    await owner.say("/people sam")
    for label in ("Sam", "Front door · open", "Extend", "Pick a date"):
        await owner.tap(label)
    assert "From now on" not in owner.buttons
    assert "Until when?" in owner.last["text"]
    await owner.tap("7")
    assert "Then: Front door: open, until Sat 7 Mar 18:00 CET" in await owner.tap("18:00")
    await owner.tap("Yes, do it")
    [grant] = (await house.inside.people.rights(SAM)).grants
    assert grant.ends_at == datetime(2026, 3, 7, 17, tzinfo=UTC)


async def test_the_end_of_an_invitation_is_picked(house: House, owner: Chat) -> None:
    await owner.say("/invite front")
    await owner.tap("Pick a date")
    await owner.tap("7")
    await owner.tap("18:00")
    [one] = await house.inside.invitations.open(OLGA)
    assert [grant.ends_at for grant in one.grants] == [datetime(2026, 3, 7, 17, tzinfo=UTC)]


async def test_the_hours_of_a_right_are_picked_day_by_day(house: House, owner: Chat) -> None:
    await owner.say("/people max")
    for label in ("Max", "Front door · close, open, status", "Hours", "Other hours"):
        await owner.tap(label)
    assert owner.buttons == ["☑ Mo", "☑ Tu", "☑ We", "☑ Th", "☑ Fr", "☐ Sa", "☐ Su", "Next ›", "‹ Back"]
    for label in ("☑ Mo", "☐ Sa", "Next ›", "22:00"):
        await owner.tap(label)
    assert owner.buttons[:3] == ["23:00", "24:00", "01:00"]
    said = await owner.tap("06:00")
    assert "Then: Front door: close, open, status, tue-sat 22:00-06:00" in said
    await owner.tap("Yes, do it")
    [grant] = [one for one in (await house.inside.people.rights(MAX)).grants if one.door == "front"]
    assert str(grant.hours) == "tue-sat 22:00-06:00"


async def test_hours_that_no_button_could_say_change_nothing(house: House, owner: Chat) -> None:
    await owner.say("/people")
    before = await house.inside.people.register.entries()
    for forged in ("1~h@0-8-18", "1~h@1f-24-3", "1~h@1f-8-25", "1~h@zz-8-9"):
        await owner.forge(f"go:change:0:{forged}")
    await owner.forge("go:pickhours:0:1~zz")
    assert await house.inside.people.register.entries() == before
