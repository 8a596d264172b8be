# The solver: holds the code of the answer and calls it as the judge asks. It sees arguments, never expected values.
# Descriptors: 0 the code, 3 requests, 4 answers.
import os


def read_code():
    with open(0, "rb") as file:
        code = file.read().decode("utf-8", "replace")
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    return code


class Solver:
    def __init__(self):
        module = type(sys)("solution")
        sys.modules["solution"] = module
        self.names = module.__dict__

    def load(self, code):
        if "random" in code:
            # An answer must not depend on the moment at which it is judged.
            import random
            random.seed(0)
        exec(compile(code, "solution.py", "exec"), self.names)
        return None

    def evaluate(self, source):
        return eval(compile(source, "arguments", "eval"), self.names)

    def arguments(self, source):
        return self.evaluate("(lambda *a, **k: (a, k))(" + source + "\n)")

    def call(self, name, args, kwargs, wants_changes):
        function = self.names[name] if name in self.names else getattr(builtins, name)
        value = function(*args, **kwargs)
        return (value, args, kwargs) if wants_changes else value

    def call_source(self, name, source):
        args, kwargs = self.arguments(source)
        return self.call(name, args, kwargs, False)

    def many(self, name, calls):
        return [self.guarded(self.call, name, args, {}, False) for args in calls]

    def guarded(self, function, *parameters):
        try:
            return ("value", function(*parameters))
        except BaseException as error:
            return ("raise", [kind.__name__ for kind in type(error).__mro__])

    def answer(self, request):
        operation, *parameters = request
        result = self.guarded(getattr(self, operation), *parameters)
        try:
            return encode(result, True)
        except BaseException as error:
            return encode(("raise", [kind.__name__ for kind in type(error).__mro__]))


def main():
    requests, answers = open(3, "rb"), open(4, "wb")
    solver = Solver()
    write_frame(answers, solver.answer(("load", read_code())))
    while (data := read_frame(requests)) is not None:
        write_frame(answers, solver.answer(decode(data)))
    os._exit(0)


import builtins  # noqa: E402 (behind the definitions that the judge's side shares)

main()
