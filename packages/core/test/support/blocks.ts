/**
 * Products and convolutions on both sides of the blocks of their kernels, which pack panels of 240 rows, 1024 columns and 256
 * inner elements, add up 4096 inner elements by themselves, and take the windows of a plane together where they are fewer
 * than 64.
 */

import { conv2d, grad, maxPool2d, type Tensor, uniform } from "../../src/index.ts";
import type { Application } from "./dividedPrograms.ts";

const products = [
  [33, 64, 65],
  [240, 256, 129],
  [241, 257, 1025],
  [31, 4097, 33],
  [300, 1, 300],
  [1, 700, 900],
  [900, 700, 1],
] as const;

const stacks = [
  [2, 65, 64, 33],
  [5, 241, 40, 257],
  [16, 31, 257, 33],
] as const;

/** Batch, channels, results, length of a plane, length of a window. */
const convolutions = [
  [1, 3, 8, 20, 3],
  [2, 8, 5, 9, 3],
  [5, 33, 65, 7, 1],
  [3, 16, 16, 16, 5],
  [16, 4, 4, 8, 2],
] as const;

const of = (shape: readonly number[], seed: number, dtype: "float32" | "float64") =>
  uniform(shape, { seed, low: -1, dtype });

function* applications(dtype: "float32" | "float64"): Generator<Application> {
  for (const [rows, inner, columns] of products) {
    const size = `${rows} × ${inner} × ${columns} of ${dtype}`;
    const inputs = [of([rows, inner], 1, dtype), of([inner, columns], 2, dtype)];
    yield {
      name: `a product of ${size}`,
      fn: (a, b) => [(a as Tensor).matmul(b as Tensor)],
      inputs,
    };
    yield {
      name: `gradients of a product of ${size}`,
      fn: (a, b) => [
        ...grad((x: Tensor, y: Tensor) => x.matmul(y).square().sum(), { argnums: [0, 1] })(
          a as Tensor,
          b as Tensor,
        ),
      ],
      inputs,
    };
  }
  for (const [stack, rows, inner, columns] of stacks) {
    yield {
      name: `${stack} products of ${rows} × ${inner} × ${columns} of ${dtype}`,
      fn: (a, b) => [(a as Tensor).matmul(b as Tensor)],
      inputs: [of([stack, rows, inner], 1, dtype), of([stack, inner, columns], 2, dtype)],
    };
  }
  for (const [batch, channels, results, length, size] of convolutions) {
    const name = `${batch} × ${channels} × ${length}² by ${results} windows of ${size}² of ${dtype}`;
    const inputs = [
      of([batch, channels, length, length], 1, dtype),
      of([results, channels, size, size], 2, dtype),
    ];
    const convolved = (x: Tensor, weight: Tensor) => conv2d(x, weight, { padding: 1 });
    yield { name, fn: (x, weight) => [convolved(x as Tensor, weight as Tensor)], inputs };
    yield {
      name: `gradients of ${name}`,
      fn: (x, weight) => [
        ...grad((a: Tensor, b: Tensor) => convolved(a, b).square().sum(), { argnums: [0, 1] })(
          x as Tensor,
          weight as Tensor,
        ),
      ],
      inputs,
    };
    yield {
      name: `a pool of ${name}`,
      fn: (x) => [
        maxPool2d(x as Tensor, 2),
        grad((a: Tensor) => maxPool2d(a, 2).square().sum())(x as Tensor),
      ],
      inputs: inputs.slice(0, 1),
    };
  }
}

export const blockCases: readonly Application[] = [
  ...applications("float32"),
  ...applications("float64"),
];
