"""HDBSCAN by scikit-learn (its default route, or brute force on a matrix of all distances) or by the hdbscan package."""

from bench_case import serve
from sklearn.metrics import adjusted_rand_score


def fit(arrays, parameters):
    size = parameters["minClusterSize"]
    if parameters["library"] == "hdbscan":
        import hdbscan

        # The package does not count a row among its own neighbours.
        return hdbscan.HDBSCAN(min_cluster_size=size, min_samples=size - 1, core_dist_n_jobs=2).fit(arrays["x"])
    from sklearn.cluster import HDBSCAN

    return HDBSCAN(min_cluster_size=size, algorithm=parameters["algorithm"], n_jobs=2, copy=False).fit(arrays["x"])


def quality(result, arrays, parameters):
    return {
        "clusters": result.labels_.max() + 1,
        "noise": (result.labels_ < 0).mean(),
        "adjustedRand": adjusted_rand_score(arrays["truth"], result.labels_),
    }


serve(fit, quality, ["scikit-learn", "hdbscan"])
