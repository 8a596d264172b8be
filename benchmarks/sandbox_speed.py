#!/usr/bin/env python3
"""Code suites: problems judged a second, and the CPU time that the sandbox adds to a problem.

usage: sandbox_speed.py --reckon build/harness/reckon --data FOLDER [--tasks humaneval,cruxeval_output,...] [--limit N]
Puts the reference solutions to `reckon score` (all processors), and the same code and tests to plain `python3 -S`, one process a problem
and nothing around it. Prints for each task problems a second, CPU time a problem in both (of the whole machine), and the difference. Stop
everything else first: what runs beside it is counted."""
import argparse
import gzip
import json
import os
import subprocess
import tempfile
import time


def rows(path):
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    return [json.loads(line) for line in opened]


def unix(text):
    return text.replace("\r\n", "\n")


def humaneval(data):
    for row in rows(f"{data}/code/HumanEval.jsonl.gz"):
        program = row["prompt"] + row["canonical_solution"]
        yield f"```python\n{program}\n```", program + "\n" + row["test"] + f"\ncheck({row['entry_point']})\n"


def mbpp(data):
    for row in rows(f"{data}/code/mbpp.jsonl"):
        code = unix(row["code"])
        yield f"```python\n{code}\n```", "\n".join([code, unix(row["test_setup_code"]), *map(unix, row["test_list"])])


def cruxeval(field):
    def of(data):
        for row in rows(f"{data}/code/cruxeval.jsonl"):
            yield row[field], f"{row['code']}\nassert f({row['input']}) == {row['output']}\n"
    return of


TASKS = {"humaneval": humaneval, "mbpp": mbpp, "cruxeval_input": cruxeval("input"), "cruxeval_output": cruxeval("output")}


def busy_seconds():
    """CPU time of the whole machine, the kernel's own threads included: killed boxes are in nobody's account."""
    user, nice, system, _, _, irq, softirq = map(int, open("/proc/stat").readline().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def measured(run):
    """Wall and CPU seconds, and what it returned."""
    before, start = busy_seconds(), time.perf_counter()
    result = run()
    return time.perf_counter() - start, busy_seconds() - before, result


def output(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reckon", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--tasks", default="humaneval,cruxeval_input,cruxeval_output,mbpp")
    parser.add_argument("--limit", type=int, default=10**9)
    args = parser.parse_args()
    print(f"{os.cpu_count()} processors")
    for task in args.tasks.split(","):
        problems = list(TASKS[task](args.data))[:args.limit]
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            for i, (answer, _) in enumerate(problems):
                file.write(json.dumps({"doc_id": i, "resps": [answer]}) + "\n")
            file.flush()
            score = [args.reckon, "score", "--tasks", task, "--data_dir", args.data, "--outputs", file.name, "--json"]
            wall, cpu, out = measured(lambda: output(score))
        passed = sum(json.loads(line)["correct"] for line in out.splitlines())
        python = ["/usr/bin/python3", "-S", "-c"]
        bare = measured(lambda: [output(python + [program], env={"PYTHONHASHSEED": "0"}, stdin=subprocess.DEVNULL)
                                 for _, program in problems])[1]
        n = len(problems)
        print(f"{task:16} {n:5} problems, {passed} pass; {n / wall:6.1f} a second; CPU {1e3 * cpu / n:6.1f} ms a problem, bare {1e3 * bare / n:6.1f} ms, "
              f"added {1e3 * (cpu - bare) / n:6.1f} ms")


main()
