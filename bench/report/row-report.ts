import { OURS_GENERATOR, OURS_NATIVE, type Row } from "../row.ts";
import type { Figures } from "../stats.ts";
import { median } from "../stats.ts";
import { megabytes, tableLines, threeDigits } from "./table.ts";

const ABSENT = "-";

/** A contestant of a row and what came of it. */
export interface Entry {
  readonly name: string;
  readonly figures?: Figures;
  /** Why there are no figures. */
  readonly absent?: string;
}

export interface RowResult {
  readonly row: Row;
  readonly entries: readonly Entry[];
  /** Of each run: how many cores somebody else kept busy. */
  readonly othersCores: readonly number[];
}

export function figuresOf(result: RowResult, name: string): Figures | undefined {
  return result.entries.find((entry) => entry.name === name)?.figures;
}

export function rowLines(result: RowResult): string[] {
  const { row, entries, othersCores } = result;
  const columns = columnsOf(result);
  const body = entries.map(({ name, figures }) =>
    figures === undefined ? [name, ABSENT] : [name, ...columns.map(({ cell }) => cell(figures))],
  );
  return [
    `## ${row.name}: ${row.title}`,
    "",
    ...tableLines(["contestant", ...columns.map(({ title }) => title)], body),
    "",
    ...entries.flatMap(({ name, absent }) => (absent === undefined ? [] : [`${name}: ${absent}`])),
    row.note,
    ...(row.uncountedCounterpart ? [] : [othersLine(othersCores, "run it again, or compare CPU ns/op")]),
  ];
}

interface Column {
  readonly title: string;
  readonly cell: (figures: Figures) => string;
}

function columnsOf(result: RowResult): Column[] {
  const parts = new Set(result.entries.flatMap(({ figures }) => Object.keys(figures?.partsNsPerOp ?? {})));
  const bytes: Column = { title: "bytes/op", cell: ({ bytesPerOp }) => threeDigits(bytesPerOp) };
  return [
    { title: "n", cell: ({ n }) => n.toLocaleString("en-US") },
    { title: "wall s", cell: ({ wallMs }) => (wallMs / 1000).toFixed(2) },
    { title: "ns/op", cell: ({ nsPerOp }) => threeDigits(nsPerOp) },
    { title: "min..max", cell: ({ nsMin, nsMax }) => `${threeDigits(nsMin)}..${threeDigits(nsMax)}` },
    { title: "CPU ns/op", cell: ({ cpuNsPerOp }) => threeDigits(cpuNsPerOp) },
    ...[...parts].map((part) => partColumn(part)),
    { title: "peak RSS MB", cell: ({ peakRssBytes }) => megabytes(peakRssBytes) },
    ...(weighsMemory(result.row) ? [bytes] : []),
    ratioColumn("x generator", figuresOf(result, OURS_GENERATOR)),
    ratioColumn("x native", figuresOf(result, OURS_NATIVE)),
  ];
}

function partColumn(part: string): Column {
  return { title: `${part} ns`, cell: ({ partsNsPerOp }) => threeDigits(partsNsPerOp[part] ?? Number.NaN) };
}

function ratioColumn(title: string, ours: Figures | undefined): Column {
  return { title, cell: ({ nsPerOp }) => threeDigits(nsPerOp / (ours?.nsPerOp ?? Number.NaN)) };
}

/** Contestants have to share the cores then, and not to the same degree: wall time says little, CPU time a bit more. */
const DISTURBED = 0.3;

export function othersLine(othersCores: readonly number[], advice: string): string {
  const max = Math.max(0, ...othersCores);
  const line = `Cores used by others: median ${threeDigits(median(othersCores))}, max ${threeDigits(max)}.`;
  return max > DISTURBED ? `${line} DISTURBED: ${advice}.` : line;
}

/** With few things alive at once, peak memory only tells how far the garbage collector let the young heap grow. */
function weighsMemory(row: Row): boolean {
  return row.live >= 100_000;
}
