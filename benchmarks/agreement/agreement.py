#!/usr/bin/env python3
"""Agreement of a model with transformers (dequantised, float32, eager) and, for GGUF, with llama.cpp.

The model is a Llama GGUF file, or a Hugging Face folder (FP8 blocks are multiplied out).

Prints the largest difference of log-probabilities with exact activations, and for the quantised ones the mean KL
divergence, top-1 agreement and perplexity, then a line for each floor. Needs torch, transformers and gguf; llama.cpp is optional.
The floors are those of SmolLM2-135M Q4_1 on 2,000 positions; exit code 1 when one is missed.

  agreement.py --model M --text DATA.jsonl --write_logprobs BUILD/tests/engine/golden/write_logprobs \
               [--llama_cpp FOLDER] [--positions 2000]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import safetensors
import torch
import transformers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import floors

WINDOW = 500
EXACT = "reckon, activations=float32, f32 KV"
DEFAULT = "reckon, default activations, f16 KV"
LLAMA = "llama.cpp"
BETWEEN = "reckon (default) against llama.cpp"

FLOORS = [
    floors.Floor("exact_largest_difference", 2e-3, at_most=True),
    floors.Floor("default_mean_kl", 4e-3, at_most=True),
    floors.Floor("default_perplexity_change", 0.01, at_most=True),
]
FLOORS_WITH_LLAMA = [
    floors.Floor("mean_kl_to_llama", 8e-3, at_most=True),
    floors.Floor("mean_kl_over_that_of_llama", 1.2, at_most=True),
]


def judge(results: dict) -> list:
    """What the results of compare(), by their names, are against the floors."""
    exact, default = results[EXACT], results[DEFAULT]
    figures = {"exact_largest_difference": exact["largest_difference"], "default_mean_kl": default["mean_kl"],
               "default_perplexity_change": abs(default["perplexity"] / default["reference_perplexity"] - 1)}
    if LLAMA not in results:
        return floors.judge(FLOORS, figures)
    figures["mean_kl_to_llama"] = results[BETWEEN]["mean_kl"]
    figures["mean_kl_over_that_of_llama"] = default["mean_kl"] / results[LLAMA]["mean_kl"]
    return floors.judge(FLOORS + FLOORS_WITH_LLAMA, figures)


def load_folder(folder: pathlib.Path):
    """A published folder whose FP8 blocks and single experts become what transformers computes with."""
    config = json.loads((folder / "config.json").read_text())
    block = config.pop("quantization_config", {}).get("weight_block_size")
    tensors = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safetensors.safe_open(path, "pt") as file:
            tensors.update((name, file.get_tensor(name).float()) for name in file.keys())
    for name in [n for n in tensors if n.endswith("_scale_inv")]:
        weight = name.removesuffix("_scale_inv")
        scale = tensors.pop(name).repeat_interleave(block[0], 0).repeat_interleave(block[1], 1)
        tensors[weight] *= scale[:tensors[weight].shape[0], :tensors[weight].shape[1]]
    loaded = transformers.CONFIG_MAPPING[config["model_type"]].from_dict(config)
    model = transformers.AutoModelForCausalLM.from_config(
        loaded, dtype=torch.float32, attn_implementation="eager").eval()
    for name in [n for n in model.state_dict() if n.endswith(".experts.gate_up_proj")]:
        prefix = name.removesuffix("gate_up_proj")
        parts = {k: [tensors.pop(f"{prefix}{e}.{k}_proj.weight") for e in range(config["n_routed_experts"])]
                 for k in ("gate", "up", "down")}
        tensors[name] = torch.stack([torch.cat(pair) for pair in zip(parts["gate"], parts["up"])])
        tensors[prefix + "down_proj"] = torch.stack(parts["down"])
    model.load_state_dict(tensors, strict=not config.get("tie_word_embeddings"))
    return transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json")), model


def load_reference(path: pathlib.Path):
    if path.is_dir():
        return load_folder(path)
    common = {"gguf_file": path.name}
    tokenizer = transformers.AutoTokenizer.from_pretrained(path.parent, **common)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, dtype=torch.float32, attn_implementation="eager", **common)
    return tokenizer, model.eval()


def read_windows(tokenizer, text: pathlib.Path, positions: int) -> list:
    ids = []
    for line in text.open():
        item = json.loads(line)
        ids += tokenizer.encode(item["question"] + "\n" + item["answer"] + "\n\n", add_special_tokens=False)
        if len(ids) >= positions:
            break
    return [ids[i:i + WINDOW] for i in range(0, positions, WINDOW)]


def log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits.astype(np.float64)
    logits -= logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def compare(name: str, windows: list, reference: pathlib.Path, other: pathlib.Path, width: int) -> dict:
    """KL(reference || other) and the rest, in blocks, because a row is as wide as the vocabulary."""
    ref = np.memmap(reference, np.float32, "r").reshape(-1, width)
    mine = np.memmap(other, np.float32, "r").reshape(-1, width)
    targets = np.array([t for w in windows for t in w[1:] + [-1]])
    kl, worst, same, nll, ref_nll = 0.0, 0.0, 0, 0.0, 0.0
    for start in range(0, len(targets), 100):
        a, b = log_softmax(ref[start:start + 100]), log_softmax(mine[start:start + 100])
        kl += float((np.exp(a) * (a - b)).sum())
        worst = max(worst, float(np.abs(a - b).max()))
        same += int((a.argmax(-1) == b.argmax(-1)).sum())
        rows = np.nonzero(targets[start:start + 100] >= 0)[0]
        nll -= float(b[rows, targets[start:start + 100][rows]].sum())
        ref_nll -= float(a[rows, targets[start:start + 100][rows]].sum())
    count, scored = len(targets), int((targets >= 0).sum())
    result = {"name": name, "positions": count, "largest_difference": worst, "mean_kl": kl / count,
              "top1_agreement": same / count, "perplexity": float(np.exp(nll / scored)),
              "reference_perplexity": float(np.exp(ref_nll / scored))}
    print(json.dumps(result), flush=True)
    return result


def build_llama_logits(llama_cpp: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    source = pathlib.Path(__file__).with_name("llama_logits.cpp")
    libraries = llama_cpp / "build" / "bin"
    program = folder / "llama_logits"
    subprocess.run(["g++", "-O1", "-std=c++17", str(source), "-o", str(program), f"-I{llama_cpp}/include",
                    f"-I{llama_cpp}/ggml/include", f"-L{libraries}", "-lllama", "-lggml", "-lggml-base",
                    f"-Wl,-rpath,{libraries}"], check=True)
    return program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--text", type=pathlib.Path, required=True)
    parser.add_argument("--write_logprobs", type=pathlib.Path, required=True)
    parser.add_argument("--llama_cpp", type=pathlib.Path)
    parser.add_argument("--positions", type=int, default=2000)
    arguments = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tokenizer, model = load_reference(arguments.model)
        windows = read_windows(tokenizer, arguments.text, arguments.positions)
        width = model.config.vocab_size
        with (folder / "reference.f32").open("wb") as out, torch.no_grad():
            for window in windows:
                out.write(model(torch.tensor([window])).logits[0].numpy().tobytes())
        del model
        (folder / "ids.json").write_text(json.dumps(windows))
        (folder / "ids.txt").write_text("".join(" ".join(map(str, w)) + "\n" for w in windows))
        results = {}
        for label, activations, kv in ((EXACT, "float32", "f32"), (DEFAULT, "by_weight", "f16")):
            subprocess.run([arguments.write_logprobs, arguments.model, folder / "ids.json", folder / "ours.f32",
                            activations, kv], check=True)
            results[label] = compare(label, windows, folder / "reference.f32", folder / "ours.f32", width)
        if arguments.llama_cpp:
            program = build_llama_logits(arguments.llama_cpp, folder)
            subprocess.run([program, arguments.model, folder / "ids.txt", folder / "llama.f32"], check=True)
            results[LLAMA] = compare(LLAMA, windows, folder / "reference.f32", folder / "llama.f32", width)
            results[BETWEEN] = compare(BETWEEN, windows, folder / "llama.f32", folder / "ours.f32", width)
    judged = judge(results)
    for line in floors.lines(judged):
        print(line)
    sys.exit(floors.exit_code(judged))


if __name__ == "__main__":
    main()
