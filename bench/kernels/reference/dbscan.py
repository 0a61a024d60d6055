"""scikit-learn's DBSCAN; for these data its "auto" would take a tree, so the faster brute force is asked for."""

from bench_case import serve
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score


def fit(arrays, parameters):
    return DBSCAN(
        eps=parameters["eps"], min_samples=parameters["minSamples"], algorithm=parameters["algorithm"], n_jobs=-1
    ).fit(arrays["x"])


def quality(result, arrays, parameters):
    return {
        "clusters": result.labels_.max() + 1,
        "noise": (result.labels_ < 0).mean(),
        "adjustedRand": adjusted_rand_score(arrays["truth"], result.labels_),
    }


serve(fit, quality, ["scikit-learn"])
