/** `plot`: documents whose marks are where the draws are. */

import { tensor } from "@graddiff/core";
import { HalfCauchy, model, Normal, plot, sample } from "@graddiff/stats";
import { beforeAll, describe, expect, test } from "vitest";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { kernelDensity } from "../src/draw/chains.ts";
import { complaint } from "./support.ts";

sampleTests(4);

const KINDS = ["trace", "rank", "density", "pairs"] as const;

const funnel = model(({ draw }) => {
  const v = draw(Normal(0, 3));
  const x = draw(Normal(0, v.mul(0.5).exp()), [3]);
  const tau = draw(HalfCauchy(1));
  return { v, x, "a<b": tau };
});
const runs = () => sample(funnel, { seed: 2, chains: 3, warmup: 200, draws: 300 });
let posterior: Awaited<ReturnType<typeof runs>>;
beforeAll(async () => {
  posterior = await runs();
});

/** Returns the attributes of the elements of a name. */
const elements = (svg: string, name: string) => svg.match(new RegExp(`<${name} [^>]*>`, "g")) ?? [];
const paths = (svg: string) =>
  elements(svg, "path").map((path) => / d="([^"]*)"/.exec(path)?.[1] ?? "");

describe.each(KINDS)("%s", (kind) => {
  test("has finite coordinates inside of the document, and closes what it opens", () => {
    for (const width of [260, 390, 720, 1200]) {
      for (const theme of ["light", "dark"] as const) {
        const svg = plot(posterior, kind, { width, theme, title: "One & <two>" });
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(svg).toContain("<title>One &amp; &lt;two&gt;</title>");
        expect(svg.match(/<g[ >]/g)?.length).toBe(svg.match(/<\/g>/g)?.length);
        expect(svg).not.toContain("a<b");
        for (const path of paths(svg)) {
          for (const [, x] of path.matchAll(/[ML](-?[\d.]+) /g)) {
            expect(Number(x)).toBeGreaterThanOrEqual(0);
            expect(Number(x)).toBeLessThanOrEqual(width);
          }
        }
      }
    }
  });

  test("draws the names that are given, in their order", () => {
    const svg = plot(posterior, kind, { names: ["x", "v"] });
    const texts = [...svg.matchAll(/font-weight="600">([^<]+)</g)].map(([, text]) => text);
    expect(texts.slice(1)).toEqual(["x[0]", "x[1]", "x[2]", "v"]);
  });
});

test("a trace passes through all draws, in a colour for each chain, with marks of divergent ones", () => {
  const svg = plot(posterior, "trace", { names: ["v"], width: 1400 });
  const lines = elements(svg, "path").filter((path) => path.includes("stroke-opacity"));
  expect(new Set(lines.map((path) => / stroke="([^"]*)"/.exec(path)?.[1])).size).toBe(3);
  for (const [c, line] of lines.entries()) {
    const points = [...line.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    expect(points.length).toBe(300);
    // The heights are a linear function of the draws.
    const values = Array.from(posterior.draws.v.at(c).data());
    const heights = points.map(([, y]) => y ?? 0);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const [top, bottom] = [Math.min(...heights), Math.max(...heights)];
    for (const [i, value] of values.entries()) {
      const expected = bottom - ((value - low) / (high - low)) * (bottom - top);
      expect(Math.abs((heights[i] ?? 0) - expected)).toBeLessThan(0.02);
    }
  }
  const marks = elements(svg, "path").filter((path) => path.includes('class="divergent"'));
  const divergent = posterior.stats.divergent.sum().item();
  expect(divergent).toBeGreaterThan(0);
  expect(marks.join().match(/M/g)?.length).toBe(divergent);
  expect(svg).toContain(`${divergent} divergent transitions`);
});

test("ranks count each draw once, and equal draws have their mean rank", async () => {
  const linesOf = (svg: string) =>
    elements(svg, "path").filter((path) => path.includes("stroke-opacity"));
  // The mean height of each chain is the same: that of all draws over all cells.
  const means = linesOf(plot(posterior, "rank", { names: ["v"] })).map((line) => {
    const heights = [...line.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    return heights.reduce((a, b) => a + b, 0) / heights.length;
  });
  expect(means.length).toBe(3);
  for (const mean of means) expect(mean).toBeCloseTo(means[0] ?? 0, 1);
  const constant = model(({ draw }) => ({ one: draw(Normal(0, 1)).mul(0).add(1) }));
  const equal = await sample(constant, { chains: 2, warmup: 20, draws: 40 });
  const lines = linesOf(plot(equal, "rank"));
  // Neither chain is before the other one.
  expect(/ d="([^"]*)"/.exec(lines[0] ?? "")?.[1]).toBe(/ d="([^"]*)"/.exec(lines[1] ?? "")?.[1]);
});

test("a density has the integral 1, and does not fall at a bound", () => {
  const values = Array.from({ length: 4000 }, (_, i) => -Math.log(1 - (i + 0.5) / 4000));
  const { low, high, values: curve } = kernelDensity(values, 0, Math.max(...values));
  const cell = (high - low) / (curve.length - 1);
  const ends = ((curve[0] ?? 0) + (curve.at(-1) ?? 0)) / 2;
  expect((curve.reduce((a, b) => a + b, 0) - ends) * cell).toBeCloseTo(1, 4);
  // The bias at the bound is √(2/π) times the width of the kernel, 0.14; without reflection it is a half.
  for (const [i, value] of curve.entries()) {
    expect(Math.abs(value - Math.exp(-i * cell))).toBeLessThan(0.12);
  }
});

test("pairs have all divergent draws on top", () => {
  const svg = plot(posterior, "pairs", { names: ["v", "x[0]"] });
  const marks = elements(svg, "path").filter((path) => path.includes('class="divergent"'));
  expect(marks.length).toBe(1);
  expect(marks[0]?.match(/M/g)?.length).toBe(posterior.stats.divergent.sum().item());
});

test("draws that are not finite leave gaps", async () => {
  const odd = model(({ draw }) => ({ none: draw(Normal(0, 1)).log() }));
  const some = await sample(odd, { chains: 2, warmup: 20, draws: 40 });
  for (const kind of KINDS) expect(plot(some, kind)).not.toMatch(/NaN|Infinity/);
});

test("it refuses what is no posterior, other kinds, and names that there are not", async () => {
  const wrong = (value: unknown) => value as never;
  const found = await Promise.all(
    [
      () => plot(wrong({ draws: tensor([1]) }), "trace"),
      () => plot(posterior, wrong("forest")),
      () => plot(posterior, "trace", { names: ["mu"] }),
      () => plot(posterior, "trace", { width: 10 }),
    ].map(complaint),
  );
  expect(found).toMatchSnapshot();
  const short = await sample(funnel, { chains: 1, warmup: 10, draws: 2 });
  expect(await complaint(() => plot(short, "trace"))).toContain("at least 4 draws");
});
