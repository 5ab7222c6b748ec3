/**
 * The ops of Fourier transforms: linear, and closed under derivatives. The adjoint of `dft` is itself with the other sign; that of
 * `realDft` is `realDftAdjoint`, and the other way round. So derivatives of every order, batches and compiled programs follow.
 *
 * An axis is named by `inner`, the number of axes after it, so that a batch of leading axes changes no attribute. The last
 * input is tables of int32, which `tables.ts` makes once for each length and dtype: a constant of programs, of the shape
 * [rows, n], which tells the length that it is for.
 *
 * Stockham's algorithm has radix 4 with 2, 3, 5 and any odd radix. A length with a large prime factor uses Bluestein's longer
 * transforms where a model of times prefers them. Real and imaginary parts in scratch memory are 144 elements apart, since
 * arrays whose starts differ by a multiple of 4,096 bytes share sets of the cache.
 *
 * In: pairs of real arrays, and the tables of their length. Out: pairs of real arrays.
 *
 * Invariant: the bits of a transform follow from its length and dtype alone, not from the axis or the transforms beside it
 * (`test/fft/transforms.test.ts`).
 */

import { computeIn } from "../algorithms/arithmetic.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { type KernelName, SUFFIX } from "../families/exports.ts";
import {
  dft,
  dftScratch,
  realDft,
  realDftAdjoint,
  realDftScratch,
} from "../generated/algorithms/fft/transforms.ts";
import { applyAll } from "../graph/apply.ts";
import {
  type Address,
  type Call,
  moved,
  type PlacedArray,
  partsOfScratch,
  type Split,
} from "../graph/call.ts";
import type { JointDerivative, Tangent, Tangents } from "../graph/joint.ts";
import type { KernelOf } from "../graph/kernel.ts";
import type { BatchCall, Examples, Op } from "../graph/op.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { repeated } from "../ops/batching.ts";
import { register } from "../ops/registry.ts";
import { withMaskOf } from "../ops/tangents.ts";
import { elementsAlong, reshape } from "../ops/view.ts";
import { zeros } from "../tensor/create.ts";
import { allocate, BYTES, type FloatDType, isFloat, type TypedArray } from "../tensor/dtype.ts";
import { at, bytesOf, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { fftKernels } from "./fftKernels.ts";
import { HEADER, longerOf, passesOf } from "./radices.ts";
import { fourierStages } from "./stages.ts";
import { tablesOf } from "./tables.ts";

/** The attributes of all ops here: the number of axes after that of the transform. */
interface AlongInner extends Attributes {
  readonly inner: number;
}

/** True if the sign of the exponent is positive. */
interface Complex extends AlongInner {
  readonly inverse: boolean;
}

/** True if all numbers of a spectrum but the first one and that of n/2 are doubled. */
interface Real extends AlongInner {
  readonly doubled: boolean;
}

/** The length of the real signal. */
interface RealAdjoint extends Real {
  readonly n: number;
}

/** Returns the length of the axis, the number of transforms before it, and that of the elements after it. */
function partsOf(
  { shape }: TensorType,
  { inner }: AlongInner,
): { n: number; rows: number; columns: number } {
  const axis = shape.length - 1 - inner;
  return {
    n: at(shape, axis),
    rows: sizeOf(shape.slice(0, axis)),
    columns: sizeOf(shape.slice(axis + 1)),
  };
}

function withLength({ shape }: TensorType, { inner }: AlongInner, length: number): Shape {
  return shape.map((each, i) => (i === shape.length - 1 - inner ? length : each));
}

const lengthOfSignal = ([x]: readonly TensorType[], attributes: AlongInner) =>
  partsOf(x as TensorType, attributes).n;

/** Returns the length of the spectrum of n real numbers. */
export const halfOf = (n: number): number => Math.floor(n / 2) + 1;

/** Returns the float dtype of a signal. */
function dtypeOf(op: string, { dtype }: TensorType): FloatDType {
  if (isFloat(dtype)) return dtype;
  throw new DTypeError(op, "", "float32 or float64", dtype);
}

/** Checks the inputs of an op: floats of one type, and the tables of a length. */
function checkInputs(op: string, inputs: readonly TensorType[], n: number, isReal: boolean): void {
  const numbers = inputs.slice(0, -1);
  const { shape } = at(numbers, 0);
  const dtype = dtypeOf(op, at(numbers, 0));
  if (numbers.some((each) => each.dtype !== dtype || !sameShape(each.shape, shape))) {
    throw new ShapeError(op, "", "parts of one shape and dtype", "different ones");
  }
  const tables = at(inputs, numbers.length);
  if (n === 0 || !sameShape(tables.shape, tablesOf(n, dtype, isReal).shape)) {
    throw new ShapeError(op, "", `tables of ${n} numbers of ${dtype}`, "others");
  }
}

/** The functions of both languages. */
const algorithms = { dft, realDft, realDftAdjoint };

/** The parts in which the kernel of an op differs from others. */
interface How<A> {
  readonly name: keyof typeof algorithms;
  /** The numbers between the lengths and the number of transforms. Default: none. */
  readonly numbers?: (attributes: A, columns: number) => readonly number[];
  /** True if the last of these numbers is the columns that are computed, which threads divide. Default: no. */
  readonly countsColumns?: boolean;
  /** The length of the signal. */
  readonly length: (types: readonly TensorType[], attributes: A) => number;
  readonly scratch: (n: number, columns: number, dtype: FloatDType) => number;
  /** True if the parts of the inputs and of the results are exchanged. */
  readonly exchanges?: (attributes: A) => boolean;
}

/** Returns the kernel of an op: addresses of inputs, results and scratch memory, numbers, the number of transforms. */
/* @__NO_SIDE_EFFECTS__ */
function fourierKernel<A extends AlongInner>(how: How<A>): KernelOf<"calls", A> {
  const { name, numbers = () => [], countsColumns, length, scratch, exchanges = () => false } = how;
  const rowsOf = (types: readonly TensorType[], attributes: A) =>
    partsOf(at(types, 0), attributes).rows;
  const columnsOf = (types: readonly TensorType[], attributes: A) =>
    partsOf(at(types, 0), attributes).columns;
  const scratchOf = (types: readonly TensorType[], attributes: A) =>
    scratch(length(types, attributes), columnsOf(types, attributes), dtypeOf(name, at(types, 0)));
  /** The numbers before the number of transforms. */
  const numbersOf = (types: readonly TensorType[], attributes: A) => [
    length(types, attributes),
    columnsOf(types, attributes),
    ...numbers(attributes, columnsOf(types, attributes)),
  ];
  /** Inputs, and results, in the order of the function. */
  const ordered = <Each>(inputs: readonly Each[], results: readonly Each[], attributes: A) => {
    if (!exchanges(attributes)) return [...inputs, ...results];
    const [re, im, tables] = inputs as readonly [Each, Each, Each];
    return [im, re, tables, ...results.toReversed()];
  };
  return {
    kind: "calls",
    compute: ({ arrays, types, attributes, results }) => {
      const dtype = dtypeOf(name, at(types, 0));
      const run = algorithms[name] as (...args: (TypedArray | number)[]) => void;
      const space = allocate(dtype, scratchOf(types, attributes), name);
      computeIn(dtype, () =>
        run(
          ...ordered(arrays, results, attributes),
          space,
          ...numbersOf(types, attributes),
          rowsOf(types, attributes),
        ),
      );
    },
    calls: ({ attributes, inputs, outputs, scratch: space }) => {
      const placed = ordered(inputs, outputs, attributes);
      const args = numbersOf(inputs, attributes);
      const rows = rowsOf(inputs, attributes);
      const n = length(inputs, attributes);
      const columns = columnsOf(inputs, attributes);
      const dtype = dtypeOf(name, at(inputs, 0));
      if (name === "dft" && rows === 1 && n * columns >= LONG && longerOf(n, dtype) === 0) {
        return passCalls(dtype, placed, space, n, columns);
      }
      const ways: Split[] = [];
      const divide = (along: string, argument: number, step: (array: PlacedArray) => number) =>
        ways.push({
          along,
          argument,
          steps: [
            ...placed.map((array) => (array.dtype === "int32" ? 0 : step(array))),
            ...[0, ...args.map(() => 0), 0],
          ],
        });
      const last = placed.length + args.length;
      if (rows > 1) divide("transforms", last + 1, (array) => bytesOf(array) / rows);
      else if (countsColumns && columns > 1) divide("columns", last, () => BYTES[dtype]);
      return [
        {
          function: `${name}_${SUFFIX[dtype]}` satisfies KernelName,
          arguments: [...placed.map(({ address }) => address), space, ...args, rows],
          splits:
            ways.length > 0
              ? ways
              : "one transform that is short, of real numbers, or of a length with a large prime factor goes in order",
        },
      ];
    },
    stages: ({ inputs, attributes }) =>
      fourierStages({
        ...attributes,
        ...partsOf(at(inputs, 0), attributes),
        name,
        n: length(inputs, attributes),
      }),
    scratchBytes: ({ inputs, attributes }) =>
      BYTES[dtypeOf(name, at(inputs, 0))] * scratchOf(inputs, attributes),
    flops: (inputs, _output, attributes) => {
      const n = length(inputs, attributes);
      const count = rowsOf(inputs, attributes) * columnsOf(inputs, attributes);
      return count * (name === "dft" ? 5 : 3) * n * (32 - Math.clz32(n));
    },
    group: fftKernels,
  };
}

/** The elements of one transform from which each pass is a call, whose work threads divide. */
const LONG = 2 ** 13;

/** Returns the calls of the passes of one transform of the arrays [n, columns]: input, tables and result in order. */
function passCalls(
  dtype: FloatDType,
  placed: readonly PlacedArray[],
  scratch: Address,
  n: number,
  columns: number,
): Call[] {
  const one = BYTES[dtype];
  const [xr, xi, tables, yr, yi] = placed.map(({ address }) => address) as [
    Address,
    Address,
    Address,
    Address,
    Address,
  ];
  const result = [yr, yi];
  // Every pass reads what all partitions of the one before have written, so all threads share this memory.
  const part = (one * dftScratch(n, 0, columns)) / 2;
  const between = partsOfScratch(scratch, [part, part]);
  const tableAt = (position: number) => {
    const distance = BYTES.int32 * HEADER + position * one;
    return moved(tables, distance, { bytes: tables.bytes - distance });
  };
  let from = [xr, xi];
  const passes = passesOf(n);
  return passes.map(({ radix, m, s, twiddles, roots }, i): Call => {
    const to = (passes.length - i) % 2 === 1 ? result : between;
    const width = s * columns;
    const read = from.map((array): Address => ({ ...array, access: "read" }));
    const written = to.map((array): Address => ({ ...array, access: "write" }));
    from = to;
    const stepsOf = (read: number, written: number, table: number) =>
      [0, 0, read, read, written, written, table, 0, 0, 0, 0].map((count) => count * one);
    const byBlocks = { along: "blocks", argument: 9, steps: stepsOf(width, radix * width, 1) };
    const byColumns = { along: "columns", argument: 10, steps: stepsOf(1, 1, 0) };
    return {
      function: `dftPass_${SUFFIX[dtype]}` satisfies KernelName,
      arguments: [
        ...[radix, tableAt(roots), ...read, ...written, tableAt(twiddles)],
        ...[m, width, m, width],
      ],
      splits: [{ ...(m >= width ? byBlocks : byColumns), unit: m < width || s === 1 ? 4 : 1 }],
    };
  });
}

/**
 * Returns the derivative of an op that is linear in all of its float inputs together.
 *
 * @param adjoint the gradients of these inputs from cotangents of all results.
 */
/* @__NO_SIDE_EFFECTS__ */
function linearTogether<A extends Attributes>(
  adjoint: (
    cotangents: readonly Tensor[],
    inputs: readonly Tensor[],
    attributes: A,
  ) => readonly Tensor[],
): JointDerivative<A> {
  /** Returns the values of tangents, zeros where there are none; undefined if there is none at all. */
  const valuesOf = (tangents: Tangents, like: readonly Tensor[]): readonly Tensor[] | undefined =>
    tangents.some((tangent) => tangent !== undefined)
      ? like.map(({ shape, dtype }, i) => tangents[i]?.value ?? zeros(shape, { dtype }))
      : undefined;
  const tangentsOf = (
    values: readonly Tensor[] | undefined,
    from: Tangents,
  ): (Tangent | undefined)[] => values?.map((value) => withMaskOf(value, ...from)) ?? [];
  return {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const results = applyAll(op, inputs, attributes);
      return {
        results,
        pull: (cotangents) => {
          const values = valuesOf(cotangents, results);
          return tangentsOf(values && adjoint(values, inputs, attributes), cotangents);
        },
      };
    },
    jvp: ({ op, inputs, attributes }, tangents) => {
      const numbers = inputs.slice(0, -1);
      const values = valuesOf(tangents.slice(0, numbers.length), numbers);
      const moved = values && applyAll(op, [...values, at(inputs, numbers.length)], attributes);
      const results = applyAll(op, inputs, attributes);
      return {
        results,
        tangents: moved ? tangentsOf(moved, tangents) : results.map(() => undefined),
      };
    },
  };
}

