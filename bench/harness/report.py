"""The table, the JSON and the picture of a benchmark."""
import json
import math
import os
import pathlib
import platform
import time


def machine():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpus": os.cpu_count(), "cpu": model, "kernel": platform.release(), "load_before": os.getloadavg()[0]}


def shown(value):
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def table(rows):
    """`rows`: (scenario, Figure). One line a figure, columns as wide as they have to be."""
    lines = [("", "MEASURED", "RANGE", "TARGET", "", "")]
    for _, figure in rows:
        spread = f"{shown(figure.spread[0])}..{shown(figure.spread[1])}" if figure.spread and figure.spread[0] != figure.spread[1] else ""
        verdict = "" if figure.holds is None else "ok" if figure.holds else "MISSED"
        lines.append((figure.what, f"{shown(figure.value)} {figure.unit}", spread, figure.target, verdict, figure.note))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def write_json(path, rows, points, about):
    figures = [{"scenario": name, "what": each.what, "value": each.value, "unit": each.unit, "target": each.target, "holds": each.holds,
                "range": each.spread, "note": each.note} for name, each in rows]
    document = {"taken_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": about, "figures": figures, "throughput": points}
    pathlib.Path(path).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 50, 60
COLOURS = {"assay, instant": "#1f5fbf", "bare loop, instant": "#8a8a8a", "assay, 50 ms": "#c4501b", "ideal, 50 ms": "#d9b38c"}


def svg(points):
    """Throughput against concurrency, both on logarithmic axes, as SVG text."""
    highest = max(rate for series in points.values() for _, rate in series)
    lowest = min(rate for series in points.values() for _, rate in series)
    concurrencies = [concurrency for concurrency, _ in next(iter(points.values()))]
    bottom, top = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))
    last = math.log2(concurrencies[-1])

    def x(concurrency):
        return LEFT + math.log2(concurrency) / last * (WIDTH - LEFT - RIGHT)

    def y(rate):
        return HEIGHT - BOTTOM - (math.log10(rate) - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img" '
             'aria-label="Cases a second against requests in flight">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
             f'<text x="{LEFT}" y="26" font-size="15" fill="#222">Cases a second against requests in flight (2 cores for everything)</text>']
    for power in range(bottom, top + 1):
        rate = 10**power
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(rate):.1f}" y2="{y(rate):.1f}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(rate) + 4:.1f}" text-anchor="end" fill="#555">{rate:,}</text>')
    for concurrency in concurrencies:
        parts.append(f'<text x="{x(concurrency):.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="#555">{concurrency}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 16}" text-anchor="middle" fill="#333">requests in flight</text>')
    labels = sorted(((y(series[-1][1]), name) for name, series in points.items()))
    place = 0.0
    for height, name in labels:
        place = max(height + 4, place + 16)
        series = points[name]
        path = " ".join(f"{x(concurrency):.1f},{y(rate):.1f}" for concurrency, rate in series)
        dash = ' stroke-dasharray="5 4"' if name.startswith(("ideal", "bare")) else ""
        parts.append(f'<polyline fill="none" stroke="{COLOURS[name]}" stroke-width="2.5"{dash} points="{path}"/>')
        parts += [f'<circle cx="{x(concurrency):.1f}" cy="{y(rate):.1f}" r="3" fill="{COLOURS[name]}"><title>{name}: {rate:,.0f}/s at '
                  f"{concurrency}</title></circle>" for concurrency, rate in series]
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{place:.1f}" fill="{COLOURS[name]}">{name}: {series[-1][1]:,.0f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
