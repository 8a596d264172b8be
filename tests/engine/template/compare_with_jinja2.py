#!/usr/bin/env python3
"""Compares `reckon template` with Python's jinja2, set up as transformers sets it up.

usage: compare_with_jinja2.py RENDERER FOLDER

RENDERER reads lines {"template": ..., "context": ...} and answers lines {"out": ...} or {"error": ...};
FOLDER holds *.jinja files. Every template meets every conversation of conversations.json (beside this script),
with add_generation_prompt and enable_thinking both ways. Two agree if they give the same text, or both fail.
Needs jinja2 >= 3.1.6; for developers, no part of the tests.
"""
import datetime
import functools
import json
import pathlib
import subprocess
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

NOW = datetime.datetime.fromtimestamp(1764000000, datetime.timezone.utc)


class Generation(jinja2.ext.Extension):
    """{% generation %}: marks text for training, changes nothing."""
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda f: NOW.strftime(f)
    return env


@functools.cache
def compiled(source):
    return environment().from_string(source)


def expected(source, context):
    try:
        return {"out": compiled(source).render(**context)}
    except Exception as error:  # whatever fails in Python has to fail in reckon
        return {"error": f"{type(error).__name__}: {error}"}


def cases(folder):
    conversations = json.loads(pathlib.Path(__file__).with_name("conversations.json").read_text())
    for path in sorted(pathlib.Path(folder).glob("*.jinja")):
        source = path.read_text(encoding="utf-8")
        for conversation in conversations:
            for prompt in (False, True):
                for thinking in (None, False, True):
                    context = {"bos_token": "<s>", "eos_token": "</s>", "tools": None,
                               **conversation["context"], "add_generation_prompt": prompt}
                    if thinking is not None:
                        context["enable_thinking"] = thinking
                    yield path.name, f"{conversation['name']}, prompt={prompt}, thinking={thinking}", source, context


def main():
    renderer, folder = sys.argv[1:3]
    all_cases = list(cases(folder))
    lines = "".join(json.dumps({"template": c[2], "context": c[3]}) + "\n" for c in all_cases)
    answers = subprocess.run([renderer], input=lines, capture_output=True, text=True, check=True).stdout
    good, failed_alike, bad, bad_templates = 0, 0, 0, {}
    for (name, what, source, context), line in zip(all_cases, answers.split("\n")):
        wanted, found = expected(source, context), json.loads(line)
        if "error" in wanted and "error" in found:
            failed_alike += 1
        elif wanted == found:
            good += 1
        else:
            bad += 1
            bad_templates.setdefault(name, (what, wanted, found))
    for name, (what, wanted, found) in bad_templates.items():
        print(f"{name}: {what}\n  jinja2: {json.dumps(wanted)[:600]}\n  reckon: {json.dumps(found)[:600]}")
    templates = len({c[0] for c in all_cases})
    print(f"{templates} templates, {len(all_cases)} cases: {good} equal, {failed_alike} fail in both, {bad} differ "
          f"(in {len(bad_templates)} templates)")
    return 1 if bad or not all_cases else 0


if __name__ == "__main__":
    sys.exit(main())
