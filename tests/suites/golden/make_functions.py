"""Golden values of filters and of functions named with `!function`: what lm-evaluation-harness 0.4.13 makes of the inputs
written here. For developers: `python make_functions.py` writes functions.json. Needs lm_eval[math], word2number."""
import importlib.util, json, os, random, sys
os.environ["HF_HUB_OFFLINE"] = "1"
import lm_eval
from lm_eval.api.registry import get_filter
import lm_eval.filters

tasks = os.path.join(os.path.dirname(lm_eval.__file__), "tasks")


def module(path):
    spec = importlib.util.spec_from_file_location("m" + path.replace("/", "_"), os.path.join(tasks, path))
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def chain(steps, replies, doc):
    resps = [list(replies)]
    for step in steps:
        step = dict(step)
        resps = list(get_filter(step.pop("function"))(**step).apply(resps, [doc]))
    return resps[0]


bbh = module("bbh/zeroshot/utils.py")
minerva = module("minerva_math/utils.py")
hendrycks = module("hendrycks_math/utils.py")
aime = module("aime/utils.py")
hellaswag = module("hellaswag/utils.py")
winogrande = module("winogrande/preprocess_winogrande.py")
mmlu_pro = module("mmlu_pro/utils.py")
gpqa = module("gpqa/n_shot/utils.py")
truthfulqa = module("truthfulqa/utils.py")

regex = {"function": "regex", "regex_pattern": r"The answer is (\-?[0-9\.\,]*[0-9]+)"}
votes = ["The answer is 7", "The answer is 8.", "no", "The answer is 8", "The answer is 7", "The answer is 9"]
choice = {"function": "multi_choice_regex", "group_select": -1, "ignore_case": True, "ignore_punctuation": True,
          "regex_pattern": r"(\([A-Z]\))"}
doc = {"choices": ["Guilty", "Guilty of Romance", "It's 5 (five) + 2", "No"]}
filters = []
for steps, replies, d in [
        ([regex, {"function": "take_first"}], votes, {}),
        ([regex, {"function": "majority_vote"}, {"function": "take_first"}], votes, {}),
        ([{"function": "take_first_k", "k": 2}, regex, {"function": "majority_vote"}, {"function": "take_first"}], votes, {}),
        ([{"function": "take_first_k", "k": 4}, regex, {"function": "majority_vote"}, {"function": "take_first"}], votes, {}),
        ([regex, {"function": "map", "mapping_dict": {"7": "seven"}, "default_value": "other"}, {"function": "take_first"}], votes, {}),
        ] + [([choice, {"function": "take_first"}], [text], doc) for text in [
            "(B) or (C)", "guilty of romance, I think", "it is guilty", "IT'S 5 five + 2!", "Answer: B", "answer:  D.", "nothing here at",
            "the answer: (C", "no", ": Z", "\u00bfGuilty?"]]:
    filters.append({"steps": steps, "replies": replies, "doc": d, "answer": chain(steps, replies, d)})

question = "Which?\nOptions:\n(A) 12/14/2026\n(B) December (1st)\n(C) a cat\n(D) a cat and a dog"
own = []
def add(name, options, reply, d):
    filter_class = getattr(bbh, name)
    own.append({"name": name, "options": options, "reply": reply, "doc": d,
                "answer": filter_class(**options).apply([[reply]], [d])[0][0]})
for text in ["(C)", "12/14/2026", "I say a cat and a dog.", "A cat", "Answer: B", "none of it", "december", "(B) then (D)", ""]:
    for options in [{"group_select": 0, "ignore_case": True, "ignore_punctuation": True, "regex_pattern": r"(\([A-Z]\))"},
                    {"group_select": -1, "regex_pattern": r"(\([A-Z]\))"}]:
        add("MultiChoiceRegexFilter", options, text, {"input": question})
