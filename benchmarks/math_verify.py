#!/usr/bin/env python3
"""Time to judge pairs of answers: this project against Math-Verify, one thread each, warm, both sides parsed.

    ninja -C build judge_pairs
    python benchmarks/math_verify.py build/suites/math/judge_pairs ../shared/data/math/math500_test.jsonl

Pairs: (gold, gold) for each gold of MATH-500, (gold, the gold written otherwise) and (gold, a changed gold). Needs the
package math-verify. Both programs judge all pairs once before the pass that counts; Math-Verify's own caches of 20
parsed texts do not reach from one pass to the next. Prints both totals, their ratio and where the verdicts differ."""

import json
import re
import statistics
import subprocess
import sys
import time


def rewritten(gold):
    """The same value in other words."""
    text = gold.replace("\\frac", "\\dfrac") if "\\frac" in gold else gold
    if "\\sqrt" in text:
        return text.replace("\\sqrt", " \\sqrt")
    return "{ " + text + " }" if text == gold and "," not in text else text


def mutated(gold):
    """Another value: the last digit changed, else a sign."""
    found = list(re.finditer(r"[0-8]", gold))
    if found:
        at = found[-1].start()
        return gold[:at] + str(int(gold[at]) + 1) + gold[at + 1:]
    return "-" + gold


def ours(program, pairs):
    lines = "\n".join(json.dumps({"gold": a, "answer": b}) for a, b in pairs)
    done = subprocess.run([program, "--passes", "4"], input=lines, text=True, capture_output=True, check=True)
    passes = [float(m) for m in re.findall(r"in ([0-9.]+) s", done.stderr)]
    return statistics.median(passes[1:]), [json.loads(line)["equal"] for line in done.stdout.splitlines()]


def theirs(pairs):
    import logging
    # This file has the package's name: its folder must not be searched.
    sys.path = [folder for folder in sys.path if folder != sys.path[0]]
    from math_verify import parse, verify
    logging.disable(logging.CRITICAL)

    def one_pass():
        verdicts = []
        start = time.perf_counter()
        for gold, answer in pairs:
            verdicts.append(verify(parse("$" + gold + "$"), parse("$" + answer + "$")))
        return time.perf_counter() - start, verdicts

    one_pass()
    return one_pass()


def main():
    program, path = sys.argv[1], sys.argv[2]
    limit = int(sys.argv[3]) if len(sys.argv) > 3 else None
    golds = [json.loads(line)["answer"] for line in open(path)][:limit]
    pairs = [(g, g) for g in golds] + [(g, rewritten(g)) for g in golds] + [(g, mutated(g)) for g in golds]
    our_seconds, our_verdicts = ours(program, pairs)
    their_seconds, their_verdicts = theirs(pairs)
    differ = [(p, a, b) for p, a, b in zip(pairs, our_verdicts, their_verdicts) if a != b]
    print(f"{len(pairs)} pairs; reckon {our_seconds:.4f} s ({our_seconds / len(pairs) * 1e6:.1f} us a pair), "
          f"Math-Verify {their_seconds:.2f} s ({their_seconds / len(pairs) * 1e3:.2f} ms a pair): "
          f"{their_seconds / our_seconds:.0f} times faster")
    print(f"{len(differ)} verdicts differ (ours, theirs):")
    for (gold, answer), a, b in differ:
        print(f"  {a!s:5} {b!s:5} {gold!r} {answer!r}")


if __name__ == "__main__":
    main()
