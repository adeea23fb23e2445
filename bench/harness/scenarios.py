"""What bench/run measures: each scenario is one claim with a target, measured beside its yardstick in the same run."""
import dataclasses
import re
import statistics
import time

from harness import peer
from harness.programs import Daemon, memory_mb, wait_for

CONNECTIONS = 64


@dataclasses.dataclass
class Figure:
    """One row of the table. `holds` is None where there is no target."""
    what: str
    value: float
    unit: str
    target: str
    holds: bool | None
    spread: tuple | None = None  # smallest and largest of the rounds
    note: str = ""


def median_of(values):
    return statistics.median(values), (min(values), max(values))


def at_least(what, values, unit, target, note=""):
    value, spread = median_of(values)
    return Figure(what, value, unit, f">= {target}", value >= target, spread, note)


def at_most(what, values, unit, target, note=""):
    value, spread = median_of(values)
    return Figure(what, value, unit, f"<= {target}", value <= target, spread, note)


def engine(processes, options):
    """End to end against an endpoint as fast as nginx, everything on the same cores, beside a bare curl_multi loop."""
    cases = 20_000 if options.quick else 100_000
    url = processes.nginx()
    daemon = Daemon(processes, "engine")
    daemon.suite("bench", cases)
    daemon.model("bench", url, CONNECTIONS)
    daemon.start()
    daemon.run("bench", "bench", cases)  # makes the snapshot of the dataset
    shares, rates, cpu, bare_rates, bare_cpu = [], [], [], [], []
    for _ in range(options.rounds):
        bare = processes.yardstick(url, cases, CONNECTIONS)
        seconds, used = daemon.run("bench", "bench", cases)
        shares.append(100 * cases / seconds / bare["per_second"])
        rates.append(cases / seconds)
        cpu.append(used / cases * 1e6)
        bare_rates.append(bare["per_second"])
        bare_cpu.append(bare["cpu_us_per_request"])
    daemon.end()
    bare_note = f"bare loop {statistics.median(bare_rates):,.0f}/s at {statistics.median(bare_cpu):.0f} us"
    return [at_least("share of a bare curl_multi loop", shares, "%", 50, bare_note),
            Figure("cases a second", *median_of(rates)[:1], "1/s", "", None, median_of(rates)[1]),
            at_most("CPU a case, all threads", cpu, "us", 90)]


def sustained(processes, options):
    """The slope between 1,000 and 10,000 cases, and one small command, beside promptfoo on the same cases."""
    url = processes.nginx()
    rounds = 2 * options.rounds
    daemon = Daemon(processes, "sustained")
    for i in range(rounds):  # a dataset of its own each, so that its snapshot is part of what is measured
        daemon.suite(f"small-{i}", 1_000, f"{i} ")
        daemon.suite(f"large-{i}", 10_000, f"{i} ")
    daemon.model("bench", url, CONNECTIONS)
    daemon.start()
    small, slopes = [], []
    for i in range(rounds):
        began = time.monotonic()
        check = daemon.assay("gate", "check", f"small-{i}-gate", "--candidate", "bench@1")
        small.append(time.monotonic() - began)
        if check["state"] != "PASS":
            raise RuntimeError(f"the gate should pass: {check}")
        seconds, _ = daemon.run(f"large-{i}", "bench", 10_000)
        slopes.append(9_000 / max(seconds - small[-1], 1e-3))
    daemon.end()
    own = statistics.median(slopes)
    rows = [Figure("cases a second between 1,000 and 10,000", own, "1/s", "", None, (min(slopes), max(slopes))),
            Figure("1,000 cases from command to verdict", statistics.median(small), "s", "", None, (min(small), max(small)))]
    if options.no_peer:
        return rows
    peers = [(peer.run(processes.folder, url, 1_000), peer.run(processes.folder, url, 10_000)) for _ in range(options.peer_rounds)]
    peer_slopes = [9_000 / (large["seconds"] - little["seconds"]) for little, large in peers]
    peer_small = [little["seconds"] for little, _ in peers]
    peer_peak = max(large["peak_mb"] for _, large in peers)
    note = f"promptfoo {statistics.median(peer_slopes):.0f}/s, {peer_peak:.0f} MB at 10,000, {len(peers)} rounds"
    return rows + [
        at_least("sustained rate as a multiple of promptfoo's", [each / statistics.median(peer_slopes) for each in slopes], "x", 100, note),
        at_least("1,000 cases: promptfoo's command / ours to a verdict", [statistics.median(peer_small) / each for each in small], "x", 30,
                 f"promptfoo {statistics.median(peer_small):.1f} s")]


