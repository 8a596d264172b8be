"""Measures exported models as they will be run, and compares them with transformers."""

import json
import math
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from . import stream
from .export import BLOCK, FP8_MAX, dequantise_blocks
from .models import Experts, Linear, Model
from .tokenizer import END_THINK

MOST_NEW_TOKENS = 320


def quantise_activations(x):
    """FP8 per token and 128 channels, scale amax / 448; returned as float32."""
    width = x.shape[-1]
    padded = torch.nn.functional.pad(x, (0, -width % BLOCK)).unflatten(-1, (-1, BLOCK))
    scale = padded.abs().amax(-1, keepdim=True).clamp(min=1e-12) / FP8_MAX
    return ((padded / scale).to(torch.float8_e4m3fn).float() * scale).flatten(-2)[..., :width]


def read_tensors(folder):
    """Float32 values of a checkpoint by published name."""
    stored = load_file(folder / "model.safetensors")
    tensors = {}
    for name, tensor in stored.items():
        if name.endswith("weight_scale_inv"):
            continue
        scale = stored.get(name + "_scale_inv")
        tensors[name] = tensor.float() if scale is None else dequantise_blocks(tensor, scale)
    return tensors


def load_exported(folder):
    """The model as it is stored, with FP8 activations where its config asks for them."""
    config = json.loads((folder / "config.json").read_text())
    model = Model(config)
    tensors = read_tensors(folder)
    state = {}
    for name in model.state_dict():
        parts = name.split(".")
        if "experts" in parts and "shared_experts" not in parts:
            prefix = "model." + ".".join(parts[:-1])
            each = [tensors[f"{prefix}.{e}.{parts[-1]}_proj.weight"] for e in range(config["n_routed_experts"])]
            state[name] = torch.stack(each)
        else:
            state[name] = tensors[name if name.startswith("lm_head") else "model." + name]
    model.load_state_dict(state)
    if "quantization_config" in config:
        for name, module in model.named_modules():
            if isinstance(module, (Linear, Experts)) and name != "lm_head":
                module.quantise = quantise_activations
    return model.eval()


@torch.no_grad()
def answer_greedily(model, tokenizer, items):
    """-> completion ids per item. Where greedy decoding follows the reference, one forward pass has shown it; only the
    rest is decoded token by token."""
    end = tokenizer.token_to_id("<|end|>")
    rows = stream.encode(tokenizer, items, [None] * len(items))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
    completions = [None] * len(rows)
    for start in range(0, len(order), 50):
        chosen = order[start : start + 50]
        ids, targets = stream.to_tensors([rows[i] for i in chosen], end)
        best = model(ids).argmax(-1)
        open_rows = []
        for at, index in enumerate(chosen):
            row, prompt = rows[index]
            wrong = ((best[at] != targets[at]) & (targets[at] != stream.IGNORED)).nonzero()
            if len(wrong) == 0:
                completions[index] = row[prompt:]
            else:
                first = wrong[0].item()
                open_rows.append([index, row[: first + 1] + [best[at, first].item()]])
        while open_rows:
            longest = max(len(row) for _, row in open_rows)
            batch = torch.tensor([row + [end] * (longest - len(row)) for _, row in open_rows])
            last = torch.tensor([len(row) - 1 for _, row in open_rows])
            nexts = model.lm_head(model.hidden(batch)[torch.arange(len(open_rows)), last]).argmax(-1).tolist()
            still = []
            for (index, row), token in zip(open_rows, nexts):
                ended = row[-1] == end
                row = row if ended else row + [token]
                prompt = rows[index][1]
                if row[-1] == end or len(row) - prompt >= MOST_NEW_TOKENS:
                    completions[index] = row[prompt:]
                else:
                    still.append([index, row])
            open_rows = still
    return completions


def boxed(text):
    """What stands in the last \\boxed{} after the thinking; None without an end of the thinking or a box."""
    if END_THINK not in text:
        return None
    answer = text.rsplit(END_THINK, 1)[1]
    start = answer.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    for at in range(start + 6, len(answer)):
        depth += {"{": 1, "}": -1}.get(answer[at], 0)
        if depth == 0:
            return answer[start + 7 : at]
    return None


def is_right(family, given, wanted):
    if given is None:
        return False
    if family == "logic":
        return sorted(p.strip() for p in given.split(",")) == sorted(p.strip() for p in wanted.split(","))
    return given.strip() == wanted


def wilson(right, n, z=1.959964):
    """Wilson's 95 % interval of a share."""
    p = right / n
    centre, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)


def measure(folder, data, families=stream.FAMILIES):
    """-> {family: [right or not, by item]}, printed as it goes."""
    model = load_exported(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    verdicts = {}
    for family in families:
        items = stream.read_items(data / f"demo_{family}.jsonl")
        completions = answer_greedily(model, tokenizer, items)
        texts = [tokenizer.decode(c, skip_special_tokens=False).removesuffix("<|end|>") for c in completions]
        verdicts[family] = [is_right(family, boxed(t), i["answer"]) for t, i in zip(texts, items)]
        right, n = sum(verdicts[family]), len(items)
        low, high = wilson(right, n)
        mean = sum(map(len, completions)) / n
        print(
            f"{folder.name} {family}: {right}/{n} = {right / n:.1%}, 95 % interval {low:.1%} to {high:.1%}, "
            f"{mean:.0f} tokens a completion",
            flush=True,
        )
    return verdicts


def paired_difference(first, second):
    """Mean difference of two lists of verdicts on the same items, and its 95 % interval (normal, paired)."""
    differences = [int(a) - int(b) for a, b in zip(first, second)]
    n = len(differences)
    mean = sum(differences) / n
    deviation = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1) / n)
    return mean, mean - 1.959964 * deviation, mean + 1.959964 * deviation


@torch.no_grad()
def compare_with_transformers(folder, data):
    """Largest difference of log-probabilities from transformers in float32, over prompts and reference completions."""
    from transformers import AutoModelForCausalLM

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = load_exported(folder)
    for module in model.modules():
        if isinstance(module, (Linear, Experts)):
            module.quantise = None
    config = json.loads((folder / "config.json").read_text())
    config.pop("quantization_config", None)
    with tempfile.TemporaryDirectory() as plain:
        (Path(plain) / "config.json").write_text(json.dumps(config | {"torch_dtype": "float32"}))
        save_file(read_tensors(folder), Path(plain) / "model.safetensors", {"format": "pt"})
        other = AutoModelForCausalLM.from_pretrained(plain, dtype=torch.float32, attn_implementation="eager").eval()
    largest, positions = 0.0, 0
    for family in stream.FAMILIES:
        for row, _ in stream.encode(tokenizer, stream.read_items(data / f"demo_{family}.jsonl")[:10], [None] * 10):
            ids = torch.tensor([row])
            ours, theirs = model(ids).log_softmax(-1), other(ids).logits.log_softmax(-1)
            largest = max(largest, (ours - theirs).abs().max().item())
            positions += len(row)
    print(f"{folder.name}: log-probabilities differ from transformers by at most {largest:.2e} over {positions} positions")
    return largest
