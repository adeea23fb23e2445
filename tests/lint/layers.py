#!/usr/bin/env python3
"""The house rules that no compiler checks: who may include whom, where threads and exceptions may live, and a few habits.

    layers.py ROOT          checks every C++ file below ROOT; prints FILE:LINE: [rule] what is wrong; exit 1 if anything is
    layers.py --self-test   shows that each rule reports its violation, from the trees written in testdata/*.txt

ARCHITECTURE.md explains the arrows. A rule that gets in the way is changed here, with the reason, never worked around.
"""

import pathlib
import re
import sys

# A folder and the folders whose headers it may include, itself always among them. The longest matching prefix decides.
ARROWS = {
    "core": [],
    "config": ["core"],
    "gates/stats": ["core"],
    "gates": ["core", "config", "gates/stats"],
    "runners": ["core", "config", "gates/stats"],
    "review": ["core", "config", "gates/stats"],
    "review/interchange": ["core", "config", "gates/stats", "review"],
    "proto": [],
    "daemon/store": ["core", "config", "gates", "gates/stats", "runners", "review"],
    "daemon": ["core", "config", "gates", "gates/stats", "runners", "review", "review/interchange", "daemon/store"],
    "daemon/reviews": ["core", "config", "gates", "gates/stats", "runners", "review", "review/interchange", "daemon/store", "daemon"],
    "daemon/rpc": ["core", "config", "gates", "gates/stats", "runners", "review", "review/interchange", "daemon/store", "daemon", "daemon/reviews", "proto"],
    "web": [],
    "daemon/http": ["core", "config", "gates", "gates/stats", "runners", "review", "review/interchange", "daemon/store", "daemon", "daemon/reviews", "daemon/rpc", "web"],
    "cli": ["core", "config", "gates", "gates/stats", "runners", "review", "review/interchange", "proto"],
    "replay": ["core", "config"],
    "tests": ["*"],
    "bench": ["*"],
}
# The composition root joins the daemon with the adapters that face outwards.
COMPOSITION_ROOT = {"daemon/daemon.cc": ["daemon/reviews", "daemon/rpc", "daemon/http", "web"]}

# Third-party headers that cost seconds per file or tie us to a library: never in a header, and only in these folders and
# files.
HEAVY = [
    (r"grpcpp/|grpc/|google/protobuf/|.*\.pb\.h$", ["daemon/rpc", "cli", "runners/graders/plugins/grpc.cc"]),
    (r"yaml-cpp/", ["config"]),
    (r"curl/", ["runners/http"]),
    (r"z(lib|std|std_errors)\.h$", ["runners"]),
    (r"prometheus/", ["daemon"]),
    (r"soci/|sqlite3\.h$|libpq-fe\.h$|postgresql/", ["daemon/store"]),
    (r"nlohmann/|simdjson", ["core", "config", "runners", "daemon", "cli", "replay"]),
    (r"re2/|muParser|valijson/|kainjow/|mustache|jv\.h$|jq\.h$", ["core", "config", "runners", "replay"]),
    (r"expat\.h$|seccomp\.h$", ["runners"]),
    (r"spdlog/|fmt/", ["core", "runners", "daemon", "cli", "replay"]),
    (r"boost/beast", ["daemon", "cli", "replay"]),
    (r"unicode/|cld2/", ["runners"]),
    (r"CLI/", ["cli", "daemon", "replay"]),
    (r"openssl/", ["core", "gates/signing_key.cc", "daemon/rpc"]),
]
# Asio's awaitable is what their functions return, so these folders may show it in headers.
ASIO_HEADERS = ["runners", "daemon", "replay"]
# The HTTP server's own headers name Beast's messages; nothing beyond the folder includes those.
BEAST_HEADERS = ["daemon/http"]

# gates/ and review/ compute: data in, values out. Time is an argument.
PURE = ["gates", "review"]
PURE_HEADERS = re.compile(
    r"boost/(asio|beast)|spdlog|soci|sqlite3|libpq|curl|thread$|mutex$|shared_mutex$|condition_variable$|future$|"
    r"stop_token$|iostream$|fstream$|filesystem$|cstdio$|stdio\.h$|sys/|unistd\.h$|ctime$|random$|core/file\.h$")
PURE_TOKENS = re.compile(r"\b(?:system_clock|steady_clock|high_resolution_clock)::now\b|\bgetenv\b|\bSystemClock\b")

# Where a thread may be started, and why there. The header of the same name may hold the member.
THREADS = {
    "runners/event_loops": "one thread per event loop",
    "daemon/daemon": "the bounded pool for blocking calls of the store",
    "daemon/main": "waits for signals",
    "daemon/store/result_writer": "the one writer of results",
    "replay/server": "the threads of assay-replay",
}
THREAD = re.compile(r"\bstd::(?:jthread|thread|async)\b|\bpthread_create\b|\bthread_pool\b|\.detach\(\)")

