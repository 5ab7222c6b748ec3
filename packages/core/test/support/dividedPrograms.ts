/**
 * Programs that have every kind of call that is divided among threads.
 */

import { simplify } from "../../src/compile/simplify.ts";
import { fft, inverseFft, inverseRealFft, realFft } from "../../src/fft/transforms.ts";
import { lower } from "../../src/graph/lower.ts";
import { record } from "../../src/graph/recording.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import {
  argSort,
  concat,
  cond,
  conv2d,
  cumulativeProd,
  cumulativeSum,
  eye,
  grad,
  layerNorm,
  maxPool2d,
  maxPool2dWithIndices,
  scan,
  softmax,
  sort,
  type Tensor,
  take,
  tensor,
  uniform,
  zeros,
} from "../../src/index.ts";
import { cholesky } from "../../src/linalg.ts";
import { type Program, programOf } from "../../src/run/program/program.ts";
import type { Target } from "../../src/run/program/schedule/target.ts";
import { wasmTarget } from "../../src/run/wasm/memory/target.ts";
import { applied, samples } from "./opChecks.ts";
import { inputsOf, randomFunction } from "./randomFunctions.ts";
import { sampled } from "./sampling.ts";
import { registeredOps } from "./table.ts";

export type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** Returns the program of a function. */
export function programFor(
  fn: Fn,
  inputs: readonly Tensor[],
  target: Target = wasmTarget,
): Program {
  const trace: Trace = record(new TraceRecording(), (recording) =>
    recording.trace([...fn(...inputs.map((input) => recording.argument(input)))]),
  );
  return programOf(simplify(lower(trace, target.hasKernel)), target);
}

export const of = (shape: readonly number[], seed: number) => uniform(shape, { seed, low: -1 });

/** A function, and inputs to apply it to. */
export interface Application {
  readonly name: string;
  readonly fn: Fn;
  readonly inputs: readonly Tensor[];
}

/**
 * Applies ops without bodies to the inputs of their examples, of several dtypes.
 *
 * @param every `npm test` takes one example out of this number.
 * @param first the index of the first example.
 */
export function* sampledOps(every: number, first: number): Generator<Application> {
  let from = first;
  for (const op of registeredOps()) {
    from++;
    if (op.bodies?.control !== undefined) continue;
    for (const example of sampled(op.examples.cases, every, from)) {
      for (const dtype of sampled(["float32", "float64", "int32"] as const, 3, from)) {
        const { inputs, attributes } = samples(op, example, dtype);
        const fn: Fn = (...given) => applied(op, given, attributes);
        yield { name: `${op.name} of ${dtype}`, fn, inputs };
      }
    }
  }
}

/** Draws random functions and their gradients. */
export function* randomFunctions(seeds: Iterable<number>): Generator<Application> {
  for (const seed of seeds) {
    const inputs = inputsOf(seed, seed % 2 === 0 ? "float32" : "float64");
    const own = randomFunction(seed);
    for (const each of [own, grad(own)]) {
      const fn: Fn = (...given) => [each(...(given as typeof inputs))];
      yield { name: `random function ${seed}`, fn, inputs };
    }
  }
}

