"""scikit-learn's GaussianMixture from its own k-means, a fixed number of iterations."""

import warnings

from bench_case import serve
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

warnings.simplefilter("ignore", ConvergenceWarning)


def fit(arrays, parameters):
    mixture = GaussianMixture(
        parameters["k"],
        covariance_type=parameters["covarianceType"],
        max_iter=parameters["iterations"],
        tol=0,
        n_init=1,
        random_state=0,
    )
    mixture.fit_predict(arrays["x"])
    return mixture


def quality(result, arrays, parameters):
    return {"log-likelihood": result.lower_bound_, "iterations": result.n_iter_}


serve(fit, quality, ["scikit-learn"])
