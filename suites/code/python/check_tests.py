# Forms of judging: test code of a dataset, calls with expected values, CRUXEval's assertions.


class NeedsSolver(Exception):
    """The answer is no literal, and there is no solver yet to say what it is."""


def verdict(category, detail=""):
    return {"category": category, "detail": detail[:300]}


def judged(body):
    """The verdict of a body that compares; what it raises says what was wrong."""
    try:
        return body() or verdict("passed")
    except NeedsSolver:
        return verdict("needs solver")
    except Malformed as error:
        return verdict("wrong answer", "protocol: " + str(error))
    except SolverGone:
        return verdict("gone")
    except Raised as error:
        name = error.type_name
        if name in ("SyntaxError", "IndentationError", "TabError"):
            return verdict("syntax error", name)
        if name == "MemoryError":
            return verdict("memory", name)
        return verdict("exception", name)
    except AssertionError as error:
        return verdict("wrong answer", failed_text(error))
    except MemoryError:
        return verdict("memory", "the values that it gave do not fit")
    except Exception as error:
        # The test's own operations on a value of an unexpected kind: abs(None).
        return verdict("wrong answer", "the test ended with " + type(error).__name__ + " on the value given")


def failed_text(error):
    """The line of the test that failed."""
    frame = error.__traceback__
    line = 0
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "test":
            line = frame.tb_lineno
        frame = frame.tb_next
    text = test_lines[line - 1].strip() if 0 < line <= len(test_lines) else ""
    return "fails " + text if text else "fails"


test_lines = []


def loaded_names(tree):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def defined_names(code):
    names = set()
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def check_tests(remote, tests, functions, own="", setup="", then=""):
    """`tests` is code that raises AssertionError where the answer is wrong. `own` is run first, here: helpers that
    the question defines. `setup` is run by the solver, behind the answer. `functions` maps names in the tests to names
    in the answer. `then` is run last."""
    import random
    random.seed(0)
    test_lines[:] = tests.split("\n")
    tree = ast.parse(tests)
    names = {"__name__": "test", "__ask__": asker(remote), "__arguments__": lambda *args, **kwargs: (args, kwargs)}
    exec(compile(own, "own", "exec"), names)
    for name in loaded_names(tree) - set(names):
        # The original runs the tests behind the answer, whose imports they use.
        if name in sys.stdlib_module_names and not hasattr(builtins, name):
            names[name] = __import__(name)
    if setup:
        remote.ask("load", setup)
    for name, remote_name in functions.items():
        names[name] = Function(remote, remote_name)
    tree = ast.fix_missing_locations(Calls(functions).visit(tree))
    exec(compile(tree, "test", "exec"), names)
    if then:
        exec(compile(then, "then", "exec"), names)


def unix_lines(text):
    return text.replace("\r\n", "\n")


def check_humaneval(job, remote):
    row = job["row"]
    entry = row["entry_point"]
    check_tests(remote, row["test"], {"candidate": entry, entry: entry}, own=row["prompt"], then="check(candidate)")


def check_mbpp(job, remote):
    """The names that the reference defines and the tests use are those of the answer."""
    row = job["row"]
    tests = unix_lines("\n".join(row["test_list"]))
    names = defined_names(unix_lines(row["code"])) & loaded_names(ast.parse(tests))
    check_tests(remote, tests, {name: name for name in names}, setup=unix_lines(row.get("test_setup_code", "")))


def check_humaneval_plus(job, remote):
    check_humaneval(job, remote)
    return check_cases(job, remote)


def check_mbpp_plus(job, remote):
    entry = job["row"]["entry_point"]
    check_tests(remote, job["row"]["assertion"], {entry: entry})
    return check_cases(job, remote)
