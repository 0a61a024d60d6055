"""BERTopic's merge_models over the same runs, clusters and vectors: do documents keep their topic's number?

Each run is a model of its own whose topics are the given clusters (no embedding model, no reduction, no clustering);
merge_models([all before, this run]) gives its topics the numbers of those they resemble, or new ones. Vectors are
centred on the first run's mean, because the similarity is the cosine of topics' mean vectors."""

import json
import logging
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy as np
from bertopic import BERTopic
from bertopic.backend import BaseEmbedder
from bertopic.cluster import BaseCluster
from bertopic.dimensionality import BaseDimensionalityReduction
from bertopic.vectorizers import ClassTfidfTransformer


class NoEmbedder(BaseEmbedder):
    def embed(self, documents, verbose=False):
        raise RuntimeError("vectors are given")


def model(run, mean):
    x = np.asarray(run["vectors"], dtype=np.float32).reshape(-1, run["cols"]) - mean
    # One word a cluster: texts play no part in merging.
    texts = [f"cluster{label} word{label}" for label in run["labels"]]
    topics = BERTopic(
        embedding_model=NoEmbedder(),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        ctfidf_model=ClassTfidfTransformer(),
        calculate_probabilities=False,
    )
    assigned, _ = topics.fit_transform(texts, embeddings=x, y=np.asarray(run["labels"]))
    return topics, np.asarray(assigned)


runs = json.load(open(sys.argv[1]))
first = np.asarray(runs[0]["vectors"], dtype=np.float32).reshape(-1, runs[0]["cols"])
mean = first.mean(axis=0)
merged, assigned = model(runs[0], mean)
ids = dict(zip(runs[0]["documents"], assigned.tolist()))
figures = {"births": 0, "bornNamed": 0, "unchanged": 0, "kept": 0}
for run in runs[1:]:
    topics, assigned = model(run, mean)
    before = set(merged.get_topic_info()["Topic"])
    count = len(merged.topics_)
    merged = BERTopic.merge_models([merged, topics], min_similarity=0.7)
    # The documents of the run that was merged in come last.
    numbers = list(merged.topics_)[count:]
    now = dict(zip(run["documents"], numbers))
    for document, group in zip(run["documents"], run["truth"]):
        if document not in ids or group in run["touched"]:
            continue
        figures["unchanged"] += 1
        figures["kept"] += int(ids[document] == now[document])
    for born in run["born"]:
        figures["births"] += 1
        of = [now[d] for d, group in zip(run["documents"], run["truth"]) if group == born]
        figures["bornNamed"] += int(max(set(of), key=of.count) not in before)
    ids = now
print(json.dumps(figures))
