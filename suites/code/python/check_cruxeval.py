

def answer_parts(text):
    """Of `assert f(x) == y`, `f(x) == y`, `f(x)`, `y`: the two sides as syntax trees, None where one is missing."""
    body = ast.parse(text.strip()).body
    if len(body) != 1:
        raise SyntaxError
    node = body[0].test if isinstance(body[0], ast.Assert) else getattr(body[0], "value", None)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
        return node.left, node.comparators[0]
    return node, None


def is_call(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "f"


def predicted_arguments(text):
    try:
        left, _ = answer_parts(text)
    except SyntaxError:
        left = None
    if not is_call(left):
        left = ast.parse("f(" + text.strip() + "\n)", mode="eval").body
    if not is_call(left):
        raise SyntaxError
    return left


def predicted_value(text):
    left, right = answer_parts(text)
    node = left if right is None else right
    if node is None:
        raise SyntaxError
    return node


def literal_or_ask(node, remote, what):
    """The value of a literal; of anything else, what the solver says that it is: no expression of the answer is
    evaluated here."""
    try:
        if what == "arguments":
            return (tuple(map(ast.literal_eval, node.args)),
                    {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords if keyword.arg})
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        pass
    if remote is None:
        raise NeedsSolver
    if what == "arguments":
        source = ", ".join(map(ast.unparse, [*node.args, *node.keywords]))
        given = remote().ask("arguments", source)
        if type(given) is not tuple or len(given) != 2 or type(given[0]) is not tuple or type(given[1]) is not dict:
            raise Malformed("arguments of another form")
        return given
    return remote().ask("evaluate", ast.unparse(node))


def check_cruxeval(job, remote):
    """`mode` "input": the answer is f(...), whose arguments must give `output`; "output": it is the value."""
    expected = ast.literal_eval(job["row"]["output"])
    try:
        node = predicted_arguments(job["answer"]) if job["mode"] == "input" else predicted_value(job["answer"])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return verdict("syntax error", "the answer is no expression")
    if job["mode"] == "output":
        value = literal_or_ask(node, remote, "value")
    else:
        args, kwargs = literal_or_ask(node, remote, "arguments")
        names = {"__name__": "test"}
        exec(compile(job["row"]["code"], "code", "exec"), names)
        try:
            value = names["f"](*args, **kwargs)
        except Exception as error:
            return verdict("exception", "f raises " + type(error).__name__ + " on these arguments")
    if not value == expected:
        return verdict("wrong answer", "gives " + short(value) + ", expected " + short(expected))


def short(value):
    try:
        text = repr(value)
    except Exception:
        text = "<" + type(value).__name__ + ">"
    return text if len(text) <= 100 else text[:97] + "..."
