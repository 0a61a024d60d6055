import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from "node:net";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

import { createPublicNetwork } from "../../../../test/factories/public-network.ts";
import { AppError } from "../app-error.ts";
import { readAllowList } from "./allow-list.ts";
import type { HostAddress } from "./find-addresses.ts";
import { OutgoingRefused } from "./outgoing-error.ts";
import { sendOutgoing, type OutgoingDeps, type OutgoingRequest } from "./send-outgoing.ts";

const closing: (() => void)[] = [];
after(() => closing.forEach((close) => close()));

/** A server on an address of this machine; returns its port. */
async function serve(listener: RequestListener, address = "127.0.0.1"): Promise<number> {
  return listen(createServer(listener), address);
}

async function serveBytes(onSocket: (socket: Socket) => void): Promise<number> {
  return listen(
    createTcpServer((socket) => {
      socket.on("error", () => {});
      onSocket(socket);
      // Who does not read is not told that the other end has closed.
      socket.resume();
    }),
  );
}

async function listen(server: Server | TcpServer, address = "127.0.0.1", port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(port, address);
  await once(server, "listening");
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

const loopback: HostAddress = { address: "127.0.0.1", family: 4 };
const ALLOWED: OutgoingDeps = { allow: readAllowList("127.0.0.1") };
const never = new AbortController().signal;

function send(
  url: string,
  deps: OutgoingDeps = ALLOWED,
  more: Partial<OutgoingRequest & { redirects: number }> = {},
) {
  const request = {
    method: "GET",
    headers: {},
    body: null,
    timeoutMs: 20_000,
    maxBytes: 1000,
    ...more,
  } as const;
  return sendOutgoing(deps, { url, ...request }, never);
}

async function refusalOf(
  work: Promise<unknown>,
  code: "outgoing_refused" | "outgoing_failed",
  reason: string,
) {
  const error = await work.then(
    () => assert.fail("it was sent"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AppError, String(error));
  assert.deepEqual([error.code, error.details?.reason], [code, reason], error.message);
  assert.equal(error instanceof OutgoingRefused, code === "outgoing_refused");
  return error;
}

/** Calls back with the request's body when it is whole. */
function withText(request: IncomingMessage, then: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => then(Buffer.concat(chunks).toString()));
}

describe("what is sent, and what comes back", () => {
  it("method, headers and body arrive, status, headers and body return, whatever the status", async () => {
    const port = await serve((request, response) => {
      const { method, url, headers } = request;
      response.writeHead(418, { "x-twice": ["a", "b"], "X-Mixed": "Case" });
      withText(request, (body) => {
        response.end(JSON.stringify({ method, url, key: headers["x-key"], host: headers.host, body }));
      });
    });
    const answer = await send(`http://127.0.0.1:${port}/a%20b?c=d#e`, ALLOWED, {
      method: "POST",
      headers: { "x-key": "k" },
      body: Buffer.from("ö"),
    });
    assert.equal(answer.status, 418);
    assert.deepEqual([answer.headers["x-twice"], answer.headers["x-mixed"]], ["a, b", "Case"]);
    assert.deepEqual(JSON.parse(answer.body.toString()), {
      method: "POST",
      url: "/a%20b?c=d",
      key: "k",
      host: `127.0.0.1:${port}`,
      body: "ö",
    });
  });

  it("a body of exactly the limit is whole", async () => {
    const port = await serve((_, response) => void response.end("x".repeat(1000)));
    assert.equal((await send(`http://127.0.0.1:${port}/`)).body.length, 1000);
  });

  it("a proxy of the environment is not asked", async () => {
    let asked = 0;
    const proxy = await serve((_, response) => void (asked++, response.end("proxy")));
    const port = await serve((_, response) => void response.end("itself"));
    const script = `
      const { sendOutgoing } = await import(${JSON.stringify(import.meta.resolve("./send-outgoing.ts"))});
      const { readAllowList } = await import(${JSON.stringify(import.meta.resolve("./allow-list.ts"))});
      const answer = await sendOutgoing({ allow: readAllowList("127.0.0.1") },
        { url: "http://127.0.0.1:${port}/", method: "GET", headers: {}, body: null, timeoutMs: 20000, maxBytes: 100 },
        new AbortController().signal);
      console.log(answer.body.toString());`;
    const proxyUrl = `http://127.0.0.1:${proxy}`;
    const env = { ...process.env, NODE_USE_ENV_PROXY: "1", NO_PROXY: "", no_proxy: "" };
    for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) {
      Object.assign(env, { [name]: proxyUrl });
    }
    const args = ["--conditions=recluster-source", "--input-type=module", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    assert.equal(stdout.trim(), "itself");
    assert.equal(asked, 0);
  });
});

describe("what is refused before anything is connected", () => {
  const port = 9;
  const urls: [string, string][] = [
    // Loopback, private and link-local addresses in every notation that a URL takes.
    [`http://127.0.0.1:${port}/`, "address"],
    [`http://127.1:${port}/`, "address"],
    [`http://2130706433:${port}/`, "address"],
    [`http://0x7f000001:${port}/`, "address"],
    [`http://0x7f.0x0.0x0.0x1:${port}/`, "address"],
    [`http://017700000001:${port}/`, "address"],
    [`http://0177.0.0.01:${port}/`, "address"],
    [`http://127.0.0.1.:${port}/`, "address"],
    [`http://１２７.０.０.１:${port}/`, "address"],
    [`http://①②⑦.⓪.⓪.①:${port}/`, "address"],
    [`http://%31%32%37.0.0.1:${port}/`, "address"],
    [`http://0/`, "address"],
    [`http://10.0.0.1/`, "address"],
    [`http://192.168.0.1/`, "address"],
    [`http://169.254.169.254/latest/meta-data/`, "address"],
    [`http://[::1]:${port}/`, "address"],
    [`http://[0:0:0:0:0:0:0:1]:${port}/`, "address"],
    [`http://[::]:${port}/`, "address"],
    [`http://[::ffff:127.0.0.1]:${port}/`, "address"],
    [`http://[::ffff:7f00:1]:${port}/`, "address"],
    [`http://[::127.0.0.1]:${port}/`, "address"],
    [`http://[64:ff9b::7f00:1]/`, "address"],
    [`http://[2002:7f00:1::]/`, "address"],
    [`http://[fd00:ec2::254]/`, "address"],
    [`http://[fe80::1]/`, "address"],
    [`http://[fe80::1%25eth0]/`, "url"],
    [`http://[fe80::1%eth0]/`, "url"],
    // Names that are this machine.
    [`http://localhost:${port}/`, "host"],
    [`http://LOCALHOST/`, "host"],
    [`http://hooks.localhost/`, "host"],
    [`http://localhost./`, "host"],
    [`http://hooks.example./`, "host"],
    // URLs that are none, or not for this.
    ["", "url"],
    ["hooks.example.org/check", "url"],
    ["http://", "url"],
    ["http://:80/", "url"],
    ["http://256.1.1.1/", "url"],
    ["http://1.2.3.4.5/", "url"],
    ["http://a b/", "url"],
    ["http://hooks.example:65536/", "url"],
    [`http://hooks.example/${"x".repeat(9000)}`, "url"],
    ["http://hooks.example:0/", "port"],
    ["ftp://hooks.example/", "scheme"],
    ["file:///etc/passwd", "scheme"],
    ["gopher://hooks.example/", "scheme"],
    ["data:application/json,{}", "scheme"],
    ["unix:/var/run/docker.sock", "scheme"],
    ["ws://hooks.example/", "scheme"],
    ["http://user@hooks.example/", "credentials"],
    ["http://:secret@hooks.example/", "credentials"],
  ];
  for (const [url, reason] of urls) {
    it(`${reason}: ${url.slice(0, 60) || "(empty)"}`, async () => {
      const lookup = () => assert.fail("it was resolved");
      const error = await refusalOf(send(url, { lookup }), "outgoing_refused", reason);
      assert.ok(!error.message.includes("secret"));
    });
  }

  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "::1",
    "::ffff:10.0.0.1",
    "fd00::1",
    "64:ff9b::a00:1",
  ]) {
    it(`a name that resolves to ${address}, alone or behind a public address`, async () => {
      const found = { address, family: address.includes(":") ? 6 : 4 };
      for (const addresses of [[found], [{ address: "93.184.216.34", family: 4 }, found]]) {
        const lookup = () => Promise.resolve(addresses);
        const error = await refusalOf(
          send("http://hooks.example/", { lookup }),
          "outgoing_refused",
          "address",
        );
        assert.equal(error.details?.host, "hooks.example");
        // The answer must not map the operator's network.
        assert.ok(!JSON.stringify([error.message, error.details]).includes(address), error.message);
      }
    });
  }

  it("the message names the setting that allows it, and the setting does", async () => {
    const own = await serve((_, response) => void response.end("ok"));
    const lookup = () => Promise.resolve([loopback]);
    const refused = await refusalOf(
      send(`http://hooks.example:${own}/`, { lookup }),
      "outgoing_refused",
      "address",
    );
    assert.match(refused.message, /'hooks\.example' in RECLUSTER_ALLOW_OUTGOING/);
    for (const list of ["hooks.example", "127.0.0.0/8", "127.0.0.1"]) {
      const answer = await send(`http://hooks.example:${own}/`, { lookup, allow: readAllowList(list) });
      assert.equal(answer.body.toString(), "ok", list);
    }
    const byName = await send(`http://localhost:${own}/`, { lookup, allow: readAllowList("localhost") });
    assert.equal(byName.status, 200);
    const other = { lookup, allow: readAllowList("example,127.0.0.2,10.0.0.0/8") };
    await refusalOf(send(`http://hooks.example:${own}/`, other), "outgoing_refused", "address");
  });
});

