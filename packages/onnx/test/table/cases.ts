/**
 * The models for the table of ops: every op with its examples and edges, in every dtype, with the gradients with
 * respect to its float inputs.
 */

import * as graddiff from "@graddiff/core";
import {
  checkpoint,
  compile,
  cond,
  customGradient,
  type DType,
  DTypeError,
  grad,
  implicit,
  maxPool2d,
  maxPool2dWithIndices,
  normal,
  registeredOps,
  scan,
  sort,
  split,
  type Tensor,
  tensor,
  topK,
  uniform,
  vectorize,
  whileLoop,
} from "@graddiff/core";
import { isFloat } from "@graddiff/core/extend";
import { fft, inverseFft, inverseRealFft, realFft } from "@graddiff/core/fft";
import type { Op } from "@graddiff/core/internal";
import { apply } from "../../../core/src/graph/apply.ts";
import { type Attributes, NO_ATTRIBUTES } from "../../../core/src/graph/types.ts";
import { samples } from "../../../core/test/support/opChecks.ts";
import type { ExportOptions } from "../../src/index.ts";
import { listOf } from "../support/listOf.ts";

/** A function to be exported, and inputs for it. */
export interface Case {
  readonly op: string;
  readonly title: string;
  readonly dtype: DType;
  readonly fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly inputs: readonly Tensor[];
  /** The number of results, at the front, that are values; the others are gradients. */
  readonly values: number;
  /** The example and options for exporting a model with an open batch size. Default: the inputs. */
  readonly open?: { readonly example: readonly Tensor[]; readonly options: ExportOptions };
}

type OpFunction = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** Returns the results, and the gradients of a weighted sum of the float results. */
function withGradients(fn: OpFunction, inputs: readonly Tensor[], differentiable: boolean) {
  const places = inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
  const results = listOf(fn(...inputs));
  if (!differentiable || places.length === 0 || !results.some(({ dtype }) => isFloat(dtype))) {
    return { fn, values: results.length };
  }
  const total = (...own: Tensor[]) =>
    listOf(fn(...own))
      .filter(({ dtype }) => isFloat(dtype))
      .map((result, k) => result.mul(weights(result, k)).sum())
      .reduce((sum, part) => sum.add(part));
  const both = (...own: Tensor[]) => [
    ...listOf(fn(...own)),
    ...(grad(total, { argnums: places }) as (...own: Tensor[]) => Tensor[])(...own),
  ];
  return { fn: both, values: results.length };
}

/** Returns cotangents whose elements differ. */
function weights({ shape, dtype }: Tensor, k: number): Tensor {
  return uniform(shape, { seed: 100 + k, low: 0.5, high: 1.5, dtype });
}

function isDifferentiable({ derivative }: Op): boolean {
  if (derivative?.kind === "none") return false;
  return derivative?.kind !== "partials" || derivative.partials.some((partial) => partial);
}

/** True if an op accepts the dtypes of inputs. */
function takes(op: Op, inputs: readonly Tensor[], attributes: Attributes): boolean {
  try {
    op.results(inputs, attributes);
    return true;
  } catch (error) {
    if (error instanceof DTypeError) return false;
    throw error;
  }
}

/** Returns the cases of an op with examples. */
function casesOfOp(op: Op): Case[] {
  const isJoint = op.derivative?.kind === "joint";
  // Ops with bodies or with several results have separate cases.
  const examples = (isJoint && op.bodies ? [] : op.examples.cases).flatMap((example) =>
    (["float64", "float32", "int32", "bool"] as const).flatMap((dtype): Case[] => {
      const { inputs, attributes } = samples(op, example, dtype);
      if (!takes(op, inputs, attributes)) return [];
      if (isJoint && op.results(inputs, attributes).length > 1) return [];
      const own: OpFunction = (...all) => apply(op, all, attributes);
      const title = `${example.shapes.map((shape) => `[${shape}]`).join(" ")} ${JSON.stringify(attributes)}`;
      const isFloats = dtype === "float64" || dtype === "float32";
      const isDifferentiated = isFloats && isDifferentiable(op);
      const functions = withGradients(own, inputs, isDifferentiated);
      return [{ op: op.name, title, dtype, inputs, ...functions }];
    }),
  );
  return [...examples, ...edgesOf(op)];
}

/** Ops for which the sign of zero matters: Where of onnxruntime turns −0 into 0. */
const LOST: ReadonlySet<string> = new Set(["digamma"]);

