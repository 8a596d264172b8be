#!/usr/bin/env python3
"""Compares reckon's tokenizers with Hugging Face's `tokenizers` on real and random texts.

usage: compare_with_hugging_face.py ENCODER TOKENIZER.json[,SAME.gguf] ... [--text FILE ...] [--time]

ENCODER is the test program encode_lines. After a comma stands a file to load in place of the tokenizer.json (a
GGUF file of the same model). --text names files to take pieces from; --time measures both on the first megabyte.
For developers, no part of the tests.
"""
import argparse
import json
import random
import subprocess
import time

from tokenizers import Tokenizer

PARTS = ["a", "b", "Z", "é", "ß", "İ", "ſ", "漢", "字", "ひ", "ら", "한", "🦙", "👨‍👩‍👧", "\u0301", "\u180e", "\u200b", "\u2028",
         "\u00a0", "\u3000", "\x85", "١", "½", "Ⅷ", "ⓐ", "_", "\u203f", "ǅ", "ª", "ﬁ", "Å", "1", "2", "345", "6789", " ",
         "  ", "\n", "\r\n", "\t", "\x0b", "'s", "'LL", "'ſ", ".", "!?", "$", "`", "~", "^", "«", "—", "<|endoftext|>",
         "<|im_start|>", "<s>", "</s>", "▁", "Ġ", "<0x41>", "the", "ing", " of", "\x00", "\x7f", "ا", "ل", "न", "ि", "\ufeff"]


def texts(corpus, count):
    chooser = random.Random(1)
    for _ in range(count):
        kind = chooser.random()
        if kind < 0.4 and len(corpus) > 1000:
            start = chooser.randrange(len(corpus) - 500)
            yield corpus[start:start + chooser.randrange(1, 500)]
        else:
            yield "".join(chooser.choice(PARTS) for _ in range(chooser.randrange(40)))


def compare(encoder, peer, path, corpus, count):
    sample = list(texts(corpus, count))
    lines = "".join(json.dumps({"text": text}) + "\n" for text in sample)
    run = subprocess.run([encoder, path], input=lines, capture_output=True, text=True)
    if run.returncode:
        print(f"{path}: {run.stderr.strip()}")
        return False
    bad = 0
    for text, line in zip(sample, run.stdout.split("\n")):
        found = json.loads(line)
        plain = peer.encode(text, add_special_tokens=False).ids
        wanted = {"ids": plain, "with_special": peer.encode(text).ids, "decoded": peer.decode(plain, skip_special_tokens=False),
                  "decoded_skipping": peer.decode(plain, skip_special_tokens=True)}
        for key, value in wanted.items():
            if found[key] != value:
                bad += 1
                if bad <= 5:
                    print(f"  {key} of {text!r}:\n    Hugging Face {value!r}\n    reckon       {found[key]!r}")
                break
    print(f"{path}: {len(sample)} texts, {bad} differ")
    return bad == 0


def measure(encoder, peer, path, text):
    # In turns, so that both see the same load of the machine; the best round counts.
    best = 1e9
    ours = 0.0
    for _ in range(3):
        start = time.perf_counter()
        peer.encode(text, add_special_tokens=False)
        best = min(best, time.perf_counter() - start)
        answer = subprocess.run([encoder, path, "--time"], input=text.encode(), capture_output=True, check=True).stdout.decode()
        ours = max(ours, float(answer.split()[-2]))
    theirs = len(text.encode()) / 1e6 / best
    print(f"{path}: reckon {ours:.2f} MB/s, Hugging Face {theirs:.2f} MB/s, ratio {ours / theirs:.1f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder")
    parser.add_argument("tokenizers", nargs="+")
    parser.add_argument("--text", nargs="*", default=[])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--time", action="store_true")
    options = parser.parse_args()
    corpus = "".join(open(path, encoding="utf-8", errors="ignore").read() for path in options.text)
    good = True
    for pair in options.tokenizers:
        reference, _, other = pair.partition(",")
        peer = Tokenizer.from_file(reference)
        good = compare(options.encoder, peer, other or reference, corpus, options.count) and good
        if options.time:
            measure(options.encoder, peer, other or reference, corpus[:1_000_000])
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
