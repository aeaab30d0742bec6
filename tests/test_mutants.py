"""The page on mutation testing lets no fault live without a reason, and no reason outlive its fault."""

import pytest

from tests.trials.mutants import REASONS, Change, Mutant, Verdict, page, read_reasons, read_results, where

LISTED = """
    bot.clock.x_boot_time__mutmut_1: killed
    bot.clock.xǁClockǁnow__mutmut_2: survived
    bot.control.xǁDoorControlǁ_send__mutmut_1: timeout
    bot.control.xǁDoorControlǁ_send__mutmut_2: no tests
"""
SHOWN = """--- bot/clock.py
+++ bot/clock.py
@@ -3,4 +3,4 @@
     if self._bounds is None:
-        return {0}
+        return {1}
"""
REASON = """
[[alive]]
where = 'bot.clock.Clock.now'
diff = '''
- return True
+ return 1
'''
why = 'One is true.'
"""
TRUE = Change.of("bot.clock.Clock.now", SHOWN.format("True", "1"))
SURVIVOR = Mutant("bot.clock.xǁClockǁnow__mutmut_2", "survived", TRUE)
KILLED = Mutant("bot.clock.xǁClockǁnow__mutmut_1", "killed")


def test_every_mutant_is_read_with_its_end() -> None:
    assert [(mutant.module, mutant.end) for mutant in read_results(LISTED)] == [
        ("bot.clock", "killed"), ("bot.clock", "survived"), ("bot.control", "timeout"), ("bot.control", "no tests"),
    ]  # fmt: skip


def test_places_are_called_as_one_would_write_them() -> None:
    assert where("bot.clock.x_boot_time") == "bot.clock.boot_time"
    assert where("bot.drivers.http.xǁ_Progressǁ__init__") == "bot.drivers.http._Progress.__init__"


def test_all_killed_is_good() -> None:
    assert Verdict([KILLED, Mutant("a.x_b__mutmut_1", "timeout", TRUE)], {}).good


def test_nothing_tried_is_not_good() -> None:
    assert not Verdict([], {}).good


@pytest.mark.parametrize("end", ["survived", "no tests"])
def test_a_fault_that_nobody_noticed_needs_a_reason(end: str) -> None:
    alive = Mutant(SURVIVOR.name, end, TRUE)
    assert Verdict([KILLED, alive], {}).unexplained == [alive]
    assert Verdict([KILLED, alive], read_reasons(REASON.replace("One is true.", " "))).unexplained == [alive]
    assert Verdict([KILLED, alive], read_reasons(REASON)).good


def test_a_reason_fits_its_own_place_and_change_alone() -> None:
    for other in (
        Change.of("bot.clock.Clock.age", SHOWN.format("True", "1")),
        Change.of(TRUE.where, SHOWN.format("True", "0")),
        Change.of(TRUE.where, SHOWN.format("1", "True")),
    ):
        assert not Verdict([Mutant(SURVIVOR.name, "survived", other)], read_reasons(REASON)).good


def test_a_reason_fits_wherever_its_lines_went() -> None:
    moved = (
        SHOWN.format("True", "1").replace("@@ -3,4 +3,4 @@\n", "@@ -90,9 +91,9 @@\n x = 1\n").replace("        r", "r")
    )
    assert Change.of(TRUE.where, moved) == TRUE


@pytest.mark.parametrize("end", ["killed", "timeout"])
def test_a_reason_for_what_is_noticed_is_too_many(end: str) -> None:
    verdict = Verdict([Mutant(SURVIVOR.name, end, TRUE)], read_reasons(REASON))
    assert (verdict.good, verdict.unexplained, verdict.idle) == (False, [], [TRUE])


@pytest.mark.parametrize("end", ["not checked", "suspicious", "segfault", "check was interrupted by user"])
def test_what_was_not_tried_to_its_end_has_no_excuse(end: str) -> None:
    cut_off = Mutant(SURVIVOR.name, end, TRUE)
    assert Verdict([cut_off], read_reasons(REASON)).unexplained == [cut_off]


def test_the_page_counts_each_mutant_once_and_names_every_one_not_killed() -> None:
    mutants = [
        KILLED, SURVIVOR, Mutant("bot.control.x_a__mutmut_1", "timeout", Change("bot.control.a", ("- late",))),
        Mutant("bot.control.x_a__mutmut_2", "survived", Change("bot.control.a", ("- odd",))),
    ]  # fmt: skip
    shown = page(Verdict(mutants, read_reasons(REASON)), "Today.")
    assert "| `bot.clock` | 2 | 1 | 0 | 1 | 0 |" in shown
    assert "| `bot.control` | 2 | 0 | 1 | 0 | 1 |" in shown
    assert "| all | 4 | 1 | 1 | 1 | 1 |" in shown
    assert "- `bot.clock.Clock.now`: One is true.\n\n  ```diff\n  - return True\n  + return 1\n  ```" in shown
    for line in ("- late", "- odd"):
        assert f"  {line}\n" in shown


def test_every_kept_reason_is_one_line() -> None:
    reasons = read_reasons(REASONS.read_text("utf-8"))
    assert reasons
    assert all(why and "\n" not in why for why in reasons.values())
