#!/usr/bin/env python3
"""Asks a Prometheus server everything that the dashboard and the alert rules ask, and shows what returns no data.

    queries.py PROMETHEUS_URL DASHBOARD.json     prints each question that has no answer yet; exit 1 if there is one
    queries.py --self-test                       shows that the questions are found as they must be

The alert rules are taken from the server, which has loaded them: of each rule every series selector is executed, because the rule as a
whole returns nothing while all is well.
"""

import json
import math
import pathlib
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

VARIABLES = {"$__rate_interval": "30s", "$__range": "5m"}
SELECTOR = re.compile(r"(?<![\w:])((?:assay_\w+|up)(?!\w)(?:\{[^}]*\})?)")
# Series that only a daemon with such graders, or with queues of human review, has; they are asked for, and may have no data.
OPTIONAL = re.compile(r"\bassay_(?:grader_plugin_failures_total|judge_\w+|review_\w+)\b")
LABEL_VALUES = re.compile(r"^label_values\((\w+), (\w+)\)$")


def dashboard_questions(dashboard):
    """The expressions of all panels, Grafana's variables filled in, and (metric, label) of each variable's query."""
    expressions = []
    for panel in dashboard["panels"]:
        if panel["type"] != "row" and not panel.get("targets"):
            raise ValueError(f'panel "{panel["title"]}" asks nothing')
        for target in panel.get("targets", []):
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            for variable in dashboard["templating"]["list"]:
                expression = expression.replace("$" + variable["name"], ".*")
            if "$" in expression:
                raise ValueError(f'panel "{panel["title"]}" uses an unknown variable: {expression}')
            expressions.append(expression)
    variables = []
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            match = LABEL_VALUES.match(variable["definition"])
            if match is None:
                raise ValueError(f'variable {variable["name"]} asks something else than label_values: {variable["definition"]}')
            variables.append(match.groups())
    return expressions, variables


def selectors(expression):
    """The series selectors of a rule's expression, without ranges."""
    return sorted(set(SELECTOR.findall(expression)))


def ask(server, path, **parameters):
    query = urllib.parse.urlencode(parameters)
    try:
        with urllib.request.urlopen(f"{server}/api/v1/{path}?{query}", timeout=10) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        raise ValueError(f'{parameters}: {error.read().decode("utf-8", "replace")}') from error


def has_data(server, expression):
    series = ask(server, "query", query=expression)["result"]
    return OPTIONAL.search(expression) is not None or any(math.isfinite(float(one["value"][1])) for one in series)


def unanswered(server, dashboard):
    expressions, variables = dashboard_questions(dashboard)
    missing = [f"dashboard: {expression}" for expression in expressions if not has_data(server, expression)]
    missing += [f"dashboard variable: label_values({metric}, {label})" for metric, label in variables
                if not ask(server, f"label/{label}/values", **{"match[]": metric})]
    asked = len(expressions) + len(variables)
    rules = [rule for group in ask(server, "rules")["groups"] for rule in group["rules"]]
    if not rules:
        missing.append("the server has loaded no rule")
    for rule in rules:
        if rule["health"] != "ok":
            missing.append(f'rule {rule["name"]} is {rule["health"]}: {rule.get("lastError", "not evaluated yet")}')
        found = selectors(rule["query"])
        if not found:
            missing.append(f'rule {rule["name"]} selects no series')
        asked += len(found)
        missing += [f'rule {rule["name"]}: {selector}' for selector in found if not has_data(server, selector)]
    return asked, missing


def self_test():
    board = {"panels": [{"type": "row", "title": "r"},
                        {"type": "stat", "title": "p",
                         "targets": [{"expr": 'rate(assay_x{gate=~"$gate"}[$__rate_interval])'}]}],
             "templating": {"list": [{"name": "gate", "type": "query", "definition": "label_values(assay_y, gate)"}]}}
    assert dashboard_questions(board) == (['rate(assay_x{gate=~".*"}[30s])'], [("assay_y", "gate")])
    for broken in ({"type": "stat", "title": "p", "targets": []},
                   {"type": "stat", "title": "p", "targets": [{"expr": "assay_x{a=~\"$other\"}"}]}):
        try:
            dashboard_questions({**board, "panels": [broken]})
        except ValueError:
            continue
        raise AssertionError(f"accepted {broken}")
    assert selectors('up{job="assay"} == 0 or absent(up{job="assay"})') == ['up{job="assay"}']
    assert selectors('sum by (up_to) (rate(assay_a{c=~"2.."}[5m])) / assay_a > 1') == ["assay_a", 'assay_a{c=~"2.."}']
    # The committed files themselves hold questions.
    root = pathlib.Path(__file__).resolve().parents[2]
    expressions, variables = dashboard_questions(json.loads((root / "deploy/grafana/assay-oncall.json").read_text("utf-8")))
    assert len(expressions) >= 15 and len(variables) == 3, (expressions, variables)
    print(f"{len(expressions)} expressions and {len(variables)} variables in the dashboard")
    return 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    with open(arguments[1], encoding="utf-8") as file:
        asked, missing = unanswered(arguments[0], json.load(file))
    print("\n".join([f"{asked} questions, {len(missing)} without data", *missing]))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
