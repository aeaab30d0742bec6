"""The history checker finds what is wrong with histories made by hand, and nothing wrong with a good one."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from tests.trials.checker import at_most_one_actuation, check, recorded_first
from tests.trials.history import Code, Command, Entry, History, Move, Request, Said, Update, cover_late
from tests.trials.world import CANARIES, GROUP

AT = 1_790_000_000.0
PERSON, OTHER, OWNER = 1001, 1002, 42
YES = '{"status": "ok", "code": 0}'
ROW = {"id": 1, "update_key": "5", "door": "front", "action": "open"}
UPDATE = Update(id=5, at=AT, person=PERSON, chat=PERSON, date=AT, text="/open front", message=1)
REQUEST = Request(n=1, at=AT + 1, door="front", action="open", rows=(ROW,), ts=10, status=200, whole=True, body=YES)
MOVE = Move(at=AT + 1.1, door="front", action="open", asked_at=AT + 1, ts=10)
COMMAND = Command(
    id=1, update_key="5", person=PERSON, name="P1001", chat=PERSON, door="front", action="open", asked_at=AT,
    started_at=AT + 0.5, ended_at=AT + 2, outcome="confirmed",
)  # fmt: skip
OPENED = Said(at=AT + 2, chat=PERSON, message=2, text="🔓 Front opened · 0.5 s")


def entry(seq: int, kind: str, *, person: int = PERSON, command: int | None = None, **detail: Any) -> Entry:
    row = (seq, int(AT * 1000), kind, command, person, PERSON, "front", "open", json.dumps(detail, sort_keys=True))
    return Entry(
        seq=seq, at=AT, kind=kind, command=command, person=person, door="front", action="open", detail=detail, row=row,
        hash="",
    )  # fmt: skip


def chained(*entries: Entry) -> list[Entry]:
    previous, found = "0" * 64, []
    for one in entries:
        previous = hashlib.sha256(json.dumps([previous, *one.row]).encode()).hexdigest()
        found.append(replace(one, hash=previous))
    return found


ALLOWED = entry(1, "grant added", grant=1, actions=["open"], until=None)
STARTED = entry(2, "started", command=1, update="5")
OUTCOME = entry(3, "outcome", command=1, result="confirmed")
CUT_OFF = entry(3, "outcome", command=1, result="unknown", problem="interrupted")


def good(**changes: Any) -> History:
    """One door opened by one person; what a test names is otherwise."""
    history: dict[str, Any] = {
        "updates": {5: UPDATE},
        "delivered": {5: [AT + 0.2]},
        "forgotten": {5},
        "said": [OPENED],
        "requests": [REQUEST],
        "moves": [MOVE],
        "timestamps": [9, 10, 11],
        "commands": [COMMAND],
        "journal": chained(ALLOWED, STARTED, OUTCOME),
        "texts": {"the log": "all is well"},
    }
    return History(**(history | changes))


def rules(history: History) -> set[str]:
    return {violation.rule for violation in check(history)}


def test_a_good_history_has_no_fault() -> None:
    assert check(good()) == []


def test_a_door_that_moved_twice_for_one_update() -> None:
    second = replace(REQUEST, n=2, ts=12, at=AT + 3)
    history = good(requests=[REQUEST, second], moves=[MOVE, replace(MOVE, ts=12)])
    assert {"at_most_one_actuation", "at_most_one_request"} <= rules(history)


def test_a_second_request_after_silence_though_the_door_did_not_move() -> None:
    silent = replace(REQUEST, whole=False, status=None, body="")
    assert "at_most_one_request" in rules(good(requests=[silent, replace(REQUEST, n=2, ts=12)]))


def test_a_second_request_after_a_clear_no_is_allowed() -> None:
    refused = replace(REQUEST, body='{"status": "ko", "code": 33}', ts=8)
    assert check(good(requests=[refused, replace(REQUEST, n=2)])) == []


def test_a_door_that_moved_and_nobody_saw_a_request() -> None:
    assert "at_most_one_actuation" in rules(good(requests=[]))


def test_a_request_before_its_record() -> None:
    assert "recorded_first" in rules(good(requests=[replace(REQUEST, rows=())]))


GARAGE_ROW = {"id": 1, "update_key": "5", "door": "garage", "action": "open"}
HELD = replace(REQUEST, door="garage", rows=(GARAGE_ROW,), ts=None, released_at=AT + 3)
NEXT = replace(HELD, n=2, at=AT + 2.9, released_at=None, rows=({**GARAGE_ROW, "id": 2, "update_key": "6"},))
GARAGE_MOVE = replace(MOVE, door="garage", ts=None)


def test_a_held_request_that_passes_the_next_one_has_not_moved_the_door_twice() -> None:
    moves = [replace(GARAGE_MOVE, asked_at=AT + 3.1), replace(GARAGE_MOVE, asked_at=AT + 3.2)]
    assert list(at_most_one_actuation(good(requests=[HELD, NEXT], moves=moves))) == []


def test_one_request_that_moved_a_door_without_timestamps_twice() -> None:
    moves = [replace(GARAGE_MOVE, asked_at=AT + 3.1), replace(GARAGE_MOVE, asked_at=AT + 3.2)]
    assert list(at_most_one_actuation(good(requests=[HELD], moves=moves))) == ["update 5 moved a door 2 times"]


def test_a_request_that_the_proxy_saw_only_after_its_command_was_cut_off() -> None:
    """Seen once under a load of 28, and again with the proxy stopped between the record and the recovery."""
    cut = replace(COMMAND, outcome="unknown", ended_at=AT + 0.9)
    late = replace(REQUEST, rows=())
    history = good(commands=[cut], requests=[late, replace(late, n=2, ts=12)])
    cover_late(history)
    assert [what.split(" came")[0] for what in recorded_first(history)] == ["request 2 to open front"]
    long_after = good(commands=[cut], requests=[replace(late, at=AT + 9)])
    cover_late(long_after)
    assert len(list(recorded_first(long_after))) == 1


def test_a_record_for_another_door() -> None:
    assert "recorded_first" in rules(good(requests=[replace(REQUEST, rows=({**ROW, "door": "garage"},))]))


def test_a_record_of_an_update_nobody_made() -> None:
    assert "recorded_first" in rules(good(requests=[replace(REQUEST, rows=({**ROW, "update_key": "6"},))]))


def test_an_old_message_that_was_obeyed() -> None:
    assert "fresh" in rules(good(updates={5: replace(UPDATE, date=AT - 40)}))


def test_an_old_press_that_was_obeyed() -> None:
    assert "fresh" in rules(good(updates={5: replace(UPDATE, date=None, at=AT - 40)}))


def test_somebody_without_a_right() -> None:
    assert "permitted" in rules(good(journal=chained(replace(ALLOWED, person=OTHER), STARTED, OUTCOME)))


def test_a_right_that_was_taken_before() -> None:
    revoked = entry(2, "grant removed", grant=1, by=OWNER)
    later = [entry(3, "started", command=1), entry(4, "outcome", command=1)]
    assert "permitted" in rules(good(journal=chained(ALLOWED, revoked, *later)))


def test_a_right_that_had_ended() -> None:
    ended = entry(1, "grant added", grant=1, actions=["open"], until=1_577_836_800_000)
    assert "permitted" in rules(good(journal=chained(ended, STARTED, OUTCOME)))


def test_a_command_of_somebody_else_than_the_one_who_asked() -> None:
    assert "asked_by_its_caller" in rules(good(commands=[replace(COMMAND, person=OTHER)]))


def test_opened_without_a_confirmation() -> None:
    assert "truthful" in rules(good(requests=[replace(REQUEST, whole=False)]))


def test_opened_after_a_refusal() -> None:
    assert "truthful" in rules(good(requests=[replace(REQUEST, body='{"status": "ko", "code": 37}')]))


def test_nothing_happened_though_the_door_moved() -> None:
    assert "truthful" in rules(good(said=[replace(OPENED, text="⛔ Front: nothing happened.")]))


def test_a_duplicate_that_is_told_so_is_no_lie() -> None:
    twice = replace(OPENED, at=AT + 3, message=3, text="That message came twice: nothing was opened a second time.")
    assert check(good(said=[OPENED, twice])) == []


def test_accepted_without_an_acceptance() -> None:
    said = replace(OPENED, text="📨 Front: accepted, not confirmed · 0.1 s")
    assert "truthful" in rules(good(said=[said], requests=[replace(REQUEST, status=500)]))


def test_a_command_without_an_outcome() -> None:
    assert "finished" in rules(good(commands=[replace(COMMAND, outcome=None, ended_at=None)]))


def test_a_cut_off_command_that_waited_too_long_after_a_restart() -> None:
    late = replace(CUT_OFF, at=AT + 200)
    history = good(journal=chained(ALLOWED, STARTED, late), starts=[AT + 10], deaths=[(AT + 5, 1), (AT + 300, 1)])
    assert "finished" in rules(history)


def test_a_cut_off_command_of_which_nobody_was_told() -> None:
    assert "announced" in rules(good(journal=chained(ALLOWED, STARTED, CUT_OFF)))


def test_a_cut_off_command_of_which_only_the_owner_was_told() -> None:
    text = "⚠️ Front: the bot was stopped while opening for P1001 (14:13:20 UTC), so the outcome is unknown."
    told = Said(at=AT + 9, chat=OWNER, message=1, text=text)
    found = check(good(journal=chained(ALLOWED, STARTED, CUT_OFF), said=[told]))
    assert {violation.what.split(" was")[0] for violation in found} == {f"chat {PERSON}", f"chat {GROUP}"}


MAY_MAKE_CODES = entry(1, "grant added", grant=1, actions=["pin"], until=int((AT + 3600) * 1000))
MAKING = replace(entry(2, "started", command=1, update="5"), action="pin")
MADE = replace(entry(3, "outcome", command=1, result="confirmed"), action="pin")
CODE = Code(id=1, door="front", person=PERSON, made_at=AT, until=AT + 3000)
TOLD_OF_CODE = Said(at=AT + 9, chat=OWNER, message=9, text="🔑 Front: code made by P1001 · 14:13:20 UTC.")


def codes(*made: Code, told: tuple[Said, ...] = (TOLD_OF_CODE,)) -> set[str]:
    journal = chained(MAY_MAKE_CODES, MAKING, MADE)
    nothing: dict[str, Any] = {"requests": [], "moves": [], "commands": [replace(COMMAND, action="pin")]}
    return rules(good(journal=journal, codes=list(made), said=list(told), **nothing))


def test_a_code_within_the_right_it_was_made_by() -> None:
    assert codes(CODE) == set()


def test_a_code_that_outlives_its_right_or_whose_end_nobody_knows() -> None:
    assert codes(replace(CODE, until=AT + 7200)) == {"codes_within_rights"}
    assert codes(replace(CODE, until=None)) == {"codes_within_rights"}


def test_a_code_that_is_on_no_list_or_that_no_owner_was_told_of() -> None:
    assert codes() == {"codes_within_rights"}
    assert codes(CODE, told=()) == {"codes_within_rights"}


def test_a_timestamp_that_came_again() -> None:
    assert "timestamps_grow" in rules(good(timestamps=[9, 10, 10]))


def test_a_changed_journal_entry() -> None:
    journal = chained(ALLOWED, STARTED, OUTCOME)
    journal[1] = replace(journal[1], row=(*journal[1].row[:-1], "{}"))
    assert "chain_holds" in rules(good(journal=journal))


def test_a_missing_journal_entry() -> None:
    assert "chain_holds" in rules(good(journal=[e for e in chained(ALLOWED, STARTED, OUTCOME) if e.seq != 1]))


def test_a_command_that_is_not_in_the_journal() -> None:
    assert "journal_agrees" in rules(good(journal=chained(ALLOWED)))


def test_an_update_of_which_nothing_was_made() -> None:
    history = good(said=[], requests=[], moves=[], commands=[], journal=chained(ALLOWED))
    assert "disposed" in rules(history)


PRESSED = replace(UPDATE, date=None, text="do:open:front:m:", message=2, query="77")
MENU = Said(at=AT - 5, chat=PERSON, message=2, text="Open which door?")


def test_an_answer_in_the_place_of_a_menu_answers_the_press_and_not_the_asking_for_the_menu() -> None:
    asked = replace(UPDATE, id=4, at=AT - 6, date=AT - 6, text="/open")
    updates = {4: asked, 5: PRESSED}
    assert check(good(updates=updates, said=[MENU, OPENED])) == []
    assert "truthful" in rules(good(updates=updates, said=[MENU, OPENED], requests=[replace(REQUEST, whole=False)]))


def test_a_press_in_a_group_is_not_answered_in_its_place() -> None:
    elsewhere = replace(PRESSED, chat=GROUP)
    history = good(updates={5: elsewhere}, said=[MENU], commands=[], requests=[], moves=[], journal=chained(ALLOWED))
    assert "disposed" in rules(history)


def test_a_press_of_which_nothing_was_made_and_one_with_an_alert() -> None:
    nothing = {"said": [MENU], "requests": [], "moves": [], "commands": [], "journal": chained(ALLOWED)}
    assert "disposed" in rules(good(updates={5: PRESSED}, **nothing))
    assert check(good(updates={5: PRESSED}, alerts={"77": "This confirmation has expired."}, **nothing)) == []
    assert "disposed" in rules(good(updates={5: PRESSED}, alerts={"77": ""}, **nothing))


def test_an_update_over_which_the_bot_was_killed_and_that_telegram_was_told_to_forget() -> None:
    history = good(said=[], requests=[], moves=[], commands=[], journal=chained(ALLOWED), deaths=[(AT + 0.3, 0)])
    assert rules(history) == {"disposed"}


def test_an_update_that_telegram_has_not_been_told_to_forget() -> None:
    history = good(said=[], requests=[], moves=[], commands=[], journal=chained(ALLOWED), forgotten=set())
    assert check(history) == []


def test_a_secret_in_the_log() -> None:
    assert "no_secret" in rules(good(texts={"the log": f"GET /api/{CANARIES[-1]}"}))


def test_a_notice_of_a_code_may_be_of_the_second_before_its_record() -> None:
    a_moment_before = replace(TOLD_OF_CODE, text=TOLD_OF_CODE.text.replace("14:13:20", "14:13:19"))
    assert codes(CODE, told=(a_moment_before,)) == set()
    assert codes(CODE, told=(replace(TOLD_OF_CODE, text=TOLD_OF_CODE.text.replace("14:13:20", "14:13:10")),))
