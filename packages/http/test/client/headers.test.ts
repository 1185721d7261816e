import { HttpHeaders } from "@asyncio-ts/http";
import { expect, test } from "vitest";

test("HttpHeaders finds names without regard to case, and keeps them and their order as they came", () => {
  const headers = new HttpHeaders([
    ["X-One", "1"],
    ["Set-Cookie", "a=1"],
    ["set-cookie", "b=2"],
  ]);
  expect([headers.get("x-one"), headers.get("SET-COOKIE"), headers.get("absent")]).toEqual(["1", "a=1", null]);
  expect(headers.getAll("Set-cookie")).toEqual(["a=1", "b=2"]);
  expect([headers.has("X-ONE"), headers.has("absent"), headers.size]).toEqual([true, false, 3]);
  expect(headers.toFlat()).toEqual(["X-One", "1", "Set-Cookie", "a=1", "set-cookie", "b=2"]);
  expect([...headers.keys()]).toEqual(["X-One", "Set-Cookie", "set-cookie"]);
  expect([...headers.values()]).toEqual(["1", "a=1", "b=2"]);
  expect(String(headers)).toBe("<HttpHeaders(X-One: 1, Set-Cookie: a=1, set-cookie: b=2)>");
});

test("HttpHeaders takes objects, pairs and the web's Headers", () => {
  const given = { "X-Many": ["1", "2"], "X-Number": 3, "X-None": undefined };
  expect([...new HttpHeaders(given)]).toEqual([
    ["X-Many", "1"],
    ["X-Many", "2"],
    ["X-Number", "3"],
  ]);
  expect([...new HttpHeaders(new Headers({ Accept: "*/*" }))]).toEqual([["accept", "*/*"]]);
  expect(() => new HttpHeaders("X-One: 1" as never)).toThrow(TypeError);
  expect(() => new HttpHeaders(null as never)).toThrow(TypeError);
});

test("HttpHeaders.set() puts one line in the place of all of that name, update() does so for each of its names", () => {
  const headers = new HttpHeaders({ A: ["1", "2"], B: "3" });
  headers.set("a", "4");
  expect([...headers]).toEqual([
    ["A", "4"],
    ["B", "3"],
  ]);
  headers.update({ b: ["5", "6"], C: "7" });
  expect(headers.toFlat()).toEqual(["A", "4", "b", "5", "b", "6", "C", "7"]);
  headers.update(headers);
  expect(headers.size).toBe(4);
  headers.setDefault("c", "8");
  headers.setDefault("D", "9");
  expect([headers.getAll("C"), headers.get("d")]).toEqual([["7"], "9"]);
  expect([headers.delete("B"), headers.delete("b")]).toEqual([true, false]);
  expect(headers.toFlat()).toEqual(["A", "4", "C", "7", "D", "9"]);
});

test("HttpHeaders.copy() can be changed without the original, and the other way round", () => {
  const headers = new HttpHeaders({ A: "1" });
  const flat = headers.toFlat();
  const copy = headers.copy();
  const second = headers.copy();
  copy.set("A", "2");
  headers.append("B", "3");
  second.delete("A");
  expect([copy.toFlat(), headers.toFlat(), second.toFlat()]).toEqual([["A", "2"], ["A", "1", "B", "3"], []]);
  expect(flat).toEqual(["A", "1"]);
});