describe("names whose addresses change", () => {
  it("connects to the address that was checked, resolves once, and again for the next request", async () => {
    const first = await serve((_, response) => void response.end("the checked one"));
    let others = 0;
    const second = createServer((_, response) => void (others++, response.end("another")));
    await listen(second, "::1", first);
    const answers = [[loopback], [{ address: "::1", family: 6 }], [{ address: "::1", family: 6 }]];
    let asked = 0;
    const lookup = () => Promise.resolve(answers[asked++]!);
    const answer = await send(`http://rebinding.example:${first}/`, { ...ALLOWED, lookup });
    assert.equal(answer.body.toString(), "the checked one");
    assert.equal(asked, 1);
    await refusalOf(
      send(`http://rebinding.example:${first}/`, { ...ALLOWED, lookup }),
      "outgoing_refused",
      "address",
    );
    assert.deepEqual([asked, others], [2, 0]);
  });

  it("a name without an address, and a resolver that fails, are failures with the host as evidence", async () => {
    for (const lookup of [() => Promise.resolve([]), () => Promise.reject(new Error("SERVFAIL"))]) {
      const error = await refusalOf(
        send("http://hooks.example/", { lookup }),
        "outgoing_failed",
        "unresolved",
      );
      assert.equal(error.details?.host, "hooks.example");
    }
  });
});

