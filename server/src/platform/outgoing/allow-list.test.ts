import assert from "node:assert/strict";
import { test } from "node:test";

import { addressRange, parseAddress } from "./address-range.ts";
import { allowsAddress, readAllowList } from "./allow-list.ts";

const public4 = [
  "1.1.1.1",
  "8.8.8.8",
  "93.184.216.34",
  "172.15.255.255",
  "172.32.0.0",
  "100.128.0.0",
  "223.255.255.255",
];
const public6 = ["2606:4700:4700::1111", "2a00:1450:4001:82a::200e", "2000::1", "2600::"];
for (const address of [...public4, ...public6]) {
  test(`${address} is public`, () => assert.equal(addressRange(parseAddress(address)), "public"));
}

const special: [string, string][] = [
  ["0.0.0.0", "unspecified"],
  ["0.1.2.3", "unspecified"],
  ["10.0.0.1", "private"],
  ["100.64.0.1", "carrierGradeNat"],
  ["100.127.255.255", "carrierGradeNat"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["168.63.129.16", "cloudService"],
  ["169.254.169.254", "linkLocal"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.0.0.192", "reserved"],
  ["192.0.2.1", "reserved"],
  ["192.88.99.1", "reserved"],
  ["192.168.1.1", "private"],
  ["198.18.0.1", "reserved"],
  ["198.51.100.1", "reserved"],
  ["203.0.113.9", "reserved"],
  ["224.0.0.1", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["::", "unspecified"],
  ["::1", "loopback"],
  // Mapped and compatible forms of IPv4.
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:a00:1", "private"],
  ["::ffff:169.254.169.254", "linkLocal"],
  ["::127.0.0.1", "reserved"],
  ["::8.8.8.8", "reserved"],
  ["::808:808", "reserved"],
  ["::ffff:0:127.0.0.1", "rfc6145"],
  // NAT64, also its local prefix, and 6to4: whatever they carry, public or not.
  ["64:ff9b::7f00:1", "rfc6052"],
  ["64:ff9b::808:808", "rfc6052"],
  ["64:ff9b:1::a00:1", "rfc6052"],
  ["2002:7f00:1::", "6to4"],
  ["2002:808:808::1", "6to4"],
  ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "teredo"],
  ["100::1", "discard"],
  ["2001:db8::1", "reserved"],
  ["3fff::1", "reserved"],
  ["5f00::1", "segmentRouting"],
  ["fc00::1", "uniqueLocal"],
  ["fd00:ec2::254", "uniqueLocal"],
  ["fe80::1", "linkLocal"],
  ["fe80::1%eth0", "zone"],
  ["2606:4700::1%eth0", "zone"],
  ["fec0::1", "deprecatedSiteLocal"],
  ["ff02::1", "multicast"],
  // Nobody has been given these: what they will be is not known.
  ["4000::1", "reserved"],
  ["e000::1", "reserved"],
];
for (const [address, range] of special) {
  test(`${address} is not public: ${range}`, () => assert.equal(addressRange(parseAddress(address)), range));
}

test("a list of names, addresses and ranges allows what it says and nothing beside it", () => {
  const list = readAllowList(
    " Hooks.Internal, 127.0.0.1,10.1.0.0/16 ,fd00::/8,::1, build_server,xn--bcher-kva.example,",
  );
  assert.deepEqual([...list.hosts], ["hooks.internal", "build_server", "xn--bcher-kva.example"]);
  const allowed = (address: string) => allowsAddress(list, parseAddress(address));
  for (const yes of ["127.0.0.1", "::ffff:127.0.0.1", "10.1.255.255", "fd12::1", "::1"])
    assert.ok(allowed(yes), yes);
  for (const no of ["127.0.0.2", "10.2.0.0", "fc00::1", "::2", "64:ff9b::7f00:1", "fd12::1%eth0"]) {
    assert.ok(!allowed(no), no);
  }
});

for (const wrong of [
  "10.0.0.0/33",
  "fd00::/129",
  "10.0.0.0/-1",
  "10.0.0.0/8/8",
  "10.0.0/8",
  "010.0.0.1",
  "0x7f.1",
  "2130706433",
  "10.0.0.0/",
  "fe80::1%eth0",
  "http://hooks.internal",
  "hooks.internal:8080",
  "*.internal",
  "a b",
  "-a.example",
]) {
  test(`'${wrong}' in the list is refused by name`, () => {
    assert.throws(
      () => readAllowList(`localhost,${wrong}`),
      (error: Error) => error.message.includes(`'${wrong}'`),
    );
  });
}
