"""documented.py [SOURCES]: of how many package declarations a comment says what they are; 80 % of all and 65 % of every target must.

A declaration is a line that begins with `package` and a type, function, variable, constant, initialiser, subscript or alias; it is
documented if the line before it, attributes left out, is a `///` comment."""

import collections
import pathlib
import re
import sys

DECLARATION = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*package\s+(?:(?:private|internal|package)\(set\)\s+)?"
    r"(?:(?:static|final|mutating|nonmutating|override|convenience|required|indirect|lazy|weak|nonisolated|consuming|borrowing)\s+)*"
    r"(?:struct|enum|class|protocol|actor|func|var|let|init|subscript|typealias)\b"
)
OF_ALL, OF_A_TARGET = 0.80, 0.65


def counts(file):
    """Documented and all declarations of one file."""
    lines = file.read_text().split("\n")
    documented = declarations = 0
    for number, line in enumerate(lines):
        if not DECLARATION.match(line):
            continue
        before = number - 1
        while before >= 0 and lines[before].strip().startswith(("@", "#if")):
            before -= 1
        declarations += 1
        documented += before >= 0 and lines[before].strip().startswith("///")
    return documented, declarations


sources = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "Sources")
targets = collections.defaultdict(lambda: [0, 0])
for file in sorted(sources.rglob("*.swift")):
    for place, count in enumerate(counts(file)):
        targets[file.relative_to(sources).parts[0]][place] += count
documented, declarations = (sum(target[place] for target in targets.values()) for place in (0, 1))
if not declarations:
    sys.exit(f"no declarations below {sources}")
failures = [
    f"{name}: {own} of {count} documented, {OF_A_TARGET:.0%} are asked"
    for name, (own, count) in targets.items()
    if count and own < OF_A_TARGET * count
]
if documented < OF_ALL * declarations:
    failures.append(f"all: {documented} of {declarations} documented, {OF_ALL:.0%} are asked")
print(f"{documented} of {declarations} package declarations are documented ({documented / declarations:.1%})", file=sys.stderr)
if failures:
    sys.exit("\n".join(failures))