describe("redirects", () => {
  const to = (location: string, status = 302) =>
    serve((_, response) => void response.writeHead(status, { location }).end());

  it("is an answer like another unless some may be followed", async () => {
    const port = await to("http://10.0.0.1/");
    const answer = await send(`http://127.0.0.1:${port}/`);
    assert.deepEqual([answer.status, answer.headers.location], [302, "http://10.0.0.1/"]);
  });

  const inside = [
    "http://10.0.0.1/",
    "http://[::1]/",
    "//0x0a000001/",
    "http://localhost/",
    "file:///etc/passwd",
    "http://user:pass@127.0.0.1/",
    "http://127.0.0.1:0/",
  ];
  for (const location of inside) {
    it(`to ${location} is refused as that URL itself is`, async () => {
      const port = await to(location);
      const error = await send(`http://127.0.0.1:${port}/`, ALLOWED, { redirects: 5 }).then(
        () => assert.fail("it was followed"),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof OutgoingRefused);
    });
  }

  it("never lead from public addresses to allowed ones, or back", async () => {
    const reached: string[] = [];
    const inside = await serve((request, response) => {
      reached.push(request.url!);
      response.end("inside");
    });
    const outside = await to(`http://inside.example:${inside}/secret`);
    const back = await to("http://outside.example/");
    const network = createPublicNetwork({ "93.184.216.34": { port: outside } });
    const names: Record<string, HostAddress[]> = {
      "outside.example": [{ address: "93.184.216.34", family: 4 }],
      "inside.example": [loopback],
    };
    try {
      const lookup = (host: string) => Promise.resolve(names[host]!);
      for (const list of ["inside.example", "127.0.0.1"]) {
        const deps = { lookup, allow: readAllowList(list) };
        // Each by itself may be asked.
        assert.equal((await send("http://outside.example/", deps)).status, 302);
        assert.equal((await send(`http://inside.example:${inside}/`, deps)).body.toString(), "inside");
        for (const [from, led] of [
          ["http://outside.example/", `http://inside.example:${inside}/secret`],
          [`http://inside.example:${back}/`, "http://outside.example/"],
        ] as const) {
          const error = await refusalOf(send(from, deps, { redirects: 5 }), "outgoing_refused", "redirect");
          assert.equal(error.details?.url, led);
          assert.match(error.message, /from public addresses to allowed ones, or back, none is followed/);
        }
      }
      assert.deepEqual(reached, ["/", "/"], "what is inside was asked for itself only");
    } finally {
      network.remove();
    }
  });

  it("are followed as often as asked, and not once more", async () => {
    const port = await serve((request, response) => {
      const left = Number(request.url!.slice(1));
      if (left === 0) return void response.end("there");
      response.writeHead(302, { location: `/${left - 1}` }).end("x".repeat(5000).slice(0, 900));
    });
    const answer = await send(`http://127.0.0.1:${port}/3`, ALLOWED, { redirects: 3 });
    assert.equal(answer.body.toString(), "there");
    await refusalOf(
      send(`http://127.0.0.1:${port}/4`, ALLOWED, { redirects: 3 }),
      "outgoing_refused",
      "too_many_redirects",
    );
  });

  const seenBy = () => {
    const seen: { method: string; key: unknown; body: string }[] = [];
    const listener: RequestListener = (request, response) => {
      withText(request, (body) => {
        seen.push({ method: request.method!, key: request.headers["x-key"], body });
        response.end("ok");
      });
    };
    return { seen, listener };
  };
  const signed = {
    method: "POST",
    headers: { "x-key": "secret" },
    body: Buffer.from("private"),
    redirects: 1,
  } as const;

  it("the same origin is given what was sent by 307 and 308, a GET without the body by others", async () => {
    const { seen, listener } = seenBy();
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await serve((request, response) => {
        if (request.url === "/end") return listener(request, response);
        response.writeHead(status, { location: "/end" }).end();
      });
      assert.equal((await send(`http://127.0.0.1:${port}/`, ALLOWED, signed)).status, 200);
    }
    const asGet = { method: "GET", key: "secret", body: "" };
    const asPost = { method: "POST", key: "secret", body: "private" };
    assert.deepEqual(seen, [asGet, asGet, asGet, asPost, asPost]);
  });

  it("another origin, also only another port, is given neither headers nor body", async () => {
    const { seen, listener } = seenBy();
    const end = await serve(listener);
    const deps = {
      allow: readAllowList("127.0.0.1,hooks.example"),
      lookup: () => Promise.resolve([loopback]),
    };
    for (const location of [`http://127.0.0.1:${end}/`, `http://hooks.example:${end}/`]) {
      for (const status of [301, 302, 303]) {
        const port = await to(location, status);
        assert.equal((await send(`http://127.0.0.1:${port}/`, deps, signed)).status, 200);
      }
      for (const status of [307, 308]) {
        const port = await to(location, status);
        await refusalOf(send(`http://127.0.0.1:${port}/`, deps, signed), "outgoing_refused", "redirect");
      }
    }
    assert.deepEqual(seen, Array(6).fill({ method: "GET", key: undefined, body: "" }));
  });
});

