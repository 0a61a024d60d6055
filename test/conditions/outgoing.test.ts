import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { addMs } from "../../server/src/platform/clock.ts";
import { createConditionsWorld } from "../factories/conditions-world.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createPublicNetwork } from "../factories/public-network.ts";
import { OUTGOING_CASES, type OutgoingCase } from "./outgoing/cases.ts";
import { createResolver, NAMES, PUBLIC, PUBLIC_ELSEWHERE, PUBLIC_GONE } from "./outgoing/names.ts";
import { type OutgoingServers, startOutgoingServers } from "./outgoing/servers.ts";

const HOUR = 3600;
const MOST_TAKEN = 20 * 1024 * 1024;

let database: TestDatabase;
let servers: OutgoingServers;
let world: Awaited<ReturnType<typeof createConditionsWorld>>;
let network: ReturnType<typeof createPublicNetwork>;
const { lookup, asked } = createResolver();
const triggers = new Map<OutgoingCase, string>();
let turncoat: string;

/** With the servers' ports. */
function filled(text: string): string {
  const { victim, hooks, mute } = servers.ports;
  return text.replace(/VICTIM|HOOKS|MUTE/g, (name) =>
    String(name === "VICTIM" ? victim : name === "HOOKS" ? hooks : mute),
  );
}

before(
  async () => {
    database = await createTestDatabase();
    servers = await startOutgoingServers();
    const { hooks, victim, free } = servers.ports;
    network = createPublicNetwork({
      [PUBLIC]: { port: hooks },
      [PUBLIC_GONE]: { port: free },
      [PUBLIC_ELSEWHERE]: { port: victim, remoteAddress: "127.0.0.1" },
    });
    const env = { RECLUSTER_ALLOW_OUTGOING: "hooks.internal" };
    world = await createConditionsWorld(database.db, { env, lookup });
    const { collectionId, clusterId } = await world.collect(2);
    const documents = Array.from({ length: 100 }, (_, i) => ({
      document_id: `d${i}`,
      vectors: { v: [i, 1] },
    }));
    await world.ingest(collectionId, documents);
    const create = (url: string) =>
      world.trigger(clusterId, { condition_type: "custom", threshold: 1, webhook_url: filled(url) });
    for (const one of OUTGOING_CASES) {
      triggers.set(one, await create(one.url));
      // The checks are made in this order.
      world.clock.instant = addMs(world.clock.instant, 1);
    }
    turncoat = await create("http://turncoat.example/well");
    await world.round();
  },
  { timeout: 120_000 },
);
after(async () => {
  servers.close();
  network.remove();
  await world.close();
  await database.close();
});

describe("a failed check with evidence, which names the URL without its secrets and the reason", () => {
  for (const one of OUTGOING_CASES) {
    it(one.what, async () => {
      const id = triggers.get(one)!;
      const decisions = await world.decisions(id);
      const [{ reason, outcome, count, last_due, evidence }] = decisions;
      assert.deepEqual([decisions.length, reason, outcome, count], [1, "check_failed", "error", 1]);
      assert.equal(evidence.code, one.code, evidence.error);
      assert.partialDeepStrictEqual(evidence.details, JSON.parse(filled(JSON.stringify(one.details))));
      assert.match(evidence.error, one.says);
      const why = await world.why(id, new Date(last_due));
      assert.match(why, /its check failed: /);
      const shown = await world.show(id);
      assert.deepEqual([shown.status, shown.consecutive_failures], ["active", 1]);
      assert.ok(new Date(shown.next_scheduled_at) > world.clock.instant, "it has a next check");
      const told = JSON.stringify([evidence, why]);
      assert.ok(!told.includes("hidden"), "a token of the URL");
      // It would map the operator's network; a server that redirects has told its own address.
      const name = new URL(filled(one.url)).hostname;
      const addresses = evidence.details.status === undefined ? (NAMES[name] ?? []).flat() : [];
      for (const address of addresses) assert.ok(!told.includes(address), "what the name stands for");
    });
  }
});

describe("what was done", () => {
  it("nothing has reached the server that nothing may reach", () => assert.deepEqual(servers.reached, []));

  it("each name was resolved once", () => {
    const once = [...asked].filter(([name]) => !name.startsWith("hooks."));
    assert.ok(once.length >= 9);
    for (const [name, times] of once) assert.equal(times, 1, name);
  });

  it("of 100 MB little was taken, and connections that hung are closed", async () => {
    for (const path of ["/large/told", "/large/pieces"]) {
      await servers.closed(path);
      assert.ok(
        servers.taken.get(path)! < MOST_TAKEN,
        `${servers.taken.get(path)} bytes of ${path} were taken`,
      );
    }
    await servers.closed("/hang");
    await servers.closed("/drip");
  });
});

describe("the trigger goes on", () => {
  it("with its next check, of a server that is well by then or of another URL, and its failures are forgotten", async () => {
    servers.mend();
    const well = { webhook_url: filled("http://hooks.internal:HOOKS/well") };
    for (const [{ url }, id] of triggers) {
      const isMended = /^http:\/\/hooks\.(internal|example)/.test(url);
      if (!isMended) await world.ask("PATCH", `/v1/triggers/${id}`, { schedule_config: well });
    }
    await world.round(HOUR);
    for (const [{ what }, id] of triggers) {
      const decisions = await world.decisions(id);
      const { reason, evidence } = decisions.at(-1);
      assert.deepEqual([decisions.length, reason, evidence.value], [2, "below_threshold", 0.25], what);
      const { status, consecutive_failures } = await world.show(id);
      assert.deepEqual([status, consecutive_failures], ["active", 0], what);
    }
    assert.deepEqual(servers.reached, []);
  });

  it("a name that becomes this machine from one check to the next fails that check and no other", async () => {
    await world.round(HOUR);
    const decisions = await world.decisions(turncoat);
    assert.deepEqual(
      decisions.map(({ reason, evidence }) => [reason, evidence.value ?? evidence.details]),
      [
        ["below_threshold", 0.25],
        [
          "check_failed",
          {
            reason: "address",
            url: "http://turncoat.example/well",
            host: "turncoat.example",
            range: "loopback",
          },
        ],
        ["below_threshold", 0.25],
      ],
    );
    assert.equal(asked.get("turncoat.example"), 3);
    assert.equal((await world.show(turncoat)).consecutive_failures, 0);
  });
});
