// The matrix product of square matrices and their transposes:
//
// in two suites: against loops in JavaScript, and for sizes that are no multiples of a block, whose rates should be
// close to those of the round sizes beside them.
//
//   js        loops over JavaScript arrays, the innermost along a row of the result
//   wasm      the kernel on matrices that stay in linear memory; transposes are strides
//   graddiff  the library's eager product, which copies; a transpose is an op of its own

import { type Tensor, tensor } from "@graddiff/core";
import { createKernel, type Kernel } from "@graddiff/wasm-kernel";
import { type ElementType, float32Type, float64Type } from "../loops/index.ts";
import type { BenchmarkCase, Contestant, FloatArray, Suite } from "../suite.ts";

const roundSizes = [64, 256, 512, 1024] as const;

/** The sizes that are no multiples of a block, each with a round size beside it. */
const awkwardSizes = [
  [63, 64],
  [65, 64],
  [255, 256],
  [511, 512],
  [1023, 1024],
] as const;

/** The size at which transposes are compared; a larger one would take the loops minutes. */
const transposedSize = 512;

/** The operands that are stored transposed. */
interface Transposes {
  readonly name: string;
  readonly x: boolean;
  readonly y: boolean;
}

const plain: Transposes = { name: "x · y", x: false, y: false };
const transposes: readonly Transposes[] = [
  { name: "xᵀ · y", x: true, y: false },
  { name: "x · yᵀ", x: false, y: true },
  { name: "xᵀ · yᵀ", x: true, y: true },
];

export const matmul: Suite = {
  name: "matmul",
  description: "loops in JavaScript, the kernel on resident matrices, the eager product",
  cases: [...casesOf(float32Type, multiplyFloat32), ...casesOf(float64Type, multiplyFloat64)],
};

export const sizes: Suite = {
  name: "sizes",
  description:
    "products of sizes that no block divides, and transposed, beside those of round sizes",
  cases: [...sizeCasesOf(float32Type), ...sizeCasesOf(float64Type)],
};

type Loop<A> = (x: A, xStrides: Strides, y: A, yStrides: Strides, out: A, size: number) => void;

/** Elements between neighbouring rows, and between neighbouring columns. */
type Strides = readonly [row: number, column: number];

function casesOf<A extends FloatArray>(type: ElementType<A>, loop: Loop<A>): BenchmarkCase[] {
  const withLoop = (size: number, which: Transposes): BenchmarkCase => ({
    ...caseOf(type, size, which),
    prepare: () => [loopContestant(type, loop, size, which), ...contestants(type, size, which)],
  });
  return [
    ...roundSizes.map((size) => withLoop(size, plain)),
    ...transposes.map((which) => withLoop(transposedSize, which)),
  ];
}

function sizeCasesOf<A extends FloatArray>(type: ElementType<A>): BenchmarkCase[] {
  const beside = (size: number, round: number, which: Transposes): BenchmarkCase => ({
    ...caseOf(type, size, which),
    neighbour: nameOf(round, plain),
  });
  return [
    ...roundSizes.map((size) => caseOf(type, size, plain)),
    ...awkwardSizes.map(([size, round]) => beside(size, round, plain)),
    ...transposes.flatMap((which) => [
      ...awkwardSizes.map(([size, round]) => beside(size, round, which)),
      ...roundSizes.map((size) => beside(size, size, which)),
    ]),
  ];
}

function nameOf(size: number, { name }: Transposes): string {
  return `${name}, ${size} × ${size}`;
}

function caseOf<A extends FloatArray>(
  type: ElementType<A>,
  size: number,
  which: Transposes,
): BenchmarkCase {
  return {
    name: nameOf(size, which),
    dtype: type.dtype,
    operations: 2 * size ** 3,
    prepare: () => contestants(type, size, which),
  };
}

/** The kernel of the process, as in a program; every case starts with an empty arena. */
let sharedKernel: Kernel | undefined;

