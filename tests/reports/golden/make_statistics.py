#!/usr/bin/env python3
"""Golden values of reports/statistics from SciPy and NumPy; run by hand: make_statistics.py > statistics.json

Nothing here follows the C++: Wilson comes from scipy.stats, Tango's interval from a numerical maximisation of the
likelihood, clustered errors from explicit loops, BCa's ends from scipy's own bootstrap on the same replicates.
"""
import json
import sys

import numpy as np
from scipy import optimize, stats

rng = np.random.default_rng(20260131)
Z = float(stats.norm.ppf(0.975))


def wilson():
    cases = []
    for n in (1, 2, 3, 5, 10, 20, 37, 100, 500, 1319):
        for k in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            ci = stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
            cases.append({"k": k, "n": n, "low": ci.low, "high": ci.high})
    return cases


def questions(count, clusters, samples):
    scores, sizes, ids = [], [], []
    for _ in range(count):
        k = int(rng.integers(1, samples + 1)) if samples > 1 else 1
        c = int(rng.binomial(k, rng.beta(2, 2)))
        scores.append(c / k)
        sizes.append(k)
        ids.append(int(rng.integers(0, clusters)) if clusters else len(ids))
    return scores, sizes, ids


def errors():
    cases = []
    shapes = [(2, 0, 1), (5, 0, 1), (40, 0, 1), (40, 0, 8), (60, 12, 1), (60, 12, 4), (100, 3, 1), (100, 90, 2),
              (300, 30, 1), (300, 60, 16), (25, 2, 1), (25, 5, 3), (12, 4, 1), (12, 0, 64), (7, 0, 2), (500, 100, 1),
              (500, 0, 4), (33, 11, 2), (64, 8, 1), (3, 2, 1)]
    for count, clusters, samples in shapes:
        scores, sizes, ids = questions(count, clusters, samples)
        s = np.array(scores)
        mean = s.mean()
        groups = sorted(set(ids))
        if len(groups) < 2:
            ids[0] = max(ids) + 1
            groups = sorted(set(ids))
        total = 0.0
        for g in groups:
            total += sum(s[i] - mean for i in range(count) if ids[i] == g) ** 2
        population = float(np.sqrt(len(groups) / (len(groups) - 1) * total) / count)
        if len(groups) == count:
            assert abs(population - s.std(ddof=1) / np.sqrt(count)) < 1e-12
        sampling = None
        if min(sizes) >= 2:
            sampling = float(np.sqrt(sum(p * (1 - p) / (k - 1) for p, k in zip(scores, sizes))) / count)
        n_eff = len(groups)
        if population > 0:
            n_eff = min(count, mean * (1 - mean) / population**2)
            n_eff *= (stats.t.ppf(0.975, count - 1) / stats.t.ppf(0.975, len(groups) - 1)) ** 2
        cases.append({"scores": scores, "samples": sizes, "clusters": ids, "mean": float(mean), "population": population,
                      "sampling": sampling, "effective_n": float(n_eff), "difference_p": None})
    # All with two samples or more, so that the sampling error exists.
    for count in (4, 10, 30, 80, 200):
        sizes = [int(rng.integers(2, 9)) for _ in range(count)]
        scores = [int(rng.binomial(k, 0.6)) / k for k in sizes]
        s = np.array(scores)
        var = [np.var([1.0] * round(p * k) + [0.0] * (k - round(p * k)), ddof=1) / k for p, k in zip(scores, sizes)]
        population = float(s.std(ddof=1) / np.sqrt(count))
        n_eff = float(min(count, s.mean() * (1 - s.mean()) / population**2))
        cases.append({"scores": scores, "samples": sizes, "clusters": list(range(count)), "mean": float(s.mean()),
                      "population": population, "sampling": float(np.sqrt(sum(var)) / count), "effective_n": n_eff})
    return cases


def mcnemar():
    cases = []
    for b, c in [(0, 0), (0, 1), (1, 0), (0, 5), (5, 0), (0, 6), (1, 8), (8, 1), (3, 3), (2, 7), (10, 10), (10, 20), (12, 31),
                 (20, 37), (15, 39), (50, 50), (50, 80), (100, 140), (1, 400), (250, 300), (0, 1000)]:
        p = 1.0 if b + c == 0 else float(stats.binomtest(min(b, c), b + c, 0.5).pvalue)
        cases.append({"b": b, "c": c, "p": p})
    return cases


