#!/usr/bin/env python3
"""Golden values of power, repeats, exact intervals, Mann-Whitney, sign flips and sequential evidence from SciPy, NumPy and plain
enumeration; run by hand: make_comparisons.py > comparisons.json

Nothing here follows the C++: powers are double sums over all outcomes, noncentral t comes from numerical integration, repeats from
enumerating subsets, the sequential mixtures from numerical integration of the likelihood.
"""
import itertools
import json
import sys
from math import comb, log

import numpy as np
from scipy import integrate, optimize, stats

rng = np.random.default_rng(20260214)


def mcnemar_rejects(b, c, alpha):
    return b + c > 0 and stats.binomtest(b, b + c, 0.5).pvalue <= alpha * (1 + 1e-12)


def mcnemar_power():
    cases = []
    grid = [(20, .3, .2), (30, .5, .3), (50, .1, .1), (50, .2, .15), (50, .4, .2), (60, .1, .05), (60, .6, .3), (80, .2, .1), (80, .3, .2),
            (100, .1, .08), (100, .2, .1), (100, .3, -.2), (100, .5, .0), (120, .15, .1), (150, .1, .06), (150, .3, .12), (200, .05, .05),
            (200, .2, .08), (5, .9, .9), (6, 1.0, 1.0), (10, 1.0, .8), (1, 1.0, 1.0)]
    for n, psi, d in grid:
        alpha = 0.05
        p10, p01 = (psi + d) / 2, (psi - d) / 2
        power = 0.0
        for b in range(n + 1):
            for c in range(n + 1 - b):
                if mcnemar_rejects(b, c, alpha):
                    power += float(stats.multinomial.pmf([b, c, n - b - c], n, [p10, p01, 1 - p10 - p01]))
        cases.append({"n": n, "discordance": psi, "difference": d, "power": power})
    return cases


def t_power():
    cases = []
    for df in (1, 2, 5, 9, 29, 49, 99, 499, 2000):
        for shift in (0.0, 0.5, 1.5, 2.8, 4.0):
            crit = stats.t.ppf(0.975, df)
            # P(|Z + shift| > crit * sqrt(chi2/df)), integrated over chi2.
            f = lambda x: (stats.norm.sf(crit * np.sqrt(x / df) - shift) + stats.norm.cdf(-crit * np.sqrt(x / df) - shift)) * stats.chi2.pdf(x, df)
            if df == 1:
                value = integrate.quad(lambda y: f(y * y) * 2 * y, 0, 8, epsabs=1e-12, limit=400)[0]
            else:
                width = 12 * np.sqrt(2 * df)
                value = integrate.quad(f, max(0, df - width), df + width, epsabs=1e-12, limit=400, points=[df])[0]
            cases.append({"degrees": df, "shift": shift, "power": float(value)})
    return cases


