"""How likely it is that a difference is noise, and how large it is."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

BINS = 5  # of the population stability index: with ten, forty mails of the same kind would differ by .3


def more(hits: int, of: int, baseline: tuple[int, int] | None, limit: float | None) -> float | None:
    """Return the one-sided probability of a share as high as this, were it the baseline's (Fisher's exact test) or the limit (binomial).

    None where there is nothing to compare with.
    """
    if baseline is not None and baseline[1]:
        table = [[hits, of - hits], [baseline[0], baseline[1] - baseline[0]]]
        return float(stats.fisher_exact(table, alternative="greater").pvalue)
    if limit is not None and of:
        return float(stats.binomtest(hits, of, min(1.0, limit), alternative="greater").pvalue)
    return None


def larger(values: Sequence[float], baseline: Sequence[float]) -> float | None:
    """Return the one-sided probability of values this large, were they of the baseline's kind (Mann-Whitney rank test)."""
    if not values or not baseline:
        return None
    p = float(stats.mannwhitneyu(values, baseline, alternative="greater").pvalue)
    return 1.0 if np.isnan(p) else p  # all values the same


def distance(counts: Mapping[str, int], baseline: Mapping[str, int]) -> tuple[float, float]:
    """Return half the summed difference of two mixes' shares (0 to 1), and the probability of it by chance (chi-square)."""
    labels = sorted({*counts, *baseline})
    table = np.array([[counts.get(label, 0) for label in labels], [baseline.get(label, 0) for label in labels]], dtype=float)
    if table.sum(axis=1).min() == 0:
        return 0.0, 1.0
    shares = table / table.sum(axis=1, keepdims=True)
    p = float(stats.chi2_contingency(table[:, table.sum(axis=0) > 0]).pvalue) if len(labels) > 1 else 1.0
    return float(np.abs(shares[0] - shares[1]).sum() / 2), p


def shifted(values: Sequence[float], baseline: Sequence[float]) -> tuple[float, float]:
    """Return the population stability index between two samples, and the probability of the difference by chance (Kolmogorov-Smirnov).

    What chance alone adds to the index on samples of these sizes, (bins - 1)(1/n + 1/m), is taken off.
    """
    if len(values) < 2 or len(baseline) < 2:
        return 0.0, 1.0
    edges = np.unique(np.quantile(baseline, np.linspace(0, 1, BINS + 1)[1:-1]))
    now, before = (np.bincount(np.digitize(one, edges), minlength=len(edges) + 1) + 0.5 for one in (values, baseline))
    now, before = now / now.sum(), before / before.sum()
    index = float(((now - before) * np.log(now / before)).sum()) - len(edges) * (1 / len(values) + 1 / len(baseline))
    return max(0.0, index), float(stats.ks_2samp(values, baseline, method="asymp").pvalue)
