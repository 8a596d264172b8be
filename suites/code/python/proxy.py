# The judge's side of the pipe: calls that are answered by the solver.
import ast
import builtins


class SolverGone(Exception):
    """The solver ended before it answered."""


class Raised(Exception):
    """Mixed into an exception that the solver's code raised."""


def raised(names):
    """An exception of the first of the type names (from the most derived on) that is a built-in one."""
    if type(names) is not list or not names or any(type(name) is not str for name in names):
        raise Malformed("an exception without a name")
    for name in names:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            break
    else:
        kind = Exception
    try:
        error = type("Raised" + kind.__name__, (Raised, kind), {})()
    except TypeError:  # UnicodeDecodeError and its like want arguments
        error = type("RaisedException", (Raised, Exception), {})()
    error.type_name = names[0][:80]
    return error


class Remote:
    def __init__(self, to_solver, from_solver):
        self.requests, self.answers = to_solver, from_solver
        self.receive()  # whether the code loaded

    def receive(self):
        data = read_frame(self.answers)
        if data is None:
            raise SolverGone
        return self.unwrap(decode(data))

    def unwrap(self, answer):
        if type(answer) is not tuple or len(answer) != 2:
            raise Malformed("an answer of another form")
        kind, value = answer
        if kind == "raise":
            raise raised(value)
        if kind != "value":
            raise Malformed("an answer of another form")
        return value

    def ask(self, *request):
        data = encode(request)
        try:
            write_frame(self.requests, data)
        except BrokenPipeError:
            raise SolverGone from None
        return self.receive()

    def call(self, name, args, kwargs, changes=False):
        if not changes:
            return self.ask("call", name, args, kwargs, False)
        answer = self.ask("call", name, args, kwargs, True)
        if type(answer) is not tuple or len(answer) != 3 or type(answer[1]) is not tuple or type(answer[2]) is not dict:
            raise Malformed("an answer of another form")
        for old, new in zip(args, answer[1]):
            take_changes(old, new)
        return answer[0]


def take_changes(old, new):
    """What a call did to its arguments is done to the judge's own objects too."""
    if type(old) is not type(new):
        return
    if type(old) is list or type(old) is bytearray:
        old[:] = new
    elif type(old) is dict:
        old.clear()
        old.update(new)
    elif type(old) is set:
        old.clear()
        old |= new


class Function:
    """What the test code finds under the name of the answer's function."""

    def __init__(self, remote, name):
        self.remote, self.name = remote, name

    def __call__(self, *args, **kwargs):
        return self.remote.call(self.name, args, kwargs, True)


class Calls(ast.NodeTransformer):
    """`f(x)` of a remote f becomes a call that can send the text of its arguments instead of their values."""

    def __init__(self, names):
        self.names = names  # as the test code calls them: as the solver does

    def visit_Call(self, node):
        if not (isinstance(node.func, ast.Name) and node.func.id in self.names):
            return self.generic_visit(node)
        literal = all(is_literal(argument) for argument in node.args) and not node.keywords
        source = "" if literal else ", ".join(map(ast.unparse, [*node.args, *node.keywords]))
        thunk = ast.Call(ast.Name("__arguments__", ast.Load()), node.args, node.keywords)
        nothing = ast.arguments([], [], None, [], [], None, [])
        call = ast.Call(ast.Name("__ask__", ast.Load()),
                        [ast.Constant(self.names[node.func.id]), ast.Lambda(nothing, thunk), ast.Constant(source)], [])
        return ast.copy_location(call, node)


def is_literal(node):
    return all(isinstance(part, (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp, ast.USub, ast.UAdd,
                                 ast.Load)) for part in ast.walk(node))


def asker(remote):
    def ask(name, arguments, source):
        try:
            args, kwargs = arguments()
            if not source:
                return remote.call(name, args, kwargs)
            encode((args, kwargs))
        except (NameError, Unpackable):
            if isinstance(sys.exc_info()[1], Raised) or not source:
                raise
            return remote.ask("call_source", name, source)
        return remote.call(name, args, kwargs, True)

    return ask
