import assert from "node:assert/strict";
import { test } from "node:test";

import { generateSigningSecret, isSigningSecret, signRequest } from "./sign-request.ts";

test("the example that the libraries of Standard Webhooks test themselves by", () => {
  const headers = signRequest("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    sentAt: new Date("2021-02-25T15:02:10.999Z"),
    body: Buffer.from('{"test": 2432232314}'),
  });
  assert.deepEqual(headers, {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("a generated secret is one, and no two are the same", () => {
  const [one, two] = [generateSigningSecret(), generateSigningSecret()];
  assert.ok(isSigningSecret(one) && isSigningSecret(two));
  assert.notEqual(one, two);
});

test("what is no secret", () => {
  const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
  assert.deepEqual([23, 24, 64, 65].map(of).map(isSigningSecret), [false, true, true, false]);
  const good = of(32);
  for (const wrong of [
    "",
    "whsec_",
    good.slice(6),
    `${good} `,
    good.slice(0, -1),
    good.replace("Bw", "B-"),
    `x${good}`,
  ]) {
    assert.ok(!isSigningSecret(wrong), wrong);
  }
});
