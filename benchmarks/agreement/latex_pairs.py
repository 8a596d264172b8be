#!/usr/bin/env python3
"""Our parser against latex2sympy2_extended's own test pairs: values at five points.

    ninja -C build judge_pairs
    python benchmarks/agreement/latex_pairs.py build/suites/math/judge_pairs ../shared/data/graders/latex_to_sympy_pairs.jsonl

Each distinct pair's `sympy` column is evaluated by SymPy with positive rationals for its symbols, and `latex` by our
parser with the same; a pair agrees where one of our readings has its values at all five points. Collections and
relations agree where all their parts do, in any order. The rest is listed by construct.

    ... --values tests/suites/math/latex_values.jsonl

writes what the C++ test compares with, a line a pair: SymPy's values at the five points ({"pair", "symbols", "values"}), or the construct
that keeps it from having any ({"pair", "construct"}). The k-th symbol has the value (7 + 5 p + 3 k) / (3 + k) at point p."""

import collections
import json
import signal
import subprocess
import sys

import sympy
from sympy import *  # noqa: F403 - the column is Python source that uses SymPy's names

POINTS = 5


def environment():
    env = {k: getattr(sympy, k) for k in dir(sympy) if not k.startswith("__")}
    for name in "abcdfghjklmnopqrstuvwxyz":
        env[name] = Symbol(name)
    for name in ("theta", "gamma", "alpha", "beta", "varepsilon"):
        env[name] = Symbol(name)
    env.update(epsilon_lower=Symbol("epsilon"), sympy=sympy, _Add=Add, _Mul=Mul, _Pow=Pow, _Abs=Abs,
               _factorial=factorial, _log=lambda x, b=E: log(x, b), gcd=lambda *a: sympy.gcd(*a) if len(a) > 1 else a[0],
               lcm=lambda *a: sympy.lcm(*a) if len(a) > 1 else a[0])
    return env


def parts(value):
    """The values a reading is made of, whatever holds them together."""
    if isinstance(value, (bool, sympy.logic.boolalg.BooleanAtom)):
        return None
    if isinstance(value, sympy.MatrixBase):
        return [p for entry in value for p in (parts(entry) or [None])]
    if isinstance(value, (MatMul, MatAdd)):
        return parts(sympy.Matrix(value.as_explicit()))
    if isinstance(value, (Interval,)):
        return [value.start, value.end]
    if isinstance(value, (Integral, Limit, Derivative, Sum, Product)):
        return None
    if isinstance(value, (Rel, sympy.FiniteSet, sympy.Tuple, Union, Intersection, Complement, Not)):
        found = []
        for arg in value.args:
            inner = parts(arg)
            if inner is None:
                return None
            found += inner
        return found
    if isinstance(value, (int, float)):
        return [sympify(value)]
    if isinstance(value, Basic):
        return [value]
    return None


def too_long(*_):
    raise TimeoutError


def at_point(expression, values):
    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, 5)
    try:
        number = expression.subs(values).doit()
        return complex(N(number, 30))
    except Exception:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def our_name(symbol):
    return symbol.name.replace("\\", "").replace("{theta}", "theta").replace("_{", "_").rstrip("}") \
        if symbol.name.startswith("h_") else symbol.name.strip("\\ ")


def close(a, b):
    if a == b:
        return True  # infinities
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))


def same(ours, theirs):
    ours = list(ours)
    if len(ours) != len(theirs):
        return False
    for value in theirs:
        match = next((o for o in ours if close(o, value)), None)
        if match is None:
            return False
        ours.remove(match)
    return True


def number_text(value):
    """A real number as such, else [re, im]."""
    rounded = [float(f"{part:.12g}") for part in (value.real, value.imag)]
    if abs(value.real) == float("inf"):
        return "infinity" if value.real > 0 else "-infinity"
    return rounded[0] if rounded[1] == 0 else rounded


def write_values(path, pairs, outcome, plan, symbols_of):
    by_pair = collections.defaultdict(list)
    for index, theirs in plan:
        by_pair[index].append(theirs)
    with open(path, "w") as file:
        for index in range(len(pairs)):
            points = by_pair.get(index)
            if points and all(t is not None for point in points for t in point):
                line = {"pair": index, "symbols": symbols_of[index], "values": [[number_text(t) for t in point] for point in points]}
            else:
                line = {"pair": index, "construct": "SymPy gives no number" if points else outcome[index]}
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def main():
    program, path = sys.argv[1], sys.argv[2]
    pairs = list(dict.fromkeys((d["latex"], str(d["sympy"])) for d in map(json.loads, open(path))))
    env = environment()
    questions, plan, outcome, symbols_of = [], [], {}, {}
    for index, (latex, column) in enumerate(pairs):
        signal.signal(signal.SIGALRM, too_long)
        signal.setitimer(signal.ITIMER_REAL, 20)
        try:
            value = eval(column, dict(env))
            if value is None:
                outcome[index] = "the column is None (their parser must fail)"
                continue
            found = parts(value)
        except Exception as error:
            outcome[index] = f"the column does not evaluate ({type(error).__name__})"
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if found is None or any(p is None for p in found):
            outcome[index] = f"unevaluated or no value: {type(value).__name__}"
            continue
        symbols = sorted(set().union(*[p.free_symbols if isinstance(p, Basic) else set() for p in found]), key=str)
        symbols_of[index] = [our_name(s) for s in symbols]
        for point in range(POINTS):
            values = {s: Rational(7 + 5 * point + 3 * k, 3 + k) for k, s in enumerate(symbols)}
            plan.append((index, [at_point(sympify(p), values) for p in found]))
            questions.append({"answer": latex, "variables": {our_name(s): str(v) for s, v in values.items()}})
    if "--values" in sys.argv:
        write_values(sys.argv[sys.argv.index("--values") + 1], pairs, outcome, plan, symbols_of)
    done = subprocess.run([program, "--evaluate"], input="\n".join(map(json.dumps, questions)), text=True,
                          capture_output=True, check=True)
    agree, problems = collections.Counter(), collections.defaultdict(set)
    usable = collections.Counter()
    for (index, theirs), line in zip(plan, done.stdout.splitlines()):
        if any(t is None for t in theirs):
            problems[index].add("SymPy gives no number")
            continue
        usable[index] += 1
        readings = json.loads(line)
        if any(same([complex(float(re), float(im)) for re, im in r["values"]], theirs) for r in readings):
            agree[index] += 1
        else:
            problems[index].add(", ".join(r["problem"] for r in readings if r["problem"]) or
                                ("other values" if readings else "not parsed"))
    for index in range(len(pairs)):
        if index not in outcome:
            outcome[index] = "agrees" if usable[index] == POINTS and agree[index] == POINTS else "; ".join(problems[index])
    counts = collections.Counter(outcome.values())
    print(f"{len(pairs)} distinct pairs")
    for what, count in counts.most_common():
        print(f"{count:5} {what}")
    for index, what in outcome.items():
        if what != "agrees" and "--all" in sys.argv:
            print(f"  {what}: {pairs[index][0]!r} = {pairs[index][1]}")


if __name__ == "__main__":
    main()