def latency(processes, options):
    """An endpoint of 50 ms at concurrency 512: wall time over the ideal."""
    cases, concurrency, delay = (10_000 if options.quick else 50_000), 512, 0.05
    replay, url = processes.delayed(50)
    daemon = Daemon(processes, "latency")
    daemon.suite("bench", cases)
    daemon.model("bench", url, concurrency)
    daemon.start()
    daemon.run("bench", "bench", cases)
    ideal = cases / concurrency * delay
    ratios, bare = [], []
    for _ in range(options.rounds):
        bare.append(cases / processes.yardstick(url, cases, concurrency)["per_second"] / ideal)
        ratios.append(daemon.run("bench", "bench", cases)[0] / ideal)
    daemon.end()
    processes.end(replay)
    return [at_most(f"50 ms x {concurrency}, {cases:,} cases: time over the ideal", ratios, "x", 1.10, f"ideal {ideal:.2f} s, bare loop {statistics.median(bare):.2f} x")]


def memory(processes, options):
    """Peak resident memory of runs of two sizes, each in a daemon of its own."""
    url = processes.nginx()
    peaks = {}
    for cases in (10_000, 100_000 if options.quick else 1_000_000):
        daemon = Daemon(processes, f"memory-{cases}")
        daemon.suite("bench", cases)
        daemon.model("bench", url, CONNECTIONS)
        daemon.start()
        daemon.run("bench", "bench", cases)
        peaks[cases] = memory_mb(daemon.process.pid)
        daemon.end()
    small, large = peaks.values()
    return [at_most(f"peak memory at {min(peaks):,} cases", [small], "MB", 150),
            at_most(f"peak memory at {max(peaks):,} cases", [large], "MB", 150),
            at_most("the second over the first", [large / small], "x", 1.2)]


def rate_limited(processes, options):
    """An endpoint whose token bucket holds 70 % of what an unlimited client would send, 429 with Retry-After 1 s above."""
    cases = 10_000 if options.quick else 40_000
    unlimited, url = processes.delayed(20)
    daemon = Daemon(processes, "rate-limited")
    daemon.suite("bench", cases)
    daemon.model("open", url, CONNECTIONS)
    daemon.start()
    daemon.run("bench", "open", cases)
    rate = 0.7 * cases / daemon.run("bench", "open", cases)[0]
    processes.end(unlimited)
    throughput, extra = [], []
    for i in range(options.rounds):
        limited, url = processes.replay("--latency", "20ms", "--requests-per-minute", int(rate * 60))
        daemon.model(f"limited-{i}", url, CONNECTIONS)
        daemon.assay("model", "register", daemon.folder / "catalog" / f"model-limited-{i}.yaml")
        seconds, _ = daemon.run("bench", f"limited-{i}", cases)
        processes.end(limited)
        refused = refusals(processes)
        allowed = (cases - rate) / rate  # a second's worth may come at once
        throughput.append(100 * allowed / seconds)
        extra.append(100 * refused / cases)
    daemon.end()
    note = f"{rate:,.0f} requests/s allowed, no case lost"
    return [at_least("token bucket: share of the allowed rate", throughput, "%", 90, note),
            at_most("token bucket: requests more than needed", extra, "%", 20)]


def refusals(processes):
    """Of the endpoint that ended last: it says so in the last line of its log."""
    line = (processes.folder / "replay.log").read_text(encoding="utf-8").strip().splitlines()[-1]
    return int(re.search(r"(\d+) (?:faults )?injected", line).group(1))


