import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEvent } from "../../src/server/event-format.ts";
import { EventParser, type ServerSentEvent } from "../../src/sse/event-parser.ts";

function parse(...pieces: string[]): ServerSentEvent[] {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

const message = (data: string, id = ""): ServerSentEvent => ({ event: "message", data, id });

test("EventParser: the examples of the WHATWG", () => {
  expect(parse("data: YHOO\ndata: +2\ndata: 10\n\n")).toEqual([message("YHOO\n+2\n10")]);
  expect(parse(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n")).toEqual(
    [message("first event", "1"), message("second event"), message(" third event")],
  );
  expect(parse("data\n\ndata\ndata\n\ndata:")).toEqual([message(""), message("\n")]);
  expect(parse("data:test\n\ndata: test\n\n")).toEqual([message("test"), message("test")]);
});

test("EventParser takes all three line ends, wherever the pieces are cut", () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    const text = ["event: a", "data: 1", "", "data: 2", "unknown: x", "", ""].join(end);
    const expected = [{ event: "a", data: "1", id: "" }, message("2")];
    for (let cut = 0; cut <= text.length; cut++) expect(parse(text.slice(0, cut), text.slice(cut))).toEqual(expected);
    expect(parse(...text)).toEqual(expected);
  }
});

test("EventParser: ids with NUL and retries that are no number are ignored", () => {
  const parser = new EventParser();
  expect(parser.push("id: 1\nid: a\0b\nretry: 10\nretry: 1.5\nretry: x\ndata: d\n\n")).toEqual([message("d", "1")]);
  expect([parser.retry, parser.lastEventId]).toEqual([10, "1"]);
  // An event without data is none, but its id counts.
  expect(parser.push("event: gone\nid: 2\n\ndata: e\n\n")).toEqual([message("e", "2")]);
});

test("EventParser reads what formatEvent() writes, in any pieces", () => {
  const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n\0]/.test(text));
  const init = fc.record({ data: fc.string({ unit: "grapheme" }), event: line, id: line });
  fc.assert(
    fc.property(fc.array(init), fc.array(fc.nat(200)), (events, cuts) => {
      const text = events.map(formatEvent).join("");
      const places = [...new Set(cuts.map((cut) => Math.min(cut, text.length)))].toSorted((a, b) => a - b);
      const pieces = [0, ...places].map((from, i) => text.slice(from, places[i] ?? text.length));
      const expected = events.map(({ data, event, id }) => ({
        data: data.replace(/\r\n|\r/g, "\n"),
        event: event || "message",
        id,
      }));
      expect(parse(...pieces)).toEqual(expected);
    }),
  );
});
