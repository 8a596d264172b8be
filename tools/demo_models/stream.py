"""Batches of the training stream, chunk by chunk, and the held-out sets. Items come from the generate_items program."""

import json
import subprocess
from pathlib import Path

import numpy as np
import torch

from .tokenizer import completion_text, prompt_text

FAMILIES = ("arithmetic", "logic", "code")
MIX = (2400, 1800, 1800)  # items of each family in a chunk
TOKENS_IN_BATCH = 2048
SYSTEM_MESSAGES = ["You are a helpful assistant.", "Think step by step.", "Put your final answer in \\boxed{}."]
IGNORED = -100


def generate(program, family, split, seed, count, level=3):
    command = [str(program), family, split, str(seed), str(count), str(level)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def read_items(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def level_of(chunk):
    """The curriculum: one operation and two people first."""
    return 1 if chunk < 1 else 2 if chunk < 3 else 3


def encode(tokenizer, items, systems):
    """-> [(ids, length of the prompt)]"""
    prompts = tokenizer.encode_batch([prompt_text(i["question"], s) for i, s in zip(items, systems)])
    completions = tokenizer.encode_batch([completion_text(i["thinking"], i["answer"]) for i in items])
    return [(p.ids + c.ids, len(p.ids)) for p, c in zip(prompts, completions)]


def to_tensors(rows, pad):
    """-> ids [rows, longest], targets of the same shape: the next token where it belongs to a completion."""
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), longest), pad)
    targets = torch.full((len(rows), longest), IGNORED)
    for at, (row, prompt) in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        targets[at, prompt - 1 : len(row) - 1] = torch.tensor(row[prompt:])
    return ids, targets


def chunk_batches(program, tokenizer, seed, chunk, mix=MIX):
    """All batches of a chunk in order; rows of similar length share a batch."""
    order = np.random.default_rng([seed, chunk])
    items = []
    for family, count in zip(FAMILIES, mix):
        items += generate(program, family, "train", seed + chunk, count, level_of(chunk))
    systems = [SYSTEM_MESSAGES[order.integers(3)] if order.random() < 0.06 else None for _ in items]
    rows = encode(tokenizer, items, systems)
    noise = order.random(len(rows)) * 12  # so that batches of one length differ from chunk to chunk
    by_length = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + noise[i])
    batches, batch, longest = [], [], 0
    for index in by_length:
        longest = max(longest, len(rows[index][0]))
        if batch and longest * (len(batch) + 1) > TOKENS_IN_BATCH:
            batches.append(batch)
            batch, longest = [], len(rows[index][0])
        batch.append(rows[index])
    batches.append(batch)
    order.shuffle(batches)
    pad = tokenizer.token_to_id("<|end|>")
    return [to_tensors(batch, pad) for batch in batches]


@torch.no_grad()
def exact_match(model, tokenizer, items, rows_at_once=50):
    """Share of items for which greedy decoding repeats the reference thinking and answer token for token; a lower
    bound of the accuracy at the price of one forward pass."""
    rows = encode(tokenizer, items, [None] * len(items))
    rows.sort(key=lambda row: len(row[0]))
    right = 0
    for start in range(0, len(rows), rows_at_once):
        ids, targets = to_tensors(rows[start : start + rows_at_once], tokenizer.token_to_id("<|end|>"))
        best = model(ids).argmax(-1)
        right += ((best == targets) | (targets == IGNORED)).all(-1).sum().item()
    return right / len(rows)
