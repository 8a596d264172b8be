# The judge: lives through many problems, and judges each in a process forked for it alone. It never loads the code of
# an answer. Descriptor 3 is the socket to the parent: a length of 8 bytes (with the two pipe ends to the solver,
# where there is one), a job as JSON; back, a length and a result.
import collections  # noqa: F401 (what tests import is loaded once, before the forks)
import itertools  # noqa: F401
import json
import math  # noqa: F401
import os
import random  # noqa: F401
import re  # noqa: F401
import resource
import signal
import socket
import typing  # noqa: F401
from decimal import Decimal  # noqa: F401
from fractions import Fraction  # noqa: F401

FORMS = {"humaneval": check_humaneval, "humaneval_plus": check_humaneval_plus, "mbpp": check_mbpp,
         "mbpp_plus": check_mbpp_plus, "function_calls": check_calls}


def run(job, descriptors):
    cpu = int(job["cpu_seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    sys.set_int_max_str_digits(0)
    if job["form"] == "expect":
        return expected_values(job)  # of the dataset's own reference: no answer takes part
    streams = [open(number, mode) for number, mode in zip(descriptors, ("wb", "rb"))]

    def body():
        if job["form"] == "cruxeval":
            # Most answers are literals, and need no solver.
            return check_cruxeval(job, (lambda: Remote(*streams)) if streams else None)
        return FORMS[job["form"]](job, Remote(*streams))

    return judged(body)


def in_child(job, descriptors, pipe):
    try:
        result = json.dumps(run(job, descriptors))
    except BaseException as error:
        # The dataset's own code, not the answer's.
        result = json.dumps(verdict("infrastructure", "the judge: " + type(error).__name__ + ": " + str(error)[:200]))
    with open(pipe, "wb") as file:
        file.write(result.encode())
    os._exit(0)


def read_all(pipe):
    with open(pipe, "rb") as file:
        return file.read()


def serve(parent):
    while True:
        head, descriptors, _, _ = socket.recv_fds(parent, 8, 2)
        if len(head) < 8:
            return
        size = int.from_bytes(head, "little")
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            count = parent.recv_into(rest)
            if not count:
                return
            rest = rest[count:]
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            os.close(reading)
            parent.close()
            in_child(json.loads(data), descriptors, writing)
        os.close(writing)
        for number in descriptors:
            os.close(number)
        result = read_all(reading)
        _, status = os.waitpid(child, 0)
        if not result:
            died = os.waitstatus_to_exitcode(status)
            what = "timeout" if died in (-signal.SIGXCPU, -signal.SIGKILL) else "exception"
            result = json.dumps(verdict(what, "the judge ended while it compared the values given")).encode()
        # Nothing of one problem is there when the next begins.
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
        parent.sendall(len(result).to_bytes(8, "little") + result)


serve(socket.socket(fileno=3))