/** Applies an op to a batch: one more leading axis. The tables are the same for all examples. */
function batched<A extends AlongInner>(call: BatchCall<A>): readonly Tensor[] {
  const { op, inputs, batched: carries, attributes } = call;
  const count = inputs.length - 1;
  const tables = at(inputs, count);
  const numbers = repeated({
    ...call,
    inputs: inputs.slice(0, count),
    batched: carries.slice(0, count),
  });
  const one = carries[count]
    ? reshape(elementsAlong(tables, 0, 0, 1), tables.shape.slice(1))
    : tables;
  return applyAll(op, [...numbers, one], attributes);
}

/** Returns examples: the last shape is the length of the signal, from which the tables are made. */
function examplesOf<A extends Attributes>(
  isReal: boolean,
  cases: Examples<A>["cases"],
): Examples<A> {
  const parts = (at(cases, 0).shapes.length - 1) as number;
  return {
    domain: [-1, 1],
    dtypes: [...Array<undefined>(parts).fill(undefined), "int32"],
    cases,
    make: (sampled) => {
      const numbers = sampled.slice(0, -1).map((x) => (isFloat(x.dtype) ? x : x.cast("float32")));
      const n = sampled.at(-1)?.size ?? 0;
      const dtype = numbers[0]?.dtype ?? "float32";
      return n === 0 || !isFloat(dtype) ? sampled : [...numbers, tablesOf(n, dtype, isReal)];
    },
  };
}

