#!/usr/bin/env python3
"""GSM8K 8-shot end to end, up to 256 new tokens: reckon against lm-evaluation-harness with transformers, one machine.

    benchmarks/lm_eval.py --reckon build/harness/reckon --gguf model.gguf --data FOLDER [--items 100] [--peer-items 10] [--json]

FOLDER holds math/gsm8k_test.jsonl. The GGUF is turned into float32 safetensors for the peer (once, in --work). Each side's
time is that of the whole command; for the peer the time to load is taken off by a second run with fewer items, so that
few items give a fair price per item. Needs `pip install lm_eval transformers torch gguf accelerate`. The floor below is that
of SmolLM2-135M Q4_1 with 2 threads and 100 items; exit code 1 when it is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import floors

FLOORS = [floors.Floor("ratio", 8.0)]

TASK = """task: gsm8k_local
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}, train: {data}}}}}
test_split: test
fewshot_split: train
output_type: generate_until
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_target: "{{{{answer}}}}"
num_fewshot: 8
generation_kwargs: {{until: ["Question:"], do_sample: false, max_gen_toks: 256}}
metric_list: [{{metric: exact_match}}]
filter_list:
  - {{name: flexible-extract, filter: [{{function: regex, group_select: -1, regex_pattern: "(-?[$0-9.,]{{2,}})|(-?[0-9]+)"}}, {{function: take_first}}]}}
"""


def convert(gguf, folder):
    if (folder / "config.json").exists():
        return
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

    source = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32)
    settings = source.config.to_dict()
    settings.pop("quantization_config", None)
    model = LlamaForCausalLM(LlamaConfig(**settings)).float()
    model.load_state_dict(source.state_dict())
    model.save_pretrained(str(folder))
    AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name).save_pretrained(str(folder))


def timed(command, environment=None, folder=None):
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\nexit {done.returncode}\n{done.stderr[-3000:]}")
    return seconds


def figures_of(items, ours, peer_items, few, whole_seconds, few_seconds):
    """Seconds of each side's whole commands, and what the floor is for: the peer's time per item over ours."""
    per_item = (whole_seconds - few_seconds) / (peer_items - few)
    return {"items": items, "reckon_seconds": ours, "reckon_seconds_per_item": ours / items,
            "lm_eval_seconds_per_item": per_item, "lm_eval_items": peer_items, "ratio": per_item / (ours / items)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", required=True)
    parser.add_argument("--gguf", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--peer-items", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "reckon-lm-eval")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.work = arguments.work.resolve()
    arguments.work.mkdir(parents=True, exist_ok=True)
    rows = (arguments.data / "math" / "gsm8k_test.jsonl").resolve()
    (arguments.work / "tasks").mkdir(exist_ok=True)
    (arguments.work / "tasks" / "gsm8k_local.yaml").write_text(TASK.format(data=rows))
    model = arguments.work / "model"
    convert(arguments.gguf.resolve(), model)

    with tempfile.TemporaryDirectory() as runs:
        ours = timed([arguments.reckon, "run", "--model", arguments.gguf, "--model_args", f"threads={arguments.threads}",
                      "--tasks", "gsm8k_local", "--include_path", arguments.work / "tasks", "--limit", str(arguments.items),
                      "--output_path", f"{runs}/run", "--quiet"])
    environment = dict(os.environ, HF_HUB_OFFLINE="1", OMP_NUM_THREADS=str(arguments.threads), TOKENIZERS_PARALLELISM="false")

    def peer(items):
        # In another folder than this file's, whose name is that of the package.
        return timed([sys.executable, "-m", "lm_eval", "--model", "hf", "--model_args", f"pretrained={model},dtype=float32",
                      "--tasks", "gsm8k_local", "--include_path", arguments.work / "tasks", "--device", "cpu", "--batch_size", "8",
                      "--limit", str(items)], environment, arguments.work)

    few = max(1, arguments.peer_items // 10)
    start = peer(few)
    whole = peer(arguments.peer_items)
    result = figures_of(arguments.items, ours, arguments.peer_items, few, whole, start)
    judged = floors.judge(FLOORS, result)
    if arguments.json:
        print(json.dumps({**result, "floors": judged}, indent=2))
    else:
        print(f"reckon {result['reckon_seconds_per_item']:.2f} s an item (loading included), lm_eval "
              f"{result['lm_eval_seconds_per_item']:.2f} s an item (loading taken off): {result['ratio']:.1f} times")
        for line in floors.lines(judged):
            print(line)
    sys.exit(floors.exit_code(judged))


if __name__ == "__main__":
    main()
