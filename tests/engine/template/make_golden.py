#!/usr/bin/env python3
"""Writes data/templates.golden.json and data/constructs.golden.json: what Python's jinja2, set up as transformers
sets it up, makes of the templates and snippets in data/. For developers; needs jinja2 >= 3.1.6.

usage: make_golden.py   (writes beside itself)
"""
import json
import pathlib

import compare_with_jinja2 as peer

DATA = pathlib.Path(__file__).with_name("data")

CONSTRUCTS_CONTEXT = {
    "a": [3, 1, 2], "s": "héllo Wörld", "d": {"b": 1, "a": "x", "items": 5, "n": None}, "n": None, "t": True,
    "f": 1.5, "i": 7, "e": [], "w": "  pad \n", "big": 12345678901234, "neg": -7, "q": "it's",
    "ms": [{"role": "user", "content": "hi", "k": {"z": 1}}, {"role": "tool", "content": "x y  z", "k": {"z": 2}},
           {"role": "user", "content": None}],
    "mixed": [1, "a", None, True, 2.0, {"k": [1, "'q'", '"dq"', "b\\s\n\u0001é\u200b"]}],
    "fl": [0.1, 1e16, 1e-5, 100.0, 1e22, 123456789.123, 5e-324, -0.0],
}


def answer(source, context):
    result = peer.expected(source, context)
    return {"out": result["out"]} if "out" in result else {"fails": True}


def write(name, value):
    (DATA / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main():
    write("templates.golden.json",
          [{"template": name, "case": what, "context": context, **answer(source, context)}
           for name, what, source, context in peer.cases(DATA)])
    snippets = (DATA / "constructs.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n%%\n")
    write("constructs.golden.json",
          {"context": CONSTRUCTS_CONTEXT,
           "cases": [{"template": snippet, **answer(snippet, CONSTRUCTS_CONTEXT)} for snippet in snippets]})


if __name__ == "__main__":
    main()
