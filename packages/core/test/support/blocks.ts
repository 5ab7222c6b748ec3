/**
 * Products and convolutions with sizes just below and above the blocks of their kernels. Kernels pack panels of rows,
 * columns and inner elements, sum inner elements by chunks, and take the windows of a small plane together.
 */

import blocks from "../../../wasm-kernel/assembly/matmulBlock.ts?raw";
import chunks from "../../../wasm-kernel/assembly/matmulChunk.ts?raw";
import scratch from "../../src/families/scratch.ts?raw";
import { conv2d, grad, maxPool2d, type Tensor, uniform } from "../../src/index.ts";
import { constantIn } from "./constants.ts";
import type { Application } from "./dividedPrograms.ts";

const ROWS = constantIn(blocks, "BLOCK_ROWS");
const COLUMNS = constantIn(blocks, "BLOCK_COLUMNS");
const INNER = constantIn(blocks, "BLOCK_INNER");
const CHUNK = constantIn(chunks, "CHUNK");
/** The length of a plane that has just too many windows for a kernel to take together. */
const PLANE = Math.ceil(Math.sqrt(constantIn(scratch, "FEW_WINDOWS")));

const products = [
  [33, 64, 65],
  [ROWS, INNER, 129],
  [ROWS + 1, INNER + 1, COLUMNS + 1],
  [31, CHUNK + 1, 33],
  [300, 1, 300],
  [1, 700, 900],
  [900, 700, 1],
] as const;

const stacks = [
  [2, 65, 64, 33],
  [5, ROWS + 1, 40, INNER + 1],
  [16, 31, INNER + 1, 33],
] as const;

/** Batch, channels, results, length of a plane, length of a window. */
const convolutions = [
  [1, 3, 8, 20, 3],
  [2, 8, 5, PLANE + 1, 3],
  [5, 33, 65, PLANE - 1, 1],
  [3, 16, 16, 16, 5],
  [16, 4, 4, PLANE, 2],
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
