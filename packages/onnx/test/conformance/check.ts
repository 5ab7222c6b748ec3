/**
 * Runs cases, and tells for each whether it passed, was refused, or failed.
 */

import { compile, GraddiffError, type Tensor } from "@graddiff/core";
import { type ImportedModel, importOnnx } from "../../src/index.ts";
import type { Value } from "../../src/read/value.ts";
import { type Case, valueOfFile } from "./cases.ts";
import { disputes, isDrawn, noise, refusals } from "./exceptions.ts";

/** The bounds of ONNX's own runner: |got − expected| ≤ absolute + relative · |expected|. */
export const THEIRS = { relative: 1e-3, absolute: 1e-7 };
/**
 * Our own bounds for float32: some hundred roundings. For float16 and bfloat16 the bound is half a unit in the last
 * place.
 */
export const OURS = { relative: 1e-5, absolute: 1e-6 };
const SHORT = { float16: 2 ** -10, bfloat16: 2 ** -7 };

type Status = "passed" | "refused" | "disputed" | "failed";

/** The outcome of a case. */
export interface Outcome {
  readonly status: Status;
  /** The reason why it was refused or failed. */
  readonly reason?: string;
  /** True if all results are within our own bounds as well. */
  readonly close?: boolean;
  /** The inputs that were arguments of the compiled model, or the reason why it was not compiled. */
  readonly compiled?: string;
}

/** Returns the largest difference as a share of its bound: at most 1 if all differences are within it. */
export function shareOf(got: Tensor, expected: Value, bound: typeof THEIRS): number {
  const wanted = expected.tensor;
  if (String(got.shape) !== String(wanted.shape)) return Number.POSITIVE_INFINITY;
  const [a, b] = [got.data(), wanted.data()];
  const { type } = expected;
  const least = type === "float16" || type === "bfloat16" ? SHORT[type] : 0;
  let worst = 0;
  b.forEach((value, i) => {
    const own = a[i] ?? Number.NaN;
    if (Object.is(own, value) || own === value) return;
    const limit = bound.absolute + Math.max(bound.relative, least) * Math.abs(value);
    const share = Math.abs(own - value) / limit;
    worst = Math.max(worst, Number.isNaN(share) ? Number.POSITIVE_INFINITY : share);
  });
  return worst;
}

/** Runs a case, eagerly and compiled. */
export function check(each: Case): Outcome {
  let model: ImportedModel;
  let sets: readonly { inputs: Value[]; outputs: Value[] }[];
  try {
    model = importOnnx(each.bytes);
    sets = each.sets.map(({ inputs, outputs }) => ({
      inputs: inputs.map((file, i) => valueOfFile(file, model.inputs[i]?.type)),
      outputs: outputs.map((file, i) => valueOfFile(file, model.outputs[i]?.type)),
    }));
  } catch (error) {
    return refusedOrFailed(error);
  }
  try {
    const shares = sets.map((set) => sharesOf(each, set, model.fn(...tensorsOf(set.inputs))));
    const wrong = shares.flatMap(({ wrong }) => wrong ?? []);
    if (wrong[0] !== undefined) {
      const dispute = disputes[each.name];
      if (dispute !== undefined) return { status: "disputed", reason: dispute };
      return { status: "failed", reason: wrong[0] };
    }
    const close = shares.every(({ close }) => close);
    return { status: "passed", close, compiled: compiledly(each, model, sets) };
  } catch (error) {
    return refusedOrFailed(error);
  }
}

const tensorsOf = (values: readonly Value[]) => values.map(({ tensor }) => tensor);

function sharesOf(
  each: Case,
  { outputs }: { readonly outputs: readonly Value[] },
  results: readonly Tensor[],
): { wrong?: string; close: boolean } {
  let close = true;
  for (const [i, expected] of outputs.entries()) {
    const got = results[i];
    if (got === undefined) return { wrong: `no result ${i}`, close: false };
    const drawn = isDrawn(each.name);
    const bound = { ...THEIRS, absolute: noise[each.name] ?? THEIRS.absolute };
    const share = drawn ? sameShape(got, expected) : shareOf(got, expected, bound);
    if (!(share <= 1)) return { wrong: wrongResult(i, got, expected, share), close: false };
    if (!drawn && shareOf(got, expected, OURS) > 1) close = false;
  }
  return { close };
}

function sameShape(got: Tensor, { tensor }: Value): number {
  return String(got.shape) === String(tensor.shape) ? 0 : Number.POSITIVE_INFINITY;
}

function wrongResult(i: number, got: Tensor, { tensor }: Value, share: number): string {
  const text = (x: Tensor) => String([...x.data().slice(0, 6)]);
  return `result ${i}: [${got.shape}] ${text(got)} for [${tensor.shape}] ${text(tensor)}, ${share.toPrecision(3)} of the bound`;
}

/** Compiles the model with all inputs as arguments; where it needs known numbers, only floats are arguments. */
function compiledly(
  each: Case,
  model: ImportedModel,
  sets: readonly { readonly inputs: readonly Value[]; readonly outputs: readonly Value[] }[],
): string {
  const ways: readonly [string, (value: Value) => boolean][] = [
    ["all inputs", () => true],
    ["floats", ({ tensor }) => tensor.dtype.startsWith("float")],
    ["floats with axes", ({ tensor }) => tensor.dtype.startsWith("float") && tensor.rank > 0],
    ["the first input", () => false],
  ];
  let last = "";
  for (const [name, isArgument] of ways) {
    try {
      for (const set of sets) {
        const passed = set.inputs.filter((value, i) =>
          name === "the first input" ? i === 0 : isArgument(value),
        );
        const fn = compile((given: Tensor[]) => {
          const all = [...given];
          const inputs = set.inputs.map((value) =>
            passed.includes(value) ? (all.shift() ?? value.tensor) : value.tensor,
          );
          return model.fn(...inputs);
        });
        const { wrong } = sharesOf(each, set, fn(tensorsOf(passed)));
        if (wrong !== undefined) return `wrong: ${wrong}`;
      }
      return name;
    } catch (error) {
      if (!(error instanceof GraddiffError)) return `wrong: ${String(error)}`;
      last = error.message;
    }
  }
  return `not: ${last}`;
}

function refusedOrFailed(error: unknown): Outcome {
  if (!(error instanceof GraddiffError)) {
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    return {
      status: "failed",
      reason: `${String(error)} ${stack.split("\n").slice(0, 6).join(" | ")}`,
    };
  }
  const reason = refusals.find(({ pattern }) => pattern.test(error.message))?.reason;
  if (reason === undefined) return { status: "failed", reason: error.message };
  const { got } = error.complaint;
  return { status: "refused", reason: reason === "" ? got : reason };
}
