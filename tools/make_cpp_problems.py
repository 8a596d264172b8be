#!/usr/bin/env python3
"""Writes suites/data/cpp_programs.jsonl: problems for C++ programs that read standard input and write standard output.

Each family has a statement, a generator of inputs from a seed, an answer in Python and a solution in C++. The tests' outputs
come from the Python answer; the C++ solutions are checked against them by tests/sandbox. Usage: make_cpp_problems.py > FILE
"""
import heapq
import json
import math
import random
from collections import Counter, deque

FAMILIES = []
HEAD = "#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n"


def family(statement, generate, cpp):
    def take(answer):
        FAMILIES.append((answer.__name__, statement, generate, answer, HEAD + cpp + "\n}\n"))
        return answer
    return take


def numbers(low, high, most):
    def generate(rng, size):
        count = rng.randint(1, max(1, most * size // 10))
        return f"{count}\n" + " ".join(str(rng.randint(low, high)) for _ in range(count)) + "\n"
    return generate


def ints(text):
    return list(map(int, text.split()))


READ = "int n; cin >> n; vector<long long> a(n); for (auto& x : a) cin >> x;\n"


@family("The first line holds n, the second n integers. Print the largest sum of a non-empty run of consecutive integers.",
        numbers(-10**6, 10**6, 2000),
        READ + "long long best = a[0], here = 0; for (auto x : a) { here = max(here + x, x); best = max(best, here); } cout << best;")
def largest_run_sum(text):
    a = ints(text)[1:]
    return max(max(sum(a[i:j]) for j in range(i + 1, len(a) + 1)) for i in range(len(a))) if len(a) < 60 else kadane(a)


def kadane(a):
    best = here = a[0]
    for x in a[1:]:
        here = max(here + x, x)
        best = max(best, here)
    return best


@family("The first line holds n, the second n integers. Print the length of the longest strictly increasing subsequence.",
        numbers(-1000, 1000, 2000),
        READ + "vector<long long> t; for (auto x : a) { auto i = lower_bound(t.begin(), t.end(), x); if (i == t.end()) t.push_back(x); else *i = x; } cout << t.size();")
def longest_increasing(text):
    a = ints(text)[1:]
    best = []
    for i, x in enumerate(a):
        best.append(1 + max((best[j] for j in range(i) if a[j] < x), default=0))
    return max(best)


@family("The first line holds n, the second n integers. Print the number of pairs i < j with a[i] > a[j].",
        numbers(-10**9, 10**9, 1000),
        READ + "long long c = 0; vector<long long> s; for (auto x : a) { c += s.end() - upper_bound(s.begin(), s.end(), x); s.insert(upper_bound(s.begin(), s.end(), x), x); } cout << c;")
def inversions(text):
    a = ints(text)[1:]
    return sum(1 for i in range(len(a)) for j in range(i + 1, len(a)) if a[i] > a[j])


@family("The first line holds n, the second n positive integers. Print their greatest common divisor and their least common multiple modulo 1000000007, separated by a space.",
        numbers(1, 10**6, 50),
        READ + "long long g = 0; map<long long, int> e; for (auto x : a) { g = gcd(g, x); for (long long p = 2; p * p <= x; ++p) { int k = 0; while (x % p == 0) x /= p, ++k; if (k) e[p] = max(e[p], k); } if (x > 1) e[x] = max(e[x], 1); }\n"
        "long long l = 1; for (auto [p, k] : e) while (k--) l = l * p % 1000000007; cout << g << ' ' << l;")
def common_divisor_and_multiple(text):
    a = ints(text)[1:]
    return f"{math.gcd(*a)} {math.lcm(*a) % 1000000007}"


@family("One line holds two integers l and r, 1 <= l <= r <= 10^12, r - l <= 10^5. Print how many primes there are from l to r, both included.",
        lambda rng, size: (lambda l: f"{l} {l + rng.randint(0, 1000 * size)}\n")(rng.randint(1, 10**size)),
        "long long l, r; cin >> l >> r; vector<char> c(r - l + 1, 1); for (long long p = 2; p * p <= r; ++p) for (long long m = max(p * p, (l + p - 1) / p * p); m <= r; m += p) c[m - l] = 0;\n"
        "if (l == 1) c[0] = 0; cout << count(c.begin(), c.end(), 1);")
def primes_in_range(text):
    l, r = ints(text)
    alive = bytearray([1]) * (r - l + 1)
    for p in range(2, math.isqrt(r) + 1):
        for m in range(max(p * p, -(-l // p) * p), r + 1, p):
            alive[m - l] = 0
    return sum(alive) - (1 if l == 1 else 0)


@family("One line holds three integers b, e and m (0 <= b, e < 10^18, 1 <= m < 10^9). Print b to the power e modulo m.",
        lambda rng, size: f"{rng.randint(0, 10**17)} {rng.randint(0, 10**17)} {rng.randint(1, 10**9 - 1)}\n",
        "long long b, e, m; cin >> b >> e >> m; long long r = 1 % m; b %= m; while (e) { if (e & 1) r = r * b % m; b = b * b % m; e >>= 1; } cout << r;")
def modular_power(text):
    b, e, m = ints(text)
    return pow(b, e, m)


def words(rng, size):
    return " ".join("".join(rng.choice("abcde") for _ in range(rng.randint(1, 4))) for _ in range(rng.randint(1, 20 * size))) + "\n"


@family("Words are separated by white space. Print each different word with its count, one a line: 'word count', most frequent first, equal counts in alphabetical order.",
        words,
        "map<string, int> c; string w; while (cin >> w) ++c[w]; vector<pair<int, string>> v; for (auto& [a, b] : c) v.push_back({-b, a}); sort(v.begin(), v.end()); for (auto& [a, b] : v) cout << b << ' ' << -a << '\\n';")
def word_counts(text):
    return "\n".join(f"{w} {c}" for w, c in sorted(Counter(text.split()).items(), key=lambda p: (-p[1], p[0])))


def line(letters):
    return lambda rng, size: "".join(rng.choice(letters) for _ in range(rng.randint(1, 30 * size))) + "\n"


@family("One line holds a string of brackets ()[]{}. Print yes if they are balanced, else the position (from 1) of the first bracket that cannot be right, or the length plus 1 if some are left open.",
        lambda rng, size: balanced(rng, size) + "\n",
        "string s; cin >> s; string t; for (size_t i = 0; i < s.size(); ++i) { size_t k = string(\"([{\").find(s[i]); if (k != string::npos) { t += \")]}\"[k]; continue; } if (t.empty() || t.back() != s[i]) { cout << i + 1; return 0; } t.pop_back(); }\n"
        "if (t.empty()) cout << \"yes\"; else cout << s.size() + 1;")
def brackets(text):
    stack = []
    s = text.strip()
    for i, c in enumerate(s, 1):
        if c in "([{":
            stack.append(")]}"["([{".index(c)])
        elif not stack or stack.pop() != c:
            return i
    return "yes" if not stack else len(s) + 1


def balanced(rng, size):
    def make(depth):
        if depth == 0 or rng.random() < 0.2:
            return ""
        a, b = rng.choice(["()", "[]", "{}"])
        return make(depth - 1) + a + make(depth - 1) + b
    s = make(size) or "()"
    if rng.random() < 0.5:
        i = rng.randrange(len(s))
        s = s[:i] + rng.choice("()[]{}") + s[i + 1:]
    return s


@family("One line holds a string of lower-case letters. Print the length of its longest palindromic substring.",
        line("ab"),
        "string s; cin >> s; int n = s.size(), best = 0; for (int c = 0; c < 2 * n; ++c) { int l = c / 2, r = l + c % 2; while (l >= 0 && r < n && s[l] == s[r]) --l, ++r; best = max(best, r - l - 1); } cout << best;")
def longest_palindrome(text):
    s = text.strip()
    return max(j - i for i in range(len(s)) for j in range(i + 1, len(s) + 1) if s[i:j] == s[i:j][::-1]) if len(s) < 120 else centres(s)


def centres(s):
    best = 0
    for c in range(2 * len(s)):
        l, r = c // 2, c // 2 + c % 2
        while l >= 0 and r < len(s) and s[l] == s[r]:
            l, r = l - 1, r + 1
        best = max(best, r - l - 1)
    return best


@family("Two lines hold two strings. Print their edit distance (insert, delete or replace one character).",
        lambda rng, size: line("abc")(rng, size) + line("abc")(rng, size),
        "string a, b; cin >> a >> b; vector<int> d(b.size() + 1); iota(d.begin(), d.end(), 0); for (char x : a) { int before = d[0]++; for (size_t j = 1; j <= b.size(); ++j) { int keep = d[j]; d[j] = min({d[j] + 1, d[j - 1] + 1, before + (x != b[j - 1])}); before = keep; } } cout << d.back();")
def edit_distance(text):
    a, b = text.split()
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (x != y)))
        row = new
    return row[-1]


def graph(weighted):
    def generate(rng, size):
        n = rng.randint(2, 5 * size)
        edges = [(rng.randint(1, n), rng.randint(1, n), rng.randint(1, 100)) for _ in range(rng.randint(1, 3 * n))]
        return f"{n} {len(edges)}\n" + "".join(f"{a} {b} {w}\n" if weighted else f"{a} {b}\n" for a, b, w in edges)
    return generate


@family("The first line holds n and m, then m lines a b w: a road between a and b (1 to n) of length w. Print the length of the shortest way from 1 to n, or -1.",
        graph(True),
        "int n, m; cin >> n >> m; vector<vector<pair<int, int>>> g(n + 1); while (m--) { int a, b, w; cin >> a >> b >> w; g[a].push_back({b, w}); g[b].push_back({a, w}); }\n"
        "vector<long long> d(n + 1, -1); priority_queue<pair<long long, int>> q; q.push({0, 1}); while (!q.empty()) { auto [x, v] = q.top(); q.pop(); if (d[v] >= 0) continue; d[v] = -x; for (auto [u, w] : g[v]) q.push({x - w, u}); } cout << d[n];")
def shortest_way(text):
    n, m, *rest = ints(text)
    d = [math.inf] * (n + 1)
    d[1] = 0
    for _ in range(n):
        for i in range(0, 3 * m, 3):
            a, b, w = rest[i:i + 3]
            d[b], d[a] = min(d[b], d[a] + w), min(d[a], d[b] + w)
    return d[n] if d[n] < math.inf else -1


@family("The first line holds n and m, then m lines a b: a road between a and b (1 to n). Print the number of groups of places that are connected, and the size of the largest.",
        graph(False),
        "int n, m; cin >> n >> m; vector<int> p(n + 1), c(n + 1, 1); iota(p.begin(), p.end(), 0); function<int(int)> f = [&](int v) { return p[v] == v ? v : p[v] = f(p[v]); }; int k = n;\n"
        "while (m--) { int a, b; cin >> a >> b; a = f(a); b = f(b); if (a != b) { p[a] = b; c[b] += c[a]; --k; } } int best = 0; for (int v = 1; v <= n; ++v) best = max(best, c[f(v)]); cout << k << ' ' << best;")
def groups(text):
    n, m, *rest = ints(text)
    near = {v: set() for v in range(1, n + 1)}
    for a, b in zip(rest[::2], rest[1::2]):
        near[a].add(b)
        near[b].add(a)
    sizes, seen = [], set()
    for v in near:
        if v not in seen:
            todo, size = [v], 0
            seen.add(v)
            while todo:
                size += 1
                for u in near[todo.pop()] - seen:
                    seen.add(u)
                    todo.append(u)
            sizes.append(size)
    return f"{len(sizes)} {max(sizes)}"


@family("The first line holds n and m, then m lines a b w: a road between a and b (1 to n) of length w. Print the total length of a minimum spanning forest.",
        graph(True),
        "int n, m; cin >> n >> m; vector<array<int, 3>> e(m); for (auto& [w, a, b] : e) cin >> a >> b >> w; sort(e.begin(), e.end()); vector<int> p(n + 1); iota(p.begin(), p.end(), 0); function<int(int)> f = [&](int v) { return p[v] == v ? v : p[v] = f(p[v]); };\n"
        "long long s = 0; for (auto [w, a, b] : e) if (f(a) != f(b)) { p[f(a)] = f(b); s += w; } cout << s;")
def spanning_forest(text):
    n, m, *rest = ints(text)
    near = {v: [] for v in range(1, n + 1)}
    for i in range(0, 3 * m, 3):
        a, b, w = rest[i:i + 3]
        near[a].append((w, b))
        near[b].append((w, a))
    seen, total = set(), 0
    for start in near:
        heap = [(0, start)]
        while heap:
            w, v = heapq.heappop(heap)
            if v not in seen:
                seen.add(v)
                total += w
                for item in near[v]:
                    heapq.heappush(heap, item)
    return total


def grid(rng, size):
    h, w = rng.randint(2, 3 * size), rng.randint(2, 3 * size)
    rows = [[rng.choice("...#") for _ in range(w)] for _ in range(h)]
    rows[0][0] = rows[-1][-1] = "."
    return f"{h} {w}\n" + "\n".join(map("".join, rows)) + "\n"


@family("The first line holds h and w, then h lines of w characters: . is free, # is a wall. Print the least number of steps (up, down, left, right) from the upper left to the lower right corner, or -1.",
        grid,
        "int h, w; cin >> h >> w; vector<string> g(h); for (auto& r : g) cin >> r; vector<int> d(h * w, -1); queue<int> q; q.push(0); d[0] = 0; while (!q.empty()) { int v = q.front(); q.pop(); int y = v / w, x = v % w; for (auto [a, b] : {pair{y + 1, x}, {y - 1, x}, {y, x + 1}, {y, x - 1}}) if (a >= 0 && b >= 0 && a < h && b < w && g[a][b] == '.' && d[a * w + b] < 0) d[a * w + b] = d[v] + 1, q.push(a * w + b); } cout << d.back();")
def maze(text):
    lines = text.split("\n")
    h, w = map(int, lines[0].split())
    seen, todo = {(0, 0): 0}, deque([(0, 0)])
    while todo:
        y, x = todo.popleft()
        for a, b in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
            if 0 <= a < h and 0 <= b < w and lines[a + 1][b] == "." and (a, b) not in seen:
                seen[a, b] = seen[y, x] + 1
                todo.append((a, b))
    return seen.get((h - 1, w - 1), -1)


@family("The first line holds n and c, then n lines w v: the weight and the value of a thing. Print the largest value of things whose weight together is at most c.",
        lambda rng, size: (lambda n: f"{n} {rng.randint(1, 30 * size)}\n" + "".join(f"{rng.randint(1, 30)} {rng.randint(1, 1000)}\n" for _ in range(n)))(rng.randint(1, 2 * size)),
        "int n, c; cin >> n >> c; vector<int> d(c + 1); while (n--) { int w, v; cin >> w >> v; for (int i = c; i >= w; --i) d[i] = max(d[i], d[i - w] + v); } cout << d[c];")
def knapsack(text):
    n, c, *rest = ints(text)
    best = {0: 0}
    for w, v in zip(rest[::2], rest[1::2]):
        for weight, value in list(best.items()):
            if weight + w <= c:
                best[weight + w] = max(best.get(weight + w, 0), value + v)
    return max(best.values())


@family("The first line holds n and a sum s, the second n different positive integers: coins. Print in how many ways s can be paid (each coin any number of times, the order does not matter) modulo 1000000007.",
        lambda rng, size: (lambda c: f"{len(c)} {rng.randint(1, 100 * size)}\n" + " ".join(map(str, c)) + "\n")(rng.sample(range(1, 40), rng.randint(1, size))),
        "int n, s; cin >> n >> s; vector<long long> d(s + 1); d[0] = 1; while (n--) { int c; cin >> c; for (int i = c; i <= s; ++i) d[i] = (d[i] + d[i - c]) % 1000000007; } cout << d[s];")
def coins(text):
    n, s, *kinds = ints(text)
    ways = [1] + [0] * s
    for coin in kinds:
        for i in range(coin, s + 1):
            ways[i] += ways[i - coin]
    return ways[s] % 1000000007


@family("The first line holds n, then n lines a b: a period from a to b. Print the total length that at least one of them covers.",
        lambda rng, size: (lambda n: f"{n}\n" + "".join((lambda a: f"{a} {a + rng.randint(1, 200)}\n")(rng.randint(-1000, 1000)) for _ in range(n)))(rng.randint(1, 10 * size)),
        "int n; cin >> n; vector<pair<int, int>> v(n); for (auto& [a, b] : v) cin >> a >> b; sort(v.begin(), v.end()); long long s = 0; int end = INT_MIN; for (auto [a, b] : v) { if (b > end) s += b - max(a, end), end = b; } cout << s;")
def covered_length(text):
    _, *rest = ints(text)
    covered = set()
    for a, b in zip(rest[::2], rest[1::2]):
        covered.update(range(a, b))
    return len(covered)


@family("The first line holds n, the second n integers and the third an integer k, 1 <= k <= n. Print the maximum of each window of k consecutive integers, separated by spaces.",
        lambda rng, size: (lambda n: f"{n}\n" + " ".join(str(rng.randint(-99, 99)) for _ in range(n)) + f"\n{rng.randint(1, n)}\n")(rng.randint(1, 50 * size)),
        READ + "int k; cin >> k; deque<int> q; for (int i = 0; i < n; ++i) { while (!q.empty() && a[q.back()] <= a[i]) q.pop_back(); q.push_back(i); if (q.front() <= i - k) q.pop_front(); if (i >= k - 1) cout << a[q.front()] << (i + 1 < n ? ' ' : '\\n'); }")
def window_maxima(text):
    n, *rest = ints(text)
    a, k = rest[:n], rest[n]
    return " ".join(str(max(a[i:i + k])) for i in range(n - k + 1))


@family("One line holds a formula of non-negative integers, +, -, * and brackets. Print its value.",
        lambda rng, size: formula(rng, size) + "\n",
        "string s; getline(cin, s); size_t i = 0; function<long long()> sum, product, atom; atom = [&] { if (s[i] == '(') { ++i; long long v = sum(); ++i; return v; } long long v = 0; while (i < s.size() && isdigit(s[i])) v = v * 10 + s[i++] - '0'; return v; };\n"
        "product = [&] { long long v = atom(); while (i < s.size() && s[i] == '*') ++i, v *= atom(); return v; }; sum = [&] { long long v = product(); while (i < s.size() && (s[i] == '+' || s[i] == '-')) { char c = s[i++]; long long w = product(); v += c == '+' ? w : -w; } return v; }; cout << sum();")
def formula_value(text):
    return eval(text)


def formula(rng, size, depth=0):
    if depth > min(size, 4) or rng.random() < 0.3:
        return str(rng.randint(0, 20))
    a, b = formula(rng, size, depth + 1), formula(rng, size, depth + 1)
    return rng.choice([f"{a}+{b}", f"({a}-{b})", f"({a})*({b})", f"{a}+({b})"])


@family("One line holds a positive integer of at most 200 digits. Print it times itself.",
        lambda rng, size: f"{rng.randint(1, 10 ** (20 * size) - 1)}\n",
        "string s; cin >> s; int n = s.size(); vector<int> r(2 * n); for (int i = 0; i < n; ++i) for (int j = 0; j < n; ++j) r[i + j] += (s[n - 1 - i] - '0') * (s[n - 1 - j] - '0'); for (int i = 0; i + 1 < 2 * n; ++i) r[i + 1] += r[i] / 10, r[i] %= 10; while (r.back() == 0) r.pop_back(); for (int i = r.size(); i--;) cout << r[i];")
def big_square(text):
    return int(text) ** 2


@family("The first line holds n and m, then m lines a b: thing a must come before thing b. Print the things 1 to n in an order that keeps this, always the smallest that may come next; or -1 where there is none.",
        lambda rng, size: (lambda n: (lambda e: f"{n} {len(e)}\n" + "".join(f"{a} {b}\n" for a, b in e))([tuple(sorted(rng.sample(range(1, n + 1), 2))) if rng.random() < 0.97 else tuple(rng.sample(range(1, n + 1), 2)) for _ in range(rng.randint(1, 2 * n))]))(rng.randint(2, 4 * size)),
        "int n, m; cin >> n >> m; vector<vector<int>> g(n + 1); vector<int> d(n + 1), o; while (m--) { int a, b; cin >> a >> b; g[a].push_back(b); ++d[b]; } set<int> q; for (int v = 1; v <= n; ++v) if (!d[v]) q.insert(v); while (!q.empty()) { int v = *q.begin(); q.erase(q.begin()); o.push_back(v); for (int u : g[v]) if (!--d[u]) q.insert(u); }\n"
        "if ((int)o.size() < n) cout << -1; else for (int v : o) cout << v << ' ';")
def order(text):
    n, m, *rest = ints(text)
    before = {v: set() for v in range(1, n + 1)}
    for a, b in zip(rest[::2], rest[1::2]):
        before[b].add(a)
    done = []
    while len(done) < n:
        free = [v for v in before if v not in done and before[v] <= set(done)]
        if not free:
            return -1
        done.append(min(free))
    return " ".join(map(str, done))


@family("The first line holds n, then n lines of n integers: a matrix. Print its determinant.",
        lambda rng, size: (lambda n: f"{n}\n" + "".join(" ".join(str(rng.randint(-4, 4)) for _ in range(n)) + "\n" for _ in range(n)))(rng.randint(1, min(size, 7))),
        "int n; cin >> n; vector<vector<long long>> a(n, vector<long long>(n)); for (auto& r : a) for (auto& x : r) cin >> x; long long sign = 1, last = 1; for (int k = 0; k < n - 1; ++k) { int p = k; while (p < n && !a[p][k]) ++p; if (p == n) { cout << 0; return 0; } if (p != k) swap(a[p], a[k]), sign = -sign; for (int i = k + 1; i < n; ++i) for (int j = k + 1; j < n; ++j) a[i][j] = (a[i][j] * a[k][k] - a[i][k] * a[k][j]) / last; last = a[k][k]; } cout << sign * a[n - 1][n - 1];")
def determinant(text):
    n, *rest = ints(text)

    def value(rows):
        if not rows:
            return 1
        return sum((-1) ** j * x * value([row[:j] + row[j + 1:] for row in rows[1:]]) for j, x in enumerate(rows[0]) if x)
    return value([rest[i * n:i * n + n] for i in range(n)])


def main():
    for name, statement, generate, answer, cpp in FAMILIES:
        tests = []
        for number in range(10):
            text = generate(random.Random(f"{name}-{number}"), number + 1)
            tests.append({"input": text, "output": f"{answer(text)}\n"})
        print(json.dumps({"family": name, "question": statement, "example_input": tests[0]["input"],
                          "example_output": tests[0]["output"], "tests": tests, "solution": cpp}))


main()
