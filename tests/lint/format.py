#!/usr/bin/env python3
"""Checks our C++ files against .clang-format with the version of clang-format that Debian 12 ships; another version would disagree.

    format.py ROOT          prints each file that differs; exit 1 if any does, 77 without clang-format 14
    format.py --fix ROOT    rewrites them
    format.py --self-test   shows that a badly formatted file is found
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FOLDERS = ["core", "config", "runners", "gates", "review", "daemon", "cli", "replay", "web/embed", "tests", "bench"]
SKIPPED = 77


def find_clang_format():
    for name in ("clang-format-14", "clang-format"):
        path = shutil.which(name)
        if path:
            version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
            if re.search(r"version 14\.", version):
                return path
    return None


def our_files(root):
    return [path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in (".h", ".cc")]


def differing(clang_format, files):
    """The files that formatting would change."""
    found = []
    for start in range(0, len(files), 50):
        some = [str(path) for path in files[start:start + 50]]
        result = subprocess.run([clang_format, "--dry-run", "-Werror", "--ferror-limit=1", "--style=file", *some],
                                capture_output=True, text=True, check=False)
        if result.returncode != 0:
            found += sorted(set(re.findall(r"^(.+?):\d+:\d+: error", result.stderr, re.MULTILINE))) or some
    return found


def self_test(clang_format):
    style = pathlib.Path(__file__).resolve().parents[2] / ".clang-format"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "core").mkdir()
        shutil.copy(style, root)
        (root / "core" / "good.cc").write_text("int Twice(int x) { return 2 * x; }\n", encoding="utf-8")
        (root / "core" / "bad.cc").write_text("int  Twice( int x ){return 2*x;}\n", encoding="utf-8")
        found = [pathlib.Path(path).name for path in differing(clang_format, our_files(root))]
    print(f"found {found}, expected ['bad.cc']")
    return 0 if found == ["bad.cc"] else 1


def main(arguments):
    clang_format = find_clang_format()
    if clang_format is None:
        print("skipped: clang-format 14 is not installed (scripts/setup installs it)")
        return SKIPPED
    if arguments == ["--self-test"]:
        return self_test(clang_format)
    if not arguments or arguments[:-1] not in ([], ["--fix"]):
        print(__doc__, file=sys.stderr)
        return 64
    files = our_files(pathlib.Path(arguments[-1]))
    if arguments[0] == "--fix":
        return subprocess.run([clang_format, "-i", "--style=file", *map(str, files)], check=False).returncode
    found = differing(clang_format, files)
    print("\n".join([*(f"{path}: run tests/lint/format.py --fix ." for path in found),
                     f"{len(files)} files, {len(found)} badly formatted"]))
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