function loopContestant<A extends FloatArray>(
  type: ElementType<A>,
  loop: Loop<A>,
  size: number,
  which: Transposes,
): Contestant {
  const [x, y] = [matrix(type, size, 1), matrix(type, size, 2)];
  const out = type.make(size * size);
  return {
    name: "js",
    run: () => loop(x, stridesOf(size, which.x), y, stridesOf(size, which.y), out, size),
    results: () => [out],
  };
}

function stridesOf(size: number, transposed: boolean): Strides {
  return transposed ? [1, size] : [size, 1];
}

function contestants<A extends FloatArray>(
  type: ElementType<A>,
  size: number,
  which: Transposes,
): Contestant[] {
  const [x, y] = [matrix(type, size, 1), matrix(type, size, 2)];
  const out = type.make(size * size);

  sharedKernel ??= createKernel();
  const kernel = sharedKernel;
  const { arena, exports } = kernel;
  arena.reset();
  const byteLength = exports[`matmulScratchByteLength_${type.ending}` as const](size, size, size);
  const multiply = exports[`matmul_${type.ending}` as const];
  const [xPlace, yPlace, outPlace] = [
    arena.allocate(x.byteLength),
    arena.allocate(y.byteLength),
    arena.allocate(out.byteLength),
  ];
  const scratch = arena.allocate(byteLength);
  // Views are made after all allocations, because an allocation may have grown the memory.
  type.view(kernel, xPlace, x.length).set(x);
  type.view(kernel, yPlace, y.length).set(y);
  const outView = type.view(kernel, outPlace, out.length);

  const operand = (array: A, transposed: boolean): (() => Tensor) => {
    const stored = tensor(array).reshape([size, size]);
    return transposed ? () => stored.transpose() : () => stored;
  };
  const [left, right] = [operand(x, which.x), operand(y, which.y)];
  let product: Tensor | undefined;
  return [
    {
      name: "wasm",
      run: () =>
        multiply(
          ...([xPlace, yPlace, outPlace, scratch, size, size, size] as const),
          ...stridesOf(size, which.x),
          ...stridesOf(size, which.y),
          size,
        ),
      results: () => [outView],
    },
    {
      name: "graddiff",
      run: () => {
        product = left().matmul(right());
      },
      results: () => {
        const out = type.make(size * size);
        if (product !== undefined) out.set(product.data());
        return [out];
      },
    },
  ];
}

/** Numbers from −0.5 to 0.5. */
function matrix<A extends FloatArray>(type: ElementType<A>, size: number, seed: number): A {
  const elements = type.make(size * size);
  let state = seed;
  for (let index = 0; index < elements.length; index++) {
    // The generator of Numerical Recipes; its upper bits are random enough for timings.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    elements[index] = state / 2 ** 32 - 0.5;
  }
  return elements;
}

// The baseline, once for each element type, so that V8 sees one type at each site.

function multiplyFloat32(
  x: Float32Array,
  [xRow, xColumn]: Strides,
  y: Float32Array,
  [yRow, yColumn]: Strides,
  out: Float32Array,
  size: number,
): void {
  out.fill(0);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const a = x[i * xRow + k * xColumn] as number;
      for (let j = 0; j < size; j++) {
        const product = Math.fround(a * (y[k * yRow + j * yColumn] as number));
        out[i * size + j] = (out[i * size + j] as number) + product;
      }
    }
  }
}

function multiplyFloat64(
  x: Float64Array,
  [xRow, xColumn]: Strides,
  y: Float64Array,
  [yRow, yColumn]: Strides,
  out: Float64Array,
  size: number,
): void {
  out.fill(0);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const a = x[i * xRow + k * xColumn] as number;
      for (let j = 0; j < size; j++) {
        const product = a * (y[k * yRow + j * yColumn] as number);
        out[i * size + j] = (out[i * size + j] as number) + product;
      }
    }
  }
}
