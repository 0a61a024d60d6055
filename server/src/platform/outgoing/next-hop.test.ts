import assert from "node:assert/strict";
import { test } from "node:test";

import { nextHop } from "./next-hop.ts";
import { OutgoingRefused } from "./outgoing-error.ts";

const asked = { method: "GET", headers: { "x-key": "k" }, body: null } as const;
const hop = (from: string, status: number, location?: string) =>
  nextHop(new URL(from), { status, headers: location === undefined ? {} : { location } }, asked);

test("only redirects with a location lead on", () => {
  for (const status of [200, 204, 300, 304, 305, 306, 400])
    assert.equal(hop("http://a.example/", status, "/b"), null);
  assert.equal(hop("http://a.example/", 302), null);
});

test("a location may be relative; the same origin keeps the headers, another gets none", () => {
  assert.deepEqual(hop("http://a.example/x/y?z", 302, "../b"), { ...asked, url: "http://a.example/b" });
  assert.deepEqual(hop("http://a.example/", 302, "//b.example/"), {
    ...asked,
    headers: {},
    url: "http://b.example/",
  });
  assert.deepEqual(hop("http://a.example/", 302, "https://a.example/"), {
    ...asked,
    headers: {},
    url: "https://a.example/",
  });
});

test("from https nothing leads to http, and to what is no URL nothing leads", () => {
  for (const location of ["http://a.example/", "ftp://a.example/", "http://"]) {
    assert.throws(() => hop("https://a.example/", 302, location), OutgoingRefused);
  }
});