describe("answers without end", () => {
  it("a body of 100 MB ends at the limit, with and without a content-length", async () => {
    const chunk = Buffer.alloc(64 * 1024);
    for (const length of [{ "content-length": String(100 * 1024 * 1024) }, {}]) {
      let sent = 0;
      const cut = Promise.withResolvers<void>();
      const port = await serve((_, response) => {
        response.writeHead(200, length);
        const more = () => {
          while (sent < 100 * 1024 * 1024 && !response.destroyed) {
            sent += chunk.length;
            if (!response.write(chunk)) return void response.once("drain", more);
          }
        };
        response.once("close", cut.resolve);
        more();
      });
      const work = send(`http://127.0.0.1:${port}/`, ALLOWED, { maxBytes: 100_000 });
      const error = await refusalOf(work, "outgoing_failed", "too_large");
      assert.equal(error.details?.limit_bytes, 100_000);
      await cut.promise;
      assert.ok(sent < 20 * 1024 * 1024, `${sent} bytes were taken`);
    }
  });

  it("a server that accepts and never answers", async () => {
    const closed = Promise.withResolvers<void>();
    const port = await serveBytes((socket) => void socket.once("close", () => closed.resolve()));
    const error = await refusalOf(
      send(`http://127.0.0.1:${port}/path?token=t`, ALLOWED, { timeoutMs: 200 }),
      "outgoing_failed",
      "time_limit",
    );
    assert.deepEqual(error.details, {
      reason: "time_limit",
      url: `http://127.0.0.1:${port}/path`,
      limit_ms: 200,
    });
    await closed.promise;
  });

  it("headers and bodies that come drop by drop, each byte in good time, end by the time of all", async () => {
    for (const head of ["HTTP/1.1 200 OK\r\nx: ", "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", ""]) {
      const closed = Promise.withResolvers<void>();
      const port = await serveBytes((socket) => {
        socket.write(head);
        const drip = setInterval(() => socket.write("H"), 5);
        socket.once("close", () => {
          clearInterval(drip);
          closed.resolve();
        });
      });
      const work = send(`http://127.0.0.1:${port}/`, ALLOWED, { timeoutMs: 300 });
      // A first line of "HHHH…" is no HTTP, and seen at once.
      await refusalOf(work, "outgoing_failed", head === "" ? "protocol" : "time_limit");
      await closed.promise;
    }
  });

  it("a name that does not resolve in time, a handshake that does not end", async () => {
    const hanging = { lookup: () => new Promise<never>(() => {}) };
    await refusalOf(
      send("http://hooks.example/", hanging, { timeoutMs: 100 }),
      "outgoing_failed",
      "time_limit",
    );
    // It takes the connection and says nothing of TLS.
    const mute = await serveBytes(() => {});
    await refusalOf(
      send(`https://127.0.0.1:${mute}/`, ALLOWED, { timeoutMs: 200 }),
      "outgoing_failed",
      "time_limit",
    );
  });

  it("headers beyond 16 KB, and an endless row of 103s", async () => {
    const large = await serveBytes(
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}\r\n\r\n`),
    );
    await refusalOf(send(`http://127.0.0.1:${large}/`), "outgoing_failed", "protocol");
    const hints = await serveBytes((socket) => {
      const more = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"), 2);
      socket.once("close", () => clearInterval(more));
    });
    await refusalOf(
      send(`http://127.0.0.1:${hints}/`, ALLOWED, { timeoutMs: 200 }),
      "outgoing_failed",
      "time_limit",
    );
  });

  it("a gzip bomb is not unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    for (const encoding of ["gzip", "br", "identity, gzip", "GZIP"]) {
      const port = await serve(
        (_, response) => void response.writeHead(200, { "content-encoding": encoding }).end(bomb),
      );
      const work = send(`http://127.0.0.1:${port}/`, ALLOWED, { maxBytes: 1_000_000 });
      await refusalOf(work, "outgoing_failed", "encoded");
    }
  });
});

