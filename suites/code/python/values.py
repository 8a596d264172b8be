# Values as text, for both sides: what a solver sends is read by the judge as JSON, of which only objects with one
# known key mean more than themselves. Nothing here evaluates, imports or unpickles what it reads.
import _json
import sys

MAX_FRAME_BYTES = 64 << 20
# JSON's decimal digits take time that grows with their square.
BIG_INT = 1 << 4096
MAX_DRAINED_ITEMS = 1_000_000
_names_foreign = False
_PLAIN_KINDS = {int, float, str, bool, type(None)}


class Malformed(Exception):
    """Bytes that are no value."""


class Unpackable(Exception):
    """A value that has no text: a function, a type, an object of a class of its own."""


class Foreign:
    """Stands for an object that has no text; equals nothing but itself."""

    def __init__(self, kind):
        self.kind = kind

    def __repr__(self):
        return "<" + self.kind + " object>"


class Match:
    """Stands for a re.Match."""

    def __init__(self, start, end, groups):
        self._start, self._end, self._groups = start, end, groups

    def span(self, group=0):
        if group:
            raise IndexError("no such group")
        return self._start, self._end

    def start(self, group=0):
        return self.span(group)[0]

    def end(self, group=0):
        return self.span(group)[1]

    def group(self, *numbers):
        found = tuple(self._groups[number] for number in numbers or (0,))
        return found[0] if len(found) == 1 else found

    def groups(self, default=None):
        return tuple(default if group is None else group for group in self._groups[1:])

    def __getitem__(self, number):
        return self._groups[number]

    def __eq__(self, other):
        return isinstance(other, Match) and vars(self) == vars(other)

    __hash__ = None


def _small(number):
    return -BIG_INT < number < BIG_INT


def _pack_items(items):
    kinds = set(map(type, items))
    if kinds <= _PLAIN_KINDS:
        if int not in kinds or all(_small(item) for item in items if type(item) is int):
            return list(items)
    return [pack(item) for item in items]


def _pack_pairs(mapping):
    return [[pack(key), pack(value)] for key, value in mapping.items()]


def _pack_rare(value):
    kind = type(value)
    module, name = kind.__module__, kind.__name__
    if module == "collections" and name == "Counter":
        return {"C": _pack_pairs(value)}
    if module == "collections" and name == "defaultdict":
        return {"D": _pack_pairs(value)}
    if module == "collections" and name == "deque":
        return {"q": _pack_items(list(value))}
    if module == "re" and name == "Match":
        return {"m": [value.start(), value.end(), pack([value[number] for number in range(value.re.groups + 1)])]}
    if module == "fractions" and name == "Fraction":
        return {"F": [pack(value.numerator), pack(value.denominator)]}
    if module == "decimal" and name == "Decimal":
        return {"E": str(value)}
    if isinstance(value, range):
        return {"r": [value.start, value.stop, value.step]}
    if isinstance(value, type({}.keys())):
        return {"k": _pack_items(list(value))}
    if isinstance(value, type({}.values())):
        return {"v": _pack_items(list(value))}
    if isinstance(value, type({}.items())):
        return {"y": [[pack(key), pack(item)] for key, item in value]}
    # Of a subclass, what its built-in base holds: == of its own does not cross.
    for base in (int, float, complex, str, bytes, bytearray, tuple, list, set, frozenset, dict):
        if isinstance(value, base):
            return pack(base(value))
    if hasattr(kind, "__next__"):
        items = []
        for item in value:
            items.append(item)
            if len(items) > MAX_DRAINED_ITEMS:
                raise Unpackable("an iterator of more than a million items")
        return {"n": _pack_items(items)}
    if _names_foreign:
        return {"o": str(name)[:80]}
    raise Unpackable(name)


def pack(value):
    """JSON of plain types."""
    kind = type(value)
    if kind is str or kind is bool or kind is float or value is None:
        return value
    if kind is int:
        return value if _small(value) else {"i": hex(value)}
    if kind is list:
        return _pack_items(value)
    if kind is tuple:
        return {"t": _pack_items(value)}
    if kind is dict:
        return {"d": _pack_pairs(value)}
    if kind is set:
        return {"s": _pack_items(value)}
    if kind is frozenset:
        return {"f": _pack_items(value)}
    if kind is complex:
        return {"c": [value.real, value.imag]}
    if kind is bytes:
        return {"b": value.hex()}
    if kind is bytearray:
        return {"a": value.hex()}
    return _pack_rare(value)


_encode = _json.make_encoder(None, pack, _json.encode_basestring_ascii, None, ":", ",", False, False, True)


def encode(value, foreign=False):
    """`foreign`: an object that has no text is named; else it is an error."""
    global _names_foreign
    _names_foreign = foreign
    return "".join(_encode(pack(value), 0)).encode("ascii")


def _decimal(text):
    from decimal import Decimal
    return Decimal(text)


def _fraction(pair):
    from fractions import Fraction
    return Fraction(*pair)


def _counter(pairs):
    from collections import Counter
    return Counter(dict(pairs))


def _default_dict(pairs):
    from collections import defaultdict
    return defaultdict(None, pairs)


def _deque(items):
    from collections import deque
    return deque(items)


def _hexadecimal(text):
    if type(text) is not str:
        raise Malformed
    return int(text, 16)


_OBJECTS = {
    "i": _hexadecimal, "t": tuple, "d": dict, "s": set, "f": frozenset, "c": lambda pair: complex(*pair),
    "b": bytes.fromhex, "a": bytearray.fromhex, "C": _counter, "D": _default_dict, "q": _deque,
    "m": lambda parts: Match(*parts), "F": _fraction, "E": _decimal, "r": lambda parts: range(*parts),
    "k": lambda items: dict.fromkeys(items).keys(), "v": lambda items: dict(enumerate(items)).values(),
    "y": lambda pairs: dict(pairs).items(), "n": iter, "o": Foreign,
}
_TAKES_TEXT = {"i", "b", "a", "E", "o"}


def _object(found):
    if len(found) != 1:
        raise Malformed("an object of several keys")
    (key, value), = found.items()
    if key not in _OBJECTS or (type(value) is str) != (key in _TAKES_TEXT) or type(value) not in (str, list):
        raise Malformed("an object of no known kind")
    return _OBJECTS[key](value)


class _Reading:
    strict = True
    object_hook = staticmethod(_object)
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}.__getitem__
    memo = {}


_scan = _json.make_scanner(_Reading)


def decode(data):
    """The value that encode() wrote. Malformed: anything else."""
    try:
        text = data.decode("ascii")
        value, end = _scan(text, 0)
    except Malformed:
        raise
    except Exception as error:  # whatever the bytes made a constructor or the scanner raise
        raise Malformed(type(error).__name__) from None
    if end != len(text):
        raise Malformed("bytes after the value")
    return value


def read_frame(stream):
    """The next frame, None at the end. Malformed: one that is longer than allowed or cut off."""
    head = stream.read(4)
    if not head:
        return None
    size = int.from_bytes(head, "little")
    if len(head) < 4 or size > MAX_FRAME_BYTES:
        raise Malformed("a frame of more bytes than allowed")
    data = stream.read(size)
    if len(data) < size:
        raise Malformed("a frame that is cut off")
    return data


def write_frame(stream, data):
    stream.write(len(data).to_bytes(4, "little") + data)
    stream.flush()
