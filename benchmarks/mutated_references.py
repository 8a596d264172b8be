#!/usr/bin/env python3
"""Mutated reference solutions: does the sandbox's verdict agree with Python's own?

Each mutant is a reference of HumanEval or MBPP with one operator or constant changed. Python itself runs it with the dataset's
tests in one process; `reckon score` judges the same text. Usage:
  mutated_references.py --reckon build/harness/reckon --data FOLDER [--count 600] [--seed 1]
Prints one line for each disagreement, and the counts; exit code 1 where there is one.
"""
import argparse
import ast
import copy
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
         ast.Pow: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
         ast.NotEq: ast.Eq, ast.And: ast.Or, ast.Or: ast.And, ast.In: ast.NotIn, ast.NotIn: ast.In}
SECONDS = 20


def places(tree):
    """(node, how to change it) of everything that one mutation can change."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in SWAPS:
            yield node, lambda n: setattr(n, "op", SWAPS[type(n.op)]())
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
            yield node, lambda n: n.ops.__setitem__(0, SWAPS[type(n.ops[0])]())
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield node, lambda n: setattr(n, "value", n.value + 1)
        elif isinstance(node, ast.Constant) and type(node.value) is bool:
            yield node, lambda n: setattr(n, "value", not n.value)


def mutate(code, rng):
    tree = ast.parse(code)
    found = [(i, node) for i, (node, _) in enumerate(places(tree))]
    if not found:
        return None
    index = rng.choice(found)[0]
    tree = copy.deepcopy(tree)
    node, change = list(places(tree))[index]
    change(node)
    return ast.unparse(tree)


def problems(data):
    """(task, doc_id, reference program, tests as Python runs them)"""
    for i, line in enumerate(gzip.open(os.path.join(data, "code/HumanEval.jsonl.gz"), "rt")):
        row = json.loads(line)
        yield ("humaneval", i, row["prompt"] + row["canonical_solution"],
               row["prompt"] + "    pass\n", row["test"] + f"\ncheck({row['entry_point']})\n")
    for i, line in enumerate(open(os.path.join(data, "code/mbpp.jsonl"))):
        row = json.loads(line)
        yield ("mbpp", i, row["code"].replace("\r\n", "\n"), "",
               (row["test_setup_code"] + "\n" + "\n".join(row["test_list"])).replace("\r\n", "\n"))


def python_says(program):
    try:
        done = subprocess.run(["/usr/bin/python3", "-S", "-c", program], env={"PYTHONHASHSEED": "0"}, timeout=SECONDS,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    chosen, seen = [], set()
    known = list(problems(args.data))
    while len(chosen) < args.count:
        task, doc, reference, head, tests = rng.choice(known)
        mutant = mutate(reference, rng)
        if mutant and (task, doc, mutant) not in seen:
            seen.add((task, doc, mutant))
            chosen.append((task, doc, mutant, head + "\nimport random\nrandom.seed(0)\n" + mutant + "\n" + tests))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        oracle = list(pool.map(lambda item: python_says(item[3]), chosen))
    disagreements = 0
    for task in ("humaneval", "mbpp"):
        mine = [(item, verdict) for item, verdict in zip(chosen, oracle) if item[0] == task]
        by_document = {}
        for item, verdict in mine:
            by_document.setdefault(item[1], []).append((item[2], verdict))
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            for doc, items in by_document.items():
                replies = ["```python\n" + mutant + "\n```" for mutant, _ in items]
                file.write(json.dumps({"doc_id": doc, "resps": [replies]}) + "\n")
            file.flush()
            lines = subprocess.run([args.reckon, "score", "--tasks", task, "--data_dir", args.data, "--outputs", file.name,
                                    "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        for line in lines:
            record = json.loads(line)
            mutant, verdict = by_document[record["doc_id"]][record["repeat"]]
            if record["correct"] != verdict:
                disagreements += 1
                print(f"{task} {record['doc_id']}: Python says {'passes' if verdict else 'fails'}, reckon: {record['why']}\n{mutant}\n")
        print(f"{task}: {len(lines)} mutants, {sum(verdict for _, verdict in mine)} pass in Python")
    print(f"{len(chosen)} mutants, {disagreements} disagreements")
    sys.exit(1 if disagreements else 0)


main()
