"""The base classes of everything that travels."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Answer(BaseModel):
    """What a service answers or announces. A reader ignores fields that it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Request(BaseModel):
    """What a caller asks. A field that the method does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Change(Request):
    """A partial change: what is not named keeps its value.

    A client may send a resource back as it got it, so its own read-only fields are ignored
    while any other unknown field is refused.
    """

    read_only: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _without_read_only(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if key not in cls.read_only}
        return data

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the ignored fields too: a typed client sends only what is described."""
        described = handler(core_schema)
        ignored = {"readOnly": True, "description": "Ignored, whatever it is."}
        properties = handler.resolve_ref_schema(described)["properties"]
        properties |= dict.fromkeys(sorted(cls.read_only), ignored)
        return described

    def named(self) -> dict[str, Any]:
        """Return the fields that the caller named, with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Nothing(Request):
    """A request that says nothing beyond who asks."""


class Done(Answer):
    """A plain confirmation."""

    message: str = Field(description="What was done, in a sentence.")


def absent() -> Any:
    """Default of a field that may be left out but may not be null."""
    return None
