/**
 * Thousands of programs, in Node and in a browser, in loops that never yield.
 */

import { expect, test } from "vitest";
import { compile, type Tensor, tensor, Variable } from "../../src/index.ts";

test("10,000 distinct programs can be compiled, run and dropped", () => {
  const x = tensor([1, 2, 3]);
  let wrong = 0;
  for (let i = 0; i < 10_000; i++) {
    const program = compile((y: Tensor) => y.mul(i).add(1));
    if (program(x).data()[2] !== Math.fround(3 * i + 1)) wrong++;
  }
  expect(wrong).toBe(0);
});

test("200,000 calls of one program keep its state right", () => {
  const count = new Variable(tensor(0));
  const step = compile((amount: Tensor) => {
    count.assign(count.value.add(amount));
    return count.value;
  });
  for (let i = 0; i < 200_000; i++) step(1);
  expect(count.value.item()).toBe(200_000);
});
