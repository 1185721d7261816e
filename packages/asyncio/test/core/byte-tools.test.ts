import fc from "fast-check";
import { expect, test } from "vitest";
import { bytes as browser } from "../../src/core/host-browser.ts";
import { bytes as node } from "../../src/node/host.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 12 });

test("ByteTools finds the same in browsers as on Node", () => {
  fc.assert(
    fc.property(text, text, fc.nat({ max: 12 }), (haystack, needle, from) => {
      fc.pre(needle.length > 0);
      const data = node.encode(haystack);
      const plain = browser.encode(haystack);
      expect(plain).toEqual(new Uint8Array(data));
      const wanted = browser.encode(needle);
      const byte = wanted[0] as number;
      expect(browser.indexOf(plain, wanted, from)).toBe(node.indexOf(data, wanted, from));
      expect(browser.indexOf(plain, byte, from)).toBe(node.indexOf(data, byte, from));
    }),
  );
});

test("ByteTools makes plain arrays in browsers, Buffers on Node", () => {
  const data = new Uint8Array([1, 2, 3]).subarray(1);
  expect(browser.adopt(data)).toBe(data);
  expect(browser.allocate(3)).toEqual(new Uint8Array(3));
  const adopted = node.adopt(data);
  expect(adopted).toEqual(Buffer.from([2, 3]));
  expect(adopted.buffer).toBe(data.buffer);
  expect(node.adopt(adopted)).toBe(adopted);
  expect(node.allocate(3)).toBeInstanceOf(Buffer);
});