for text in ["12 apples", "twelve", "There are twenty three of them", "one hundred and five", "two thousand three hundred forty five", "none", "Seven.",
             "three million", "-4", "nineteen", "fifty-two", "a hundred"]:
    add("NumberParseRegexFilter", {"group_select": 0, "regex_pattern": "([-0-9]+)"}, text, {})
for text in ["yes, plausible", "No!", "It is implausible", "not plausible", "well", "YES and no"]:
    options = {"group_select": -1, "ignore_case": True, "regex_pattern_to_value": {r"\b(no|not plausible)\b": "no", r"\b(yes|plausible)\b": "yes"}}
    add("MapRegexFilter", options, text, {})
for text in ["cherry apple banana", "apple, banana, cherry", "cherry apple banana. Sorted: apple banana cherry", "nothing", "apple pie apple"]:
    add("WordSortFilter", {}, text, {"input": "Sort the following words alphabetically: List: banana cherry apple"})

answers = ["12", "\\frac12", "\\frac{1}{2}", "1/2", "0.5", ".5", "x=5", "k = 5", "\\sqrt3", "\\sqrt{3}", "3\\text{ cm}", "10\\%", "\\$5", "2,3", "10,000",
           "\\left(1,2\\right)", "\\frac", "\\sqrt", "x/2", "-3/4", "03/4", "1\\!000", "90^\\circ", "5 \\text{ and } 6 \\text{ x}", "", "\\tfrac1{72}",
           "\\dfrac{3}{4}", "a\nb", "{.5}", "ab=cd", "abc=5", "\\text{Evelyn}", "x^2 + 1", "\\frac1b2", "12\\text{ ft}", "2\\pi cm", "\\left[2,5\\right)",
           "$x$ is $7$", "$7$", "an apple", "3 square inches", "\\sqrt[3]8", "\\sqrt[3]{8}", "fracab", "1,000,000", "0,1", "-1,234", "\\boxed{4}",
           "\\textbf{7}", "\\overline{AB}", "5^{\\circ}", "six \\mathrm{th}", "\\text{\ns}", "\\text{m}", "7 dollars", "y = 2x + 3", "3 \\text{and} 4"]
boxed = ["so \\boxed{7}.", "\\boxed 8$ and", "\\boxed{a{b}c} \\boxed{d}", "none", "\\boxed{open", "\\fbox{3}", "\\boxed{1} then \\boxed 2", "\\boxedx{1}", "\\boxed{}"]
def box(text):
    try:
        found = hendrycks.last_boxed_only_string(text)
        return None if found is None else hendrycks.remove_boxed(found)
    except AssertionError:
        return None
math = {"minerva_form": [[a, minerva.normalize_final_answer(a)] for a in answers],
        "hendrycks_equal": [[a, b, hendrycks.is_equiv(a, b)] for a in answers for b in answers],
        "boxed": [[t, box(t)] for t in boxed]}
results = []
for name, f, row, reply in [
        ("hendrycks_math.process_results", hendrycks, {"solution": "so \\boxed{\\frac12}"}, "It is $x$ so $0.5$"),
        ("hendrycks_math.process_results", hendrycks, {"solution": "so \\boxed{\\frac12}"}, "$1/2$"),
        ("hendrycks_math.process_results", hendrycks, {"solution": "so \\boxed{7}"}, "7"),
        ("aime.process_results", aime, {"Answer": 25}, "so \\boxed{025}"), ("aime.process_results", aime, {"answer": "25"}, "so \\boxed{25}"),
        ("aime.process_results", aime, {"Answer": 25}, "$25$"), ("aime.process_results", aime, {"Answer": 25}, "\\boxed{ 25 }"),
        ("minerva_math.process_results", minerva, {"solution": "\\boxed{7}", "answer": "7"}, "Final Answer: The final answer is $7$. I hope it is correct."),
        ("minerva_math.process_results", minerva, {"solution": "\\boxed{7}", "answer": "7"}, "Final Answer: The final answer is $8$. I hope it is correct."),
        ("minerva_math.process_results", minerva, {"solution": "\\boxed{\\frac{1}{2}}", "answer": "\\frac{1}{2}"}, "Final Answer: The final answer is $\\frac12$"),
        ("minerva_math.process_results", minerva, {"solution": "\\boxed{\\frac{1}{2}}", "answer": "\\frac{1}{2}"}, "it is 0.5")]:
    results.append({"name": name, "row": row, "reply": reply, "exact_match": f.process_results(row, [reply])["exact_match"]})


