#!/usr/bin/env python3
"""Passes answers that cite a source of the case, as "[name]"."""
import json
import sys

for line in sys.stdin:  # one question a line, one answer a line
    question = json.loads(line)
    sources = question["case"]["fields"].get("sources") or []
    cited = [name for name in sources if f"[{name}]" in question["response"]["text"]]
    answer = {"id": question["id"]}
    if not sources:
        answer |= {"status": "UNSCORED", "reason": "the case has no sources"}
    elif cited:
        answer |= {"pass": True, "reason": "cites " + ", ".join(cited)}
    else:
        answer |= {"pass": False, "reason": "cites none of " + ", ".join(sources)}
    print(json.dumps(answer), flush=True)
