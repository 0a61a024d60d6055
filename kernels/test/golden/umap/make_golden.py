"""Makes the golden file of UMAP's stages from umap-learn. The tests read the file and need no Python.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install umap-learn==0.5.12 scikit-learn==1.9.1
    /tmp/golden/bin/python kernels/test/golden/umap/make_golden.py

Rows are those of ../blobs.json, ../digits.json, ../iris.json and ../moons.json. Neighbours are exact; where a row has
neighbours at equal distances on the edge of its list only its distances are compared, not its graph.
"""

import json
import platform
import warnings
from pathlib import Path

import numpy
import sklearn
import umap
from sklearn.manifold import trustworthiness
from sklearn.metrics import pairwise_distances
from umap.umap_ import find_ab_params, fuzzy_simplicial_set, smooth_knn_dist

warnings.filterwarnings("ignore")
HERE = Path(__file__).parent


def rows_of(name):
    content = json.loads((HERE.parent / f"{name}.json").read_text())
    return numpy.array(content["x"], dtype=numpy.float32).reshape(-1, content["cols"])


def neighbours(x, count):
    """The row itself first, then the others by distance and index, as umap-learn expects them."""
    distances = pairwise_distances(x.astype(numpy.float64))
    numpy.fill_diagonal(distances, -1)
    indices = numpy.argsort(distances, axis=1, kind="stable")[:, :count]
    numpy.fill_diagonal(distances, 0)
    return indices.astype(numpy.int32), numpy.take_along_axis(distances, indices, axis=1).astype(numpy.float32)


def digits_of(values, digits=7):
    return [float(f"{value:.{digits}g}") for value in numpy.asarray(values, dtype=numpy.float64).ravel()]


def smooth_case(name, count, local_connectivity):
    indices, distances = neighbours(rows_of(name), count)
    sigmas, rhos = smooth_knn_dist(distances, float(count), local_connectivity=float(local_connectivity))
    return {
        "data": name,
        "n_neighbors": count,
        "local_connectivity": local_connectivity,
        "sigmas": digits_of(sigmas),
        "rhos": digits_of(rhos),
    }


def graph_case(name, rows, count, mix):
    x = rows_of(name)[:rows]
    indices, distances = neighbours(x, count)
    graph, _, _ = fuzzy_simplicial_set(
        x, count, None, "euclidean", knn_indices=indices, knn_dists=distances, set_op_mix_ratio=mix
    )
    graph = graph.tocsr()
    graph.sort_indices()
    return {
        "data": name,
        "rows": rows,
        "n_neighbors": count,
        "set_op_mix_ratio": mix,
        "starts": graph.indptr.tolist(),
        "tails": graph.indices.tolist(),
        "weights": digits_of(graph.data, 6),
    }


def map_case(name, dims, count, min_dist):
    x = rows_of(name)
    found = []
    for seed in range(1, 6):
        fit = umap.UMAP(n_components=dims, n_neighbors=count, min_dist=min_dist, random_state=seed).fit(x)
        found.append(trustworthiness(x, fit.embedding_, n_neighbors=15))
    return {
        "data": name,
        "n_components": dims,
        "n_neighbors": count,
        "min_dist": min_dist,
        "trustworthiness": digits_of(found, 5),
    }


def transform_case(name, train, count):
    """Trustworthiness of the places of new rows together with those of the rows the map was made of."""
    x = rows_of(name)
    found = []
    for seed in range(1, 4):
        fit = umap.UMAP(n_neighbors=count, random_state=seed).fit(x[:train])
        both = numpy.vstack([fit.embedding_, fit.transform(x[train:])])
        found.append(trustworthiness(x, both, n_neighbors=15))
    return {"data": name, "train": train, "n_neighbors": count, "trustworthiness": digits_of(found, 5)}


content = {
    "versions": {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
        "umap-learn": umap.__version__,
    },
    "curves": [
        {"spread": spread, "min_dist": min_dist, **dict(zip("ab", map(float, find_ab_params(spread, min_dist))))}
        for spread, min_dist in [(1, 0.1), (1, 0), (1, 0.5), (1, 0.99), (2, 0.1), (0.5, 0.25), (5, 0.001)]
    ],
    "smooth": [
        smooth_case("blobs", 15, 1),
        smooth_case("iris", 15, 1),
        smooth_case("iris", 5, 2.5),
        smooth_case("digits", 30, 2),
        smooth_case("moons", 10, 0.5),
    ],
    "graphs": [graph_case("moons", 300, 10, 1), graph_case("blobs", 150, 15, 1), graph_case("blobs", 100, 8, 0.3)],
    "maps": [
        map_case("digits", 2, 15, 0.1),
        map_case("digits", 5, 15, 0),
        map_case("digits", 3, 30, 0.5),
        map_case("blobs", 2, 15, 0.1),
    ],
    "transforms": [transform_case("digits", 450, 15)],
}
(HERE / "umap.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