def tango_log_likelihood(q, delta, b, c, n):
    # p21 = q, p12 = q + delta; the concordant rest.
    p12, p21 = q + delta, q
    rest = 1 - p12 - p21
    if p12 < 0 or p21 < 0 or rest < 0:
        return -np.inf
    term = lambda k, p: 0.0 if k == 0 else (k * np.log(p) if p > 0 else -np.inf)
    return term(b, p12) + term(c, p21) + term(n - b - c, rest)


def tango_score(delta, b, c, n):
    low, high = max(0.0, -delta), (1 - delta) / 2
    found = optimize.minimize_scalar(lambda q: -tango_log_likelihood(q, delta, b, c, n), bounds=(low, high), method="bounded",
                                     options={"xatol": 1e-13})
    candidates = [(found.x, -found.fun)] + [(q, tango_log_likelihood(q, delta, b, c, n)) for q in (low, high)]
    q = max(candidates, key=lambda item: item[1])[0]
    variance = n * (2 * q + delta * (1 - delta))
    return (b - c - n * delta) / np.sqrt(variance) if variance > 0 else np.sign(b - c - n * delta) * np.inf


def tango():
    cases = []
    for b, c, n in [(1, 0, 10), (0, 1, 10), (5, 0, 20), (0, 5, 20), (3, 3, 20), (2, 7, 44), (7, 2, 44), (12, 31, 300), (32, 13, 297),
                    (37, 20, 300), (39, 15, 300), (1, 1, 5), (10, 10, 20), (4, 1, 1000), (0, 3, 1319), (100, 60, 500), (6, 6, 12),
                    (1, 0, 2), (60, 100, 164), (20, 21, 2000), (9, 0, 30)]:
        eps = 1e-9
        low = optimize.brentq(lambda d: tango_score(d, b, c, n) - Z, -1 + eps, (b - c) / n, xtol=1e-12)
        high = optimize.brentq(lambda d: tango_score(d, b, c, n) + Z, (b - c) / n, 1 - eps, xtol=1e-12)
        cases.append({"gained": b, "lost": c, "n": n, "low": float(low), "high": float(high)})
    return cases


def clustered_t():
    cases = []
    for count, clusters in [(4, 0), (10, 0), (10, 3), (30, 0), (30, 6), (60, 12), (60, 60), (100, 10), (100, 0), (200, 40), (200, 0),
                            (500, 50), (6, 2), (8, 4), (15, 5), (45, 9), (90, 30), (120, 0), (33, 11), (77, 7)]:
        d = rng.choice([-1, -0.5, 0, 0, 0, 0.5, 1], size=count)
        ids = list(range(count)) if clusters == 0 else [int(i % clusters) for i in range(count)]
        mean = d.mean()
        groups = sorted(set(ids))
        total = sum(sum(d[i] - mean for i in range(count) if ids[i] == g) ** 2 for g in groups)
        error = float(np.sqrt(len(groups) / (len(groups) - 1) * total) / count)
        df = len(groups) - 1
        half = stats.t.ppf(0.975, df) * error
        if clusters == 0:
            reference = stats.ttest_1samp(d, 0.0)
            assert abs(reference.pvalue - 2 * stats.t.sf(abs(mean / error), df)) < 1e-10
        cases.append({"differences": [float(x) for x in d], "clusters": ids, "low": float(mean - half), "high": float(mean + half),
                      "p": float(2 * stats.t.sf(abs(mean / error), df))})
    return cases


def holm():
    cases = []
    for m in list(range(1, 13)) + [15, 18, 20, 25, 30, 40, 50, 60]:
        p = np.round(rng.beta(0.5, 2, size=m), 6)
        if m > 4:
            p[2] = p[1]  # a tie
        order = np.argsort(p, kind="stable")
        adjusted = np.empty(m)
        for rank, index in enumerate(order):
            adjusted[index] = min(1.0, max((m - r) * p[order[r]] for r in range(rank + 1)))
        cases.append({"p": [float(x) for x in p], "adjusted": [float(x) for x in adjusted]})
    return cases