def repeats():
    cases = []
    for n in range(1, 9):
        for c in {0, 1, n // 2, n - 1, n}:
            for k in {1, 2, n // 2, n}:
                if not 1 <= k <= n or not 0 <= c <= n:
                    continue
                samples = [1] * c + [0] * (n - c)
                subsets = list(itertools.combinations(samples, k))
                cases.append({"n": n, "c": c, "k": k, "pass_at": sum(any(s) for s in subsets) / len(subsets),
                              "pass_hat": sum(all(s) for s in subsets) / len(subsets)})
    for n, c, k in [(64, 1, 16), (200, 100, 100), (1000, 3, 500), (64, 63, 64)]:
        cases.append({"n": n, "c": c, "k": k, "pass_at": float(1 - comb(n - c, k) / comb(n, k)), "pass_hat": float(comb(c, k) / comb(n, k))})
    return cases


def consensus():
    def score(chosen, classes, correct):
        votes = {}
        for i in chosen:
            if classes[i] >= 0:
                votes.setdefault(classes[i], []).append(i)
        if not votes:
            return 0.0
        most = max(len(v) for v in votes.values())
        top = [v for v in votes.values() if len(v) == most]
        return sum(correct[v[0]] for v in top) / len(top)
    cases = []
    for _ in range(24):
        n = int(rng.integers(1, 9))
        classes = [int(rng.integers(-1, 4)) for _ in range(n)]
        correct = [c == 0 for c in classes]
        for k in {n, max(1, n // 2)}:
            exact = float(np.mean([score(s, classes, correct) for s in itertools.combinations(range(n), k)]))
            cases.append({"classes": classes, "correct": correct, "k": k, "score": exact})
    return cases


def clopper_pearson():
    cases = []
    for n in (1, 2, 3, 5, 10, 20, 37, 100, 500, 1319):
        for k in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            ci = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
            cases.append({"k": k, "n": n, "low": ci.low, "high": ci.high})
    return cases


def mann_whitney():
    cases = []
    for i in range(30):
        m, n = int(rng.integers(2, 31)), int(rng.integers(2, 31))
        a = rng.lognormal(0, 0.2, m)
        b = rng.lognormal(0.1 * (i % 4), 0.2, n)
        if i % 3 == 2:  # ties
            a, b = np.round(a, 1), np.round(b, 1)
        ties = len(set(a) | set(b)) < m + n
        method = "asymptotic" if ties else "exact"
        cases.append({"a": [float(x) for x in a], "b": [float(x) for x in b], "p": float(stats.mannwhitneyu(a, b, method=method).pvalue)})
    a, b = rng.normal(0, 1, 60), rng.normal(.4, 1, 45)
    cases.append({"a": list(map(float, a)), "b": list(map(float, b)), "p": float(stats.mannwhitneyu(a, b, method="asymptotic").pvalue)})
    cases.append({"a": [1.0, 1.0], "b": [1.0, 1.0, 1.0], "p": 1.0})
    return cases


def hodges_lehmann():
    cases = []
    for m, n in [(9, 9), (9, 10), (12, 9), (10, 10), (15, 20), (30, 30), (9, 30), (5, 5), (20, 11), (9, 9), (10, 12), (25, 25), (16, 9), (9, 16),
                 (11, 11), (13, 13), (18, 18), (22, 9), (28, 14), (8, 8)]:
        a, b = rng.lognormal(0, .05, m), rng.lognormal(.05, .05, n)
        # The interval: all shifts at which the exact two-sided test does not reject at 5 %.
        shifts = np.sort(np.subtract.outer(np.log(b), np.log(a)).ravel())
        def accepted(delta):
            return stats.mannwhitneyu(np.log(b) - delta, np.log(a), method="exact").pvalue > 0.05
        middles = np.concatenate([[shifts[0] - 1], (shifts[1:] + shifts[:-1]) / 2, [shifts[-1] + 1]])
        inside = [i for i, x in enumerate(middles) if accepted(x)]
        low = shifts[inside[0] - 1] if inside[0] > 0 else None
        high = shifts[inside[-1]] if inside[-1] < len(shifts) else None
        cases.append({"a": list(map(float, a)), "b": list(map(float, b)), "ratio": float(np.exp(np.median(shifts))),
                      "low": None if low is None else float(np.exp(low)), "high": None if high is None else float(np.exp(high))})
    return cases


def sign_flips():
    cases = []
    for i in range(24):
        count = int(rng.integers(1, 30))
        d = rng.choice([-1, -.5, 0, 0, 0, 0, .25, .5, 1], size=count)
        ids = [int(x) for x in (rng.integers(0, 8, count) if i % 2 else range(count))]
        if i == 0:
            d = np.zeros(count)
        sums = [float(sum(d[j] for j in range(count) if ids[j] == g)) for g in sorted(set(ids))]
        sums = [s for s in sums if abs(s) > 1e-12]
        if len(sums) > 12:
            sums = None
        p = None
        if sums is not None:
            seen = abs(sum(sums))
            all_ = [abs(sum(s * x for s, x in zip(signs, sums))) for signs in itertools.product((-1, 1), repeat=len(sums))]
            p = sum(x >= seen - 1e-9 for x in all_) / len(all_)
        cases.append({"differences": [float(x) for x in d], "clusters": ids, "p": p})
    return cases


def sequential():
    cases = []
    for n, b, c in [(1, 0, 0), (1, 1, 0), (1, 0, 1), (5, 0, 5), (10, 2, 3), (10, 0, 0), (20, 0, 10), (20, 10, 0), (50, 5, 5), (50, 2, 9), (100, 3, 12),
                    (100, 20, 20), (226, 5, 18), (300, 30, 5), (400, 8, 32), (500, 0, 1), (500, 25, 25), (500, 10, 40), (1000, 50, 90), (1319, 100, 60)]:
        like = lambda t: t**b * (1 - t)**c * 2.0**(b + c)
        peak = b / (b + c) if b + c else 0.5
        two = integrate.quad(like, 0, 1, points=sorted({peak, .5}), epsabs=0, epsrel=1e-11, limit=500)[0]
        one = 2 * integrate.quad(like, 0, .5, points=[min(peak, .49999)], epsabs=0, epsrel=1e-11, limit=500)[0]
        # Confidence sequence: Dirichlet(1,1,1) mixture against the likelihood maximised under the difference, numerically.
        rest = n - b - c
        lg = lambda x: float(__import__("math").lgamma(x))
        mixture = log(2) + lg(b + 1) + lg(c + 1) + lg(rest + 1) - lg(n + 3)

        def profile(d):
            def minus(q):
                total = 0.0
                for k, p in ((b, q + d), (c, q), (rest, 1 - 2 * q - d)):
                    if k:
                        total += k * log(p) if p > 0 else -1e300
                return -total
            low, high = max(0.0, -d), (1 - d) / 2
            found = optimize.minimize_scalar(minus, bounds=(low, high), method="bounded", options={"xatol": 1e-13})
            return -min(found.fun, minus(low), minus(high))
        inside = lambda d: profile(d) - mixture - log(0.05)
        centre = (b - c) / n
        low = -1.0 if inside(-1 + 1e-12) > 0 else float(optimize.brentq(inside, -1 + 1e-12, centre, xtol=1e-11))
        high = 1.0 if inside(1 - 1e-12) > 0 else float(optimize.brentq(inside, centre, 1 - 1e-12, xtol=1e-11))
        cases.append({"n": n, "gained": b, "lost": c, "two_sided": log(two), "worse": log(one), "low": low, "high": high})
    return cases


json.dump({"made_with": f"scipy {__import__('scipy').__version__}", "mcnemar_power": mcnemar_power(), "t_power": t_power(), "repeats": repeats(),
           "consensus": consensus(), "clopper_pearson": clopper_pearson(), "mann_whitney": mann_whitney(), "hodges_lehmann": hodges_lehmann(),
           "sign_flips": sign_flips(), "sequential": sequential()}, sys.stdout, separators=(",", ":"))
print()
