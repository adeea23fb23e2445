"""Holds docs/simulation.md to the program: the same rows with the same promises, and rates that keep them.

    check_page.py SIM PAGE

A row is a gate, what the candidate is, and what is promised; `SIM --list` gives those that the program measures. Of a
rate with a promise no more than two standard errors above it is chance.
"""

import math
import re
import subprocess
import sys

COLUMNS = 7  # gate, candidate, PASS, FAIL, neither, answers, rounds
SHARE = re.compile(r"^(\d+\.\d) %(?: \(≤ (\d+)\))?$")
ROUNDING = 0.0005  # of a printed rate


def rows_of(text):
    """Each row of the tables as (family, cells), in their order."""
    family = ""
    for line in text.splitlines():
        if line.startswith("## "):
            family = line[3:].strip()
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == COLUMNS and cells[0] != "gate":
            yield family, cells


def promise_of(cell):
    """The share that a cell promises, in percent, None without one."""
    match = SHARE.match(cell)
    return match.group(2) if match else None


def key_of(family, cells):
    return (family, cells[0], cells[1], promise_of(cells[2]), promise_of(cells[3]))


def excess_of(cells):
    """What of a row is above its promise, as text."""
    found = []
    rounds = int(cells[6])
    for name, cell in (("PASS", cells[2]), ("FAIL", cells[3])):
        match = SHARE.match(cell)
        if not match:
            found.append(f"{name}: {cell!r} is no share")
        elif match.group(2):
            promised = int(match.group(2)) / 100
            most = promised + 2 * math.sqrt(promised * (1 - promised) / rounds) + ROUNDING
            if float(match.group(1)) / 100 > most:
                found.append(f"{name}: {cell} is above {100 * most:.2f} %")
    return found


def problems_of(page, listed):
    """What is wrong, a line each."""
    shown = list(rows_of(page))
    wanted = [key_of(family, cells) for family, cells in rows_of(listed)]
    keys = [key_of(family, cells) for family, cells in shown]
    problems = [f"the program measures no such row: {key}" for key in keys if key not in wanted]
    problems += [f"not on the page: {key}" for key in wanted if key not in keys]
    problems += [f"twice on the page: {key}" for key in sorted(set(keys), key=str) if keys.count(key) > 1]
    for family, cells in shown:
        problems += [f"{family}, {cells[0]}: {excess}" for excess in excess_of(cells)]
    if not wanted:
        problems.append("the program lists nothing")
    return problems


def self_test():
    row = "| `a` | on it | {} | 1.0 % | 94.0 % | 50 | {} |"
    listed = "## T\n\n" + row.format("0.0 % (≤ 5)", 400)
    assert problems_of("## T\n" + row.format("5.9 % (≤ 5)", 4000), listed) != []
    assert problems_of("## T\n" + row.format("5.7 % (≤ 5)", 4000), listed) == []
    assert problems_of("## T\n" + row.format("7.1 % (≤ 5)", 400), listed) == []
    assert problems_of("## T\n" + row.format("5.0 %", 4000), listed) != []
    assert problems_of("## U\n" + row.format("5.0 % (≤ 5)", 4000), listed) != []
    assert problems_of("", listed) != []


if __name__ == "__main__":
    self_test()
    program, page = sys.argv[1:3]
    rows = subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout
    with open(page, encoding="utf-8") as file:
        wrong = problems_of(file.read(), rows)
    print("\n".join(wrong) or "every row of the page is the program's, and its rates keep what they promise")
    sys.exit(1 if wrong else 0)
