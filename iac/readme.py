"""Writes the tables of inputs and outputs in the READMEs of this folder's modules and environments.

    python3 iac/readme.py           writes them
    python3 iac/readme.py --check   fails, and names the READMEs whose tables are not what the code says

What stands in `variables.tf` and `outputs.tf` is the truth: description, type, default. A table lies between two comments,
and everything around them is written by people. The code is formatted by `terraform fmt`, so lines and their indentation are
enough to read it; what is not understood is an error, never a gap in a table.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- begin: written by iac/readme.py -->", "<!-- end -->"
# A default that is longer than this is looked up in the code.
LONGEST_DEFAULT = 40


def blocks(path, kind):
    """Name and lines of each block of a kind, in the order of the file."""
    if not path.exists():
        return
    name, body = None, []
    for line in path.read_text(encoding="utf-8").splitlines():
        opening = re.fullmatch(kind + r' "([^"]+)" \{', line)
        if opening:
            name, body = opening[1], []
        elif line == "}" and name:
            yield name, body
            name = None
        elif name:
            body.append(line)


def argument(body, name):
    """What is assigned to an argument, which may go on for several lines, or None."""
    for number, line in enumerate(body):
        assigned = re.fullmatch(rf"  {name}\s*= (.*)", line)
        if assigned:
            rest = []
            # it ends before the next line that is indented as little as itself, and that closes nothing
            for following in body[number + 1 :]:
                if not re.match(r"   |  [)}\]]", following):
                    break
                rest.append(following)
            return "\n".join([assigned[1], *rest])
    return None


def text(literal):
    """The text of a string literal, for a cell of a table."""
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', literal or "")
    if not quoted:
        raise ValueError(f"expected a description in quotes, found `{literal}`")
    return quoted[1].replace('\\"', '"').replace("\\\\", "\\").replace("|", "\\|")


def kind_of(literal):
    """A type, short enough for a table: what an object holds is in the code."""
    if literal is None:
        raise ValueError("a variable has no type")
    return re.sub(r"object\(.*\)", "object", literal, flags=re.DOTALL) if literal.startswith("object(") else re.sub(
        r"\(object\(.*\)\)", "(object)", literal, flags=re.DOTALL
    )


def default_of(literal):
    if literal is None:
        return "required"
    if "\n" in literal or len(literal) > LONGEST_DEFAULT:
        return "see `variables.tf`"
    return f"`{literal}`"


def tables(folder):
    lines = []
    inputs = [
        f"| `{name}` | {kind_of(argument(body, 'type'))} | {default_of(argument(body, 'default'))} | {text(argument(body, 'description'))} |"
        for name, body in blocks(folder / "variables.tf", "variable")
    ]
    outputs = [
        f"| `{name}` | {text(argument(body, 'description'))} |" for name, body in blocks(folder / "outputs.tf", "output")
    ]
    if inputs:
        lines += ["## Inputs", "", "| name | type | default | what it is |", "|---|---|---|---|", *inputs, ""]
    if outputs:
        lines += ["## Outputs", "", "| name | what it is |", "|---|---|", *outputs, ""]
    return "\n".join(lines)


def rewritten(readme):
    """A README with the tables that its folder's code says."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"has no `{BEGIN}` and `{END}`")
    return f"{before}{begin}\n\n{tables(readme.parent)}\n{end}{after}"


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: python3 iac/readme.py [--check]", file=sys.stderr)
        return 2
    folders = sorted(path.parent for path in HERE.glob("*/*/variables.tf"))
    stale, failed = [], False
    for folder in folders:
        readme = folder / "README.md"
        try:
            wanted = rewritten(readme)
        except (OSError, ValueError) as error:
            print(f"error: `{readme.relative_to(HERE.parent)}`: {error}", file=sys.stderr)
            failed = True
            continue
        if wanted != readme.read_text(encoding="utf-8"):
            stale.append(readme.relative_to(HERE.parent))
            if not arguments:
                readme.write_text(wanted, encoding="utf-8")
    for readme in stale:
        print(f"stale: `{readme}`" if arguments else f"wrote `{readme}`")
    if arguments and stale:
        print("hint: run `python3 iac/readme.py`, and commit what it writes")
    if failed:
        return 1
    # 5 is drift, as everywhere in this repository
    return 5 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
