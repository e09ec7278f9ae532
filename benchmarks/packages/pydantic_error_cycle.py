"""An error of a custom validator kept in a local variable and raised later.

The pydantic 2 error holds the ValueError, whose traceback holds the frame, whose local
holds the pydantic error.  The collector cannot see through the error, which is written in
Rust, so the cycle stays for ever (dapper91/pydantic-xml#222).  Nothing else holds it.
"""

import pydantic


class Company(pydantic.BaseModel):
    country: str

    @pydantic.field_validator("country")
    @classmethod
    def two_letters(cls, value):
        if len(value) != 2:
            raise ValueError("two letters, please")
        return value


def create_company():
    error = None
    try:
        return Company.model_validate({"country": "Norway"})
    except pydantic.ValidationError as caught:
        error = caught
    raise error


def work():
    try:
        create_company()
    except pydantic.ValidationError as refused:
        return refused.error_count()
