"""Random pairs of MATH's gold answers: reckon (policy strict) against Math-Verify and SymPy together.

usage: random_pairs.py RECKON math_test.jsonl [PAIRS] [--oracle FILE]
Half of the pairs are drawn at random, half among answers of the same shape (digits and letters masked), where equal ones are found. The
oracle: Math-Verify's verify in both directions and SymPy's simplify(a - b) == 0 on what parse_latex reads. Where the two agree, reckon has
to as well; where they do not, or reckon differs, the pair must stand in tests/suites/math_policies/adjudicated.jsonl, decided by hand.
--oracle keeps the oracle's verdicts in a file. Needs math-verify, sympy and antlr4-python3-runtime 4.11."""
import json, os, random, re, subprocess, sys, warnings

ADJUDICATED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/suites/math_policies/adjudicated.jsonl")


def run(reckon, options, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([reckon, "grade", *options], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def draw(golds, count):
    draws = random.Random(20260101)
    pairs = set()
    while len(pairs) < count // 2:
        pairs.add(tuple(draws.sample(golds, 2)))
    shapes = {}
    for gold in golds:
        shapes.setdefault(re.sub(r"[a-z]+", "a", re.sub(r"[\d\s]+", "0", gold.lower().replace("dfrac", "frac"))), []).append(gold)
    families = [family for family in shapes.values() if len(family) > 1]
    while len(pairs) < count:
        pairs.add(tuple(draws.sample(draws.choice(families), 2)))
    return sorted(pairs)


def oracle(gold, answer):
    from math_verify import parse, verify
    from sympy import simplify
    from sympy.parsing.latex import parse_latex
    a, b = parse(f"${gold}$"), parse(f"${answer}$")
    verdict = {"gold": gold, "answer": answer, "math_verify": bool(verify(a, b) or verify(b, a)), "sympy": None}
    try:
        verdict["sympy"] = bool(simplify(parse_latex(gold) - parse_latex(answer)) == 0)
    except Exception:  # what SymPy cannot read has no verdict of SymPy's
        pass
    return verdict


def oracle_verdicts(pairs, path):
    known = {}
    if path and os.path.exists(path):
        for line in open(path):
            verdict = json.loads(line)
            known[verdict["gold"], verdict["answer"]] = verdict
    verdicts = [known.get(pair) or oracle(*pair) for pair in pairs]
    if path:
        with open(path, "w") as out:
            out.writelines(json.dumps(verdict) + "\n" for verdict in verdicts)
    return verdicts


def main():
    warnings.filterwarnings("ignore")
    from sympy.parsing.latex import parse_latex
    parse_latex("\\frac{1}{2}")  # with another antlr4 than 4.11 it reads nothing, and Math-Verify would be the only oracle
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    path = sys.argv[sys.argv.index("--oracle") + 1] if "--oracle" in sys.argv else None
    words = [word for word in words if word != path]
    reckon, rows = words[0], [json.loads(line) for line in open(words[1])]
    boxes = run(reckon, ["--extract", "last_boxed"], [{"gold": "0", "text": row["solution"]} for row in rows])
    golds = [box["extracted"] for box in boxes]
    pairs = draw([gold for gold in golds if gold], int(words[2]) if len(words) > 2 else 2000)
    ours = run(reckon, [], [{"gold": gold, "answer": answer} for gold, answer in pairs])
    decided = {}
    for line in open(ADJUDICATED):
        entry = json.loads(line)
        decided[entry["gold"], entry["answer"]] = entry["equal"]
    open_pairs = agreed = adjudicated = equal = 0
    for pair, mine, verdict in zip(pairs, ours, oracle_verdicts(pairs, path)):
        together = verdict["math_verify"] if verdict["sympy"] in (None, verdict["math_verify"]) else None
        equal += mine["correct"]
        if together == mine["correct"]:
            agreed += 1
        elif decided.get(pair) == mine["correct"]:
            adjudicated += 1
        else:
            open_pairs += 1
            print(f"{pair[0]!r} | {pair[1]!r}: reckon {mine['correct']} ({mine['evidence']}), Math-Verify {verdict['math_verify']}, SymPy {verdict['sympy']}")
    print(f"{len(pairs)} pairs, {equal} equal: {agreed} agree, {adjudicated} adjudicated, {open_pairs} open")


main()
