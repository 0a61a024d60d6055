import assert from "node:assert/strict";
import { test } from "node:test";
import { alikeGroups } from "./alike.ts";
import { tellApart } from "./tell-apart.ts";

test("labels of the same words are alike, whatever case, order, plural and punctuation", () => {
  assert.deepEqual(alikeGroups(["Card Refunds", "refund, card", "Cards: Refund!", "Vouchers"]), [[0, 1, 2]]);
  assert.deepEqual(alikeGroups(["ﬁle １", "File 1"]), [[0, 1]]);
  assert.deepEqual(alikeGroups([null, null, "a", "a"]), [[2, 3]]);
  assert.deepEqual(alikeGroups([]), []);
});

test("labels of nearly the same letters are alike, unless told otherwise or a digit differs", () => {
  const labels = ["Authentication error", "Authentification error", "Invoice error"];
  assert.deepEqual(alikeGroups(labels), [[0, 1]]);
  assert.deepEqual(alikeGroups(labels, { near: false }), []);
  assert.deepEqual(alikeGroups(["digit: 1", "digit: 7"]), []);
  assert.deepEqual(alikeGroups(["Release notes 10.1", "Release notes 10.2"]), []);
});

test("what is alike by way of a third is one group", () => {
  assert.deepEqual(alikeGroups(["abcdefghijklmnop", "abcdefghijklmnox", "abcdefghijklmyox"]), [[0, 1, 2]]);
});

test("signs and one letter are names, too", () => {
  assert.deepEqual(alikeGroups(["?!", "?!", "…", "x", "y"]), [[0, 1]]);
});

test("each gets its first hint that the others have not", () => {
  assert.deepEqual(
    tellApart(
      ["Refunds", "Invoices", "refunds"],
      [["refund", "money", "card"], ["bill"], ["money", "voucher", "card"]],
    ),
    ["Refunds", "Invoices", "refunds (voucher)"],
  );
});

test("a hint that the label says already tells nothing", () => {
  assert.deepEqual(
    tellApart(
      ["Card refunds", "Card refunds"],
      [
        ["card", "visa"],
        ["refunds", "cash"],
      ],
    ),
    ["Card refunds (visa)", "Card refunds (cash)"],
  );
});

test("without hints the first keeps its name and the others are numbered, past names that are taken", () => {
  assert.deepEqual(tellApart(["A b", "a B", "A b"], [[], [], []]), ["A b", "a B (2)", "A b (3)"]);
  assert.deepEqual(tellApart(["x", "x", "x (2)", null], [[], [], [], []]), ["x", "x (2)", "x (2) (2)", null]);
});

test("who stays keeps the bare name, wherever it stands, and is not taken by what another gets", () => {
  const stays = [false, true, false, true];
  assert.deepEqual(
    tellApart(["Refunds", "refund", "x", "Refund (card)"], [["card"], [], [], []], { stays }),
    ["Refunds (card)", "refund", "x", "Refund (card)"],
  );
  assert.deepEqual(tellApart(["a", "a", "b", "a (2)"], [[], [], [], []], { stays }), ["a (2) (2)", "a", "b", "a (2)"]); // prettier-ignore
  // Two that stay are left alike; a label that is none cannot stay.
  assert.deepEqual(tellApart(["a", "a", null], [[], [], []], { stays: [true, true, true] }), [
    "a",
    "a",
    null,
  ]);
});

test("of a thousand labels no two stay the same", () => {
  const labels = Array.from({ length: 1000 }, (_, i) => ["Errors", "errors", "Error"][i % 3]!);
  const told = tellApart(
    labels,
    labels.map((_, i) => [`word${i % 100}`]),
  );
  assert.equal(new Set(told).size, 1000);
});
