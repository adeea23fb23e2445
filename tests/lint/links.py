#!/usr/bin/env python3
"""Documents tell the truth about the tree: every relative link, and every file or folder/ of ours in backticks, leads to something.

    links.py ROOT         checks every .md below ROOT; exit 1 if a link leads nowhere
    links.py --self-test  shows that such a link is found
"""

import pathlib
import re
import sys
import tempfile

FOLDERS = "core|config|runners|gates|review|daemon|cli|replay|proto|web|deploy|tests|bench|docs|scripts|cmake"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
# `gates/rules/x.cc` and `*` stand for files that are yet to be written; what has no extension may be a program.
PATH = re.compile(rf"`((?:{FOLDERS})/(?:[\w./-]*(?:/|\.\w+))?)`")
EXAMPLE_NAME = re.compile(r"(?:^|[/_])x(?:\.|$)")


def broken(root):
    found = []
    for document in sorted(root.rglob("*.md")):
        if any(part in ("build", "node_modules", ".git") for part in document.relative_to(root).parts):
            continue
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
            targets = [(target, document.parent) for target in LINK.findall(line) if "://" not in target]
            targets += [(target, root) for target in PATH.findall(line) if not EXAMPLE_NAME.search(target)]
            found += [f"{document.relative_to(root)}:{number}: {target} leads nowhere"
                      for target, base in targets if not (base / target).exists()]
    return found


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "docs").mkdir()
        (root / "core").mkdir()
        (root / "core" / "json.h").touch()
        (root / "docs" / "a.md").write_text(
            "[good](../core/json.h) [bad](core/json.h) [web](https://example.org/x) [part](../core/json.h#top)\n"
            "`core/json.h` `core/` `core/program` `core/xml.h` `core/x.cc` `core/x_*.cc` `nothing/json.h`\n", encoding="utf-8")
        found = broken(root)
    print("\n".join(found))
    return 0 if found == ["docs/a.md:1: core/json.h leads nowhere", "docs/a.md:2: core/xml.h leads nowhere"] else 1


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 64
    found = broken(pathlib.Path(arguments[0]))
    print("\n".join([*found, f"{len(found)} broken links"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