def bca():
    cases = []
    for i in range(20):
        count = int(rng.integers(30, 80))
        data = rng.choice([0.0, 0.25, 0.5, 1.0], size=count, p=[0.3, 0.2, 0.2, 0.3]) if i % 2 else rng.exponential(size=count)
        result = stats.bootstrap((data,), np.mean, n_resamples=400, method="BCa", random_state=i)
        replicates = result.bootstrap_distribution
        # scipy counts replicates below the estimate with ties half (percentile of score 'mean').
        jackknife = [float(np.delete(data, k).mean()) for k in range(count)]
        interval = result.confidence_interval
        cases.append({"estimate": float(data.mean()), "replicates": [float(x) for x in replicates], "jackknife": jackknife,
                      "low": float(interval.low), "high": float(interval.high)})
    return cases


def bootstrap():
    cases = []
    for i in range(4):
        data = rng.choice([-1.0, 0.0, 1.0], size=120, p=[0.1, 0.7, 0.2])
        result = stats.bootstrap((data,), np.mean, n_resamples=100_000, method="BCa", random_state=100 + i, batch=10_000)
        cases.append({"data": [float(x) for x in data], "low": float(result.confidence_interval.low),
                      "high": float(result.confidence_interval.high), "error": float(result.standard_error)})
    return cases


def quantiles():
    return {"normal": [{"p": p, "z": float(stats.norm.ppf(p))} for p in (0.001, 0.01, 0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975, 0.999)],
            "t": [{"p": p, "df": df, "t": float(stats.t.ppf(p, df)), "two_sided": float(2 * stats.t.sf(abs(stats.t.ppf(p, df)), df))}
                  for p in (0.6, 0.9, 0.975, 0.995) for df in (1, 2, 5, 30, 500, 10000)],
            "binomial": [{"k": k, "n": n, "p": p, "cdf": float(stats.binom.cdf(k, n, p))}
                         for k, n, p in [(0, 1, .5), (1, 1, .5), (0, 10, .5), (5, 10, .5), (3, 44, .5), (100, 240, .5), (250, 550, .5),
                                         (2, 20, .1), (19, 20, .9), (499, 1000, .5), (0, 1000, .5), (7, 9, .3)]]}


def fieller():
    cases = []
    for count in (2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 400, 500, 700, 1000, 25, 35, 45, 60):
        for attempt in range(50):
            cost = rng.gamma(4, 0.5, size=count)
            solved = rng.binomial(1, 0.6, size=count).astype(float)
            if 0 < solved.sum() < count:
                break
        n = count
        ratio = cost.sum() / solved.sum()
        error = float(np.sqrt(sum((c - ratio * s) ** 2 for c, s in zip(cost, solved)) * n / (n - 1)) / solved.sum())
        t = stats.t.ppf(0.975, n - 1)
        cov = np.cov(cost, solved) / n
        inside = lambda r: (cost.mean() - r * solved.mean()) ** 2 - t**2 * (cov[0, 0] - 2 * r * cov[0, 1] + r * r * cov[1, 1])
        bounded = solved.mean() ** 2 > t**2 * cov[1, 1]
        low = high = None
        if bounded:
            # The set where `inside` <= 0 is an interval around the ratio: search its ends from there.
            step = ratio
            while inside(ratio + step) <= 0:
                step *= 2
            high = float(optimize.brentq(inside, ratio, ratio + step, xtol=1e-13))
            low = float(optimize.brentq(inside, 0, ratio, xtol=1e-13)) if inside(0) > 0 else 0.0
        cases.append({"cost": [float(x) for x in cost], "solved": [float(x) for x in solved], "ratio": float(ratio), "error": error,
                      "low": low, "high": high})
    return cases


json.dump({"made_with": f"scipy {__import__('scipy').__version__}", "quantiles": quantiles(), "wilson": wilson(), "errors": errors(),
           "mcnemar": mcnemar(), "tango": tango(), "clustered_t": clustered_t(), "holm": holm(), "bca": bca(), "bootstrap": bootstrap(),
           "fieller": fieller()}, sys.stdout, separators=(",", ":"))
print()
