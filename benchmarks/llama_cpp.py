#!/usr/bin/env python3
"""Speed against llama.cpp on the same GGUF file, in one run: decode, prefill, many streams.

    benchmarks/llama_cpp.py --reckon build/harness/reckon --llama LLAMA_CPP/build/bin --model model.gguf [--threads 2] [--json]

The two programs take turns, `--rounds` times; the best of each counts, so that a disturbance of the machine hits neither
alone; decode and plain reads of the same weights take turns within `reckon bench`, and the median share counts: on a shared
machine the bandwidth is another one every second, and another one for every place in memory. The floors below are those of
SmolLM2-135M Q4_1 with 2 threads; exit code 1 when one is missed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

import floors

FLOORS = [
    floors.Floor("ratio_decode", 1.4),
    floors.Floor("decode_share_of_reads", 0.5),
    floors.Floor("ratio_prefill", 2.5),
    floors.Floor("ratio_streams_16", 3.0),
    # Of the process at its peak, beyond the model's file and the KV budget.
    floors.Floor("resident_bytes_beyond_file_and_kv", 200e6, at_most=True),
]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nexit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def llama_single(arguments):
    rows = json.loads(run([f"{arguments.llama}/llama-bench", "-m", arguments.model, "-t", str(arguments.threads),
                           "-p", "512", "-n", "128", "-r", "1", "-ngl", "0", "-o", "json"]))
    prefill = next(row["avg_ts"] for row in rows if row["n_prompt"] == 512 and row["n_gen"] == 0)
    decode = next(row["avg_ts"] for row in rows if row["n_gen"] == 128 and row["n_prompt"] == 0)
    return prefill, decode


def llama_streams(arguments, streams):
    text = run([f"{arguments.llama}/llama-batched-bench", "-m", arguments.model, "-t", str(arguments.threads), "-c", "8192",
                "-b", "2048", "-ub", "512", "-npp", "64", "-ntg", "64", "-npl", str(streams), "-ngl", "0",
                "--output-format", "jsonl"])
    for line in text.splitlines():
        if line.startswith("{"):
            return json.loads(line)["speed_tg"]
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 9 and cells[3] == str(streams):
            return float(cells[8])
    raise SystemExit("llama-batched-bench printed no table:\n" + text)


def ours(arguments):
    return json.loads(run([arguments.reckon, "bench", "--model", arguments.model, "--model_args",
                           f"threads={arguments.threads},kv_cache_bytes={arguments.kv_cache_bytes}", "--engine", "--json"]))


def figures_of(rounds, file_bytes):
    """The best of all rounds, each {"prefill", "decode", "streams_16": llama.cpp's tokens/s, "engine": what `reckon bench --engine`
    says}, and what the floors are for."""
    engines = [entry["engine"] for entry in rounds]
    best = {f"llama_{name}": max(entry[name] for entry in rounds) for name in ("prefill", "decode", "streams_16")}
    best["prefill"] = max(engine["prefill_tokens_per_s"] for engine in engines)
    best["decode"] = max(engine["decode_tokens_per_s"]["1"] for engine in engines)
    best["streams_16"] = max(engine["decode_tokens_per_s"]["16"] for engine in engines)
    for name in ("decode", "prefill", "streams_16"):
        best[f"ratio_{name}"] = best[name] / best[f"llama_{name}"]
    best["read_gb_per_s"] = max(engine["read_gb_per_s"] for engine in engines)
    best["weight_read_gb_per_s"] = max(engine["weight_read_gb_per_s"] for engine in engines)
    best["weight_bytes_per_token"] = engines[0]["weight_bytes_per_token"]
    best["decode_share_of_reads"] = statistics.median(engine["decode_share_of_reads"] for engine in engines)
    best["decode_share_of_best_read"] = best["decode"] * best["weight_bytes_per_token"] / (best["read_gb_per_s"] * 1e9)
    best["file_bytes"] = file_bytes
    best["kv_cache_bytes"] = engines[0]["kv_cache_bytes"]
    best["resident_bytes"] = max(engine["resident_bytes"] for engine in engines)
    best["resident_bytes_beyond_file_and_kv"] = best["resident_bytes"] - file_bytes - best["kv_cache_bytes"]
    return best


def print_text(best, judged):
    for name, key in (("decode", "decode"), ("prefill", "prefill"), ("16 streams", "streams_16")):
        print(f"{name:12} reckon {best[key]:8.1f} tokens/s   llama.cpp {best['llama_' + key]:8.1f}   "
              f"ratio {best['ratio_' + key]:.2f}")
    print(f"decode reads {100 * best['decode_share_of_reads']:.0f} % of what plain reads of the same weights reach in turn "
          f"with it ({best['weight_read_gb_per_s']:.1f} GB/s), {100 * best['decode_share_of_best_read']:.0f} % of the best "
          f"single pass over other memory ({best['read_gb_per_s']:.1f} GB/s)")
    print(f"resident {best['resident_bytes'] * 1e-6:.0f} MB at the peak: file {best['file_bytes'] * 1e-6:.0f} MB, KV budget "
          f"{best['kv_cache_bytes'] * 1e-6:.0f} MB, {best['resident_bytes_beyond_file_and_kv'] * 1e-6:.0f} MB beyond both")
    for line in floors.lines(judged):
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", required=True)
    parser.add_argument("--llama", required=True, help="folder of llama.cpp's programs")
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kv-cache-bytes", type=int, default=256 << 20,
                        help="KV budget; small, so that resident memory has nowhere to hide (default: 256 MiB)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    rounds = []
    for _ in range(arguments.rounds):
        prefill, decode = llama_single(arguments)
        rounds.append({"prefill": prefill, "decode": decode, "streams_16": llama_streams(arguments, 16),
                       "engine": ours(arguments)["engine"]})
    best = figures_of(rounds, os.path.getsize(arguments.model))
    judged = floors.judge(FLOORS, best)
    if arguments.json:
        print(json.dumps({**best, "floors": judged}, indent=2))
    else:
        print_text(best, judged)
    sys.exit(floors.exit_code(judged))


if __name__ == "__main__":
    main()
