#!/usr/bin/env python3
"""Looks for a function or variable that two of our libraries define: a linker takes either of them without a word.

    symbols.py BUILD_FOLDER [NM]     prints SYMBOL: LIBRARY, LIBRARY; exit 1 if there is one, 77 with fewer than two libraries
    symbols.py --self-test CXX AR    shows that such a pair is found
"""

import collections
import pathlib
import re
import subprocess
import sys
import tempfile

SKIPPED = 77
# Text, data, read-only data and zeroed data with external linkage. Weak symbols (inline functions, templates) may repeat.
STRONG = re.compile(r"^[0-9a-f]+ [TDRB] (.+)$")


def strong_symbols(nm, library):
    listing = subprocess.run([nm, "--demangle", "--defined-only", "--extern-only", str(library)], capture_output=True,
                             text=True, check=True).stdout
    return {match.group(1) for match in map(STRONG.match, listing.splitlines()) if match}


def repeated(nm, libraries):
    """Lines about the symbols that more than one of `libraries` defines."""
    places = collections.defaultdict(list)
    for library in libraries:
        for symbol in strong_symbols(nm, library):
            places[symbol].append(library.name)
    return [f"{symbol}: {', '.join(sorted(names))}" for symbol, names in sorted(places.items()) if len(names) > 1]


def self_test(compiler, archiver):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        libraries = []
        for name, text in (("one", "int Twice(int x) { return 2 * x; } inline int f() { return 1; } int a = f();"),
                           ("two", "int Twice(int x) { return x + x; } inline int f() { return 1; } int b = f();"),
                           ("three", "static int Twice(int x) { return x; } int c = Twice(1);")):
            (root / f"{name}.cc").write_text(text, encoding="utf-8")
            subprocess.run([compiler, "-c", f"{name}.cc", "-o", f"{name}.o"], cwd=root, check=True)
            subprocess.run([archiver, "qcs", f"lib{name}.a", f"{name}.o"], cwd=root, check=True)
            libraries.append(root / f"lib{name}.a")
        found = repeated("nm", libraries)
    print(f"found {found}")
    return 0 if found == ["Twice(int): libone.a, libtwo.a"] else 1


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "--self-test":
        return self_test(*arguments[1:])
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 64
    libraries = sorted(pathlib.Path(arguments[0]).rglob("libassay_*.a"))
    if len(libraries) < 2:
        print("skipped: fewer than two libraries are built")
        return SKIPPED
    found = repeated(arguments[1] if len(arguments) == 2 else "nm", libraries)
    print("\n".join([*found, f"{len(libraries)} libraries, {len(found)} symbols defined twice"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
