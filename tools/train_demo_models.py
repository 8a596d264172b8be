#!/usr/bin/env python3
"""Trains the demo models of models/. For developers; nothing of it is needed to build, test or run reckon.

    cmake --build BUILD --target generate_items
    python tools/train_demo_models.py tokenizer --program BUILD/.../generate_items --work WORK
    python tools/train_demo_models.py train moe   --program ... --work WORK --steps N [--decay_steps M]
    python tools/train_demo_models.py train dense --program ... --work WORK --steps N [--decay_steps M]
    python tools/train_demo_models.py export --work WORK --out models
    python tools/train_demo_models.py check --models models --data suites/data

Needs torch, tokenizers, numpy and safetensors; `check` also transformers. A training goes on from the newest checkpoint
in WORK, so it may be killed at any moment; the learning rate is constant after a warm-up and falls linearly to zero in
the last `decay_steps` steps before `steps`, so a training can also be continued with more steps from a checkpoint
taken before its decay. Batches depend on the seed and the step alone.
"""

import argparse
import json
import os
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from demo_models import check as check_module
from demo_models import stream
from demo_models.export import export_pair
from demo_models.models import DENSE_CONFIG, MOE_CONFIG, Model
from demo_models.optimiser import build_optimisers
from demo_models.tokenizer import completion_text, save_tokenizer, train_tokenizer

SEED = 20240601
WARM_UP_STEPS = 30
BALANCE_SPEED = 0.001
CONFIGS = {"moe": MOE_CONFIG, "dense": DENSE_CONFIG}


def make_tokenizer(arguments):
    texts = []
    for family in stream.FAMILIES:
        for item in stream.generate(arguments.program, family, "train", SEED, 4000):
            texts += [item["question"], completion_text(item["thinking"], item["answer"])]
    texts += stream.SYSTEM_MESSAGES * 200
    save_tokenizer(train_tokenizer(texts), Path(arguments.work) / "tokenizer")


def load_tokenizer(work):
    return Tokenizer.from_file(str(Path(work) / "tokenizer" / "tokenizer.json"))


def learning_rate_factor(step, steps, decay_steps):
    return min(1.0, (step + 1) / WARM_UP_STEPS, max(0.0, (steps - step) / max(1, decay_steps)))


def save_checkpoint(path, model, optimisers, position):
    temporary = path.with_suffix(".part")
    state = {"model": model.state_dict(), "optimisers": [o.state_dict() for o in optimisers], **position}
    torch.save(state, temporary)
    os.replace(temporary, path)


def train(arguments):
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(SEED)
    work = Path(arguments.work)
    tokenizer = load_tokenizer(work)
    model = Model(CONFIGS[arguments.model])
    optimisers = build_optimisers(model)
    checkpoint = work / f"{arguments.model}.pt"
    position = {"step": 0, "chunk": 0, "batch": 0, "tokens": 0, "seconds": 0.0}
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state.pop("model"))
        for optimiser, saved in zip(optimisers, state.pop("optimisers")):
            optimiser.load_state_dict(saved)
        position = state
    probes = {
        family: stream.generate(arguments.program, family, "test", SEED, 100) for family in stream.FAMILIES
    }
    log = open(work / f"{arguments.model}.log", "a", buffering=1)
    print(f"{arguments.model}: {sum(p.numel() for p in model.parameters())} parameters, from {position}", file=log)
    saved_at = time.monotonic()
    losses = []
    while position["step"] < arguments.steps:
        batches = stream.chunk_batches(arguments.program, tokenizer, SEED, position["chunk"], arguments.mix)
        for ids, targets in batches[position["batch"] :]:
            began = time.monotonic()
            factor = learning_rate_factor(position["step"], arguments.steps, arguments.decay_steps)
            for optimiser in optimisers:
                for group in optimiser.param_groups:
                    group["lr"] = group["peak"] * factor
            counted = targets != stream.IGNORED
            logits = model.lm_head(model.hidden(ids)[counted])
            loss = F.cross_entropy(logits, targets[counted])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimiser in optimisers:
                optimiser.step()
                optimiser.zero_grad()
            for mixture in model.mixtures():
                mixture.balance(BALANCE_SPEED * factor)
            losses.append(loss.item())
            position["step"] += 1
            position["batch"] += 1
            position["tokens"] += ids.numel()
            position["seconds"] += time.monotonic() - began
            last = position["step"] == arguments.steps
            if last or time.monotonic() - saved_at > arguments.every_seconds:
                save_checkpoint(checkpoint, model, optimisers, position)
                saved_at = time.monotonic()
                report = {f: stream.exact_match(model, tokenizer, items) for f, items in probes.items()}
                report |= {"loss": round(sum(losses) / len(losses), 4)} | position
                if model.mixtures():
                    loads = [mixture.load.float() for mixture in model.mixtures()]
                    report["load"] = [round((load.max() / load.mean()).item(), 2) for load in loads]
                print(json.dumps(report), file=log)
                losses = []
            if last:
                break
        else:
            position["chunk"] += 1
            position["batch"] = 0
    log.close()


def export(arguments):
    export_pair(Path(arguments.work), Path(arguments.out))


def check(arguments):
    torch.set_num_threads(arguments.threads)
    folders = [Path(arguments.models) / f"reckon-demo-{kind}" for kind in ("moe", "dense")]
    for folder in folders:
        check_module.compare_with_transformers(folder, Path(arguments.data))
    first, second = [check_module.measure(folder, Path(arguments.data)) for folder in folders]
    for family in stream.FAMILIES:
        mean, low, high = check_module.paired_difference(first[family], second[family])
        print(f"{family}: moe minus dense {mean:+.1%}, paired 95 % interval {low:+.1%} to {high:+.1%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("tokenizer", help="train the tokenizer on the training stream")
    command.add_argument("--program", required=True, help="the generate_items program")
    command.add_argument("--work", required=True, help="folder of checkpoints and logs")
    command.set_defaults(act=make_tokenizer)
    command = commands.add_parser("train", help="train one model, or go on with it")
    command.add_argument("model", choices=sorted(CONFIGS))
    command.add_argument("--program", required=True, help="the generate_items program")
    command.add_argument("--work", required=True, help="folder of checkpoints and logs")
    command.add_argument("--steps", type=int, required=True)
    command.add_argument("--decay_steps", type=int, default=0)
    command.add_argument(
        "--mix", type=int, nargs=3, default=stream.MIX, help="arithmetic, logic and code items in a chunk"
    )
    command.add_argument("--every_seconds", type=float, default=180, help="between checkpoints and probes")
    command.add_argument("--threads", type=int, default=1)
    command.set_defaults(act=train)
    command = commands.add_parser("export", help="write both models in the published layouts")
    command.add_argument("--work", required=True, help="folder of checkpoints and logs")
    command.add_argument("--out", required=True, help="folder that receives reckon-demo-moe and reckon-demo-dense")
    command.set_defaults(act=export)
    command = commands.add_parser("check", help="compare exported models with transformers and measure them")
    command.add_argument("--models", required=True, help="folder of reckon-demo-moe and reckon-demo-dense")
    command.add_argument("--data", required=True, help="folder of the held-out test sets")
    command.add_argument("--threads", type=int, default=1)
    command.set_defaults(act=check)
    arguments = parser.parse_args()
    arguments.act(arguments)


if __name__ == "__main__":
    main()
