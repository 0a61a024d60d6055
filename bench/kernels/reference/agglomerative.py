"""scikit-learn's AgglomerativeClustering, which is scipy's linkage without connectivity."""

from bench_case import serve
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score


def fit(arrays, parameters):
    return AgglomerativeClustering(
        parameters["nClusters"], linkage=parameters["linkage"], compute_distances=True
    ).fit(arrays["x"])


def quality(result, arrays, parameters):
    return {
        "adjustedRand": adjusted_rand_score(arrays["truth"], result.labels_),
        "sumOfDistances": result.distances_.sum(),
    }


serve(fit, quality, ["scikit-learn", "scipy"])