# Where exceptions may be thrown or caught: the one file that wraps a library that throws, and the last resort of a program.
EXCEPTIONS = {
    "config/node.cc": "wraps yaml-cpp",
    "core/json.cc": "wraps nlohmann-json",
    "cli/command_line.cc": "CLI11 reports usage by exception",
    "daemon/blocking.h": "what leaves a driver's coroutine becomes its error",
    "runners/blocking.h": "hands on what a call on another thread throws",
    "daemon/main.cc": "CLI11 reports usage by exception",
    "daemon/rpc/call_task.cc": "Asio hands over what left a handler as an exception; it becomes the call's error",
    "daemon/store/sql.cc": "wraps SOCI",
    "replay/main.cc": "CLI11 reports usage by exception",
    "replay/server.cc": "Asio and std::thread throw when the machine refuses a thread or a socket",
    "runners/graders/builtin.cc": "the frame of all graders: one that throws is an ERROR score, never the end of a run",
    "runners/graders/combine/formula.cc": "wraps muParser",
    "runners/graders/frame/text_template.cc": "wraps mustache",
    "runners/http/transfer.cc": "callbacks of libcurl, through which nothing may be thrown",
    "runners/run_pipeline.cc": "what leaves the reading of cases ends the run, once its workers have ended",
    "runners/run_trials.cc": "what leaves a trial's coroutine ends the run with its cause",
}
EXCEPTION = re.compile(r"\bthrow\b|\bcatch\s*\(")

