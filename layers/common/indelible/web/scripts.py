"""One classic script from JavaScript modules, so that a page needs no build step.

The page's modules are checked and tested as they are. Joined, they are one file, which a browser
also runs from `file://`, where it loads no module. Only two forms of import and export are known:

    import { a, b } from "./x.js";
    export function a …      export const b …      export class c …      export { a, b };

All names at the top of a module become names of one script, so no two may be the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import IndelibleError

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[^"]+\.js)";\n', re.MULTILINE)
_LIST = re.compile(r"^export \{([^}]*)\};\n", re.MULTILINE)
_DECLARED = re.compile(
    r"^(export )?(?:(?:async )?function\*? ?|const |let |class )([A-Za-z_$][\w$]*)",
    re.MULTILINE,
)
_DESTRUCTURED = re.compile(r"^(?:export )?(?:const|let) ?[{\[]", re.MULTILINE)
_VAR = re.compile(r"^(?:export )?var\b", re.MULTILINE)
_RUNNING = re.compile(r"\bimport ?[(.]")
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_TYPE = re.compile(r"/\*\*.*?\*/", re.DOTALL)
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)[ \t]*\n?", re.MULTILINE | re.DOTALL)


class WrongScript(IndelibleError):
    """Modules that cannot be joined, with the reason."""


@dataclass(frozen=True, slots=True)
class _Module:
    """A module: its code without imports and exports, and the names in it.

    `imports` has the names that are imported from each file.
    """

    code: str
    imports: dict[Path, list[str]]
    declared: list[str]
    exported: set[str]


def join_scripts(entry: Path) -> str:
    """The script of this module and of all that it imports, each once, before what imports it.

    Raises WrongScript when a name is declared twice, an imported name is not exported, or modules
    import each other in a circle.
    """
    modules = dict[Path, _Module]()
    _collect(entry.resolve(), modules, ())
    _check_names(modules)
    code = "".join(each.code for each in modules.values())
    return f'(() => {{\n"use strict";\n{code}}})();\n'


def _collect(file: Path, modules: dict[Path, _Module], importing: tuple[Path, ...]) -> None:
    """Add a module after those that it imports."""
    if file in importing:
        raise WrongScript(f"{file.name} imports itself, by way of {importing[-1].name}.")
    if file in modules:
        return
    module = _read(file)
    for other in module.imports:
        _collect(other, modules, (*importing, file))
    modules[file] = module


def _read(file: Path) -> _Module:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WrongScript(f"There is no module {file}.") from None
    imports = dict[Path, list[str]]()
    for names, path in _IMPORT.findall(text):
        imports.setdefault((file.parent / path).resolve(), []).extend(_names(names))
    code = _LIST.sub("", _IMPORT.sub("", text))
    _check_form(file.name, code)
    found = _DECLARED.findall(code)
    exported = {name for is_exported, name in found if is_exported}
    exported.update(*(_names(each) for each in _LIST.findall(text)))
    code = _DECLARED.sub(lambda match: match[0].removeprefix("export "), code)
    if other := _OTHER.search(code):
        raise WrongScript(f"{file.name} has a line that cannot be joined: {other[0]}")
    return _Module(_COMMENT.sub("", code), imports, [name for _, name in found], exported)


def _check_form(name: str, code: str) -> None:
    """Raise WrongScript for what would be joined, and mean something else then."""
    if _DESTRUCTURED.search(code):
        raise WrongScript(f"{name} declares names by destructuring at its top.")
    if _VAR.search(code):
        raise WrongScript(f"{name} declares a `var` at its top, which two modules could share.")
    plain = _COMMENT.sub("", code)
    if any(line.count("`") % 2 for line in plain.splitlines()):
        raise WrongScript(f"{name} has a template of several lines, which may lose some of them.")
    if _RUNNING.search(_TYPE.sub("", plain)):
        raise WrongScript(f"{name} imports while it runs, which one script cannot.")


def _names(text: str) -> list[str]:
    """The names of a list. Raises WrongScript for `a as b`."""
    names = [each.strip() for each in text.split(",") if each.strip()]
    if wrong := next((each for each in names if " " in each), None):
        raise WrongScript(f"A name cannot be changed: {wrong}")
    return names


def _check_names(modules: dict[Path, _Module]) -> None:
    owner = dict[str, Path]()
    for file, module in modules.items():
        for name in module.declared:
            if name in owner:
                raise WrongScript(f"{name} is in {owner[name].name} and in {file.name}.")
            owner[name] = file
        for other, names in module.imports.items():
            if missing := set(names) - modules[other].exported:
                raise WrongScript(f"{other.name} does not export {', '.join(sorted(missing))}.")