def fairness(processes, options):
    """8 runs at once on an endpoint of a fixed rate, then a gate."""
    replay, url = processes.delayed(50)
    daemon = Daemon(processes, "fairness")
    names = [f"run-{i}" for i in range(8)]
    for name in [*names, "gate"]:
        daemon.suite(name, 40_000, name)
    daemon.model("bench", url, CONNECTIONS)
    daemon.start()
    worst, shares = [], []
    for name in [*names, "gate"]:  # snapshots first: their making is no part of the shares
        daemon.assay("run", "cancel", daemon.start_run(name, "bench"))
    for _ in range(max(1, options.rounds // 2)):
        runs = [daemon.start_run(name, "bench") for name in names]
        wait_for(lambda: True if min(daemon.accounted(run) for run in runs) > 50 else None, "all runs to be going on")
        done = rates(daemon, runs, 5)
        mean = statistics.mean(done)
        worst.append(100 * max(abs(each - mean) for each in done) / mean)
        daemon.assay("gate", "check", "gate-gate", "--candidate", "bench@1", "--fresh", "--timeout", "0s")
        listed = daemon.assay("run", "list", "--suite", "gate", "--limit", "1")
        gate = listed[0]["id"]
        wait_for(lambda: True if daemon.accounted(gate) > 200 else None, "the gate's run")
        done = rates(daemon, [gate, *runs], 5)
        shares.append(100 * done[0] / sum(done))
        for run in [gate, *runs]:
            daemon.assay("run", "cancel", run)
    daemon.end()
    processes.end(replay)
    return [at_most("8 runs at once: furthest from the fair share", worst, "%", 15),
            at_least("a gate started later: share of the rate", shares, "%", 80)]


def gate_calls(processes, options):
    """CheckGate on a finished run of 1,000 cases, 500 times a second, while a run of 1,000 cases a second goes on."""
    url = processes.nginx()
    daemon = Daemon(processes, "gate-calls")
    daemon.suite("finished", 1000)
    daemon.suite("going-on", 200_000, "on")
    daemon.model("bench", url, CONNECTIONS)
    daemon.write("model-limited.yaml", f'kind: Model\nname: limited\nversion: "1"\nendpoint: {{provider: openai-chat, url: "{url}", model: bench, '
                                       f"limits: {{concurrency: {CONNECTIONS}, requests_per_minute: 60000}}}}\n")
    daemon.start()
    daemon.run("finished", "bench", 1000)
    run = daemon.start_run("going-on", "limited")
    wait_for(lambda: True if daemon.accounted(run) > 2000 else None, "the run to be going on")
    medians, tails, rates_of_run = [], [], []
    for _ in range(options.rounds):
        before, began = daemon.accounted(run), time.monotonic()
        calls = processes.check_load(daemon, "finished-gate", "bench@1", 3 if options.quick else 10)
        rates_of_run.append((daemon.accounted(run) - before) / (time.monotonic() - began))
        if calls["failed"] or set(calls["states"]) != {"PASS"}:
            raise RuntimeError(f"not every call was answered with PASS: {calls}")
        medians.append(calls["median_ms"])
        tails.append(calls["p99_ms"])
    daemon.assay("run", "cancel", run)
    daemon.end()
    note = f"beside a run at {statistics.median(rates_of_run):,.0f} cases/s"
    return [at_most("CheckGate on a finished run, 500 calls/s: median", medians, "ms", 2, note),
            at_most("the same: 99th percentile", tails, "ms", 10)]


def rates(daemon, runs, seconds):
    """Trials of each run in a stretch of time."""
    before = [daemon.accounted(run) for run in runs]
    time.sleep(seconds)
    return [after - first for after, first in zip([daemon.accounted(run) for run in runs], before)]


def curve(processes, options):
    """Throughput against concurrency, for the plot: us and the bare loop, an instant endpoint and one of 50 ms."""
    points = {"assay, instant": [], "bare loop, instant": [], "assay, 50 ms": [], "ideal, 50 ms": []}
    instant = processes.nginx()
    replay, slow = processes.delayed(50)
    daemon = Daemon(processes, "curve")
    most = 20_000
    daemon.suite("fast", most)
    steps = (1, 4, 16, 64, 256) if options.quick else (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
    for concurrency in steps:
        daemon.model(f"instant-{concurrency}", instant, concurrency)
        daemon.model(f"slow-{concurrency}", slow, concurrency)
        daemon.suite(f"slow-{concurrency}", min(most, max(60, concurrency * 60)))
    daemon.start()
    for concurrency in steps:
        for _ in range(2):  # the first makes the snapshot
            seconds, _ = daemon.run("fast", f"instant-{concurrency}", most)
        points["assay, instant"].append((concurrency, most / seconds))
        points["bare loop, instant"].append((concurrency, processes.yardstick(instant, most, concurrency)["per_second"]))
        cases = min(most, max(60, concurrency * 60))
        for _ in range(2):
            seconds, _ = daemon.run(f"slow-{concurrency}", f"slow-{concurrency}", cases)
        points["assay, 50 ms"].append((concurrency, cases / seconds))
        points["ideal, 50 ms"].append((concurrency, concurrency / 0.05))
    daemon.end()
    processes.end(replay)
    return points


SCENARIOS = {"engine": engine, "sustained": sustained, "latency": latency, "memory": memory, "rate_limited": rate_limited,
             "fairness": fairness, "gate_calls": gate_calls}
