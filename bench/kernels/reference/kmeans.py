"""scikit-learn's KMeans from its own seeding, a fixed number of iterations."""

import warnings

from bench_case import serve
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

warnings.simplefilter("ignore", ConvergenceWarning)


def fit(arrays, parameters):
    x = arrays["x"]
    init = arrays["init"] if "init" in arrays else "k-means++"
    return KMeans(
        parameters["k"], init=init, n_init=1, max_iter=parameters["iterations"], tol=0, random_state=0
    ).fit(x)


def quality(result, arrays, parameters):
    return {"inertia": result.inertia_, "iterations": result.n_iter_}


serve(fit, quality, ["scikit-learn"])
