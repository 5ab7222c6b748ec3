import { describe, expect, it } from "vitest";
import type { Timing } from "../src/measure.ts";
import { formatCount } from "../src/suite.ts";
import { formatNumber, formatTable } from "../src/table.ts";

function timing(contestant: string, medianMicroseconds: number, ratio: number): Timing {
  const nanosecondsPerElement = (medianMicroseconds * 1e3) / 1024;
  return {
    contestant,
    medianMicroseconds,
    fastestMicroseconds: medianMicroseconds / 2,
    nanosecondsPerElement,
    firstMilliseconds: 2 * ratio,
    anewMilliseconds: ratio / 2,
    ratio,
    samples: 9,
    marginPercent: 1,
  };
}

describe("the table", () => {
  it("shows median, time per element and ratio of every contestant, aligned", () => {
    const prepare = () => [];
    const table = formatTable([
      {
        case: { name: "multiply forward", dtype: "float32", elements: 1024, prepare },
        timings: [timing("js", 1.024, 1), timing("wasm", 0.128, 8)],
      },
      {
        case: { name: "sum", dtype: "float64", elements: 1048576, prepare },
        timings: [timing("js", 2048, 1)],
      },
    ]);
    expect(`\n${table}\n`).toBe(`
case              dtype    elements  js µs  ns/element  wasm µs  ns/element  js/wasm
────────────────────────────────────────────────────────────────────────────────────
multiply forward  float32        1k   1.02        1.00    0.128       0.125    8.00×
sum               float64        1M   2048        2000        –           –        –
`);
  });

  it("shows rates and the figures to reach where a case has them", () => {
    const prepare = () => [];
    const figure = { contestant: "fast", steady: 0.064, first: 8, limit: 0.032 };
    const table = formatTable([
      {
        case: { name: "product", dtype: "float32", operations: 2_560_000, figure, prepare },
        timings: [timing("slow", 1024, 1), timing("fast", 128, 8)],
      },
      { case: { name: "step", dtype: "float32", prepare }, timings: [timing("slow", 8, 1)] },
    ]);
    expect(`\n${table}\n`).toBe(`
case     dtype    slow µs  GFLOP/s  fast µs  GFLOP/s  slow/fast  figure µs  reached  limit µs  of it  first ms  anew ms  figure ms  first   anew
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
product  float32     1024     2.50      128     20.0      8.00×       64.0    0.50×      32.0  0.25×      16.0     4.00       8.00  0.50×  2.00×
step     float32     8.00        –        –        –          –          –        –         –      –      2.00    0.500          –      –      –
`);
  });

  it("shows rates beside those of a neighbour of the same dtype", () => {
    const prepare = () => [];
    const row = (name: string, dtype: "float32" | "float64", operations: number) => ({
      case: { name, dtype, operations, prepare, ...(name === "9" && { neighbour: "8" }) },
      timings: [timing("slow", 64, 1), timing("fast", dtype === "float32" ? 16 : 32, 4)],
    });
    const table = formatTable([
      row("8", "float64", 96_000),
      row("8", "float32", 64_000),
      row("9", "float32", 32_000),
    ]);
    expect(`\n${table}\n`).toBe(`
case  dtype    slow µs  GFLOP/s  fast µs  GFLOP/s  slow/fast  neighbour  slow of it  fast of it
───────────────────────────────────────────────────────────────────────────────────────────────
8     float64     64.0     1.50     32.0     3.00      4.00×          –           –           –
8     float32     64.0     1.00     16.0     4.00      4.00×          –           –           –
9     float32     64.0    0.500     16.0     2.00      4.00×          8       0.50×       0.50×
`);
  });

  it("writes numbers with three significant digits and no exponent", () => {
    expect([0, 0.000123, 0.0456, 0.999, 1, 12.34, 123.4, 123456].map(formatNumber)).toEqual([
      "0",
      "0.0001",
      "0.0456",
      "0.999",
      "1.00",
      "12.3",
      "123",
      "123456",
    ]);
    expect(formatNumber(undefined)).toBe("–");
    expect(formatNumber(Number.NaN)).toBe("–");
  });

  it("writes counts as people say them", () => {
    expect([7, 1000, 1024, 32768, 1048576].map(formatCount)).toEqual([
      "7",
      "1000",
      "1k",
      "32k",
      "1M",
    ]);
  });
});
