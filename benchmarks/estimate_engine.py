#!/usr/bin/env python3
"""`reckon estimate` with a measured profile against the engine itself, on this machine.

    estimate_engine.py --reckon build/harness/reckon --model MODEL.gguf [--rounds 3] [--json FILE]

Each round measures the kernels (`reckon bench --output`), then the engine (`reckon bench --engine`), and estimates what the engine should have reached
from the first: prefill of 512 tokens, one stream, and 16 streams whose caches hold 128 tokens on average. On a shared machine the bandwidth is another
one every second, so the range counts more than its middle, and rounds differ.
"""
import argparse
import json
import subprocess
import tempfile


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", required=True)
    parser.add_argument("--model", required=True, help="what the engine loads")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="file for the figures")
    args = parser.parse_args()
    rows = []
    for number in range(args.rounds):
        with tempfile.NamedTemporaryFile(suffix=".json") as profile:
            output(args.reckon, "bench", "--model", args.model, "--output", profile.name)
            engine = json.loads(output(args.reckon, "bench", "--model", args.model, "--engine", "--json"))["engine"]
            measured = {"prefill": engine["prefill_tokens_per_s"], **{f"decode, {n} streams": rate for n, rate in engine["decode_tokens_per_s"].items()}}
            for what, rate in measured.items():
                batch = "1" if what == "prefill" else what.split()[1]
                estimate = json.loads(output(args.reckon, "estimate", "--model", args.model, "--profile", profile.name, "--batch", batch, "--context", "128",
                                             "--prompt", "512", "--prefill-tokens", "512", "--json"))["devices"][0]["estimate"]
                range_ = estimate["prefill" if what == "prefill" else "decode"]["tokens_per_second"]
                row = {"round": number, "what": what, "measured": round(rate, 1), **{end: round(range_[end], 1) for end in ("low", "middle", "high")},
                       "in_range": range_["low"] <= rate <= range_["high"], "middle_off_by": round(range_["middle"] / rate - 1, 3)}
                rows.append(row)
                print(f"{what:20} measured {rate:8.1f}, estimated {range_['low']:8.1f} to {range_['high']:8.1f}, middle {range_['middle']:8.1f} "
                      f"({100 * row['middle_off_by']:+.0f} %) {'in range' if row['in_range'] else 'OUT OF RANGE'}", flush=True)
    if args.json:
        with open(args.json, "w") as file:
            json.dump(rows, file, indent=2)


main()
