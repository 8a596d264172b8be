"""Pairs of answers under the three policies. Writes strict.jsonl (decided by hand, below), math_verify.jsonl (what Math-Verify's verify
gives) and minerva.jsonl (what lm-evaluation-harness's minerva_math functions give). For developers: needs math-verify and
lm_eval[math]. Where a policy of ours is to differ from its oracle, differences.jsonl says so and why; this script never writes that."""
import json, os

# topic: (gold, answer, equal under strict)
PAIRS = {
    "percent": [("10\\%", "10", True), ("10\\%", "0.1", True), ("10", "10\\%", True), ("10\\%", "0.10", True), ("10\\%", "1000\\%", False),
                ("10\\%", "11\\%", False), ("10\\%", "1", False), ("50\\%", "\\frac{1}{2}", True), ("12.5\\%", "12.5", True)],
    "order in lists": [("1,2", "2,1", True), ("1,2", "1,2", True), ("1,2,3", "1,2", False), ("\\{1,2\\}", "\\{2,1\\}", True), ("1,-2", "-2,1", True),
                       ("3,5,7", "7, 5, 3", True), ("3,5,7", "3, 5, 8", False)],
    "order in tuples": [("(1,2)", "(2,1)", False), ("(1,2)", "(1,2)", True), ("(1,2)", "(1, 2)", True), ("(1,2,3)", "(1,2)", False),
                        ("(\\frac{1}{2},3)", "(0.5,3)", True), ("(3,\\frac{\\pi}{2})", "(3,\\pi/2)", True), ("(1,2)", "\\{1,2\\}", False)],
    "unreduced fractions": [("\\frac{1}{2}", "\\frac{2}{4}", True), ("\\frac{1}{2}", "2/4", True), ("3", "\\frac{6}{2}", True),
                            ("\\frac{3}{4}", "\\frac{6}{9}", False), ("\\frac{x}{2}", "\\frac{2x}{4}", True)],
    "decimals for exact values": [("\\frac{1}{2}", "0.5", True), ("\\frac{1}{3}", "0.333", False), ("\\frac{1}{3}", "0.333333", False),
                                  ("\\sqrt{2}", "1.41", False), ("\\sqrt{2}", "1.414213562", False), ("\\pi", "3.14", False),
                                  ("\\frac{1}{12}", "0.0833", False), ("0.5", "\\frac{1}{2}", True), ("2.50", "2.5", True), ("\\frac{5}{4}", "1.25", True)],
    "units": [("5\\text{ cm}", "5", True), ("5", "5\\text{ cm}", True), ("15\\mbox{ cm}^2", "15", True), ("90^\\circ", "90", True),
              ("90", "90^\\circ", True), ("\\$5", "5", True), ("5", "\\$5", True), ("5\\text{ cm}", "6\\text{ cm}", False), ("5 \\text{ miles}", "5 miles", True)],
    "extra text": [("5", "x=5", True), ("x=5", "5", True), ("5", "x=6", False), ("\\text{even}", "even", True), ("\\text{Evelyn}", "Evelyn", True),
                   ("\\text{Evelyn}", "Carla", False), ("\\text{(C)}", "C", True), ("C", "(C)", True), ("C", "D", False), ("E", "\\text{E}", True)],
    "numbers": [("70000", "70,000", True), ("10,\\!000", "10000", True), ("1{,}234", "1234", True), ("025", "25", True), ("1000", "1000.0", True),
                ("-5", "5", False), ("5", "5.", True), (".5", "0.5", True), ("1.2 \\times 10^3", "1200", True), ("2^{10}", "1024", True), ("5!", "120", True),
                ("1\\frac{1}{2}", "\\frac{3}{2}", True), ("1\\frac{1}{2}", "\\frac{1}{2}", False), ("0.\\overline{3}", "\\frac{1}{3}", True),
                ("12", "21", False), ("3^2", "6", False)],
    "fractions": [("\\frac12", "\\frac{1}{2}", True), ("\\dfrac{1}{2}", "\\tfrac{1}{2}", True), ("\\frac{1}{2}", "1/2", True), ("-\\frac{1}{2}", "\\frac{-1}{2}", True),
                  ("\\frac{1}{2}", "-\\frac{1}{2}", False), ("\\frac{9}{4}\\pi", "\\frac{9\\pi}{4}", True), ("\\frac{7}{5} + \\frac{1}{5} i", "\\frac{7+i}{5}", True)],
    "roots": [("\\sqrt{8}", "2\\sqrt{2}", True), ("\\sqrt3", "\\sqrt{3}", True), ("\\frac{1}{\\sqrt{2}}", "\\frac{\\sqrt{2}}{2}", True), ("\\sqrt[3]{8}", "2", True),
              ("\\sqrt{2}+\\sqrt{3}", "\\sqrt{5+2\\sqrt{6}}", True), ("\\sqrt{2}+\\sqrt{3}", "\\sqrt{5}", False), ("3\\sqrt{13}", "\\sqrt{117}", True),
              ("\\sqrt{2}", "\\sqrt{3}", False), ("1 \\pm \\sqrt{19}", "1 \\pm \\sqrt{19}", True), ("1 \\pm \\sqrt{19}", "1 + \\sqrt{19}", False)],
    "expressions": [("x^2+2x+1", "(x+1)^2", True), ("x^2+2x+1", "x^2+2x+2", False), ("2-2p", "-2p+2", True), ("\\frac{x+2}{7}", "\\frac{x}{7}+\\frac{2}{7}", True),
                    ("2\\sin b\\cos a", "2\\cos a\\sin b", True), ("\\tan^2(y)+1", "\\sec^2(y)", True), ("x+1", "y+1", False), ("7p+4e", "4e+7p", True),
                    ("6+9i", "9i+6", True), ("6+9i", "6-9i", False), ("3-2f(x)", "-2f(x)+3", True), ("x^3", "x^2", False)],
    "equations": [("x=2", "2=x", True), ("2x+4y-3=0", "4x+8y-6=0", True), ("2x+4y-3=0", "2x+4y+3=0", False), ("y=2x+3", "y=3+2x", True),
                  ("5x - 7y + 11z + 4 = 0", "-5x + 7y - 11z - 4 = 0", True), ("x^2+y^2=1", "x^2+y^2=2", False)],
    "inequalities and intervals": [("[0,1)", "[0,1)", True), ("[0,1)", "[0,1]", False), ("(0,1)", "[0,1]", False), ("(-\\infty,2)\\cup(3,\\infty)", "(3,\\infty)\\cup(-\\infty,2)", True),
                                   ("x \\ge 5", "5 \\le x", True), ("x > 5", "x < 5", False), ("x > 5", "x \\ge 5", False), ("[-2,7]", "x\\in[-2,7]", True), ("(2,12)", "(2,13)", False)],
    "matrices": [("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}", True), ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}", False),
                 ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1&2\\end{pmatrix}", False), ("\\begin{pmatrix}\\frac12\\\\2\\end{pmatrix}", "\\begin{pmatrix}0.5\\\\2\\end{pmatrix}", True)],
    "bases": [("204_5", "204_5", True), ("204_5", "204_6", False), ("204_5", "104_5", False), ("0.0011_2", "0.0011_{2}", True)],
    "spacing and marks": [("\\left(3,1\\right)", "(3,1)", True), ("\\!5", "5", True), ("\\boxed{5}", "5", True), ("$5$", "5", True),
                          ("\\displaystyle\\frac12", "\\frac12", True), ("12\\text{ and }13", "12,13", True), ("3^{rd}", "3\\text{rd}", True)],
}


def main():
    from math_verify import parse, verify
    from lm_eval.tasks.minerva_math.utils import is_equiv, normalize_final_answer
    folder = os.path.dirname(os.path.abspath(__file__))
    files = {name: open(os.path.join(folder, name + ".jsonl"), "w") for name in ("strict", "math_verify", "minerva")}
    for topic, pairs in PAIRS.items():
        for gold, answer, strict in pairs:
            formula = lambda text: text if text.startswith("$") else f"${text}$"
            verdicts = {"strict": strict, "math_verify": bool(verify(parse(formula(gold)), parse(formula(answer)))),
                        "minerva": bool(is_equiv(normalize_final_answer(answer), normalize_final_answer(gold)))}
            for name, equal in verdicts.items():
                files[name].write(json.dumps({"topic": topic, "gold": gold, "answer": answer, "equal": equal}) + "\n")


if __name__ == "__main__":
    main()
