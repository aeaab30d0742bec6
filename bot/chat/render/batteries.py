"""How long a battery will last, in words."""

from datetime import datetime, timedelta

from bot.domain.batteries import Forecast


def pace(percent_a_day: float) -> str:
    return f"{round(percent_a_day * 7, 1):g} % a week"


def about(length: timedelta) -> str:
    days = length / timedelta(days=1)
    if days < 14:
        return f"about {round(days)} day{'' if round(days) == 1 else 's'}"
    if days < 90:
        return f"about {round(days / 7)} weeks"
    return f"about {round(days / 30.4)} months" if days < 3 * 365 else "years"


def left(expected: Forecast, now: datetime) -> str:
    """With the slope behind it."""
    length = expected.low_at - now
    slope = pace(expected.percent_a_day)
    if length <= timedelta(0):
        return f"below {expected.low_percent} % already ({slope})"
    return f"{about(length)} left until {expected.low_percent} % ({slope})"
