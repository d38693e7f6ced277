"""Modules of JavaScript become one classic script, or the reason is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from indelible.web.scripts import WrongScript, join_scripts

NUMBERS = "export const one = 1;\nexport const two = 2;\n"
BOTH = 'import { one, two } from "./numbers.js";\n'


def a_page(folder: Path, main: str, **others: str) -> Path:
    """Modules in a folder, of which the first imports the others. Returns its path."""
    for name, text in {"main": main, **others}.items():
        (folder / f"{name}.js").write_text(text)
    return folder / "main.js"


def test_a_module_stands_once_before_all_that_import_it(tmp_path: Path) -> None:
    numbers = "export const one = 1;\nexport function two() {\n  return one + one;\n}\n"
    more = f"{BOTH}export async function three() {{\n  return one + two();\n}}\n"
    main = f'import {{\n  three,\n}} from "./more.js";\n{BOTH}three(one, two);\n'
    assert join_scripts(a_page(tmp_path, main, more=more, numbers=numbers)) == (
        '(() => {\n"use strict";\n'
        "const one = 1;\nfunction two() {\n  return one + one;\n}\n"
        "async function three() {\n  return one + two();\n}\n"
        "three(one, two);\n"
        "})();\n"
    )


def test_comments_are_left_out_and_what_looks_like_one_in_a_line_stays(tmp_path: Path) -> None:
    main = (
        '// What `it is.\n\n/**\n * @param {import("./x.js").Url} url\n */\nfunction open(url) {\n'
        '  // Why.\n  return `${url}//x` + "/** y */"; // not at the beginning\n}\n'
    )
    assert join_scripts(a_page(tmp_path, main)) == (
        '(() => {\n"use strict";\n\nfunction open(url) {\n'
        '  return `${url}//x` + "/** y */"; // not at the beginning\n}\n})();\n'
    )


def test_a_list_of_exports_names_what_others_may_import(tmp_path: Path) -> None:
    index = 'import { one } from "./numbers.js";\nexport { one };\n'
    main = 'import { one } from "./index.js";\none;\n'
    script = join_scripts(a_page(tmp_path, main, index=index, numbers="export const one = 1;\n"))
    assert "export" not in script
    assert "import" not in script


@pytest.mark.parametrize(
    ("main", "numbers", "reason"),
    [
        (BOTH, "export const one = 1;\nconst two = 2;\n", "numbers.js does not export two"),
        (
            f"{BOTH}const one = 1;\n",
            "export const one = 1;\nexport const two = 2;\n",
            "one is in numbers.js and",
        ),
        (BOTH, 'import { x } from "./main.js";\n', "main.js imports itself, by way of numbers.js"),
        ('import { x } from "./none.js";\n', "", "There is no module"),
        ('import x from "./numbers.js";\n', "", "cannot be joined: import x"),
        ('import { a as b } from "./numbers.js";\n', "", "cannot be changed: a as b"),
        ('import "./numbers.js";\n', "", "cannot be joined: import"),
        ("export default 1;\n", "", "cannot be joined: export default"),
        ("const { a } = b;\n", "", "destructuring"),
        ("var shared = 1;\n", "", "declares a `var`"),
        ("const page = `\n// no comment\n`;\n", "", "a template of several lines"),
        ('const load = () => import("./numbers.js");\n', "", "imports while it runs"),
        ("const here = import.meta.url;\n", "", "imports while it runs"),
    ],
)
def test_what_cannot_be_joined_is_refused(
    tmp_path: Path, main: str, numbers: str, reason: str
) -> None:
    with pytest.raises(WrongScript, match=reason):
        join_scripts(a_page(tmp_path, main, numbers=numbers))
