"""The 268 cases of Math-Verify's own tests, graded by `reckon grade --policy math_verify`: which differ?

usage: math_verify_cases.py RECKON math_verify_cases.jsonl
The cases are lines {gold, pred, expected, match_types, precision?, strict?, allow_set_relation_comp?, source}. Both sides go through
the rule `last_math`, as both go through Math-Verify's parse(). A thinking mark is taken out of the texts: those cases are about equality."""
import collections, json, subprocess, sys

OPTIONS = ("precision", "strict", "allow_set_relation_comp")


def grade(reckon, lines, targets):
    rules = json.dumps([{"last_math": {"targets": targets}}, "whole"])
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([reckon, "grade", "--policy", "math_verify", "--extract", rules], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain(text):
    return text.replace("<think>", "").replace("</think>", "")


def main():
    reckon, path = sys.argv[1:3]
    cases = [json.loads(line) for line in open(path)]
    verdicts = [None] * len(cases)
    groups = collections.defaultdict(list)
    for i, case in enumerate(cases):
        groups[tuple(case["match_types"])].append(i)
    for targets, members in groups.items():
        golds = grade(reckon, [{"gold": "0", "text": plain(cases[i]["gold"])} for i in members], list(targets))
        lines = [{"gold": gold["extracted"], "text": plain(cases[i]["pred"]), "options": {k: cases[i][k] for k in OPTIONS if k in cases[i]}}
                 for i, gold in zip(members, golds)]
        for i, verdict in zip(members, grade(reckon, lines, list(targets))):
            verdicts[i] = verdict
    differ = [i for i in range(len(cases)) if verdicts[i]["correct"] != cases[i]["expected"]]
    print(f"{len(cases)} cases, {len(differ)} differ, {sum(v['evidence'] == 'not_decided' for v in verdicts)} not decided")
    for i in differ:
        v = verdicts[i]
        print(f"{i:4} {cases[i]['source'].split('::')[-1]}: expected {cases[i]['expected']}, {v['evidence']}: "
              f"gold {v['gold']!r}, extracted {v['extracted']!r} ({v['rule']}) {v['why'][-90:]!r}")


main()
