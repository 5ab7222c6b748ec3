import { expect, test } from "vitest";
import { explain, grad, jvp, type Tensor, tensor } from "../../src/index.ts";

const LENGTH = 100_000;

function chain(x: Tensor): Tensor {
  let y = x;
  for (let i = 0; i < LENGTH; i++) y = y.mul(1.00001);
  return y;
}

test("a chain of 100,000 nodes differentiates without overflowing the stack", () => {
  const expected = Array.from({ length: LENGTH }).reduce<number>((p) => p * 1.00001, 1);
  expect(Math.abs(grad(chain)(1).item() / expected - 1)).toBeLessThan(1e-9);
  expect(Math.abs(jvp(chain)([1], [1]).tangent.item() / expected - 1)).toBeLessThan(1e-9);
});

test("the steps of the walk back grow linearly with the chain", () => {
  // Calls are counted, not timed: each node contributes once.
  let calls = 0;
  const counted = (length: number) => (x: Tensor) => {
    let y = x;
    for (let i = 0; i < length; i++) {
      y = y.mul(1.5);
      calls++;
    }
    return y;
  };
  const graph = explain(counted(1000))(1);
  // The nodes are the input, and for each step its op and its constant.
  expect([calls, graph.nodes.length]).toEqual([1000, 2001]);
  expect(graph.nodes.filter((node) => node.gradient !== undefined).length).toBe(1001);
});

test("a wide graph with shared parts is walked once, not once for each path", () => {
  // After 60 doublings there are 2^60 paths, but 60 nodes.
  const doubled = (x: Tensor) => {
    let y = x;
    for (let i = 0; i < 60; i++) y = y.add(y);
    return y;
  };
  expect(grad(doubled)(tensor(1, { dtype: "float64" })).item()).toBe(2 ** 60);
});
