"""Who may break a glass, as owners type it."""

from datetime import timedelta

import pytest

from bot.domain.glass_terms import NotTerms, Terms, TermsLack, parse_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("2 of Anna, Max, Greta", Terms(("Anna", "Max", "Greta"), 2)),
        ("two of Anna Berg, Max and Greta", Terms(("Anna Berg", "Max", "Greta"), 2)),
        ("2 OF 43,44", Terms(("43", "44"), 2)),
        ("Anna after 12h", Terms(("Anna",), 1, timedelta(hours=12))),
        ("Anna Berg after 2 days", Terms(("Anna Berg",), 1, timedelta(days=2))),
    ],
)
def test_what_makes_a_glass(text: str, terms: Terms) -> None:
    assert parse_terms(text) == terms


@pytest.mark.parametrize(
    ("text", "lack"),
    [
        ("", TermsLack.NOT_UNDERSTOOD),
        ("Max, Greta", TermsLack.NOT_UNDERSTOOD),
        ("0 of Max, Greta", TermsLack.NOT_UNDERSTOOD),
        ("some of Max, Greta", TermsLack.NOT_UNDERSTOOD),
        ("Max", TermsLack.ONE_ALONE),
        ("1 of Max, Greta", TermsLack.ONE_ALONE),
        ("one of Max, Greta", TermsLack.ONE_ALONE),
        ("3 of Max, Greta", TermsLack.TOO_FEW_NAMED),
        ("2 of Max, max", TermsLack.TOO_FEW_NAMED),
        (f"2 of {', '.join(map(str, range(11)))}", TermsLack.TOO_MANY_NAMED),
        ("Max, Greta after 12h", TermsLack.SILENCE_IS_FOR_ONE),
        ("2 of Max, Greta after 12h", TermsLack.SILENCE_IS_FOR_ONE),
        ("Max after 5m", TermsLack.SILENCE_LENGTH),
        ("Max after 31d", TermsLack.SILENCE_LENGTH),
        ("Max after lunch", TermsLack.SILENCE_LENGTH),
    ],
)
def test_what_makes_none(text: str, lack: TermsLack) -> None:
    with pytest.raises(NotTerms) as error:
        parse_terms(text)
    assert error.value.lack is lack
