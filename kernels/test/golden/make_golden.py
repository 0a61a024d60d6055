"""Makes the golden files of the kernels from scikit-learn. The tests read the files and need no Python.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scikit-learn==1.9.1
    /tmp/golden/bin/python kernels/test/golden/make_golden.py

Inputs are rounded to values that float32 holds as the tests read them; scikit-learn computes in float64.
"""

import json
import platform
from pathlib import Path

import numpy
import sklearn
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_iris, make_blobs, make_moons
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)

HERE = Path(__file__).parent
VERSIONS = {
    "python": platform.python_version(),
    "numpy": numpy.__version__,
    "scikit-learn": sklearn.__version__,
}


def case(name, x, truth, clusters, far_start=False):
    x = numpy.round(x, 3).astype(numpy.float32)
    exact = x.astype(numpy.float64)
    start = exact[numpy.random.RandomState(7).permutation(len(x))[:clusters]].copy()
    if far_start:
        # Two starting centres that get no row: they have to be moved to far rows.
        start[-2:] = exact.max() * 50
    start = start.astype(numpy.float32)
    fit = KMeans(clusters, init=start.astype(numpy.float64), n_init=1, tol=1e-4, algorithm="lloyd").fit(exact)
    labels = fit.labels_
    noisy = labels.copy()
    noisy[::7] = -1
    kept = noisy >= 0
    content = {
        "versions": VERSIONS,
        "cols": x.shape[1],
        "x": [float(f"{value:.3f}") for value in x.ravel()],
        "truth": truth.tolist(),
        "init": [float(value) for value in start.ravel()],
        "labels": labels.tolist(),
        "centers": [round(float(value), 6) for value in fit.cluster_centers_.ravel()],
        "inertia": fit.inertia_,
        "iterations": fit.n_iter_,
        "silhouette": silhouette_score(exact, labels),
        "davies_bouldin": davies_bouldin_score(exact, labels),
        "calinski_harabasz": calinski_harabasz_score(exact, labels),
        "adjusted_rand": adjusted_rand_score(truth, labels),
        "without_every_seventh": {
            "silhouette": silhouette_score(exact[kept], labels[kept]),
            "davies_bouldin": davies_bouldin_score(exact[kept], labels[kept]),
            "calinski_harabasz": calinski_harabasz_score(exact[kept], labels[kept]),
        },
    }
    (HERE / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


blobs, blob_truth = make_blobs(500, 6, centers=5, cluster_std=2.5, random_state=3)
case("blobs", blobs, blob_truth, 5)
case("blobs-far-start", blobs[:200], blob_truth[:200], 6, far_start=True)
case("blobs-offset", blobs[:300] + 1000, blob_truth[:300], 4)

digits = load_digits()
case("digits", digits.data[:600], digits.target[:600], 10)

iris = load_iris()  # holds a duplicate row
case("iris", iris.data, iris.target, 3)

moons, moon_truth = make_moons(300, noise=0.1, random_state=5)
case("moons", moons, moon_truth, 8)