const FIELDS = {
  symbol: "F",
  family: "Fourier transforms",
  promotion: "none",
} as const;

/** X_k = Σ_j x_j e^(∓2πi jk/n), unscaled, of parts. */
export const dftOp: Op<Complex> = register<Complex>({
  ...FIELDS,
  name: "dft",
  formula: "Xₖ = Σⱼ xⱼ e^(∓2πi jk/n), parts",
  results: (inputs, attributes) => {
    checkInputs("dft", inputs, lengthOfSignal(inputs, attributes), false);
    return inputs.slice(0, 2).map(({ shape, dtype }) => ({ shape, dtype, weak: false }));
  },
  derivative: linearTogether((cotangents, inputs, { inner, inverse }) =>
    applyAll(dftOp, [...cotangents, at(inputs, 2)], { inner, inverse: !inverse }),
  ),
  linearIn: [0, 1],
  linearTogether: [0, 1],
  batch: batched,
  kernel: fourierKernel<Complex>({
    name: "dft",
    length: lengthOfSignal,
    scratch: (n, columns, dtype) => dftScratch(n, longerOf(n, dtype), columns),
    exchanges: ({ inverse }) => inverse,
  }),
  examples: examplesOf(false, [
    { shapes: [[5], [5], [5]], attributes: { inner: 0, inverse: false } },
    { shapes: [[2, 8], [2, 8], [8]], attributes: { inner: 0, inverse: true } },
    { shapes: [[2, 6, 3], [2, 6, 3], [6]], attributes: { inner: 1, inverse: false } },
  ]),
});

