import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestCollection } from "../../../test/factories/collection.ts";
import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { AppError } from "../platform/app-error.ts";
import { executionConfigOf } from "./execution-config.ts";
import { insertClusterForTrigger } from "./insert-cluster-for-trigger.ts";

describe("the cluster of a trigger's execution_config", () => {
  let database: TestDatabase;
  let tenant: TestTenant;
  before(async () => {
    database = await createTestDatabase();
    tenant = await createTenant(database.db);
  });
  after(() => database.close());

  const collection = (name: string, features: { name: string; dimensions: number }[], owner = tenant) =>
    createTestCollection(database.db, owner, name, features);

  const insert = (collectionIds: string[], config: Record<string, unknown>) =>
    database.db.transaction((tx) =>
      insertClusterForTrigger(tx, tenant, { collection_ids: collectionIds, config }, "nightly"),
    );

  const refusal = async (collectionIds: string[], config: Record<string, unknown>) => {
    const error = await insert(collectionIds, config).then(
      () => assert.fail("it was accepted"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof AppError, String(error));
    return error;
  };

  it("is stored with its config as sent, named after the hint", async () => {
    const articles = await collection("articles", [{ name: "text", dimensions: 4 }]);
    const config = { algorithm: "kmeans", n_clusters: 3, feature_uris: ["text"] };
    const { clusterId, definition } = await insert(["articles", articles], config);
    assert.deepEqual(definition.collectionIds, [articles]);
    assert.equal(definition.featureName, "text");
    const row = await database.db.sql
      .selectFrom("clusters")
      .selectAll()
      .where("cluster_id", "=", clusterId)
      .executeTakeFirstOrThrow();
    assert.match(row.name, /^nightly-[0-9A-Za-z]{8}$/);
    assert.equal(row.cluster_type, "vector");
    assert.deepEqual(row.definition, definition);
    assert.deepEqual(executionConfigOf(row), { collection_ids: [articles], config });
  });

  it("needs collections of this namespace that share the feature", async () => {
    const one = await collection("one", [
      { name: "text", dimensions: 4 },
      { name: "image", dimensions: 8 },
    ]);
    const two = await collection("two", [{ name: "image", dimensions: 16 }]);
    const foreign = await collection("secret", [], await createTenant(database.db));
    const kmeans = { algorithm: "kmeans" };
    const before = await countClusters();

    for (const unknown of ["col_unknown", foreign, "secret"]) {
      const error = await refusal([one, unknown], kmeans);
      assert.equal(error.code, "not_found");
      assert.equal(error.message, `collection '${unknown}' was not found in this namespace.`);
    }
    const ambiguous = await refusal([one], kmeans);
    assert.equal(ambiguous.code, "unknown_feature");
    assert.deepEqual(ambiguous.details?.features, ["text", "image"]);
    const unknown = await refusal([one], { ...kmeans, feature_uris: ["sound"] });
    assert.equal(unknown.code, "unknown_feature");
    assert.match(unknown.message, /'sound'.*text, image/);
    const notShared = await refusal([one, two], { ...kmeans, feature_uris: ["text"] });
    assert.equal(notShared.code, "unknown_feature");
    assert.equal((await refusal([one, two], kmeans)).code, "wrong_dimensions");
    assert.equal(await countClusters(), before);
  });

  it("needs no feature to group by attributes", async () => {
    const plain = await collection("plain", []);
    const { definition } = await insert([plain], { algorithm: "attribute_based", attributes: ["brand"] });
    assert.equal(definition.method.algorithm, "attribute_based");
  });

  async function countClusters(): Promise<number> {
    const { count } = await database.db.sql
      .selectFrom("clusters")
      .select((expression) => expression.fn.countAll<number>().as("count"))
      .where("namespace_id", "=", tenant.namespaceId)
      .executeTakeFirstOrThrow();
    return count;
  }
});