class Rows(list):
    def map(self, f):
        return Rows({**r, **f(r)} for r in self)

    def filter(self, f):
        return Rows(r for r in self if f(r))


hs = Rows([{"ctx_a": "A man sits. ", "ctx_b": "he stands UP", "activity_label": "Rising [substeps] fast", "label": "2",
            "endings": [" goes [title] away", "sits  down", "falls [x] over.", "\u00c9t\u00e9"]},
           {"ctx_a": "x", "ctx_b": "", "activity_label": "y", "label": "0", "endings": ["a", "b", "c", "d"]}])
gq = Rows([{"Question": f"q{i}", "Correct Answer": f" right{i}", "Incorrect Answer 1": "w1 [title] x", "Incorrect Answer 2": "w  2", "Incorrect Answer 3": None}
           for i in range(6)])
mp = Rows([{"category": c, "question": "Why?", "options": [" a", "b ", "c"], "answer": "B", "cot_content": "A: Let's think step by step. Because. The answer is (B)."}
           for c in ["math", "computer science", "law"]])
wg = {"sentence": "The cat chased _ because it ran.", "option1": "the mouse", "option2": "Ann", "answer": "2"}
tq = {"mc2_targets": {"choices": ["a", "b", "c"], "labels": [1, 0, 1]}}
rows = {"hellaswag.process_docs": [hs, hellaswag.process_docs(hs)], "gpqa.process_docs": [gq, gpqa.process_docs(gq)],
        "mmlu_pro.process_computer_science": [mp, mmlu_pro.process_computer_science(mp)],
        "minerva_math.process_docs": [[{"problem": "p", "solution": "\\boxed{\\frac12 cm}"}], minerva.process_docs(Rows([{"problem": "p", "solution": "\\boxed{\\frac12 cm}"}]))],
        "hendrycks_math.process_docs": [[{"problem": "p", "solution": "\\boxed{\\frac12}"}], hendrycks.process_docs(Rows([{"problem": "p", "solution": "\\boxed{\\frac12}"}]))]}
values = [["winogrande.doc_to_text", wg, winogrande.doc_to_text(wg)], ["winogrande.doc_to_target", wg, winogrande.doc_to_target(wg)],
          ["winogrande.doc_to_choice", wg, winogrande.doc_to_choice(wg)], ["mmlu_pro.doc_to_text", mp[0], mmlu_pro.doc_to_text(mp[0])],
          ["mmlu_pro.fewshot_to_target", mp[0], mmlu_pro.fewshot_to_target(mp[0])],
          ["minerva_math.doc_to_text", {"problem": "1+1?"}, minerva.doc_to_text({"problem": "1+1?"})]]
likelihoods = [["truthfulqa.process_results_mc2", tq, [-1.0, -2.0, -3.5],
                float(truthfulqa.process_results_mc2(tq, [(-1.0, False), (-2.0, False), (-3.5, False)])["acc"])]]
samples = {"minerva_math.list_fewshot_samples": minerva.list_fewshot_samples()}
rng = random.Random(42)
shuffles = []
for n in [1, 2, 4, 30]:
    items = list(range(n))
    rng.shuffle(items)
    shuffles.append(items)
golden = {"filters": filters, "bbh": own, "math": math, "results": results, "rows": rows, "values": values, "likelihoods": likelihoods,
          "samples": samples, "shuffles": shuffles}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions.json"), "w") as file:
    lines = [json.dumps(key) + ": " + json.dumps(value, ensure_ascii=False, separators=(",", ":")) for key, value in golden.items()]
    file.write("{\n" + ",\n".join(lines) + "\n}\n")
