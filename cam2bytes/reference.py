"""The API reference at /api/v1/docs: made on the server from the OpenAPI description, nothing loaded from elsewhere.

A reader needs no account. What the operations are called, take and answer comes from the code itself; the
order and the examples from `examples`, the meaning of the fields from `fieldwords`.
"""

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from cam2bytes.api import api
from cam2bytes.examples import EXAMPLES, SETUP
from cam2bytes.fieldwords import meaning_of
from cam2bytes.lib.problems import CODES

SUCCESSES = {200: "done", 201: "made or kept", 204: "deleted"}
FORMATS = {"uuid": "UUID", "date-time": "time", "binary": "bytes"}
TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no", "object": "object"}
GROUPS = {"captures": "Capture sessions and frames", "recordings": "Recordings and chunks", "time": "Time"}


@dataclass(frozen=True)
class Field:
    """A line of a table: of an object, a query or the headers."""

    name: str
    type: str
    meaning: str
    is_required: bool = False


@dataclass(frozen=True)
class Shape:
    """A JSON object that comes in or goes out."""

    name: str
    text: str
    fields: list[Field]


@dataclass(frozen=True)
class Answer:
    """One status of an operation; `shape` is the name of the JSON object in it, if there is one."""

    status: int
    meaning: str
    shape: str = ""


@dataclass(frozen=True)
class Operation:
    id: str
    methods: str
    path: str
    text: str
    takes_ingest: bool
    parameters: list[Field]
    body_types: list[str]
    body: Shape | None
    answers: list[Answer]
    refusals: list[int]
    example: str


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    address = request.build_absolute_uri("/").rstrip("/")
    context = {
        "setup": SETUP.format(url=address, frame=static("samples/frame.jpg"), clip=static("samples/clip.webm")),
        "is_secure": request.is_secure(),
        "groups": groups(),
        "shapes": answer_shapes(),
        "codes": [(status, code, text) for code, (status, text) in CODES.items()],
    }
    return render(request, "reference.html", context)


@cache
def groups() -> list[tuple[str, list[Operation]]]:
    """(heading, operations in the order of the story) of both kinds."""
    found: dict[str, dict[str, Operation]] = {tag: {} for tag in GROUPS}
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            if method != "head":  # described with its GET
                both = "GET, HEAD" if method == "get" and "head" in operations else method.upper()
                found[operation["tags"][0]][operation["operationId"]] = read_operation(both, path, operation)
    order = list(EXAMPLES)
    return [(GROUPS[tag], sorted(known.values(), key=lambda op: order.index(op.id))) for tag, known in found.items()]


@cache
def description() -> dict:
    return api.get_openapi_schema()


def read_operation(methods: str, path: str, operation: dict) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    json_body = content.get("application/json", {}).get("schema")
    responses = {int(status): answer for status, answer in operation["responses"].items()}
    return Operation(
        id=operation["operationId"],
        methods=methods,
        path=path,
        text=operation.get("description") or operation["summary"],
        takes_ingest={"BearerToken": []} in operation.get("security", [{"BearerToken": []}]),
        parameters=[read_parameter(item) for item in operation.get("parameters", []) if item["in"] != "path"],
        body_types=list(content),
        body=read_shape(ref_name(json_body)) if json_body else None,
        answers=read_answers({status: answer for status, answer in responses.items() if status < 300}),
        refusals=sorted(status for status in responses if status >= 300),
        example=EXAMPLES[operation["operationId"]],
    )


def read_answers(responses: dict[int, dict]) -> list[Answer]:
    meanings = SUCCESSES | ({200: "was so before"} if 201 in responses else {})
    return [Answer(status, meanings[status], shape_of(responses[status])) for status in sorted(responses, reverse=True)]


def read_parameter(item: dict) -> Field:
    name = item["name"] if item["in"] != "header" else f"{item['name']} (header)"
    meaning = item.get("description", "").replace("`", "") or meaning_of(item["name"])
    return Field(name, type_words(item["schema"]), meaning, item.get("required", False))


@cache
def answer_shapes() -> list[Shape]:
    """The JSON objects that answers are made of, in the order in which answers name them."""
    names = [answer.shape for _, operations in groups() for op in operations for answer in op.answers if answer.shape]
    return [read_shape(name) for name in dict.fromkeys(names)]


def read_shape(name: str) -> Shape:
    schema = description()["components"]["schemas"][name]
    required = schema.get("required", [])
    fields = [
        Field(field, type_words(kind), meaning_of(field), field in required)
        for field, kind in schema["properties"].items()
    ]
    return Shape(name, schema.get("description", ""), fields)


def shape_of(answer: dict) -> str:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return ref_name(schema) if "$ref" in schema else ""


def ref_name(schema: dict) -> str:
    """The name of the object; one that may be left out stands in a list of its own."""
    named = schema if "$ref" in schema else schema["allOf"][0]
    return named["$ref"].rpartition("/")[2]


def type_words(schema: dict) -> str:
    """What a JSON schema allows, in words: `text, at most 200 letters`; `whole number from 1 to 500, or null`."""
    if schema.get("type") == "null":
        return "null"
    if "anyOf" in schema:
        return " or ".join(type_words(kind) for kind in schema["anyOf"])
    if "$ref" in schema:
        return ref_name(schema)
    if "enum" in schema:
        return " or ".join(f'"{value}"' for value in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {type_words(schema.get('items', {}))}"
    words = FORMATS.get(schema.get("format", ""), TYPES.get(kind, kind))
    return words + limits_of(schema)


def limits_of(schema: dict) -> str:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if lowest is not None and highest is not None:
        return f" from {lowest} to {highest}"
    if "exclusiveMinimum" in schema:
        return f" above {schema['exclusiveMinimum']}, at most {highest}"
    if "maxLength" in schema:
        return f" of at most {schema['maxLength']} letters"
    return ""
