#!/usr/bin/env python3
"""A plug-in that behaves as its first argument says; `good` is the only one that behaves well."""
import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import sys


def questions():
    for line in sys.stdin:
        yield json.loads(line)


def say(question, **answer):
    print(json.dumps({"id": question["id"], "pass": True, "label": str(os.getpid())} | answer), flush=True)


def tell_pid(pid):
    print(pid, file=sys.stderr, flush=True)


def good():
    for question in questions():
        say(question, **{"pass": question["response"]["text"] == "good"})


def echo():
    for question in questions():
        say(question, evidence=question)


def scripted():
    """Answers what the option `answer` says."""
    for question in questions():
        answer = question["options"]["answer"]
        text = answer if isinstance(answer, str) else json.dumps({"id": question["id"]} | answer)
        print(text, flush=True)


def hangs():
    tell_pid(os.getpid())
    while True:
        signal.pause()


def dies_at_start():
    print("no model to load", file=sys.stderr)
    sys.exit(3)


def dies_every_third():
    for number, question in enumerate(questions(), 1):
        if number == 3:
            os.kill(os.getpid(), signal.SIGSEGV)
        say(question)


def ends_between():
    """Answers, and ends in peace."""
    say(next(questions()))


def floods_output():
    while True:
        sys.stdout.write("x" * 65536)


def floods_errors():
    while True:
        sys.stderr.write("x" * 65536)


def long_lines():
    for question in questions():
        say(question, reason="x" * (2 << 20))


def answers_twice():
    for question in questions():
        line = json.dumps({"id": question["id"], "pass": True}) + "\n"
        os.write(1, (line + line).encode())


def answers_before():
    """What it says before it is asked is no answer, were it one."""
    print(json.dumps({"id": "1", "pass": True}), flush=True)
    hangs()


def speaks_unasked():
    """Answers, and then says more; the error stream tells when that is done."""
    for question in questions():
        say(question)
        print("by the way", flush=True)


def wrong_id():
    for question in questions():
        say(question, id="0")


def closes_input():
    question = next(questions())
    os.close(0)
    say(question)
    hangs()


def closes_output():
    next(questions())
    os.close(1)
    hangs()


def eats_memory():
    for question in questions():
        hoard = bytearray(1 << 30)
        say(question, value=len(hoard))


def leaves_grandchildren():
    """Dies, and the one that it leaves holds on to its streams."""
    left = subprocess.Popen(["sleep", "1000"])
    tell_pid(left.pid)
    next(questions())
    sys.exit(0)


def spreads():
    """Starts one of its group, one that leaves it, and one that leaves its parent too; tells their pids."""
    sleep = ["sleep", "1000"]
    near = subprocess.Popen(sleep).pid
    far = subprocess.Popen(sleep, start_new_session=True).pid
    orphan = "trap '' HUP INT TERM; setsid sleep 1000 > /dev/null 2>&1 < /dev/null & echo $!"
    shell = subprocess.run(["sh", "-c", orphan], stdout=subprocess.PIPE)
    for question in questions():
        if question["response"]["text"] == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        say(question, label=f"{os.getpid()} {near} {far} {int(shell.stdout)}")


def confined():
    """Says what it is refused, and what it was given."""
    found = {}

    def tries(name, call):
        try:
            call().close()
            found[name] = "allowed"
        except OSError as error:
            found[name] = errno.errorcode[error.errno]

    libc = ctypes.CDLL(None, use_errno=True)

    def calls(name, number, *arguments):
        found[name] = "allowed" if libc.syscall(number, *arguments) >= 0 else errno.errorcode[ctypes.get_errno()]

    for family in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_UNIX"):
        tries(family, lambda: socket.socket(getattr(socket, family), socket.SOCK_DGRAM))
    if os.uname().machine == "x86_64":
        calls("io_uring_setup", 425, 1, None)
        calls("process_vm_readv", 310, os.getppid(), None, 0, None, 0, 0)
    # What it starts has the same bounds.
    child = "import socket; socket.socket(socket.AF_INET)"
    found["child"] = subprocess.run([sys.executable, "-c", child], stderr=subprocess.DEVNULL).returncode
    found["env"] = dict(os.environ)
    found["args"] = sys.argv[2:]
    found["files"] = sorted(int(name) for name in os.listdir("/proc/self/fd"))
    found["folder"] = os.getcwd()
    with open("/proc/self/status") as status:
        rows = (row.split(":", 1) for row in status)
        found["status"] = {key: value.strip() for key, value in rows if key in ("NoNewPrivs", "Seccomp", "SigBlk")
                           or key.startswith("Cap")}
    found["group"] = os.getpgid(0) == os.getpid()
    daemon = os.environ.get("GRADER_DAEMON")
    for name in ("environ", "mem") if daemon else ():
        tries(name, lambda: open(f"/proc/{daemon}/{name}", "rb"))
    for question in questions():
        say(question, evidence=found)


globals()[sys.argv[1]]()