/** Xₖ = Σ_j x_j e^(−2πi jk/n) for k = 0 … n/2, of real numbers; those between the ends times 2 if doubled. */
export const realDftOp: Op<Real> = register<Real>({
  ...FIELDS,
  name: "realDft",
  formula: "Xₖ = Σⱼ xⱼ e^(−2πi jk/n), k ≤ n/2, parts",
  results: (inputs, attributes) => {
    const x = at(inputs, 0);
    const { n } = partsOf(x, attributes);
    checkInputs("realDft", inputs, n, true);
    const type = { shape: withLength(x, attributes, halfOf(n)), dtype: x.dtype, weak: false };
    return [type, type];
  },
  derivative: linearTogether((cotangents, inputs, { inner, doubled }) => {
    const n = lengthOfSignal(inputs, { inner });
    return applyAll(realDftAdjointOp, [...cotangents, at(inputs, 1)], { n, inner, doubled });
  }),
  linearIn: [0],
  batch: batched,
  kernel: fourierKernel<Real>({
    name: "realDft",
    numbers: ({ doubled }, columns) => [Number(doubled), columns],
    countsColumns: true,
    length: lengthOfSignal,
    scratch: realScratch,
  }),
  examples: examplesOf(true, [
    { shapes: [[6], [6]], attributes: { inner: 0, doubled: false } },
    { shapes: [[2, 5], [5]], attributes: { inner: 0, doubled: true } },
    { shapes: [[2, 4, 3], [4]], attributes: { inner: 1, doubled: true } },
  ]),
});

