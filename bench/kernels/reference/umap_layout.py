"""umap-learn with a seed, which makes it run on one thread. Compiled before the first run."""

import sys
import warnings

import umap
from bench_case import read_arrays, serve
from sklearn.manifold import trustworthiness

warnings.simplefilter("ignore")


def fit(arrays, parameters):
    return umap.UMAP(random_state=parameters["seed"]).fit_transform(arrays["x"])


def quality(result, arrays, parameters):
    sample = arrays["sample"]
    found = trustworthiness(arrays["x"][sample], result[sample], n_neighbors=parameters["neighbours"])
    return {"trustworthiness": found}


def compile_first():
    x = read_arrays(sys.argv[1])["x"][:4200]
    umap.UMAP(random_state=0, n_epochs=11).fit(x)


compile_first()
serve(fit, quality, ["umap-learn", "scikit-learn"])
