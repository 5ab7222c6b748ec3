/**
 * The tests that every op gets, made from its definition: values at its edges, derivatives in both modes to second
 * order, vectorize compared with a loop, and dtypes. A new op needs no test code.
 */

import { expect } from "vitest";
import { apply, applyAll } from "../../src/graph/apply.ts";
import {
  attributesOf,
  type Convention,
  type Example,
  type Interval,
  type Op,
} from "../../src/graph/op.ts";
import { isTrace } from "../../src/graph/trace.ts";
import { type Attributes, NO_ATTRIBUTES, type TensorType } from "../../src/graph/types.ts";
import {
  allClose,
  checkGradients,
  type DType,
  DTypeError,
  grad,
  stack,
  type Tensor,
  tensor,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { promoteInputs } from "../../src/ops/promote.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { at, type Shape } from "../../src/tensor/shape.ts";

/** One generated test. */
export interface Check {
  readonly name: string;
  readonly run: () => void;
}

interface Case {
  readonly title: string;
  readonly example: Example;
}

/** Applies an op and returns all its results. */
export const applied: typeof applyAll<Attributes> = applyAll;

/** The words with which the names of tests of derivatives begin. */
export const DERIVATIVES = "has correct first and second derivatives";

/** Returns all tests of one op. */
export function opChecks(op: Op): Check[] {
  const checks: Check[] = [];
  const { edges = [], dtypes = [] } = op.examples;
  for (const dtype of ["float64", "float32"] as const) {
    if (edges.length === 0) continue;
    checks.push({
      name: `gives the exact values of its edges in ${dtype}`,
      run: () => checkEdges(op, edges, dtypes, dtype),
    });
  }
  for (const exact of op.examples.exact ?? []) {
    checks.push({
      name: `gives the exact results of [${exact.inputs.join("], [")}]`,
      run: () => checkExact(op, exact),
    });
  }
  for (const each of casesOf(op)) {
    if (isDifferentiable(op, each)) {
      const choices = choicesOf(op, each.example.shapes.length);
      for (const choice of choices) {
        const where = choice.map((k, i) => `[${intervalsOf(op, i)[k]}]`).join(" × ");
        checks.push({
          name: `${DERIVATIVES} in both modes ${each.title}${choices.length > 1 ? ` in ${where}` : ""}`,
          run: () => checkDerivatives(op, each, choice),
        });
      }
      checks.push({
        name: `has the gradients of a loop for a batch ${each.title}`,
        run: () => checkBatchGradients(op, each),
      });
    }
    checks.push({
      name: `gives under vectorize the bits of a loop ${each.title}`,
      run: () => checkVectorize(op, each),
    });
    checks.push({
      name: `has the inferred shape and dtype for every input dtype ${each.title}`,
      run: () => checkTypes(op, each),
    });
  }
  const { convention } = op;
  if (typeof convention === "object") {
    checks.push({
      name: "has the derivatives of its convention",
      run: () => checkConvention(op, convention),
    });
  }
  checks.push({
    name: "states a derivative, the reason for having none, or a body",
    run: () => checkStatement(op),
  });
  return checks;
}

function casesOf(op: Op): Case[] {
  return op.examples.cases.map((example) => {
    const { shapes } = example;
    const inputs = shapes.map((shape, i) => sample(op, i, shape, "float64"));
    const attributes = attributesOf(example, inputs);
    const printed = Object.values(attributes).some((value) => isTrace(value))
      ? "with bodies"
      : JSON.stringify(attributes);
    const title = `for ${shapes.map((shape) => `[${shape}]`).join(" ")} ${printed === "{}" ? "" : printed}`;
    return { title, example };
  });
}

/** Returns the intervals of one input. */
function intervalsOf(op: Op, index: number): readonly Interval[] {
  const { domain } = op.examples;
  if (isInterval(domain)) return [domain];
  const lists = domain as readonly (Interval | readonly Interval[])[];
  if (isInterval(lists[0])) return lists as readonly Interval[];
  const list = lists[Math.min(index, lists.length - 1)] as readonly Interval[] | undefined;
  return list ?? [[-1, 1]];
}

function isInterval(domain: unknown): domain is Interval {
  return Array.isArray(domain) && typeof domain[0] === "number";
}

/** Returns all combinations of one interval for each input, as indices of intervals. */
export function choicesOf(op: Op, count: number): readonly (readonly number[])[] {
  let all: number[][] = [[]];
  for (let i = 0; i < count; i++) {
    all = all.flatMap((list) => intervalsOf(op, i).map((_, choice) => [...list, choice]));
  }
  return all;
}

/**
 * Returns a sample of one input. An input of a fixed dtype, such as a condition, has that dtype.
 * @param choice the index of the interval. Default: the elements take all intervals in turn.
 */
export function sample(
  op: Op,
  index: number,
  shape: Shape,
  dtype: DType,
  seed = 0,
  choice?: number,
): Tensor {
  const all = intervalsOf(op, index);
  const intervals = choice === undefined ? all : all.slice(choice, choice + 1);
  const type = op.examples.dtypes?.[index] ?? dtype;
  const drawn = intervals.map(([low, high]) =>
    uniform(shape, { seed: seed * 10 + index, low, high, dtype: "float64" }),
  );
  const [only] = drawn;
  const inTurn = () => {
    const lists = drawn.map((each) => each.data());
    const values = Array.from(lists[0] ?? [], (_, i) => Number(lists[i % lists.length]?.[i]));
    return tensor(values, { shape, dtype: "float64" });
  };
  const values = drawn.length === 1 && only !== undefined ? only : inTurn();
  const middle = ((intervals[0]?.[0] ?? 0) + (intervals.at(-1)?.[1] ?? 0)) / 2;
  return type === "bool" ? values.greater(middle) : values.cast(type);
}

/**
 * Returns inputs of an example, and the attributes for them.
 * @param choices the index of each input's interval. Default: the elements take all intervals in turn.
 */
export function samples(
  op: Op,
  example: Example,
  dtype: DType,
  seed = 0,
  choices: readonly number[] = [],
) {
  const sampled = example.shapes.map((shape, i) => sample(op, i, shape, dtype, seed, choices[i]));
  const given = op.examples.make?.(sampled) ?? sampled;
  const inputs = op.promotion === "none" ? given : promoteInputs(op.name, given, op.promotion);
  return { inputs, attributes: attributesOf(example, inputs) };
}

function isDifferentiable(op: Op, { example }: Case): boolean {
  const { derivative } = op;
  if (derivative?.kind === "none") return false;
  // An op that stops gradients is declared by having no partial derivative at all.
  if (derivative?.kind === "partials" && derivative.partials.every((partial) => !partial)) {
    return false;
  }
  const { inputs, attributes } = samples(op, example, "float64");
  return op.results(inputs, attributes)[0]?.dtype === "float64";
}

function checkEdges(
  op: Op,
  edges: readonly (readonly number[])[],
  dtypes: readonly (DType | undefined)[],
  dtype: DType,
): void {
  for (const edge of edges) {
    const inputs = edge
      .slice(0, -1)
      .map((value, i) => tensor(value, { dtype: dtypes[i] ?? dtype }));
    const expected = edge.at(-1) ?? Number.NaN;
    const output = apply(op, inputs, NO_ATTRIBUTES);
    const rounded = output.dtype === "float32" ? Math.fround(expected) : expected;
    expect(output.item(), `${op.name}(${edge.slice(0, -1)})`).toBe(rounded);
    // Arrays are tried as well, since other code computes them than scalars.
    const arrays = inputs.map((input) => input.reshape([1]).broadcastTo([3]));
    for (const value of apply(op, arrays, NO_ATTRIBUTES).data()) {
      expect(value, `${op.name}(${edge.slice(0, -1)}) in an array`).toBe(rounded);
    }
  }
}

/** Returns inputs from numbers and vectors, of float64 or of the dtype that the op fixes. */
function inputsOf(op: Op, values: Convention["points"][number]): Tensor[] {
  return values.map((value, i) => tensor(value, { dtype: op.examples.dtypes?.[i] ?? "float64" }));
}

/** Returns the number of inputs of an op. */
export function inputCount(op: Op): number {
  return op.examples.cases[0]?.shapes.length ?? 0;
}

function checkConvention(
  op: Op,
  { points, attributes = NO_ATTRIBUTES, result: index = 0 }: Convention,
): void {
  expect(points.length).toBeGreaterThan(0);
  for (const point of points) {
    const inputs = inputsOf(op, point.slice(0, inputCount(op)));
    const argnums = inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
    const total = (...given: Tensor[]) => {
      const result = at(applied(op, given, attributes), index);
      const weights = Array.from({ length: result.size }, (_, i) => i + 1);
      return result.mul(tensor(weights, { shape: result.shape, dtype: "float64" })).sum();
    };
    const got = grad(total, { argnums })(...inputs).flatMap((gradient) => [...gradient.data()]);
    // Adding 0 turns −0 into 0.
    const expected = point.slice(inputs.length).flat();
    expect(got.map((each) => Number(each) + 0)).toEqual(expected.map((each) => each + 0));
  }
}

function checkExact(
  op: Op,
  { inputs, attributes, results }: NonNullable<Op["examples"]["exact"]>[number],
): void {
  // Integer inputs give the same results, unless the op turns them into floats.
  const isWhole =
    op.promotion !== "float" &&
    [...inputs, ...results].flat().every((x) => Object.is(x, Math.trunc(x) | 0));
  for (const dtype of ["float64", "float32", ...(isWhole ? (["int32"] as const) : [])] as const) {
    const given = inputs.map((values, i) =>
      tensor(values, { dtype: op.examples.dtypes?.[i] ?? dtype }),
    );
    const got = applied(op, given, attributes);
    expect(got.map((result) => [...result.data()])).toEqual(results);
  }
}

function checkDerivatives(op: Op, { example }: Case, choices: readonly number[]): void {
  const { inputs, attributes } = samples(op, example, "float64", 0, choices);
  const floats = inputs.filter((input) => isFloat(input.dtype));
  const fn = (...given: Tensor[]) => {
    const queue = [...given];
    const all = inputs.map((input) => (isFloat(input.dtype) ? (queue.shift() ?? input) : input));
    return applied(op, all, attributes).filter(({ dtype }) => isFloat(dtype));
  };
  expect(checkGradients(fn, floats).comparisons).toBe(8);
}

/** Returns the choices of batched inputs: all of them, only the first, only the last. */
function batchesOf(inputs: readonly Tensor[]): boolean[][] {
  const choices = new Set([
    inputs.map(() => true).join(),
    inputs.map((_, i) => i === 0).join(),
    inputs.map((_, i) => i === inputs.length - 1).join(),
  ]);
  return [...choices].map((choice) => choice.split(",").map((word) => word === "true"));
}

const BATCH = 3;

function checkVectorize(op: Op, { example }: Case): void {
  const examples = Array.from({ length: BATCH }, (_, n) => samples(op, example, "float64", n));
  const [first] = examples;
  if (first === undefined) throw new Error("no sample");
  const run = (...inputs: Tensor[]) => [...applied(op, inputs, first.attributes)];
  for (const batched of batchesOf(first.inputs)) {
    const inputs = first.inputs.map((input, i) =>
      batched[i] ? stack(examples.map((each) => each.inputs[i] ?? input)) : input,
    );
    const axes = batched.map((is) => (is ? 0 : null));
    const together = vectorize(run, { axes })(...inputs);
    const oneByOne = examples.map((each) =>
      run(...each.inputs.map((x, i) => (batched[i] ? x : (first.inputs[i] ?? x)))),
    );
    together.forEach((result, k) => {
      expectSameBits(result, stack(oneByOne.map((results) => results[k] as Tensor)));
    });
  }
}

/** Expects the gradient of a batch to be the gradient of each example, up to the order of sums. */
function checkBatchGradients(op: Op, { example }: Case): void {
  const examples = Array.from({ length: BATCH }, (_, n) => samples(op, example, "float64", n));
  const [first] = examples;
  if (first === undefined) throw new Error("no sample");
  const places = first.inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
  const total = (...inputs: Tensor[]) =>
    applied(op, inputs, first.attributes)
      .filter(({ dtype }) => isFloat(dtype))
      .map((result) => result.square().sum())
      .reduce((sum, each) => sum.add(each));
  const gradients = grad(total, { argnums: places });
  const batches = first.inputs.map((_, i) =>
    stack(examples.map(({ inputs }) => inputs[i] as Tensor)),
  );
  const together = vectorize((...inputs: Tensor[]) => gradients(...inputs))(...batches);
  const whole = grad((...inputs: Tensor[]) => vectorize(total)(...inputs).sum(), {
    argnums: places,
  })(...batches);
  const oneByOne = examples.map(({ inputs }) => gradients(...inputs));
  places.forEach((_, k) => {
    const expected = stack(oneByOne.map((each) => each[k] as Tensor));
    for (const got of [together[k], whole[k]]) {
      expect(allClose(got as Tensor, expected, { relative: 1e-12, absolute: 1e-12 })).toBe(true);
    }
  });
}

function checkTypes(op: Op, { example }: Case): void {
  for (const dtype of ["float64", "float32", "int32", "bool"] as const) {
    const { inputs, attributes } = samples(op, example, dtype);
    const expected = typesOrRefusal(op, inputs, attributes);
    if (expected instanceof DTypeError) {
      // The op throws the same error for a dtype as its inference of types does.
      expect(() => applied(op, inputs, attributes)).toThrow(expected.message);
      continue;
    }
    const outputs = applied(op, inputs, attributes);
    expect(outputs.map(typeOf)).toEqual(expected.map(typeOf));
    for (const output of outputs) expect(output.data().length).toBe(output.size);
  }
}

/** Returns the types of an op's results, or the error with which the op refuses a dtype. */
function typesOrRefusal(op: Op, inputs: readonly Tensor[], attributes: Attributes) {
  try {
    return op.results(inputs, attributes);
  } catch (error) {
    if (error instanceof DTypeError) return error;
    throw error;
  }
}

function typeOf({ shape, dtype }: TensorType) {
  return { shape, dtype };
}

function checkStatement(op: Op): void {
  const { derivative, body } = op;
  if (derivative?.kind === "none") expect(derivative.why.length).toBeGreaterThan(5);
  else if (derivative === undefined) expect(body).toBeDefined();
  else if (derivative.kind === "partials") {
    for (const { shapes } of op.examples.cases) {
      expect(derivative.partials.length).toBe(shapes.length);
    }
  } else if (derivative.kind !== "joint" && !derivative.variadic) {
    for (const { shapes } of op.examples.cases) {
      expect(derivative.pullbacks.length).toBe(shapes.length);
    }
  }
}

/** True if two tensors have equal shape, dtype and bits; NaN equals NaN. */
export function haveSameBits(got: Tensor, expected: Tensor): boolean {
  if (got.dtype !== expected.dtype || got.rank !== expected.rank) return false;
  if (got.shape.some((length, axis) => length !== expected.shape[axis])) return false;
  const [a, b] = [got.data(), expected.data()];
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Expects equal shape, dtype and bits; NaN equals NaN. */
export function expectSameBits(got: Tensor, expected: Tensor): void {
  // The elements are compared directly first, since a matcher of Vitest is slow.
  if (haveSameBits(got, expected)) return;
  expect([got.shape, got.dtype]).toEqual([expected.shape, expected.dtype]);
  const a = got.data();
  const b = expected.data();
  expect(a.length, "the number of elements").toBe(b.length);
  for (let i = 0; i < a.length; i++) {
    if (!Object.is(a[i], b[i])) expect(a[i], `element ${i}`).toBe(b[i]);
  }
}
