"""Makes golden/mixture, golden/pca and golden/quality from scikit-learn, on the rows of the files beside this one and on
the text embeddings of @sap-ux/fiori-docs-embeddings, a development dependency. Run as make_golden.py says, after it.

Inputs are float32 values; scikit-learn computes in float64.
"""

import json
import platform
from pathlib import Path

import numpy
import scipy
import sklearn
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import normalize

HERE = Path(__file__).parent
EMBEDDINGS = HERE.parents[2] / "node_modules/@sap-ux/fiori-docs-embeddings/data/embeddings/embeddings.bin"
VERSIONS = {
    "python": platform.python_version(),
    "numpy": numpy.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
}


def stored(name):
    golden = json.loads((HERE / f"{name}.json").read_text())
    x = numpy.array(golden["x"], dtype=numpy.float32).astype(numpy.float64).reshape(-1, golden["cols"])
    start = numpy.array(golden["init"], dtype=numpy.float32).astype(numpy.float64).reshape(-1, golden["cols"])
    return x, start, numpy.array(golden["labels"]), numpy.array(golden["truth"])


def embeddings():
    x = numpy.fromfile(EMBEDDINGS, dtype=numpy.float32).reshape(-1, 384).astype(numpy.float64)
    start = x[numpy.arange(12) * 60]
    labels = KMeans(12, init=start, n_init=1).fit(x).labels_
    return x, start, labels, (numpy.arange(len(x)) // 65)


def write(folder, name, content):
    path = HERE / folder / f"{name}.json"
    path.write_text(json.dumps({"versions": VERSIONS, **content}, separators=(",", ":")) + "\n")


def rounded(values, digits=9):
    return [float(f"{value:.{digits}g}") for value in numpy.ravel(values)]


def mixture(data, covariance_type, reg_covar=1e-6, tol=1e-3, max_iter=100, components=None):
    x, start, _, _ = DATA[data]
    start = start[:components]
    k, cols = start.shape
    precision = 1 / numpy.maximum(x.var(axis=0), 1e-2)
    full = numpy.stack([numpy.diag(precision)] * k)
    fit = GaussianMixture(
        k,
        covariance_type=covariance_type,
        reg_covar=reg_covar,
        tol=tol,
        max_iter=max_iter,
        means_init=start,
        weights_init=numpy.full(k, 1 / k),
        precisions_init=full if covariance_type == "full" else numpy.stack([precision] * k),
    )
    labels = fit.fit_predict(x)
    shifted = x[::3] + 0.01
    content = {
        "data": data,
        "components": k,
        "covarianceType": covariance_type,
        "regCovar": reg_covar,
        "tol": tol,
        "maxIter": max_iter,
        "precision": [float(value) for value in precision],
        "labels": labels.tolist(),
        "lowerBound": float(fit.lower_bound_),
        "score": float(fit.score(x)),
        "iterations": fit.n_iter_,
        "converged": bool(fit.converged_),
        "weights": rounded(fit.weights_),
        "means": rounded(fit.means_, 7),
        "variances": rounded(
            [numpy.diag(c) for c in fit.covariances_] if covariance_type == "full" else fit.covariances_, 7
        ),
        "shiftedLabels": fit.predict(shifted).tolist(),
        "shiftedScore": float(fit.score(shifted)),
    }
    write("mixture", f"{data}-{covariance_type}-{reg_covar:g}", content)


def pca(name, x, dims, whiten=False):
    fit = PCA(dims, whiten=whiten, svd_solver="full").fit(x)
    coordinates = fit.transform(x)
    write(
        "pca",
        name,
        {
            "dims": dims,
            "rows": len(x),
            "whiten": whiten,
            "explainedVariance": rounded(fit.explained_variance_),
            "explainedVarianceRatio": rounded(fit.explained_variance_ratio_),
            "singularValues": rounded(fit.singular_values_),
            "noiseVariance": float(fit.noise_variance_),
            "components": rounded(fit.components_, 7),
            "coordinates": rounded(coordinates[:20], 7),
        },
    )


def medoid(rows, metric):
    distances = metrics.pairwise_distances(rows, metric=metric)
    return int(distances.sum(axis=1).argmin())


def quality(name):
    x, _, labels, truth = DATA[name]
    other = numpy.random.RandomState(3).randint(0, 7, len(labels))
    noisy = labels.copy()
    noisy[::5] = -1
    kept = noisy >= 0
    names = numpy.unique(labels)
    write(
        "quality",
        name,
        {
            "labels": labels.tolist(),
            "truth": truth.tolist(),
            "other": other.tolist(),
            "cosine": metrics.silhouette_score(x, labels, metric="cosine"),
            "cosineWithoutFifth": metrics.silhouette_score(x[kept], labels[kept], metric="cosine"),
            "euclidean": metrics.silhouette_score(x, labels),
            "agreement": [
                {
                    "adjustedMutualInformation": metrics.adjusted_mutual_info_score(a, b),
                    "normalizedMutualInformation": metrics.normalized_mutual_info_score(a, b),
                    "homogeneity": metrics.homogeneity_score(a, b),
                    "completeness": metrics.completeness_score(a, b),
                    "vMeasure": metrics.v_measure_score(a, b),
                    "halfVMeasure": metrics.v_measure_score(a, b, beta=0.5),
                }
                for a, b in [(truth, labels), (truth, other), (labels, noisy), (truth, truth)]
            ],
            "medians": rounded([numpy.median(x[labels == label], axis=0)[:20] for label in names]),
            "medoids": [
                [int(numpy.flatnonzero(labels == label)[medoid(x[labels == label], metric)]) for label in names]
                for metric in ("euclidean", "cosine")
            ],
            "directions": rounded(
                [normalize(normalize(x[labels == label]).mean(axis=0)[None])[0][:20] for label in names], 7
            ),
        },
    )


DATA = {name: stored(name) for name in ("blobs", "blobs-offset", "digits", "iris", "moons")}
DATA["embeddings"] = embeddings()

for covariance_type in ("full", "diag"):
    for data in ("blobs", "blobs-offset", "iris", "moons"):
        mixture(data, covariance_type)
    mixture("digits", covariance_type, reg_covar=1e-2)
mixture("digits", "diag", reg_covar=1e-6)
mixture("embeddings", "diag")
mixture("embeddings", "full", reg_covar=1e-3, components=2)

pca("iris", DATA["iris"][0], 4)
pca("iris-whitened", DATA["iris"][0], 3, whiten=True)
pca("digits", DATA["digits"][0], 10)
pca("blobs-offset", DATA["blobs-offset"][0], 5)
pca("embeddings", DATA["embeddings"][0], 8)
pca("embeddings-wide", DATA["embeddings"][0][:100], 8)

for name in ("blobs", "digits", "iris", "moons", "embeddings"):
    quality(name)


def seeding(name, k):
    """Medians over 20 seeds of what fits from their own start reach."""
    x = DATA[name][0]
    inertias = [KMeans(k, n_init=1, random_state=seed).fit(x).inertia_ for seed in range(20)]
    mixtures = [
        GaussianMixture(k, covariance_type="diag", reg_covar=1e-2, random_state=seed).fit(x).lower_bound_
        for seed in range(20)
    ]
    return {
        "data": name,
        "k": k,
        "inertia": float(numpy.median(inertias)),
        "lowerBound": float(numpy.median(mixtures)),
        "worstInertia": max(inertias),
        "worstLowerBound": min(mixtures),
    }


SEEDED = [("blobs", 5), ("digits", 10), ("digits", 30), ("iris", 3), ("moons", 8), ("embeddings", 12)]
write("seeding", "medians", {"cases": [seeding(name, k) for name, k in SEEDED]})
