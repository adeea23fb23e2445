"""The programs that take part in a benchmark: started on loopback, measured through /proc, ended by their process id."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

ANSWER = "The capital is Paris, as far as anyone knows."
CHAT_COMPLETION = json.dumps({
    "id": "chatcmpl-0000000000000000000000000000", "object": "chat.completion", "created": 1700000000, "model": "bench",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": ANSWER, "refusal": None}, "logprobs": None, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 27, "completion_tokens": 10, "total_tokens": 37,
              "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
              "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0}},
    "service_tier": "default", "system_fingerprint": "fp_0000000000"})

NGINX = """\
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; default_type application/json;
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy; fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi; scgi_temp_path {folder}/nginx-scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 '{answer}'; }} }}
}}
"""


class Missing(Exception):
    """Something that the benchmark needs is not installed."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=120.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found is not None:
            return found
        time.sleep(0.01)
    raise RuntimeError(f"gave up waiting for {what}")


def listens(port):
    with socket.socket() as probe:
        return True if probe.connect_ex(("127.0.0.1", port)) == 0 else None


def cpu_seconds(pid):
    """User and system time of a process so far, all threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid, field="VmHWM"):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE).group(1)) / 1024


class Processes:
    """Starts programs in a folder and ends them all, whatever happens."""

    def __init__(self, bin_folder, folder):
        self.bin = pathlib.Path(bin_folder).resolve()
        self.folder = pathlib.Path(folder)
        self.running = []

    def launch(self, name, command):
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, start_new_session=True)
        self.running.append(process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.remove(process)

    def end_all(self):
        for process in list(self.running):
            self.end(process)

    def nginx(self):
        """An endpoint that answers as fast as nginx can. Returns its address."""
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            raise Missing("nginx is not installed: run bench/setup")
        port = free_port()
        configuration = self.folder / f"nginx-{port}.conf"
        configuration.write_text(NGINX.format(folder=self.folder, port=port, answer=CHAT_COMPLETION), encoding="utf-8")
        self.launch("nginx", [program, "-c", configuration])
        wait_for(lambda: listens(port), "nginx")
        return f"http://127.0.0.1:{port}/v1"

    def replay(self, *options):
        """An endpoint that behaves as told. Returns its process and address."""
        port = free_port()
        process = self.launch("replay", [self.bin / "assay-replay", "--listen", f"127.0.0.1:{port}", "--unknown", f"fixed:{ANSWER}", *options])
        wait_for(lambda: listens(port), "assay-replay")
        return process, f"http://127.0.0.1:{port}/v1"

    def delayed(self, milliseconds):
        """An endpoint that answers after so long, cheaply. Returns its process and address."""
        port = free_port()
        process = self.launch("delayed", [self.bin / "bench/delayed_endpoint", "--port", port, "--delay", milliseconds])
        wait_for(lambda: listens(port), "delayed_endpoint")
        return process, f"http://127.0.0.1:{port}/v1"

    def yardstick(self, url, requests, concurrency):
        """The bare client's own account of its requests: per_second, cpu_us_per_request."""
        done = subprocess.run([self.bin / "bench/http_yardstick", "--url", url, "--requests", str(requests), "--concurrency", str(concurrency)],
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def check_load(self, daemon, gate, candidate, seconds):
        """Calls of CheckGate at 500 a second: the account of the caller."""
        done = subprocess.run([self.bin / "bench/check_load", "--server", f"127.0.0.1:{daemon.grpc}", "--gate", gate, "--candidate", candidate,
                               "--rate", "500", "--seconds", str(seconds)], capture_output=True, text=True, check=False)
        if not done.stdout:
            raise RuntimeError(f"check_load: {done.stderr}")
        return json.loads(done.stdout)


GRADERS = """\
graders:
  - {name: answer, type: contains, value: "{{expected}}", ignore_case: true}
  - {name: no_numbers, type: regex, pattern: '[0-9]{12}', negate: true}
  - {name: polite, type: contains, any: ["as far as", "please"]}
"""


def write_cases(path, count, salt=""):
    """`count` cases whose rendered request is about 300 bytes, as JSON lines; `salt` makes them another dataset."""
    with open(path, "w", encoding="utf-8") as file:
        for i in range(count):
            file.write(f'{{"id":"case-{i:07d}","question":"{salt}Question number {i}: what is the capital of the country that this number '
                       f'stands for?","expected":"Paris"}}\n')


class Daemon:
    """assayd on a store of its own, with a catalog that the benchmark writes before it starts."""

    def __init__(self, processes, name, settings=""):
        self.processes = processes
        self.folder = processes.folder / name
        (self.folder / "catalog").mkdir(parents=True)
        self.grpc, self.http = free_port(), free_port()
        self.name = name
        self.settings = settings
        self.process = None

    def suite(self, name, cases, salt=""):
        write_cases(self.folder / "catalog" / f"{name}.jsonl", cases, salt)
        self.write(f"{name}.yaml", f'kind: Suite\nname: {name}\ndataset: [{{file: {name}.jsonl, id: id}}]\nprompt: [{{user: "{{{{question}}}}"}}]\n'
                                   f"sampling: {{temperature: 0, max_tokens: 256}}\n{GRADERS}---\nkind: Gate\nname: {name}-gate\nsuites: [{name}]\n"
                                   "rules: [{name: floor, metric: answer, at_least: 0.9}]\n")

    def model(self, name, url, concurrency):
        self.write(f"model-{name}.yaml", f'kind: Model\nname: {name}\nversion: "1"\nendpoint: {{provider: openai-chat, url: "{url}", model: bench, '
                                         f"limits: {{concurrency: {concurrency}}}}}\n")

    def write(self, file, text):
        (self.folder / "catalog" / file).write_text(text, encoding="utf-8")

    def start(self):
        (self.folder / "assayd.yaml").write_text(
            f'grpc: {{listen: "127.0.0.1:{self.grpc}"}}\nhttp: {{listen: "127.0.0.1:{self.http}"}}\nstore: sqlite:{self.folder}/assay.db\n'
            f"catalog: {self.folder}/catalog\nlog: {{level: warning}}\n{self.settings}", encoding="utf-8")
        self.process = self.processes.launch(self.name, [self.processes.bin / "assayd", "--config", self.folder / "assayd.yaml"])
        wait_for(self.is_ready, f"assayd of {self.name}")
        return self

    def end(self):
        self.processes.end(self.process)
        shutil.rmtree(self.folder)

    def is_ready(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.http}/readyz", timeout=5)
            return True
        except OSError:
            return None

    def assay(self, *arguments):
        done = subprocess.run([self.processes.bin / "assay", "--server", f"127.0.0.1:{self.grpc}", "--output", "json", *arguments],
                              capture_output=True, text=True, check=False)
        if not done.stdout:
            raise RuntimeError(f"assay {' '.join(arguments)}: {done.stderr}")
        return json.loads(done.stdout)

    def run(self, suite, model, cases):
        """Seconds from the command to the end of a run all of whose cases must be scored, and its CPU seconds."""
        cpu, began = cpu_seconds(self.process.pid), time.monotonic()
        run = self.assay("run", "start", "--suite", suite, "--model", f"{model}@1", "--wait")
        seconds = time.monotonic() - began
        if run["counts"]["scored"] != cases:
            raise RuntimeError(f"not every case of {suite} was scored: {run}")
        return seconds, cpu_seconds(self.process.pid) - cpu

    def start_run(self, suite, model):
        return self.assay("run", "start", "--suite", suite, "--model", f"{model}@1")["id"]

    def accounted(self, run):
        counts = self.assay("run", "show", run)["counts"]
        return counts["scheduled"] - counts["outstanding"]
