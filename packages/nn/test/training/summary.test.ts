/** The summary of a model counts what its parts have, and changes nothing. */

import { compile, layer, relu, state, summary, type Tensor, uniform, zeros } from "@graddiff/core";
import { expect, test } from "vitest";
import { Conv2d, Dense, Dropout, Flatten, LSTM, MaxPool2d, Sequential } from "../../src/index.ts";

test("layers, shapes, parameters and flops, as data and as a table", () => {
  const model = new Sequential(
    new Conv2d(1, 4, 3, { seed: 1 }),
    relu,
    new MaxPool2d(2),
    new Flatten(),
    new Dropout(0.5, { seed: 2 }),
    new Dense(36, 2, { seed: 3 }),
  );
  const before = JSON.stringify(state(model));
  const told = summary(model, zeros([5, 1, 8, 8]));
  expect(JSON.stringify(state(model))).toBe(before);
  expect(told.rows.map(({ layer: own, depth, shapes }) => [own, depth, ...shapes])).toEqual([
    ["Sequential", 0, [5, 2]],
    ["Conv2d 1 → 4, 3 × 3", 1, [5, 4, 6, 6]],
    ["relu", 1, [5, 4, 6, 6]],
    ["MaxPool2d", 1, [5, 4, 3, 3]],
    ["Flatten", 1, [5, 36]],
    ["Dropout", 1, [5, 36]],
    ["Dense 36 → 2", 1, [5, 2]],
  ]);
  // Parameters are weights and biases; the seed of the dropout does not count.
  expect([told.parameters, told.trained]).toEqual([40 + 74, 40 + 74]);
  expect(told.rows[0]?.flops).toBe(told.flops);
  expect(told.rows[6]?.flops).toBe(5 * (2 * 36 * 2 + 2));
  const lines = String(told).split("\n");
  expect(lines.length).toBe(9);
  expect(new Set(lines.slice(0, -1).map(({ length }) => length)).size).toBe(1);
  expect(lines.at(-1)).toBe("114 parameters, all trained, 464 bytes");
});

test("the flops of a dense network are those of its program", () => {
  const model = new Sequential(new Dense(7, 5, { seed: 1 }), new Dense(5, 3, { seed: 2 }));
  const x = uniform([11, 7], { seed: 1 });
  const { flops } = summary(model, x);
  const described = compile((given: Tensor) => model.forward(given))
    .program(x)
    .describe();
  expect(described).toContain(`of ${flops.toLocaleString("en-US")} flops`);
});

test("loops count each step, and trees are results, too", () => {
  const flops = (length: number) => summary(new LSTM(3, 4), zeros([2, length, 3])).flops;
  expect(flops(10) - flops(5)).toBe(flops(15) - flops(10));
  const { rows } = summary(new LSTM(3, 4), zeros([2, 6, 3]));
  expect(rows[0]?.shapes).toEqual([
    [2, 6, 4],
    [2, 4],
    [2, 4],
  ]);
  expect(
    summary(
      layer((x: Tensor) => x.mul(2)),
      3,
    ).rows[0]?.layer,
  ).toBe("FunctionLayer");
  expect(() => Reflect.apply(summary, undefined, [relu])).toThrow(
    "summary: model: expected a layer",
  );
});
