/**
 * Metrics against scikit-learn, from the goldens that `metrics.py` wrote. They are computed from all examples at once
 * and accumulated over batches of uneven sizes (one is empty), eager and compiled: `npm test` compiles a quarter of the
 * cases.
 */

import { readFileSync } from "node:fs";
import { compile, type DType, type Tensor, tensor } from "@graddiff/core";
import { expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { isSampled } from "../../../core/test/support/sampling.ts";
import type { Metric } from "../../src/index.ts";
import * as nn from "../../src/index.ts";

interface Packed {
  readonly shape: number[];
  readonly dtype: DType;
  readonly data: number[];
}

interface Case {
  readonly metric: string;
  readonly predicted: Packed;
  readonly expected: Packed;
  readonly mask?: Packed;
  readonly options: Readonly<Record<string, unknown>>;
  readonly value: Packed;
}

const file = new URL("./metrics.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: Case[] };

function unpack({ shape, dtype, data }: Packed): Tensor {
  return tensor(dtype === "bool" ? data.map(Boolean) : data, { shape, dtype });
}

const TOLERANCE = 1e-12;

function expectClose(got: Tensor, { shape, data }: Packed): void {
  expect(got.shape).toEqual(shape);
  const isClose = (value: number, i: number) => {
    const want = data[i] ?? Number.NaN;
    return Math.abs(value - want) <= TOLERANCE * Math.max(1, Math.abs(want));
  };
  const wrong = [...got.data()].findIndex((value, i) => !isClose(value, i));
  if (wrong >= 0) expect(got.data()[wrong], `[${wrong}]`).toBe(data[wrong]);
}

/** Returns the first and last rows of batches of uneven sizes. */
function batchesOf(count: number): (readonly [number, number])[] {
  const ends = [0, 1, 1, 4, 9, count].map((end) => Math.min(end, count));
  return ends.slice(1).map((end, i) => [ends[i] ?? 0, end] as const);
}

const rowsOf = (x: Tensor, [from, to]: readonly [number, number]) => x.slice([from], [to]);

/** The metrics with a growing state are not accumulated in compiled steps, which would be compiled again each time. */
const GROWING = ["areaUnderCurve"];

cases.forEach(({ metric: name, options, ...packed }, place) => {
  const shapes = [packed.predicted, packed.expected].map(
    ({ shape, dtype }) => `${dtype} [${shape}]`,
  );
  const settings = JSON.stringify(options);
  const title = `${place}: ${name} of ${shapes.join(" ")} with ${settings}${packed.mask ? " and a mask" : ""}`;
  const metric = nn[name as "accuracy"] as Metric<Readonly<Record<string, unknown>>>;
  const { mask: packedMask } = packed;
  const [predicted, expected] = [unpack(packed.predicted), unpack(packed.expected)];
  const mask = packedMask && unpack(packedMask);

  test(`${title} is scikit-learn's`, () => {
    const run = (x: Tensor, y: Tensor, each?: Tensor) =>
      metric(x, y, { ...options, ...(each && { mask: each }) });
    const inputs = [predicted, expected, ...(mask ? [mask] : [])] as [Tensor, Tensor, Tensor?];
    const value = run(...inputs);
    expect(value.dtype).toBe(name === "confusionMatrix" ? "int32" : "float64");
    expectClose(value, packed.value);
    if (isSampled(4)) expectSameBits(compile(run)(...(inputs as [Tensor, Tensor, Tensor])), value);
    // The examples may have any shape.
    if (packed.value.shape.length === 0) {
      const [x, y, each] = inputs.map((input) => input?.reshape([1, ...input.shape]));
      expectSameBits(run(x as Tensor, y as Tensor, each), value);
    }
  });

  test(`${title} adds up`, () => {
    const batched = metric.streaming(options);
    const add = (state: nn.MetricState, x: Tensor, y: Tensor, each?: Tensor) =>
      batched.add(state, x, y, each);
    const steps = GROWING.includes(name) || !isSampled(4) ? [add] : [add, compile(add)];
    for (const step of steps) {
      let state = batched.start();
      for (const part of batchesOf(expected.shape[0] ?? 0)) {
        const [x, y] = [rowsOf(predicted, part), rowsOf(expected, part)];
        state = mask ? step(state, x, y, rowsOf(mask, part)) : step(state, x, y);
      }
      expectClose(batched.result(state), packed.value);
      if (isSampled(4)) expectClose(compile(batched.result)(state), packed.value);
    }
  });
});
