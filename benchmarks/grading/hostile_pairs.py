"""Hostile pairs through `reckon grade`, one at a time: how long does each take, and what is its evidence?

usage: hostile_pairs.py RECKON [POLICY]
Power towers, huge powers and factorials, deep nesting, sums of many radicals, long numerals, broken LaTeX: what a model may write and no
library likes. Prints the 99.9th percentile and the slowest pairs, by the clock and by the processor time of program and worker, which tells what a busy
machine adds; and every pair that ended its worker (a defect)."""
import itertools, json, os, random, subprocess, sys, time


def hostile_answers():
    yield from (f"{a}^{{{b}^{{{c}^{{{d}}}}}}}" for a, b, c, d in itertools.product((2, 3, 9, 10), (2, 7, 99), (3, 50), (4, 40)))
    yield from ("10^{2^{40}}", "(3\\cdot 10^9)!", "((10!)!)!", "2^{-10^{12}}", "\\sqrt[10^9]{2}", "(1+10^{-9})^{10^9}", "0^{0^0}", "\\frac{1}{0}", "\\tan(90^\\circ)",
                "\\log(0)", "\\sqrt[0]{5}", "\\binom{10^9}{5\\cdot 10^8}", "i^{i^{i^i}}", "e^{e^{e^{e^e}}}", "\\sin(10^{100})", "10^{100000}", "(x+1)^{100000}",
                "(x+y+z)^{400}", "\\frac{1}{2004!}", "3^{2007}", "1/3^{1000000}")
    for depth in (100, 1000, 10000, 100000):
        yield "{" * depth + "1" + "}" * depth
        yield "(" * depth + "1" + ")" * depth
        yield "\\frac{1}{" * depth + "2" + "}" * depth
        yield "\\sqrt{" * depth + "2" + "}" * depth
        yield "-" * depth + "1"
        yield "1+" * depth + "1"
        yield "x^" * depth + "2"
        yield "\\boxed{" * depth + "2" + "}" * depth
        yield "|" * depth
        yield "\\left(" * depth
    for n in (3, 5, 8, 12, 20, 40):
        primes = [p for p in range(2, 200) if all(p % q for q in range(2, p))][:n]
        yield "+".join(f"\\sqrt{{{p}}}" for p in primes)
        yield "+".join(f"\\sqrt[3]{{{p}}}" for p in primes)
        yield "\\sqrt{" + "+\\sqrt{".join(str(p) for p in primes) + "}" * n
        yield "\\cos(" + "\\pi/".join(str(p) for p in primes) + ")"
    for digits in (10**3, 10**5, 10**6):
        yield "7" * digits
        yield "0." + "3" * digits
        yield "1," * (digits // 2)
        yield "\\frac{" + "1" * (digits // 2) + "}{" + "3" * (digits // 2) + "}"
        yield "\\begin{pmatrix}" + "1&" * (digits // 4) + "1\\end{pmatrix}"
    draws = random.Random(7)
    pieces = ["\\frac", "\\sqrt", "{", "}", "^", "_", "\\left(", "\\right]", "&", "\\\\", "$", "x", "9", "!", "\\pm", "\\cup", "(", ")", ",", "\\text{", "\\infty", "|", "%", "i", "e", "\\pi", "=", "<"]
    for _ in range(3000):
        yield "".join(draws.choice(pieces) for _ in range(draws.randint(1, 40)))


def processor_seconds(grader):
    """Of the program and its workers that live, to the nanosecond."""
    with open(f"/proc/{grader.pid}/task/{grader.pid}/children") as file:
        children = file.read().split()
    return sum(time.clock_gettime((~int(pid) << 3) | 2) for pid in [grader.pid, *children])  # CPUCLOCK_SCHED of a process


def main():
    policy = sys.argv[2] if len(sys.argv) > 2 else "strict"
    # Unbuffered: what Python does with lines of a megabyte would be measured as well.
    grader = subprocess.Popen([sys.argv[1], "grade", "--policy", policy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
    answers = list(hostile_answers())
    reply = bytearray(1 << 24)
    seconds, ended, undecided = [], 0, 0
    for i, answer in enumerate(["1"] + answers):
        for gold in ("2", answer):
            line = json.dumps({"gold": gold, "answer": answer}).encode() + b"\n"
            used = processor_seconds(grader)
            begin = time.perf_counter()
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(grader.stdin.fileno(), rest):]
            end = 0
            while end == 0 or reply[end - 1] != ord("\n"):
                end += os.readv(grader.stdout.fileno(), [memoryview(reply)[end:]])
            took = time.perf_counter() - begin
            used = processor_seconds(grader) - used
            verdict = json.loads(reply[:end])
            if i == 0:
                continue  # the worker starts
            seconds.append((took, used, answer, gold == answer))
            undecided += verdict["evidence"] == "not_decided"
            if "grading worker ended" in verdict["why"]:
                ended += 1
                print(f"ended its worker: {answer[:80]!r} ({len(answer)} bytes): {verdict['why'][-80:]}")
    seconds.sort(key=lambda entry: entry[0])
    rank = int(0.999 * len(seconds))
    of_processor = sorted(used for _, used, _, _ in seconds)[rank]
    print(f"{len(seconds)} pairs under {policy}: 99.9 % under {1e3 * seconds[rank][0]:.1f} ms ({1e3 * of_processor:.1f} ms of processor time); "
          f"{undecided} not decided, {ended} ended a worker")
    for took, used, answer, same in seconds[-8:]:
        print(f"  {1e3 * took:8.1f} ms {1e3 * used:8.1f} ms {'(same) ' if same else ''}{answer[:60]!r} ({len(answer)} bytes)")


main()