function realScratch(n: number, _columns: number, dtype: FloatDType): number {
  return realDftScratch(n, longerOf(n % 2 === 0 ? n / 2 : n, dtype));
}

/** x_j = Σ_k w_k (re_k cos 2πjk/n − im_k sin 2πjk/n) for k = 0 … n/2: w_k is 2 between the ends if doubled, else 1. */
export const realDftAdjointOp: Op<RealAdjoint> = register<RealAdjoint>({
  ...FIELDS,
  name: "realDftAdjoint",
  formula: "xⱼ = Σₖ wₖ (re Xₖ cos 2πjk/n − im Xₖ sin 2πjk/n), k ≤ n/2",
  results: (inputs, attributes) => {
    const re = at(inputs, 0);
    const { n } = attributes;
    checkInputs("realDftAdjoint", inputs, n, true);
    if (partsOf(re, attributes).n !== halfOf(n)) {
      const expected = `${halfOf(n)} numbers of a spectrum`;
      throw new ShapeError("realDftAdjoint", "", expected, `${partsOf(re, attributes).n}`);
    }
    return [{ shape: withLength(re, attributes, n), dtype: re.dtype, weak: false }];
  },
  derivative: linearTogether((cotangents, inputs, { inner, doubled }) =>
    applyAll(realDftOp, [...cotangents, at(inputs, 2)], { inner, doubled }),
  ),
  linearIn: [0, 1],
  linearTogether: [0, 1],
  batch: batched,
  kernel: fourierKernel<RealAdjoint>({
    name: "realDftAdjoint",
    numbers: ({ doubled }, columns) => [Number(doubled), columns],
    countsColumns: true,
    length: (_types, { n }) => n,
    scratch: realScratch,
  }),
  examples: examplesOf(true, [
    { shapes: [[4], [4], [6]], attributes: { n: 6, inner: 0, doubled: true } },
    { shapes: [[2, 3], [2, 3], [5]], attributes: { n: 5, inner: 0, doubled: false } },
    { shapes: [[2, 3, 2], [2, 3, 2], [4]], attributes: { n: 4, inner: 1, doubled: false } },
  ]),
});