describe("connections that break", () => {
  it("refused, cut off in the middle, no HTTP, an upgrade nobody asked for", async () => {
    const gone = createTcpServer();
    const free = await listen(gone);
    gone.close();
    await once(gone, "close");
    const refused = await refusalOf(send(`http://127.0.0.1:${free}/`), "outgoing_failed", "connection");
    assert.equal(refused.details?.code, "ECONNREFUSED");
    const cases: [string, string][] = [
      ["HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nhalf", "connection"],
      ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhalf", "connection"],
      ["", "connection"],
      ["SSH-2.0-OpenSSH_9.9\r\n", "protocol"],
    ];
    for (const [bytes, reason] of cases) {
      const port = await serveBytes((socket) => void socket.once("data", () => socket.end(bytes)));
      await refusalOf(send(`http://127.0.0.1:${port}/`), "outgoing_failed", reason);
    }
    const upgrade = await serveBytes((socket) =>
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
      ),
    );
    const error = await send(`http://127.0.0.1:${upgrade}/`).then(
      () => assert.fail("it was taken"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof AppError && error.code === "outgoing_failed");
  });

  it("the caller's abort is passed on as what it is, and ends the connection", async () => {
    const there = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const port = await serveBytes((socket) => {
      socket.once("data", () => there.resolve());
      socket.once("close", () => closed.resolve());
    });
    const stop = new AbortController();
    const request = { method: "GET", headers: {}, body: null, timeoutMs: 20_000, maxBytes: 10 } as const;
    const work = sendOutgoing(ALLOWED, { url: `http://127.0.0.1:${port}/`, ...request }, stop.signal);
    await there.promise;
    const reason = new Error("the server stops");
    stop.abort(reason);
    await assert.rejects(work, reason);
    await closed.promise;
  });
});