LONGEST_FILE = 600
EMPTY_NAME = re.compile(r"(?:^|[_/])(?:utils?|helpers?|managers?|common|misc)(?:[_./]|$)")
EMPTY_TYPE = re.compile(r"\b(?:class|struct)\s+(\w*(?:Utils?|Helpers?|Manager|Misc))\b")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep|(?:::)?sleep)\s*\(")
TODO = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(\(#\d+\))?")
TYPE = re.compile(r"^(?:class|struct|enum class|enum|union)\s+(\w+)\b(?!\s*::)(?!\s*<)[^;()]*\{")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def folder_of(path, table):
    """The longest key of `table` that `path` lies in, or None."""
    fitting = [key for key in table if path == key or path.startswith(key + "/")]
    return max(fitting, key=len) if fitting else None


def within(path, folders):
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def without_comments_and_strings(text):
    """`text` with comments and the insides of literals blanked; line numbers stay."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^()\\ ]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'(?!\w)', re.DOTALL)

    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    # Digit separators (1'000) are not character literals.
    return pattern.sub(blank, re.sub(r"(?<=\d)'(?=\d)", " ", text))


def check_includes(path, text, files):
    is_header = path.endswith(".h")
    folder = folder_of(path, ARROWS)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match.group(1) or match.group(2)
        heavy = next((allowed for pattern, allowed in HEAVY if re.match(pattern, name)), None)
        if heavy is not None and not within(path, ["tests", "bench"]):
            if is_header and not (name.startswith("boost/beast") and within(path, BEAST_HEADERS)):
                yield number, "heavy-header", f"a header of ours includes {name}; move it to the .cc"
            if not within(path, heavy):
                yield number, "heavy-header", f"{name} is for {', '.join(heavy)} only"
        if is_header and name.startswith("boost/asio") and not within(path, ASIO_HEADERS + ["tests", "bench"]):
            yield number, "heavy-header", f"Asio in a header is for {', '.join(ASIO_HEADERS)} only"
        if within(path, PURE) and PURE_HEADERS.match(name):
            yield number, "pure", f"{folder}/ only computes; it has no use for {name}"
        if name == "regex":
            yield number, "regex", "std::regex recurses on its input; use RE2"
        if match.group(1) is None or name.endswith(".pb.h"):
            continue
        if name not in files:
            yield number, "root-relative", f'"{name}" is no file of ours; includes are relative to the root'
            continue
        target = folder_of(name, ARROWS)
        allowed = [folder] + ARROWS.get(folder, []) + COMPOSITION_ROOT.get(path, [])
        if "*" in allowed:
            continue
        if target not in allowed:
            yield number, "arrows", f"{folder}/ may not include {target or name}/ ({name})"


def check_code(path, code):
    stem = path.rsplit(".", 1)[0]
    product = not within(path, ["tests", "bench"])
    for number, line in enumerate(code.splitlines(), 1):
        if product and stem not in THREADS and THREAD.search(line):
            yield number, "threads", "threads are started only in: " + ", ".join(sorted(THREADS))
        if product and path not in EXCEPTIONS and EXCEPTION.search(line):
            yield number, "exceptions", "only the file that wraps a throwing library may throw or catch; return a Result"
        if within(path, PURE) and PURE_TOKENS.search(line):
            yield number, "pure", "time and environment are arguments here"
        if SLEEP.search(line) and not within(path, ["cli"]):
            yield number, "sleep", "wait for the event itself, with a deadline"
        if re.search(r"\bstd::w?regex\b", line):
            yield number, "regex", "std::regex recurses on its input; use RE2"
        if path.endswith(".h") and re.search(r"\busing\s+namespace\b", line):
            yield number, "using-namespace", "a header may not open a namespace for its readers"
        match = EMPTY_TYPE.search(line)
        if match:
            yield number, "names", f"{match.group(1)} says nothing; name what it does"


def check_text(path, text):
    lines = text.splitlines()
    if len(lines) > LONGEST_FILE:
        yield LONGEST_FILE + 1, "length", f"{len(lines)} lines; more than {LONGEST_FILE} is two files"
    if EMPTY_NAME.search(path):
        yield 1, "names", "the file's name says nothing; name what is in it"
    if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield 1, "pragma-once", "no #pragma once"
    for number, line in enumerate(lines, 1):
        match = TODO.search(line)
        if match and not (match.group(1) == "TODO" and match.group(2)):
            yield number, "todo", f"{match.group(1)} without an issue: write TODO(#number): or do it"


def defined_types(text):
    """(line, name) of each type that is defined in namespace assay itself, which nothing indents."""
    nameless = False
    code = without_comments_and_strings(text).splitlines()
    for number, (line, written) in enumerate(zip(code, text.splitlines()), 1):
        if line.startswith("namespace {"):
            nameless = True
        elif written.rstrip() == "}  // namespace":
            nameless = False
        match = TYPE.match(line)
        if match and not nameless:
            yield number, match.group(1)


def check_one_definition(files):
    """Two types of one name in two libraries link without a word, and one is used with the layout of the other."""
    first = {}
    for path, text in sorted(files.items()):
        if within(path, ["tests", "bench"]) or path.endswith(".def"):
            continue
        for number, name in defined_types(text):
            earlier = first.setdefault(name, path)
            if earlier != path:
                yield path, number, "one-definition", f"{name} is defined in {earlier} as well; the linker takes either"


def check_tree(files):
    """All violations in `files`, a dict from path to text, as sorted lines."""
    found = [(path, number, f"{path}:{number}: [{rule}] {message}")
             for path, number, rule, message in check_one_definition(files)]
    for path, text in files.items():
        code = without_comments_and_strings(text)
        for checked in (check_includes(path, text, files), check_code(path, code), check_text(path, text)):
            found += [(path, number, f"{path}:{number}: [{rule}] {message}") for number, rule, message in checked]
    return [line for _, _, line in sorted(found)]


def stale_permissions(files):
    """Permissions for files that are not there any more."""
    stems = {path.rsplit(".", 1)[0] for path in files}
    return [f"tests/lint/layers.py: {path} is permitted something, but is no file" for path in
            sorted({*EXCEPTIONS, *COMPOSITION_ROOT} - set(files)) + sorted(set(THREADS) - stems)]


def read_tree(root):
    files = {}
    for folder in sorted({key.split("/")[0] for key in ARROWS}):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cc", ".def") and path.is_file() and "node_modules" not in path.parts:
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8", errors="replace")
    return files


def parse_example(text):
    """A testdata file: `== PATH` starts a file, `==== expect` starts the lines that must be reported."""
    tree, expected, current = {}, None, None
    for line in text.splitlines():
        if line == "==== expect":
            expected = []
        elif expected is not None:
            expected += [line] if line else []
        elif line.startswith("== "):
            current = line[3:]
            # `== PATH *N` is a file of N lines.
            name, _, count = current.partition(" *")
            current = name
            tree[current] = ["int x;"] * int(count) if count else []
        else:
            tree[current].append(line)
    return {path: "\n".join(lines) + "\n" for path, lines in tree.items()}, expected


def self_test():
    failed = 0
    seen = set()
    examples = sorted((pathlib.Path(__file__).parent / "testdata").glob("*.txt"))
    for example in examples:
        tree, expected = parse_example(example.read_text(encoding="utf-8"))
        found = check_tree(tree)
        seen |= {re.search(r"\[([\w-]+)\]", line).group(1) for line in found}
        if found != expected:
            failed += 1
            print(f"{example.name}:\n  reported: " + "\n            ".join(found or ["nothing"]))
            print("  expected: " + "\n            ".join(expected or ["nothing"]))
    rules = set(re.findall(r'yield [^"]+, "([\w-]+)"', pathlib.Path(__file__).read_text(encoding="utf-8")))
    for rule in sorted(rules - seen):
        failed += 1
        print(f"rule {rule} has no example that violates it in testdata/")
    print(f"{len(examples)} examples, {len(rules)} rules, {failed} failed")
    return 1 if failed or not rules or not examples else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 64
    files = read_tree(pathlib.Path(arguments[0]))
    found = check_tree(files) + stale_permissions(files)
    print("\n".join(found + [f"{len(files)} files, {len(found)} violations"]))
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
