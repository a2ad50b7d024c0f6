"""test.py PROGRAMS TOOLS: the rules and the configuration beside this file are checked by promtool, and a prometheus scrapes a search by
PROGRAMS' snas: names and types, every alert's expression, what it says of a search that goes on, and of one that was stopped. Prints a line
for each thing that was shown; ends with 1 where one is not so."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PROGRAMS, TOOLS = sys.argv[1:]
HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = (
    "--init_channels 4 --layers 3 --batch_size 40 --shards 5 --epochs 100000 --train_portion 0.1 --recalibration_images 64"
    " --evaluation_images 64 --evaluation_draws 1 --warmup 0 --target_params 2.8M --checkpoint_interval_s 1"
).split()
PATIENCE_S = 120
children = []


def shown(sentence):
    print(sentence, flush=True)


def wrong(sentence):
    sys.exit(f"wrong: {sentence}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(words, notes):
    # A group of its own, so that all of it can be ended.
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=open(notes, "w"), start_new_session=True)
    children.append(child)
    return child


def end_children():
    for child in children:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def until(what, look):
    """The first thing that `look` finds."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if (found := look()) is not None:
                return found
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.1)
    wrong(f"{what} takes longer than {PATIENCE_S} s")


def promtool(*words, given=""):
    done = subprocess.run([f"{TOOLS}/promtool", *words], input=given, capture_output=True, text=True)
    if done.returncode != 0 or "WARNING" in done.stdout + done.stderr:
        wrong(f"promtool {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def fetch(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.headers, answer.read().decode()


class Prometheus:
    def __init__(self, folder, coordinator):
        self.port = free_port()
        text = (HERE / "prometheus.yml").read_text()
        (folder / "token").write_text("0123456789abcdef\n")
        text = text.replace("/etc/prometheus/snas.token", str(folder / "token"))
        text = text.replace("coordinator.example.org:8080", f"127.0.0.1:{coordinator}").replace("15s", "1s")
        text = text.replace("alerts.yml", str(HERE / "alerts.yml"))
        (folder / "prometheus.yml").write_text(text)
        promtool("check", "config", str(folder / "prometheus.yml"))
        self.notes = folder / "prometheus.err"
        start(
            [
                f"{TOOLS}/prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
                f"--web.listen-address=127.0.0.1:{self.port}", "--storage.tsdb.retention.time=1h",
            ],
            self.notes,
        )

    def ask(self, path, **words):
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(words)}"
        try:
            answer = json.loads(fetch(address)[1])
        except urllib.error.HTTPError as error:
            if error.code == 503:
                raise ConnectionError from error
            wrong(f"{path} {words}: {error.read().decode()}")
        return answer["data"]

    def values(self, expression):
        return [(entry["metric"], float(entry["value"][1])) for entry in self.ask("query", query=expression)["result"]]

    def value(self, expression):
        found = self.values(expression)
        return found[0][1] if found else None


def check_page(address):
    headers, text = fetch(address)
    if headers["Content-Type"] != "text/plain; version=0.0.4; charset=utf-8":
        wrong(f"/metrics is of type {headers['Content-Type']}")
    said = promtool("check", "metrics", given=text)
    if said:
        wrong(f"promtool check metrics: {said}")
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    strangers = [name for name in types if not name.startswith(("snas_", "process_"))]
    if strangers:
        wrong(f"families without a prefix: {strangers}")
    shown(f"promtool check metrics finds nothing to say of {len(types)} families with {len(text.splitlines())} lines")
    return types


def check_search(prometheus, types, run):
    if prometheus.value("snas_steps_total") is None:
        wrong("there is no snas_steps_total")
    until("a rate of steps", lambda: prometheus.value("rate(snas_steps_total[10s])") or None)
    steps = prometheus.value("snas_run_steps_done")
    told = sum('"kind":"step"' in line for line in (run / "metrics.jsonl").read_text().splitlines())
    if not 0 < steps <= told:
        wrong(f"Prometheus knows of {steps} steps, metrics.jsonl of {told}")
    for expression, least in [
        ('snas_workers{state=~"computing|idle|fetching"}', 0), ("sum(snas_workers)", 1), ("snas_train_loss", 1e-6),
        ('snas_held_out_accuracy_ratio{network="derived"}', 0), ("sum(snas_alpha_entropy_nats)", 0.1),
        ('snas_transferred_bytes_total{direction="received"}', 1e5), ("snas_derived_parameters", 1e5),
        ("histogram_quantile(0.9, snas_step_duration_seconds_bucket)", 1e-4), ("snas_shards_total", 5),
        ("process_open_fds", 5), ("time() - process_start_time_seconds", 0.1),
        ("time() - snas_checkpoint_timestamp_seconds", -1),
        ("snas_run_info * on(instance) group_left() snas_generation", 1),
    ]:
        found = until(expression, lambda: prometheus.value(expression))
        if found < least:
            wrong(f"{expression} is {found}")
    known = {entry["metric"]: entry["type"] for entry in prometheus.ask("targets/metadata")}
    missing = {name: kind for name, kind in types.items() if known.get(name) != kind}
    if missing:
        wrong(f"Prometheus does not know {missing}")
    shown(f"a prometheus that scrapes a search has its figures: {steps:.0f} steps, {prometheus.value('rate(snas_steps_total[10s])'):.1f} a second")


def check_alerts(prometheus):
    def rules():
        groups = prometheus.ask("rules")["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        return found if found and all(rule["health"] == "ok" for rule in found) else None

    found = until("the evaluation of all rules", rules)
    for rule in found:
        if prometheus.values(rule["query"]):
            wrong(f"{rule['name']} is raised by a search that is well: {prometheus.values(rule['query'])}")
        for name in set(re.findall(r"\b(?:snas|process)_[a-z_]+", rule["query"])):
            # What is not known yet is left out of a page.
            if not prometheus.values(name):
                wrong(f"{rule['name']} asks for {name}, which nobody tells")
    shown(f"each of {len(found)} alerts can be asked, asks for what is told, and is silent of a search that is well")


promtool("check", "rules", str(HERE / "alerts.yml"))
shown(promtool("test", "rules", str(HERE / "alerts_test.yml")).strip().splitlines()[-1].strip() + ": promtool's test of the alert rules")
try:
    with tempfile.TemporaryDirectory(prefix="snas-prometheus-", ignore_cleanup_errors=True) as name:
        folder = pathlib.Path(name)
        port = free_port()
        run = folder / "run"
        search = start(
            [f"{PROGRAMS}/snas", "local", "--workers", "1", "--threads", "1", "--run", str(run), "--http", f"127.0.0.1:{port}", *SETTINGS],
            folder / "search.err",
        )
        prometheus = Prometheus(folder, port)

        def goes_on():
            if search.poll() is not None:
                wrong(f"the search ended: {(folder / 'search.err').read_text()}")
            held_out = prometheus.value('snas_held_out_accuracy_ratio{network="derived"}')
            return None if held_out is None or prometheus.value("snas_checkpoint_timestamp_seconds") is None else True

        until("a first epoch", goes_on)
        check_search(prometheus, check_page(f"http://127.0.0.1:{port}/metrics"), run)
        check_alerts(prometheus)
        search.send_signal(signal.SIGTERM)
        until("the end of the search", lambda: search.poll())
        until("its absence", lambda: True if prometheus.value('up{job="snas"}') == 0 else None)
        until("SnasDown", lambda: [a for a in prometheus.ask("alerts")["alerts"] if a["labels"]["alertname"] == "SnasDown"] or None)
        shown("a search that was stopped is down, and SnasDown is pending")
finally:
    end_children()
