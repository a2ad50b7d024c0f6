"""A run's folder as a coordinator serves it, given out little by little: a stand-in with the same routes and ranges."""

import http.server
import json
import pathlib
import re

ISLAND = re.compile(r'(<script type="application/json" id="data">)(.*?)(</script>)', re.S)
POLICY = re.compile(r"(form-action 'none')(?=\")")


class ServedRun(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, run):
        super().__init__(("127.0.0.1", 0), Answer)
        self.run = pathlib.Path(run)
        self.lines = (self.run / "metrics.jsonl").read_bytes().splitlines(keepends=True)
        self.told = 0
        self.is_silent = self.is_over = False
        self.ranges = []

    def tell(self, epochs):
        """So many epochs are over, and two steps of the next one."""
        ends = [place for place, line in enumerate(self.lines) if b'"kind":"epoch"' in line[:20]]
        self.told = ends[epochs - 1] + 3

    def finish(self):
        self.told = len(self.lines)
        self.is_over = True

    def metrics(self):
        """What is there, and half of the line that is being written."""
        rest = self.lines[self.told][:40] if self.told < len(self.lines) else b""
        return b"".join(self.lines[: self.told]) + rest

    def status(self):
        status = json.loads((self.run / "status.json").read_text())
        if self.is_over:
            return status
        worker = {"worker": "here/1", "state": "ready", "threads": 1, "processor": "one", "device": "cpu", "open_shards": 1,
                  "shards_done": 5 * self.told, "mb_per_second": 1.5, "silent_seconds": 0.1}
        return status | {"state": "running", "workers": [worker, worker | {"worker": "here/2"}]}

    def page(self):
        """The report's page as the live form has it: without figures, which the page asks for itself."""
        html = (self.run / "report.html").read_text()

        def live(match):
            data = json.loads(match[2])
            data["live"] = True
            run = data["runs"][0]
            run["epochs"], run["operations"], run["steps_per_epoch"], run["metrics_bytes"] = [], None, None, 0
            run["steps"] = {name: [] if isinstance(value, list) else value for name, value in run["steps"].items()}
            run["steps"] |= {"every": 1, "count": 0, "skipped": 0}
            run["status"] = None
            if not self.is_over:
                run["genotype"] = None
            return match[1] + json.dumps(data).replace("<", "\\u003c") + match[3]

        return POLICY.sub(r"\1; connect-src 'self'", ISLAND.sub(live, html, count=1), count=1)


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        if server.is_silent:
            self.close_connection = True
            return
        if self.path == "/":
            self.answer(200, "text/html; charset=utf-8", server.page().encode())
        elif self.path == "/status.json":
            self.answer(200, "application/json", json.dumps(server.status()).encode())
        elif self.path == "/metrics.jsonl":
            self.answer_range(server.metrics())
        else:
            self.answer(404, "text/plain", b"")

    def answer_range(self, content):
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").removesuffix("-") or 0)
        self.server.ranges.append(asked)
        if start >= len(content):
            self.answer(416, "text/plain", b"", f"bytes */{len(content)}")
        else:
            self.answer(206, "application/x-ndjson", content[start:], f"bytes {start}-{len(content) - 1}/{len(content)}")

    def answer(self, code, kind, body, content_range=None):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
