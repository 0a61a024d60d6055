"""scikit-learn's PCA by its own choice of solver, which for such rows is the exact one of the covariance."""

from bench_case import serve
from sklearn.decomposition import PCA


def fit(arrays, parameters):
    reduction = PCA(parameters["dims"], random_state=0)
    reduction.fit_transform(arrays["x"])
    return reduction


def quality(result, arrays, parameters):
    return {"explained variance": result.explained_variance_ratio_.sum()}


serve(fit, quality, ["scikit-learn"])
