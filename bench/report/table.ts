type Cells = readonly string[];

/** A Markdown table, padded so that it also reads well in a terminal; all columns but the first are flush right. */
export function tableLines(head: Cells, body: readonly Cells[]): string[] {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...body].map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: Cells) => `| ${widths.map((width, i) => pad(cells[i] ?? "", width, i)).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...body.map(line)];
}

/** Three digits that mean something: 0.012, 1.23, 12.3, 123, 1,234. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(value >= 0.1 || value <= 0 ? 2 : 4);
}

export function megabytes(bytes: number): string {
  return threeDigits(bytes / 1e6);
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
