"""umap-learn with a seed, then the hdbscan package (which does not count a row among its min_samples)."""

import sys
import warnings

import hdbscan
import umap
from bench_case import read_arrays, serve
from sklearn.metrics import adjusted_rand_score

warnings.simplefilter("ignore")


def fit(arrays, parameters):
    places = umap.UMAP(
        n_components=parameters["dims"],
        n_neighbors=parameters["neighbours"],
        min_dist=0,
        metric=parameters["metric"],
        random_state=parameters["seed"],
    ).fit_transform(arrays["x"])
    return hdbscan.HDBSCAN(
        min_cluster_size=parameters["minClusterSize"],
        min_samples=parameters["minSamples"] - 1,
        cluster_selection_method=parameters["clusterSelectionMethod"],
    ).fit_predict(places)


def quality(result, arrays, parameters):
    return {
        "adjusted Rand": adjusted_rand_score(arrays["truth"], result),
        "noise": (result < 0).mean(),
        "clusters": result.max() + 1,
    }


def compile_first():
    x = read_arrays(sys.argv[1])["x"][:4200]
    umap.UMAP(random_state=0, n_epochs=11).fit(x)


compile_first()
serve(fit, quality, ["umap-learn", "hdbscan"])
