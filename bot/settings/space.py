"""The settings of a space that is open while somebody is there, and of the file that says so as SpaceAPI."""

import math
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from bot.domain.spaces import SpaceProfile
from bot.drivers.values import matching, web_address, without_tilde

NEEDED_BY_FILE = ("space_name", "space_url", "space_logo")


def _coordinates(text: object) -> object:
    try:
        latitude, longitude = map(float, str(text).split(","))
    except ValueError:
        latitude, longitude = math.inf, math.inf
    # Asked this way round, since NaN is above no limit either.
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError("must be latitude and longitude in degrees, like 48.8566,2.3522")
    return latitude, longitude


class SpaceSettings(BaseModel):
    """SPACE_NAME turns it on."""

    space_name: str | None = Field(default=None, max_length=100)
    space_ask_after_minutes: int = Field(default=10, ge=1, le=1440)
    space_url: Annotated[str, web_address] | None = None
    space_logo: Annotated[str, web_address] | None = None
    space_address: str | None = Field(default=None, max_length=200)
    space_coordinates: Annotated[tuple[float, float], BeforeValidator(_coordinates)] | None = None
    space_email: Annotated[str, matching(r"[^@\s]+@[^@\s]+", "must be a mail address")] | None = None
    space_matrix: Annotated[str, matching(r"[#!+@][^\s]+:[^\s]+", "must be like #room:example.org")] | None = None
    space_irc: Annotated[str, matching(r"ircs?://[^\s]+", "must be like irc://example.org/#room")] | None = None
    space_show_person: bool = False
    space_file: Annotated[Path, AfterValidator(without_tilde)] | None = None

    # pydantic reads fields in their order, so that `data` holds those above: SPACE_NAME stands first, SPACE_FILE last.
    @field_validator(
        "space_url", "space_logo", "space_address", "space_coordinates", "space_email", "space_matrix", "space_irc"
    )  # fmt: skip
    @classmethod
    def _is_of_a_space(cls, value: object, field: ValidationInfo) -> object:
        if value is not None and not field.data.get("space_name"):
            raise ValueError("needs SPACE_NAME as well")
        return value

    @field_validator("space_file")
    @classmethod
    def _is_complete(cls, file: Path | None, field: ValidationInfo) -> Path | None:
        missing = [name.upper() for name in NEEDED_BY_FILE if not field.data.get(name)]
        if file and missing:
            raise ValueError(f"needs {', '.join(missing)} as well: SpaceAPI asks for them")
        return file

    def space_in(self, timezone: str) -> SpaceProfile | None:
        if self.space_name is None:
            return None
        return SpaceProfile(
            name=self.space_name,
            timezone=timezone,
            ask_after=timedelta(minutes=self.space_ask_after_minutes),
            file=self.space_file,
            shows_person=self.space_show_person,
            url=self.space_url or "",
            logo=self.space_logo or "",
            address=self.space_address,
            coordinates=self.space_coordinates,
            email=self.space_email,
            matrix=self.space_matrix,
            irc=self.space_irc,
        )
