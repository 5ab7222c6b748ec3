/** The tests that every row of the table of metrics gets. */

import { compile, concat, type Tensor, tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { METRICS } from "./metrics.ts";

describe.each(Object.entries(METRICS))("%s", (_name, row) => {
  const { metric, options = {}, predicted, expected, value } = row;
  const call = (x: Tensor, y: Tensor, mask?: Tensor) =>
    metric(x, y, { ...options, ...(mask && { mask }) } as never);
  const count = expected.shape[0] as number;

  function expectValue(got: Tensor): void {
    const numbers = [value].flat(2);
    expect(got.size).toBe(numbers.length);
    got.data().forEach((element, i) => {
      expect(element).toBeCloseTo(numbers[i] as number, 14);
    });
  }

  test("has its value, eager and compiled to the same bits", () => {
    const result = call(predicted, expected);
    expectValue(result);
    expectSameBits(compile((x: Tensor, y: Tensor) => call(x, y))(predicted, expected), result);
  });

  test("looks at no example that a mask leaves out", () => {
    const twice = (x: Tensor) => concat([x, x]);
    const mask = tensor(Array.from({ length: 2 * count }, (_, i) => i < count));
    expectValue(call(twice(predicted), twice(expected), mask));
  });

  test("is the same of examples one by one", () => {
    const { start, add, result } = metric.streaming(options as never);
    const part = (x: Tensor, i: number) => x.slice([i], [i + 1]);
    const each = Array.from({ length: count }, (_, i) => i);
    expectValue(
      result(each.reduce((state, i) => add(state, part(predicted, i), part(expected, i)), start())),
    );
  });
});
