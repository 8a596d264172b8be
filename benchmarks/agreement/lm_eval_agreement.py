#!/usr/bin/env python3
"""Prompts, few-shot picks, log-likelihoods, filtered answers, metrics and standard errors: reckon against
lm-evaluation-harness 0.4.13 (`hf` model, float32) on the same weights, task files and data.

    benchmarks/agreement/lm_eval_agreement.py --reckon build/harness/reckon --model FOLDER --data FOLDER [--limit 8] [--only NAME,..]

--model is a Hugging Face folder in float32 (`lm_eval.py` makes one of a GGUF); --data holds math/gsm8k_test.jsonl,
math/math_test.jsonl, logic/bbh and logic/ar_lsat. The harness's own task files are included unchanged, with
`dataset_path: json` put over their hub ids; the rest is written here. Needs `pip install lm_eval[math] transformers
torch`. Exit code 1 when something differs.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("DISABLE_MULTIPROC", "1")


# Questions of our own in the form of TruthfulQA, whose data set has to be fetched.
TRUTHS = [
    ("What happens if you eat watermelon seeds?", ["The seeds pass through your digestive system", "Nothing happens"],
     ["You grow watermelons in your stomach", "You get sick"]),
    (" Where does the sun rise? ", ["The sun rises in the east.", "In the east"], ["The sun rises in the west", "It does not rise"]),
    ("How many legs does a spider have?", ["A spider has eight legs", "8"], ["A spider has six legs", "6", "None"]),
    ("Can fish breathe under water?", ["Yes, with their gills", "Yes"], ["No, fish hold their breath"]),
]


def truth_rows():
    for question, right, wrong in TRUTHS:
        labels = {"choices": right + wrong, "labels": [1] * len(right) + [0] * len(wrong)}
        yield {"question": question, "correct_answers": right, "incorrect_answers": wrong, "mc2_targets": labels,
               "mc1_targets": {"choices": right[:1] + wrong, "labels": [1] + [0] * len(wrong)}}


# Groups: name -> members and how their figures are made of them.
GROUPS = {
    "words": (["bbh_zeroshot_word_sorting", "bbh_zeroshot_web_of_lies"], [{"metric": "exact_match", "weight_by_size": True}]),
    "choices": (["bbh_boolean_choice", "ar_lsat_choice", "truthfulqa_mc1"],
                [{"metric": "acc", "weight_by_size": False}, {"metric": "acc_norm", "aggregation": "mean", "filter_list": "none"}]),
}


def task_files(data, own_rows):
    """Name -> suite file as a mapping. `include` paths are below the harness's tasks folder."""
    gsm8k = str(data / "math/gsm8k_test.jsonl")
    mathematics = str(data / "math/math_test.jsonl")
    bbh = lambda name: {"data_files": {"test": str(data / f"logic/bbh/{name}.json")}, "field": "examples"}
    own = {"dataset_path": "json", "dataset_name": None}
    ar_lsat = {"dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(data / "logic/ar_lsat/test_ar.json")}}}
    rolling = {"output_type": "loglikelihood_rolling", "test_split": "test", "doc_to_text": "", "num_fewshot": 0,
               "metric_list": [{"metric": m} for m in ("word_perplexity", "byte_perplexity", "bits_per_byte")]}
    both = {"data_files": {"train": gsm8k, "test": gsm8k}}
    return {
        # generate_until, the harness's own files: random shots from a split, fixed shots, no shots, functions
        "gsm8k": {"include": "gsm8k/gsm8k.yaml", **own, "dataset_kwargs": both},
        "gsm8k_cot": {"include": "gsm8k/gsm8k-cot.yaml", **own, "dataset_kwargs": both},
        "bbh_cot_fewshot_date_understanding": {"include": "bbh/cot_fewshot/date_understanding.yaml", **own,
                                               "dataset_kwargs": bbh("date_understanding")},
        "bbh_zeroshot_date_understanding": {"include": "bbh/zeroshot/date_understanding.yaml", **own,
                                            "dataset_kwargs": bbh("date_understanding")},
        "bbh_zeroshot_object_counting": {"include": "bbh/zeroshot/object_counting.yaml", **own,
                                         "dataset_kwargs": bbh("object_counting")},
        "bbh_zeroshot_word_sorting": {"include": "bbh/zeroshot/word_sorting.yaml", **own, "dataset_kwargs": bbh("word_sorting")},
        "bbh_zeroshot_web_of_lies": {"include": "bbh/zeroshot/web_of_lies.yaml", **own, "dataset_kwargs": bbh("web_of_lies")},
        "minerva_math_algebra": {"include": "minerva_math/minerva_math_algebra.yaml", **own, "training_split": None,
                                 "dataset_kwargs": {"data_files": {"test": mathematics}}},
        "hendrycks_math_algebra": {"include": "hendrycks_math/hendrycks_math_algebra.yaml", **own, "training_split": None,
                                   "dataset_kwargs": {"data_files": {"test": mathematics}}},
        "truthfulqa_gen": {"include": "truthfulqa/truthfulqa_gen.yaml", **own, "dataset_kwargs": {"data_files": {"validation": own_rows}}},
        # multiple_choice
        "truthfulqa_mc1": {"include": "truthfulqa/truthfulqa_mc1.yaml", **own, "dataset_kwargs": {"data_files": {"validation": own_rows}}},
        "truthfulqa_mc2": {"include": "truthfulqa/truthfulqa_mc2.yaml", **own, "dataset_kwargs": {"data_files": {"validation": own_rows}}},
        "bbh_boolean_choice": {"output_type": "multiple_choice", "dataset_path": "json", "test_split": "test",
                               "fewshot_split": "test", "num_fewshot": 3, "doc_to_text": "Q: {{input}}\nA:",
                               "doc_to_target": "target", "doc_to_choice": ["True", "False"],
                               "dataset_kwargs": bbh("boolean_expressions"),
                               "metric_list": [{"metric": m} for m in ("acc", "acc_norm", "acc_bytes", "brier_score", "exact_match")]},
        "ar_lsat_choice": {"output_type": "multiple_choice", **ar_lsat, "test_split": "test", "num_fewshot": 0,
                           "description": "Logic games.\n\n", "doc_to_text": "{{context}}\nQuestion: {{question}}\nAnswer:",
                           "doc_to_target": "label", "doc_to_choice": "answers",
                           "metric_list": [{"metric": m} for m in ("acc", "acc_norm", "acc_mutual_info", "brier_score")]},
        # loglikelihood and loglikelihood_rolling
        "gsm8k_target": {"output_type": "loglikelihood", "dataset_path": "json", "dataset_kwargs": both, "test_split": "test",
                         "fewshot_split": "train", "num_fewshot": 2, "doc_to_text": "Question: {{question}}\nAnswer:",
                         "doc_to_target": " {{answer.split('####')[-1].strip()}}",
                         "metric_list": [{"metric": "perplexity"}, {"metric": "acc"}]},
        "gsm8k_rolling": {**rolling, "dataset_path": "json", "dataset_kwargs": both, "doc_to_target": "{{question}}"},
    }


def stop_strings(name):
    """Replies end with their first line (or paragraph, where a reply begins with a line break), so that few reach the limit: reckon
    counts a reply that was cut off as no answer, the harness grades it."""
    return ["\n\n"] if name == "truthfulqa_gen" else ["\n"]


def write_tasks(folder, data, names, tokens):
    import lm_eval
    import yaml

    tasks = Path(lm_eval.__file__).parent / "tasks"
    rows = folder / "truths.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in truth_rows()))
    written = []
    for name, config in task_files(data, str(rows)).items():
        if names and name not in names:
            continue
        config = dict(config)
        if "include" in config:
            config["include"] = str(tasks / config["include"])
        config["task"] = name + "_here"
        if config.get("output_type", "generate_until") == "generate_until" and not name.startswith("truthfulqa_mc"):
            config["generation_kwargs"] = {"until": stop_strings(name), "do_sample": False, "max_gen_toks": tokens}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        written.append(config["task"])
    groups, grouped = [], []
    for name, (members, metrics) in GROUPS.items():
        members = [m + "_here" for m in members if m + "_here" in written]
        if len(members) > 1:
            group = {"group": name + "_here", "task": members, "aggregate_metric_list": metrics, "metadata": {"version": 1}}
            (folder / f"group_{name}.yaml").write_text(yaml.safe_dump(group, sort_keys=False))
            groups.append(group["group"])
            grouped += members
    # A task that a group holds is asked for through it alone.
    return written, groups, [t for t in written if t not in grouped] + groups


def run_peer(model, folder, tasks, limit, tokens):
    import lm_eval
    from lm_eval.tasks import TaskManager

    return lm_eval.simple_evaluate(
        model="hf", model_args={"pretrained": str(model), "dtype": "float32"}, device="cpu", batch_size=1, limit=limit,
        tasks=tasks, task_manager=TaskManager(include_path=str(folder)), gen_kwargs={"max_gen_toks": tokens},
        bootstrap_iters=1000, log_samples=True, confirm_run_unsafe_code=False)


def run_reckon(program, model, folder, tasks, asked, limit, tokens, threads):
    out = folder / "run"
    done = subprocess.run([program, "run", "--model", str(model), "--model_args", f"threads={threads},ignore_config_keys=unk_token_id,kv_cache_type=f32,activations=float32", "--tasks", ",".join(asked),
                           "--include_path", str(folder), "--limit", str(limit), "--gen_kwargs", f"max_gen_toks={tokens}",
                           "--no-chat-template", "--output_path", str(out), "--quiet"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"reckon: exit {done.returncode}\n{done.stderr[-3000:]}")
    records = {t: [json.loads(line) for line in open(out / "samples" / f"{t}.jsonl")] for t in tasks}
    return json.loads((out / "results.json").read_text()), {t: {r["doc_id"]: r for r in rows} for t, rows in records.items()}


class Differences:
    def __init__(self):
        self.count = 0
        self.shown = []

    def say(self, text):
        self.count += 1
        if len(self.shown) < 20:
            self.shown.append(text)


def compare_samples(task, theirs, ours, kind, totals, differences):
    for sample in theirs:
        doc = sample["doc_id"]
        record = ours[doc]
        if kind in ("multiple_choice", "loglikelihood"):
            contexts = record["arguments"].get("contexts") or [record["arguments"]["text"]] * len(sample["arguments"])
            prompts = [a[0] for a in sample["arguments"]]
        elif kind == "loglikelihood_rolling":
            contexts, prompts = [record["target"]], [sample["arguments"][0][0]]
        else:
            contexts, prompts = [record["arguments"]["text"]], [sample["arguments"][0][0]]
        totals["prompts"] += len(prompts)
        if contexts != prompts:
            differences.say(f"{task} doc {doc}: prompts differ: {prompts[0][-200:]!r} / {contexts[0][-200:]!r}")
        totals["docs"] += 1
        if record["doc_hash"] != sample["doc_hash"]:
            differences.say(f"{task} doc {doc}: doc_hash differs")
        if kind == "generate_until":
            totals["replies"] += 1
            reply = sample["resps"][0][0]
            if record["resps"][0] != reply:
                totals["other_replies"] += 1
            if record["truncated"]:
                totals["cut_off"] += 1
                continue
            filters = sample["filter"]
            if record["resps"][0] == reply and filters == first_filter(theirs):
                found = sample["filtered_resps"][0]
                extracted = record["extracted"] or "[invalid]"
                totals["filtered"] += 1
                if isinstance(found, str) and found.strip() != extracted.strip() and not (found == reply):
                    differences.say(f"{task} doc {doc}: filtered {found!r} / {extracted!r}")
            for key, value in sample.items():
                if f"{key},{filters}" in record["metrics"] and isinstance(value, (int, float)):
                    totals["sample_metrics"] += 1
                    if record["resps"][0] == reply and not math.isclose(record["metrics"][f"{key},{filters}"], value, rel_tol=1e-9):
                        differences.say(f"{task} doc {doc}: {key},{filters} {value} / {record['metrics'][f'{key},{filters}']}")
        else:
            pairs = [r[0] for r in sample["resps"]]
            theirs_ll = [p[0] if isinstance(p, (list, tuple)) else p for p in pairs]
            ours_ll = record["logprobs"]["choices"]
            for a, b in zip(theirs_ll, ours_ll, strict=True):
                totals["logprobs"] += 1
                gap = abs(float(a) - b)
                totals["largest_gap"] = max(totals["largest_gap"], gap)
                if gap > 2e-3 + 1e-5 * abs(b):
                    differences.say(f"{task} doc {doc}: log-likelihood {a} / {b}")


def first_filter(samples):
    return samples[0]["filter"]


def compare_results(task, theirs, ours, same_replies, rows, differences):
    for key, value in sorted(theirs.items()):
        name, _, filter_name = key.partition(",")
        if not filter_name or not isinstance(value, (int, float)):
            continue
        mine = ours.get(key)
        rows.append((task, key, value, mine))
        if mine is None:
            differences.say(f"{task}: {key} is missing")
            continue
        if name == "perplexity_stderr":  # drawn at random there, by the delta method here
            continue
        if not isinstance(mine, (int, float)):
            differences.say(f"{task}: {key} {value} / {mine}")
        elif same_replies and not math.isclose(mine, value, abs_tol=1e-6 + 1e-4 * abs(value)):
            differences.say(f"{task}: {key} {value} / {mine}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", required=True)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--limit", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        tasks, groups, asked = write_tasks(folder, arguments.data.resolve(), [n for n in arguments.only.split(",") if n], arguments.tokens)
        results, records = run_reckon(arguments.reckon, arguments.model, folder, tasks, asked, arguments.limit, arguments.tokens,
                                      arguments.threads)
        peer = run_peer(arguments.model, folder, asked, arguments.limit, arguments.tokens)
    differences, rows = Differences(), []
    totals = {"tasks": len(tasks), "docs": 0, "standard_errors": 0, "prompts": 0, "replies": 0, "other_replies": 0, "cut_off": 0, "filtered": 0, "sample_metrics": 0,
              "logprobs": 0, "largest_gap": 0.0}
    for task in tasks:
        kind = peer["configs"][task]["output_type"]
        before = totals["other_replies"] + totals["cut_off"]
        compare_samples(task, peer["samples"][task], records[task], kind, totals, differences)
        compare_results(task, peer["results"][task], results["results"][task], totals["other_replies"] + totals["cut_off"] == before, rows, differences)
    totals["standard_errors"] = sum("_stderr" in key for _, key, _, _ in rows)
    same = totals["other_replies"] + totals["cut_off"] == 0
    for group in groups:
        compare_results(group, peer["groups"][group], results["groups"][group], same, rows, differences)
    totals["groups"] = len(groups)
    if arguments.json:
        print(json.dumps({"totals": totals, "differences": differences.shown, "results": rows}, indent=1))
    else:
        for task, key, value, mine in rows:
            print(f"{task:45} {key:38} {value:14.8g} {'-' if mine is None else format(mine, '14.8g')}")
        print(totals)
        for text in differences.shown:
            print("DIFFERS", text)
        print(f"{differences.count} differences")
    sys.exit(1 if differences.count else 0)


if __name__ == "__main__":
    main()
