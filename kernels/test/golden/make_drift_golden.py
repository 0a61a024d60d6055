"""Makes the golden files of the drift metrics, in the plainest way: scikit-learn, scipy and a loop over documents.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scikit-learn==1.9.1
    /tmp/golden/bin/python kernels/test/golden/make_drift_golden.py

Rows and centres are those of the other golden files, and the embeddings of @sap-ux/fiori-docs-embeddings.
"""

import json
import platform
from pathlib import Path

import numpy
import scipy
import sklearn
from scipy.spatial.distance import jensenshannon, pdist
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    roc_auc_score,
    silhouette_score,
)
from sklearn.metrics.pairwise import cosine_similarity, rbf_kernel

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
VERSIONS = {
    "python": platform.python_version(),
    "numpy": numpy.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}


def unit(x):
    return x / numpy.linalg.norm(x, axis=1, keepdims=True)


def load(name):
    if name != "embeddings":
        content = json.loads((HERE / f"{name}.json").read_text())
        cols = content["cols"]
        x = numpy.array(content["x"], dtype=numpy.float32).reshape(-1, cols)
        start = numpy.array(content["init"], dtype=numpy.float32).reshape(-1, cols)
    else:
        path = ROOT / "node_modules/@sap-ux/fiori-docs-embeddings/data/embeddings/embeddings.bin"
        x = numpy.fromfile(path, dtype=numpy.float32).reshape(-1, 384)
        start = x[numpy.arange(12) * 60]
    return unit(x.astype(numpy.float64)), unit(start.astype(numpy.float64))


def left_out_auc(x, a, b):
    """A discriminant with shrunken covariance for each document, fitted on all others, and the area under its scores."""
    pooled = numpy.unique(numpy.concatenate([a, b]))
    centred = x - x[pooled].mean(axis=0)
    covariance = centred[pooled].T @ centred[pooled] / len(pooled)
    ridge = 0.5 * numpy.sum(covariance**2) / numpy.trace(covariance)
    inverse = numpy.linalg.inv(covariance + ridge * numpy.eye(x.shape[1]))
    score = {}
    for document in pooled:
        others_a = centred[a[a != document]].sum(axis=0) / len(a)
        others_b = centred[b[b != document]].sum(axis=0) / len(b)
        score[document] = centred[document] @ inverse @ (others_b - others_a)
    return roc_auc_score(
        [0] * len(a) + [1] * len(b), [score[document] for document in numpy.concatenate([a, b])]
    )


def squared_discrepancy(x, a, b):
    """Unbiased, without the pairs of a document with itself, inside the samples and between them."""
    pooled = numpy.unique(numpy.concatenate([a, b]))
    bandwidth = numpy.median(pdist(x[pooled]))
    kernel = rbf_kernel(x, gamma=1 / (2 * bandwidth**2))

    def mean(one, other):
        pairs = one[:, None] != other[None, :]
        return kernel[numpy.ix_(one, other)][pairs].mean()

    return bandwidth, mean(a, a) + mean(b, b) - 2 * mean(a, b)


def explained(x, labels):
    k, n = len(set(labels)), len(labels)
    ratio = calinski_harabasz_score(x, labels)
    return ratio * (k - 1) / (ratio * (k - 1) + n - k)


def distance_and_noise(x, a, b):
    pooled = numpy.unique(numpy.concatenate([a, b]))
    centred = x - x[pooled].mean(axis=0)
    noise = 0.0
    for document in pooled:
        weight = (document in b) / len(b) - (document in a) / len(a)
        noise += weight**2 * numpy.sum(centred[document] ** 2)
    return numpy.linalg.norm(x[a].mean(axis=0) - x[b].mean(axis=0)), numpy.sqrt(noise)


def case(name):
    x, start = load(name)
    rows = numpy.arange(len(x))
    # Some documents in both; the second sample lacks many of the documents that look like the first centre.
    near = cosine_similarity(x, start).argmax(axis=1)
    a = rows[(rows % 2 == 0) | (rows % 5 == 0)]
    b = rows[((rows % 2 == 1) | (rows % 5 == 0)) & ((near > 0) | (rows % 3 == 0))]
    labels_a, labels_b = near[a], near[b]
    shares = [numpy.bincount(labels, minlength=len(start)) / len(labels) for labels in (labels_a, labels_b)]
    bandwidth, squared = squared_discrepancy(x, a, b)
    distance, noise = distance_and_noise(x, a, b)
    means = [x[a].mean(axis=0)[None], x[b].mean(axis=0)[None]]
    content = {
        "versions": VERSIONS,
        "baseline": a.tolist(),
        "current": b.tolist(),
        "auc": left_out_auc(x, a, b),
        "cosine": 1 - cosine_similarity(*means)[0, 0],
        "distance": distance,
        "noise": noise,
        "bandwidth": bandwidth,
        "mmd": numpy.sqrt(max(0, squared) / 2),
        "shares": [share.tolist() for share in shares],
        "share_distance": jensenshannon(*shares, base=2),
        "silhouette": [(silhouette_score(x[r], l) + 1) / 2 for r, l in ((a, labels_a), (b, labels_b))],
        "davies_bouldin": [1 / (1 + davies_bouldin_score(x[r], l)) for r, l in ((a, labels_a), (b, labels_b))],
        "calinski_harabasz": [explained(x[r], l) for r, l in ((a, labels_a), (b, labels_b))],
    }
    (HERE / "drift").mkdir(exist_ok=True)
    (HERE / "drift" / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


for name in ["blobs", "digits", "iris", "embeddings"]:
    case(name)
