#!/usr/bin/env python3
"""Speed against llama.cpp on the same GGUF file, in one run: decode, prefill, many streams.

    benchmarks/llama_cpp.py --reckon build/harness/reckon --llama LLAMA_CPP/build/bin --model model.gguf [--threads 2] [--json]

The two programs take turns, `--rounds` times; the best of each counts, so that a disturbance of the machine hits neither
alone; decode and plain reads of the same weights take turns within `reckon bench`, and the median share counts: on a shared
machine the bandwidth is another one every second, and another one for every place in memory. Floors (SmolLM2-135M Q4_1, 2
threads): decode 1.4 and 50 % of the read bandwidth, prefill 2.5, 16 streams 3.0.
"""

import argparse
import json
import statistics
import subprocess


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
                           f"threads={arguments.threads}", "--engine", "--json"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", required=True)
    parser.add_argument("--llama", required=True, help="folder of llama.cpp's programs")
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    best = {"llama_prefill": 0.0, "llama_decode": 0.0, "llama_streams_16": 0.0, "prefill": 0.0, "decode": 0.0,
            "streams_16": 0.0, "read_gb_per_s": 0.0, "weight_read_gb_per_s": 0.0}
    shares = []
    for _ in range(arguments.rounds):
        prefill, decode = llama_single(arguments)
        best["llama_prefill"] = max(best["llama_prefill"], prefill)
        best["llama_decode"] = max(best["llama_decode"], decode)
        best["llama_streams_16"] = max(best["llama_streams_16"], llama_streams(arguments, 16))
        engine = ours(arguments)["engine"]
        best["prefill"] = max(best["prefill"], engine["prefill_tokens_per_s"])
        best["decode"] = max(best["decode"], engine["decode_tokens_per_s"]["1"])
        best["streams_16"] = max(best["streams_16"], engine["decode_tokens_per_s"]["16"])
        best["read_gb_per_s"] = max(best["read_gb_per_s"], engine["read_gb_per_s"])
        best["weight_bytes_per_token"] = engine["weight_bytes_per_token"]
        best["weight_read_gb_per_s"] = max(best["weight_read_gb_per_s"], engine["weight_read_gb_per_s"])
        shares.append(engine["decode_share_of_reads"])
    best["decode_share_of_reads"] = statistics.median(shares)
    best["decode_share_of_best_read"] = best["decode"] * best["weight_bytes_per_token"] / (best["read_gb_per_s"] * 1e9)
    for name, ours_key, theirs in (("decode", "decode", "llama_decode"), ("prefill", "prefill", "llama_prefill"),
                                   ("16 streams", "streams_16", "llama_streams_16")):
        best["ratio_" + ours_key] = best[ours_key] / best[theirs]
        if not arguments.json:
            print(f"{name:12} reckon {best[ours_key]:8.1f} tokens/s   llama.cpp {best[theirs]:8.1f}   "
                  f"ratio {best['ratio_' + ours_key]:.2f}")
    if arguments.json:
        print(json.dumps(best, indent=2))
    else:
        print(f"decode reads {100 * best['decode_share_of_reads']:.0f} % of what plain reads of the same weights reach in turn "
              f"with it ({best['weight_read_gb_per_s']:.1f} GB/s), {100 * best['decode_share_of_best_read']:.0f} % of the best "
              f"single pass over other memory ({best['read_gb_per_s']:.1f} GB/s)")


if __name__ == "__main__":
    main()
