"""What the files of a report are read with: schemas, and parsers that are not leakscan's own."""

import gzip
import json
import re
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parents[2] / "schemas"


@cache
def report_schema() -> Any:
    """The schema that leakscan publishes."""
    return _published("report.schema.json")


@cache
def diff_schema() -> Any:
    return _published("diff.schema.json")


@cache
def check_schema() -> Any:
    return _published("check.schema.json")


def _published(name: str) -> Any:
    path = resources.files("leakscan.reports").joinpath(name)
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def sarif_schema() -> Any:
    return json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))


@cache
def gitlab_schema() -> Any:
    return json.loads((SCHEMAS / "gitlab-code-quality.json").read_text(encoding="utf-8"))


def violations(document: Any, schema: Any) -> list[str]:
    """What the schema has against the document."""
    report = Resource.from_contents(report_schema())
    validator = Draft202012Validator(
        schema,
        registry=Registry().with_resource("urn:leakscan:report:1", report),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def closed(schema: Any) -> Any:
    """The schema, strict about keys that it does not name: what is written must be documented."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {key: closed(value) for key, value in schema.items()}
    if "properties" in copied and "additionalProperties" not in copied:
        copied["additionalProperties"] = False
    return copied


class Page(HTMLParser):
    """The text of each element of a page that has a class, or is a heading, in the order of the page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}
        self.values: list[float] = []
        """`data-value` of the first column of the first table."""
        self._open: list[tuple[str, list[str]]] = []
        self.feed(content.decode("ascii"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("meta", "br", "input"):
            return
        attributes = dict(attrs)
        names = [tag, *(f"{tag}.{name}" for name in (attributes.get("class") or "").split())]
        self._open.append((tag, names))
        for name in names:
            self.texts.setdefault(name, []).append("")
        if "data-value" in attributes and tag == "td":
            self.values.append(float(attributes["data-value"] or "nan"))

    def handle_data(self, data: str) -> None:
        for _, names in self._open:
            for name in names:
                self.texts[name][-1] += data

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def of(self, name: str) -> list[str]:
        return self.texts.get(name, [])


_INT, _STRING, _MESSAGE = (
    FieldDescriptorProto.TYPE_INT64,
    FieldDescriptorProto.TYPE_STRING,
    FieldDescriptorProto.TYPE_MESSAGE,
)
_PROFILE = {
    "Profile": {
        "sample_type": (1, "ValueType*"),
        "sample": (2, "Sample*"),
        "mapping": (3, "Mapping*"),
        "location": (4, "Location*"),
        "function": (5, "Function*"),
        "string_table": (6, "str*"),
        "duration_nanos": (10, "int"),
        "comment": (13, "int*"),
        "default_sample_type": (14, "int"),
    },
    "ValueType": {"type": (1, "int"), "unit": (2, "int")},
    "Sample": {"location_id": (1, "int*"), "value": (2, "int*"), "label": (3, "Label*")},
    "Label": {"key": (1, "int"), "str": (2, "int"), "num": (3, "int"), "num_unit": (4, "int")},
    "Mapping": {"id": (1, "int")},
    "Location": {"id": (1, "int"), "mapping_id": (2, "int"), "address": (3, "int"), "line": (4, "Line*")},
    "Line": {"function_id": (1, "int"), "line": (2, "int")},
    "Function": {
        "id": (1, "int"),
        "name": (2, "int"),
        "system_name": (3, "int"),
        "filename": (4, "int"),
        "start_line": (5, "int"),
    },
}
"""The fields of pprof's `profile.proto` that matter here; what is not listed reads as unknown."""


@cache
def _profile_class() -> Any:
    file = FileDescriptorProto(name="profile.proto", package="pprof", syntax="proto3")
    for message_name, fields in _PROFILE.items():
        message = file.message_type.add(name=message_name)
        for name, (number, kind) in fields.items():
            base = kind.removesuffix("*")
            field = message.field.add(name=name, number=number)
            is_repeated = kind.endswith("*")
            field.label = (
                FieldDescriptorProto.LABEL_REPEATED if is_repeated else FieldDescriptorProto.LABEL_OPTIONAL
            )
            field.type = {"int": _INT, "str": _STRING}.get(base, _MESSAGE)
            if field.type == _MESSAGE:
                field.type_name = f".pprof.{base}"
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("pprof.Profile"))


def profile_of(content: bytes) -> Any:
    """The profile, decoded by the `protobuf` package."""
    return _profile_class().FromString(gzip.decompress(content))


def profile_samples(profile: Any) -> list[dict[str, Any]]:
    """Each sample with its values by name, its labels, and its stack as `file:line function`."""
    text = profile.string_table
    functions = {function.id: function for function in profile.function}
    locations = {location.id: location for location in profile.location}
    types = [text[value_type.type] for value_type in profile.sample_type]

    def place(number: int) -> str:
        line = locations[number].line[0]
        function = functions[line.function_id]
        return f"{text[function.filename]}:{line.line} {text[function.name]}"

    return [
        {
            **dict(zip(types, sample.value, strict=True)),
            "labels": {text[label.key]: text[label.str] for label in sample.label},
            "stack": [place(number) for number in sample.location_id],
        }
        for sample in profile.sample
    ]


_COMMAND = re.compile(r"::(?P<level>[a-z]+) (?P<properties>[^\n]*?)::[^\n]*")


def level_of_command(command: str) -> str:
    """The level of a remark on GitHub, which is one command with properties that GitHub knows."""
    match = _COMMAND.fullmatch(command)
    assert match is not None
    properties = dict(pair.split("=", 1) for pair in match["properties"].split(","))
    assert set(properties) <= {"file", "line", "title"}
    assert "::" not in match["properties"]
    return match["level"]
