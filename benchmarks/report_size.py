#!/usr/bin/env python3
"""Time, memory and size of a report of many samples, and the time in which a browser opens it.

    report_size.py --reckon build/harness/reckon [--samples 2000,100000] [--json FILE]

Makes runs of made-up samples with 2 KB of text each (question, thinking, answer; words by Zipf's law, so that they pack as English does; no text
twice) in every field that a run writes, then makes the HTML report. The browser's time is from the start of the navigation until the page's script
has done its last step (`data-ready`), the median of three; chromium is needed for it alone.
"""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time

TEXT_BYTES = 2000
VOCABULARY = 20_000
TASKS = ["made_up_math", "made_up_logic"]
# Run before the page's own scripts: looks at the clock when the page says that it is ready.
WATCH = """new MutationObserver(() => {
  const root = document.documentElement;
  if (root && root.dataset.ready && !window.openedAfter) window.openedAfter = performance.now();
}).observe(document, {attributes: true, subtree: true});"""


class Words:
    def __init__(self, seed):
        self.random = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgkjqxz"
        self.words = ["".join(self.random.choices(letters, weights=range(26, 0, -1), k=self.random.randint(1, 9))) for _ in range(VOCABULARY)]
        self.sums = []
        total = 0.0
        for rank in range(VOCABULARY):
            total += 1 / (rank + 2.7)
            self.sums.append(total)

    def text(self, size):
        return " ".join(self.random.choices(self.words, cum_weights=self.sums, k=size // 4))[:size]


def record(words, doc_id, clock):
    r = words.random
    question, thinking = words.text(TEXT_BYTES // 3), words.text(TEXT_BYTES * 2 // 3 - 60)
    target = str(r.randrange(10000))
    given = target if r.random() < 0.6 else str(r.randrange(10000))
    truncated = r.random() < 0.03
    answer = "" if truncated else f"Therefore the answer is \\boxed{{{given}}}."
    tokens = len(thinking) // 4 + r.randrange(200)
    digest = f"{r.getrandbits(256):064x}"
    return {
        "doc_id": doc_id, "repeat": 0, "doc": {"question": question, "answer": target}, "doc_hash": digest,
        "arguments": {"messages": [{"role": "user", "content": question}]}, "prompt_hash": digest, "target_hash": digest, "target": target,
        "prompt": f"<|user|>{question}<|assistant|><think>\n", "resps": [thinking if truncated else f"{thinking}\n</think>\n{answer}"],
        "thinking": thinking, "answer": answer, "filtered_resps": ["" if truncated else given], "filter": "last_boxed",
        "extracted": None if truncated else given, "metrics": {"exact_match,none": float(given == target and not truncated)},
        "correct": given == target and not truncated, "why": f"'{given}' against '{target}' as exact numbers", "evidence": "", "graded": True,
        "finish_reason": "length" if truncated else "stop", "truncated": truncated, "error": "",
        "usage": {"input_tokens": 180, "cached_input_tokens": 20, "output_tokens": tokens + 12, "reasoning_tokens": tokens, "answer_tokens": 12},
        "timing": {"submitted_seconds": clock, "first_token_seconds": clock + r.random(), "finished_seconds": clock + 1 + 5 * r.random()},
        "seed": str(r.getrandbits(63)), "launch": 0}


def make_run(folder, samples):
    os.makedirs(f"{folder}/samples")
    words = Words(samples)
    each = samples // len(TASKS)
    tasks = {task: {"version": 1, "config": {}, "n_original": each, "n_effective": each, "n_shot": 0, "repeats": 1, "output_type": "generate_until",
                    "filters": ["none"], "metrics": [{"name": "exact_match", "aggregation": "mean", "higher_is_better": True}]} for task in TASKS}
    manifest = {"schema_version": 1, "identity": {"model": {"name": "made-up", "kind": "scripted"}, "tasks": tasks, "seed": 1},
                "model_display_name": "made-up", "price": {"device_usd_per_hour": 2.0, "source": "made up"}, "device_count": 1,
                "created": "2026-01-31T12:00:00Z", "command": ["reckon", "run"]}
    with open(f"{folder}/run.json", "w") as file:
        json.dump(manifest, file)
    engine = {"busy_seconds": 3000, "prefill_tokens": 100000, "prefill_seconds": 500, "decode_tokens": 400000, "decode_seconds": 2500,
              "cached_prompt_tokens": 0, "steps": 9000, "preemptions": 0}
    with open(f"{folder}/launches.jsonl", "w") as file:
        file.write(json.dumps({"launch": 0, "event": "start", "time": "2026-01-31T12:00:00Z", "unix_seconds": 1769860800.0,
                               "device": {"backend": "cpu", "name": "made up", "threads": 2, "count": 1}, "pid": 1}) + "\n")
        file.write(json.dumps({"launch": 0, "event": "end", "wall_seconds": 3600.0, "status": "done", "engine": engine}) + "\n")
    for task in TASKS:
        with open(f"{folder}/samples/{task}.jsonl", "w") as file:
            for doc_id in range(each):
                file.write(json.dumps(record(words, doc_id, 0.03 * doc_id), separators=(",", ":")) + "\n")
    return sum(os.path.getsize(f"{folder}/samples/{task}.jsonl") for task in TASKS)


def made(reckon, run, output):
    """Seconds and peak resident bytes of `reckon report`."""
    start = time.monotonic()
    process = subprocess.Popen([reckon, "report", run, "--format", "html", "--output-path", output], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"reckon report ended with status {status}")
    return time.monotonic() - start, usage.ru_maxrss * 1024


class Browser:
    """Chromium by the DevTools protocol over pipes: messages end with a NUL byte."""

    def __init__(self, profile):
        from_browser, browser_writes = os.pipe()
        browser_reads, to_browser = os.pipe()
        # Chromium reads from its descriptor 3 and writes to 4.
        command = (f"exec chromium --headless --no-sandbox --disable-gpu --remote-debugging-pipe --user-data-dir={profile} --window-size=1400,1000 "
                   f"3<&{browser_reads} 4>&{browser_writes} 2>/dev/null")
        self.process = subprocess.Popen(["bash", "-c", command], pass_fds=(browser_reads, browser_writes))
        os.close(browser_reads)
        os.close(browser_writes)
        self.reader, self.writer = open(from_browser, "rb", buffering=0), open(to_browser, "wb", buffering=0)
        self.received, self.last, self.session = b"", 0, None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.writer.write(json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.received:
                part = self.reader.read(1 << 16)
                if not part:
                    raise SystemExit("chromium ended")
                self.received += part
            text, self.received = self.received.split(b"\0", 1)
            answer = json.loads(text)
            if answer.get("id") == self.last:
                return answer["result"]

    def close(self):
        self.session = None
        self.writer.write(b'{"id":0,"method":"Browser.close"}\0')
        self.process.wait()


def opened(page, folder):
    """Seconds until the page is ready, the median of three; None without chromium."""
    if shutil.which("chromium") is None:
        return None
    times = []
    for attempt in range(3):
        browser = Browser(f"{folder}/profile{attempt}")
        browser.call("Page.enable")
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        browser.call("Page.navigate", url="file://" + os.path.abspath(page))
        after = None
        for _ in range(300):
            time.sleep(0.1)
            after = browser.call("Runtime.evaluate", expression="window.openedAfter")["result"].get("value")
            if after:
                break
        browser.close()
        if not after:
            raise SystemExit(f"{page}: not ready after 30 s")
        times.append(after / 1e3)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", required=True)
    parser.add_argument("--samples", default="2000,100000")
    parser.add_argument("--folder", help="where runs are made and kept (default: a temporary folder)")
    parser.add_argument("--json", help="file for the figures")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or temporary
        for samples in map(int, args.samples.split(",")):
            run = f"{folder}/{samples}"
            if os.path.isdir(run):
                size = sum(os.path.getsize(f"{run}/samples/{task}.jsonl") for task in TASKS)
            else:
                size = make_run(run, samples)
            makes = [made(os.path.abspath(args.reckon), run, f"{run}/report") for _ in range(3)]
            row = {"samples": samples, "jsonl_megabytes": round(size / 1e6, 1), "seconds": round(statistics.median(m[0] for m in makes), 2),
                   "peak_megabytes": round(max(m[1] for m in makes) / 1e6), "page_megabytes": round(os.path.getsize(f"{run}/report/report.html") / 1e6, 2)}
            opens = opened(f"{run}/report/report.html", temporary)
            row["opens_seconds"] = None if opens is None else round(opens, 2)
            rows.append(row)
            print(json.dumps(row), flush=True)
    if args.json:
        with open(args.json, "w") as file:
            json.dump(rows, file, indent=2)


main()