/** Programs with long arrays, bodies and every kind of call that is divided among threads. */
export const programs: Readonly<Record<string, readonly [Fn, readonly Tensor[]]>> = {
  "products and reductions": [
    (a, b) => {
      const product = (a as Tensor).matmul(b as Tensor);
      return [
        ...[product, product.sum(1), product.max(0), product.sum()],
        ...[product.reshape([67, 71, 1]).sum([0, 2]), product.mean([0])],
      ];
    },
    [of([67, 130], 1), of([130, 71], 2)],
  ],
  "a sum of many": [(x) => [(x as Tensor).square().sum(), (x as Tensor).max()], [of([50_001], 1)]],
  "sums of a few long rows": [
    (x) => [(x as Tensor).exp().sum(1), (x as Tensor).sub(1).abs().max(1)],
    [of([3, 9000], 1)],
  ],
  "sums of columns": [
    (x) => [(x as Tensor).sum(0), (x as Tensor).mul(2).sum(0), (x as Tensor).min(0)],
    [of([1700, 12], 1)],
  ],
  "sums of many columns": [(x) => [(x as Tensor).sum(0)], [of([1100, 300], 1)]],
  "sums of whole numbers": [
    (x) => [(x as Tensor).mul(1e9).cast("int32").sum(), (x as Tensor).mul(99).cast("int32").max()],
    [of([3001], 1)],
  ],
  "a network's gradient": [
    (w, v, x) => [
      ...grad(
        (first: Tensor, second: Tensor) =>
          softmax((x as Tensor).matmul(first).tanh().matmul(second))
            .log()
            .mean()
            .neg(),
        { argnums: [0, 1] },
      )(w as Tensor, v as Tensor),
    ],
    [of([30, 40], 1), of([40, 9], 2), of([64, 30], 3)],
  ],
  "rows in the cache": [(x) => [softmax(x as Tensor), layerNorm(x as Tensor)], [of([400, 333], 1)]],
  "a convolution with its gradients": [
    (x, w) => [
      conv2d(x as Tensor, w as Tensor, { padding: 1 }),
      ...grad((a: Tensor, b: Tensor) => conv2d(a, b, { padding: 1 }).square().sum(), {
        argnums: [0, 1],
      })(x as Tensor, w as Tensor),
      maxPool2d(x as Tensor, 2),
      maxPool2dWithIndices(x as Tensor, 2).indices,
    ],
    [of([3, 2, 12, 11], 1), of([5, 2, 3, 3], 2)],
  ],
  "a convolution of one example": [
    (x, w) => [
      conv2d(x as Tensor, w as Tensor),
      conv2d(x as Tensor, (w as Tensor).slice([0, 0], [1, 1])),
    ],
    [of([1, 1, 30, 20], 1), of([9, 1, 3, 3], 2)],
  ],
  "scans along an axis": [
    (x) => [
      cumulativeSum(x as Tensor, 0),
      cumulativeSum(x as Tensor, 1),
      grad((own: Tensor) => cumulativeProd(own, 0).sum())((x as Tensor).add(2)),
    ],
    [of([200, 37], 1)],
  ],
  "long Fourier transforms, beside others with scratch memory": [
    (x, y) => {
      const first = fft({ real: x as Tensor, imaginary: y as Tensor }, { axis: 0 });
      const [flat, other] = [x, y].map((each) => (each as Tensor).reshape([9240]));
      const alone = fft({ real: flat as Tensor, imaginary: other as Tensor });
      const second = inverseFft({ real: y as Tensor, imaginary: x as Tensor }, { axes: [0, 1] });
      return [
        ...[first.real, first.imaginary, second.real, second.imaginary, alone.real],
        ...[sort(x as Tensor, 1), realFft(y as Tensor).real],
        inverseRealFft(realFft(x as Tensor, { axis: 0 }), { axis: 0 }),
      ];
    },
    [of([120, 77], 1), of([120, 77], 2)],
  ],
  "orders, and rows at indices": [
    (x) => {
      const indices = argSort((x as Tensor).sum(1));
      const table = (own: Tensor) => take(own, indices).mul(own).sum();
      return [sort(x as Tensor, 1), take(x as Tensor, indices), grad(table)(x as Tensor)];
    },
    [of([50, 20], 1)],
  ],
  "loops over bodies": [
    (xs) => {
      const [sum, rows] = scan(
        (carry: Tensor, x: Tensor): [Tensor, Tensor] => {
          const own = x.matmul(x.transpose()).add(carry.sum(0));
          const factor = cond(
            own.sum().greater(40),
            () => own.mul(0.5),
            () => own.sub(1),
          );
          return [carry.add(softmax(factor)), factor.sum(1)];
        },
        zeros([17, 17]),
        xs as Tensor,
      );
      return [
        sum,
        rows,
        ...grad(
          (a: Tensor) =>
            scan(
              (c: Tensor, x: Tensor): [Tensor, []] => [c.matmul(x).tanh(), []],
              eye(17),
              a,
            )[0].sum(),
          { argnums: [0] },
        )(xs as Tensor),
      ];
    },
    [of([6, 17, 17], 1)],
  ],
  "a stack of products": [
    (x, y) => [(x as Tensor).matmul(y as Tensor)],
    [of([40, 7, 9], 1), of([40, 9, 5], 2)],
  ],
  "factors of matrices": [
    (x) => [cholesky((x as Tensor).matmul((x as Tensor).transpose([0, 2, 1])).add(eye(3)))],
    [of([11, 3, 3], 1)],
  ],
  "random numbers": [
    (x) => [
      uniform([999], { seed: (x as Tensor).sum().mul(0).add(7).cast("float64") }),
      uniform([3], { seed: 5 }).mul((x as Tensor).sum()),
    ],
    [of([10], 1)],
  ],
  "joined and transposed arrays": [
    (x) => [
      concat([(x as Tensor).transpose(), (x as Tensor).transpose().mul(2)], 1),
      (x as Tensor).transpose().add(1),
      (x as Tensor).flip(0).mul(x as Tensor),
    ],
    [of([130, 140], 1)],
  ],
};

/** A program whose calls fail for some inputs, and inputs for which one call or several fail. */
export const refusals: { readonly fn: Fn; readonly cases: readonly (readonly Tensor[])[] } =
  (() => {
    const rows = of([40, 3, 3], 1)
      .matmul(of([40, 3, 3], 1).transpose([0, 2, 1]))
      .add(eye(3));
    const bad = (places: readonly number[]) =>
      tensor(
        Array.from({ length: 40 }, (_, i) => (places.includes(i) ? 77 : i % 3)),
        { dtype: "int32" },
      );
    const broken = (place: number) =>
      rows.mul(
        tensor(Array.from({ length: 40 }, (_, i) => (i === place ? Number.NaN : 1))).reshape([
          40, 1, 1,
        ]),
      );
    const fn: Fn = (matrices, first, second) => [
      take((matrices as Tensor).sum(0), first as Tensor),
      cholesky(matrices as Tensor),
      take((matrices as Tensor).sum(0), second as Tensor, 1),
    ];
    const cases = [
      [rows, bad([17]), bad([])],
      [rows, bad([31, 17, 5]), bad([2])],
      [broken(20), bad([]), bad([3])],
      [broken(20), bad([9]), bad([3])],
      [rows, bad([]), bad([39])],
    ] as const;
    return { fn, cases };
  })();
