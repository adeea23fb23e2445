#!/usr/bin/env python3
"""Writes the cases and the recorded answers of the order desk next to this file. Run it again after a change:

    python3 config/examples/order-desk/make_order_desk.py
"""
import json
import pathlib

HERE = pathlib.Path(__file__).parent
MODEL = "order-bot-1"
SYSTEM = "You are the order desk. Say what you know of an order, in one sentence."
FOLLOW_UP = "Please repeat the order number, so that I can write it down."
TOOL = {
    "name": "look_up_order",
    "description": "Finds an order by its number",
    "parameters": {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]},
}
STATES = ["was shipped today", "is being packed", "waits for its payment", "was delivered on Monday"]
ITEMS = ["lamp", "chair", "desk"]


def case(index):
    number, item, state = f"R-{1000 + 17 * index}", ITEMS[index % 3], STATES[index % 4]
    call = {"id": f"call_{index}", "type": "function",
            "function": {"name": TOOL["name"], "arguments": json.dumps({"number": number})}}
    history = [
        {"role": "user", "content": f"Where is my {item}, order {number}?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": json.dumps({"item": item, "state": state}), "tool_call_id": call["id"]},
    ]
    return {"id": f"order-{index}", "item": item, "number": number, "state": state, "history": history}


def records(row):
    """Both answers of a case: each request holds the conversation so far."""
    first = f"Your {row['item']} {row['state']}."
    second = f"The number of your order is {row['number']}."
    so_far = [{"role": "system", "content": SYSTEM}] + row["history"]
    then = so_far + [{"role": "assistant", "content": first}, {"role": "user", "content": FOLLOW_UP}]
    for messages, answer in ((so_far, first), (then, second)):
        yield {"model": MODEL, "messages": messages, "tools": [{"type": "function", "function": TOOL}],
               "response": {"content": answer, "usage": {"prompt_tokens": 20 * len(messages), "completion_tokens": 9}}}


def write(name, rows):
    (HERE / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


CASES = [case(index) for index in range(12)]
write("order-desk.jsonl", CASES)
write("recordings/order-bot-1.jsonl", [record for row in CASES for record in records(row)])
