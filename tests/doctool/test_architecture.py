"""Who may import whom. Reads every import of both packages, also those inside functions."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# High to low: a module imports only from those below it, or from its own package.
LAYERS = (
    "cli",
    "report",
    "refresh",
    "explain",
    "compare",
    "check",
    "proposal",
    "selftest",
    "measure",
    "training",
    "sampling",
    "probe",
    "workload",
    "git",
    "plan",
    "render",
    "document",
    "detect",
    "environment",
    "statistics",
    "project",
    "vocabulary",
    "records",
    "terms",
    "progress",
    "system",
    "errors",
)

RESERVED = {
    "torch": {"workload", "probe", "sampling", "training", "environment", "selftest"},
    "jinja2": {"render"},
    "git": {"git"},
    "gitdb": {"git"},
    "matplotlib": {"render/figures.py"},
    "rich": {"cli"},
    "markdown_it": {"document"},
    "subprocess": {"system/process.py"},
    "pynvml": {"environment"},
}


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def layer_of(path):
    parts = path.relative_to(ROOT / "doctool").with_suffix("").parts
    return parts[0]


def imports_of(path):
    """Yield (line, dotted name) of everything a file imports; `from x import y` also as `x.y`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_every_module_has_a_layer():
    known = {*LAYERS, "__init__", "__main__"}
    assert {layer_of(path) for path in modules("doctool")} <= known


@pytest.mark.parametrize("path", modules("doctool"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path):
    layer = layer_of(path)
    if layer in {"__init__", "__main__"}:
        return
    below = set(LAYERS[LAYERS.index(layer) :])
    for line, name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "doctool" and len(parts) > 1 and parts[1] in LAYERS:
            assert parts[1] in below, f"{path}:{line}: {layer} may not import {parts[1]}"


@pytest.mark.parametrize("path", modules("doctool"), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_are_imported_only_where_they_belong(path):
    for line, name in imports_of(path):
        allowed = RESERVED.get(name.split(".")[0])
        places = {layer_of(path), path.relative_to(ROOT / "doctool").as_posix()}
        assert allowed is None or places & allowed, f"{path}:{line}: {name}"


# They open what the system or doctool itself has written, or what the measured code may read and write anyway.
OPEN_BY_THEMSELVES = {"environment", "system", "git", "sampling", "training", "workload", "refresh"}
OPEN_BY_THEMSELVES |= {"cli/output.py", "cli/measure.py", "render/limits.py", "render/sources.py"}


@pytest.mark.parametrize("path", modules("doctool"), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_of_a_project_are_opened_through_one_gate(path):
    """A project may be anybody's: `system/reading.py` looks at what a name leads to before anything is opened."""
    if {layer_of(path), path.relative_to(ROOT / "doctool").as_posix()} & OPEN_BY_THEMSELVES:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            opens = name == "open" or name.endswith((".read_bytes", ".read_text", ".open"))
            assert not opens or name == "self.open", f"{path}:{node.lineno}: {name}"


def test_doctool_never_names_the_package_it_first_served():
    for path in modules("doctool"):
        assert "mmrec" not in path.read_text(encoding="utf-8").lower(), path


def test_the_model_imports_the_tool_only_in_its_scripts():
    for path in modules("mmrec"):
        if "scripts" not in path.parts:
            assert not [name for _, name in imports_of(path) if name.split(".")[0] == "doctool"], path


def test_files_and_functions_stay_small():
    for path in [*modules("doctool"), *modules("mmrec")]:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 330, f"{path}: {text.count(chr(10))} lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= 60, f"{path}:{node.lineno}: {node.name} has {length} lines"


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["check", "--all"], ["torch", "git", "matplotlib", "rich"]),
        (["detect"], ["torch", "jinja2", "git", "matplotlib", "rich", "markdown_it"]),
        (["--help"], ["torch", "jinja2", "git", "matplotlib", "rich", "markdown_it", "yaml", "msgspec"]),
    ],
)
def test_commands_start_without_what_they_do_not_need(arguments, absent):
    """A hook runs these commands on every commit."""
    program = (
        "import sys\n"
        "from doctool.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        f"loaded = [name for name in {absent!r} if name in sys.modules]\n"
        "sys.stderr.write('LOADED:' + ','.join(loaded))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.endswith("LOADED:"), done.stderr