/** Returns a case with all edges of an op as vectors. */
function edgesOf(op: Op): Case[] {
  const { edges = [], dtypes = [] } = op.examples;
  if (edges.length === 0) return [];
  return (["float64", "float32"] as const).map((dtype) => {
    const count = (edges[0]?.length ?? 1) - 1;
    const own = edges.filter((edge) => !LOST.has(op.name) || !edge.some((x) => Object.is(x, -0)));
    const inputs = Array.from({ length: count }, (_, i) =>
      tensor(
        own.map((edge) => Number(edge[i])),
        { dtype: dtypes[i] ?? dtype },
      ),
    );
    const fn: OpFunction = (...all) => apply(op, all, NO_ATTRIBUTES);
    return { op: op.name, title: "edges", dtype, inputs, fn, values: 1 };
  });
}

/** Returns cases of ops that public functions apply. */
function casesOfFunctions(dtype: "float64" | "float32"): Case[] {
  const random = (shape: readonly number[], seed: number) =>
    uniform(shape, { seed, low: -1, high: 2, dtype });
  const make = (
    op: string,
    title: string,
    fn: OpFunction,
    inputs: readonly Tensor[],
    differentiable = true,
  ): Case => ({ op, title, dtype, inputs, ...withGradients(fn, inputs, differentiable) });
  const x = random([5, 3], 1);
  const w = random([3, 3], 2);
  const start = random([3], 3);
  const yes = tensor(true as unknown as number[]);
  const choose: OpFunction = (test = yes, a = x, b = w) =>
    cond(
      test,
      () => a.matmul(b).sin(),
      () => a.mul(2).exp(),
    );
  const step = (carry: Tensor, row: Tensor): [Tensor, Tensor] => {
    const next = carry.matmul(w).add(row).tanh();
    return [next, next.square()];
  };
  const layer = (a: Tensor, b: Tensor) => a.matmul(b).sin().exp();
  const compiled = compile(layer);
  const root = implicit(
    (a: Tensor) => a.square().add(1).sqrt(),
    (y, a) => y.square().sub(a.square()).sub(1),
  );
  const clipped = customGradient(
    (a: Tensor) => a.square(),
    (cotangent: Tensor, [a]: [Tensor]) => [cotangent.mul(a).mul(3)],
  );
  const seed = tensor(11 as unknown as number[], { dtype: "int32" });
  const parts = (real: Tensor, imaginary: Tensor) => ({ real, imaginary });
  return [
    make("dft", "rows", (a = x, b = x) => Object.values(fft(parts(a, b))), [x, random([5, 3], 8)]),
    make(
      "dft",
      "inverse, of columns",
      (a = x, b = x) => Object.values(inverseFft(parts(a, b), { axis: 0, norm: "ortho" })),
      [x, random([5, 3], 8)],
    ),
    make("realDft", "rows of 3", (a = x) => Object.values(realFft(a)), [x]),
    make("realDft", "columns of 8", (a = x) => Object.values(realFft(a, { axis: 0, length: 8 })), [
      x,
    ]),
    make(
      "realDftAdjoint",
      "columns of 9",
      (a = x, b = x) => inverseRealFft(parts(a, b), { axis: 0, length: 9 }),
      [x, random([5, 3], 8)],
    ),
    make("split", "[5, 3] into 2 and 3", (a = x) => split(a, [2, 3]), [x]),
    make("split", "[5, 3] into 3 along axis 1", (a = x) => split(a, 3, 1), [x]),
    make("topK", "2 of each row", (a = x) => Object.values(topK(a, 2)), [x]),
    make(
      "topK",
      "the least 2 of each row",
      (a = x) => Object.values(topK(a, 2, 1, { largest: false })),
      [x],
    ),
    make("sort", "each column", (a = x) => sort(a, 0), [x]),
    make(
      "sort",
      "with NaN and infinities, descending",
      (a = x) => sort(a, 0, { descending: true }),
      [tensor([1, Number.NaN, -Infinity, Infinity, 0, 2], { dtype })],
    ),
    make("topK", "3 of each column", (a = x) => Object.values(topK(a, 3, 0)), [x]),
    make(
      "maxPool",
      "of overlapping windows, padded",
      (a = x) => [maxPool2d(a, [3, 2], { stride: [2, 1], padding: [1, 0] })],
      [x],
    ),
    make(
      "maxPoolWithIndices",
      "of overlapping windows, padded",
      (a = x) =>
        Object.values(maxPool2dWithIndices(a, [3, 2], { stride: [2, 1], padding: [1, 0] })),
      [x],
    ),
    make("cond", "true", choose, [yes, x, w]),
    make("cond", "false", choose, [tensor(false as unknown as number[]), x, w]),
    make(
      "cond of a batch",
      "two of five",
      (tests = yes, a = x) =>
        vectorize((test: Tensor, row: Tensor) =>
          cond(
            test,
            () => row.sqrt(),
            () => row.mul(2),
          ),
        )(tests, a),
      [tensor([true, false, true, false, false]), random([5, 3], 4).abs()],
    ),
    make(
      "scan",
      "of rows, with a captured matrix",
      (c = start, rows = x, b = w) => {
        const [carry, ys] = scan(
          (own: Tensor, row: Tensor) => {
            const next = own.matmul(b).add(row).tanh();
            return [next, next.square()] as [Tensor, Tensor];
          },
          c,
          rows,
        );
        return [carry, ys];
      },
      [start, x, w],
    ),
    make(
      "scan",
      "backwards",
      (c = start, rows = x) => scan(step, c, rows, { reverse: true }) as [Tensor, Tensor],
      [start, x],
    ),
    make(
      "scan",
      "without rows",
      (c = start) =>
        scan((own: Tensor) => [own.mul(1.5).sin(), own] as [Tensor, Tensor], c, undefined, {
          length: 4,
        }) as [Tensor, Tensor],
      [start],
    ),
    make(
      "while",
      "until a sum is reached, with a captured matrix",
      (c = start, b = w) =>
        whileLoop(
          (own: Tensor) => own.sum().less(50),
          (own: Tensor) => own.add(own.matmul(b).square()).add(1),
          c,
          { maxSteps: 20 },
        ),
      [start, w],
    ),
    make(
      "while",
      "of no step",
      (c = start) =>
        whileLoop(
          (own: Tensor) => own.sum().greater(50),
          (own: Tensor) => own.sqrt(),
          c,
          { maxSteps: 3 },
        ),
      [start],
    ),
    make(
      "while",
      "of any number of steps",
      (c = start) =>
        whileLoop(
          (own: Tensor) => own.sum().less(50),
          (own: Tensor) => own.mul(1.5).add(1),
          c,
        ),
      [start],
      false,
    ),
    make(
      "while",
      "of a batch whose examples end at different steps",
      (rows = x) =>
        vectorize((own: Tensor) =>
          whileLoop(
            (now: Tensor) => now.sum().less(9),
            (now: Tensor) => now.mul(1.5).add(0.5),
            own,
            { maxSteps: 12 },
          ),
        )(rows),
      [x],
    ),
    make("checkpoint", "of a layer", (a = x, b = w) => checkpoint(layer)(a, b), [x, w]),
    make("compiled", "of a layer", (a = x, b = w) => compiled(a, b), [x, w]),
    make("call", "in a rule", (a = x) => clipped(a), [x]),
    make("implicit", "of a root in closed form", (a = x) => root(a), [x]),
    make("customGradient", "with a rule", (a = x) => clipped(a).sin(), [x]),
    make("normal", "of a seed", (own = seed) => normal([7], { seed: own, dtype }), [seed], false),
    make(
      "uniform",
      "of a seed of float64",
      (own = seed) => uniform([3, 2], { seed: own, dtype, low: -1, high: 3 }),
      [tensor((2 ** 40 + 12345) as unknown as number[], { dtype: "float64" })],
      false,
    ),
    make(
      "uniform",
      "of seeds",
      (own = seed) => vectorize((one: Tensor) => uniform([3], { seed: one, dtype }))(own),
      [tensor([1, 2, 3], { dtype: "int32" })],
      false,
    ),
  ];
}

/**
 * Returns all ops. A bundle keeps only the ops that a method or an import refers to, so the exported functions are
 * searched, too.
 */
function allOps(): readonly Op[] {
  const ofFunctions = Object.values(graddiff).flatMap((value) => {
    const { op } = Object(value) as { readonly op?: Op };
    return op === undefined ? [] : [op];
  });
  return [...new Set([...registeredOps(), ...ofFunctions])];
}

/** Returns the cases of the table, op by op. */
export function allCases(): Case[] {
  return [
    ...allOps().flatMap(casesOfOp),
    ...casesOfFunctions("float64"),
    ...casesOfFunctions("float32"),
  ];
}
