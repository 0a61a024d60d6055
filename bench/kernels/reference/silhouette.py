"""scikit-learn's silhouette_score of all rows."""

from bench_case import serve
from sklearn.metrics import silhouette_score


def fit(arrays, parameters):
    return silhouette_score(arrays["x"], arrays["labels"], metric=parameters["metric"])


def quality(result, arrays, parameters):
    return {"silhouette": result}


serve(fit, quality, ["scikit-learn"])
