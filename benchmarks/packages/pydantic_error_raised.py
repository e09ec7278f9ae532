"""The same validator, with an error that no local variable keeps: there is no cycle."""

import pydantic


class Company(pydantic.BaseModel):
    country: str

    @pydantic.field_validator("country")
    @classmethod
    def two_letters(cls, value):
        if len(value) != 2:
            raise ValueError("two letters, please")
        return value


def work():
    try:
        Company.model_validate({"country": "Norway"})
    except pydantic.ValidationError as refused:
        return refused.error_count()
