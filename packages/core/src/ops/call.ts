/**
 * Functions as ops: `checkpoint`, which keeps its arguments only and computes the rest anew on the way
 * back, and `customGradient`, whose derivative the user states.
 */

import { checkFunction } from "../arguments.ts";
import { DerivativeError, formatShape } from "../errors.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { Captures, recordBody } from "../graph/body.ts";
import {
  type BodyTransforms,
  type JointBatchRule,
  type JointContext,
  type JointDerivative,
  linear,
  NO_ATTRIBUTES,
  type Op,
} from "../graph/op.ts";
import type { Trace } from "../graph/trace.ts";
import { fillerOf, leafTensor, leavesOfForm, type Mapped, walkTree } from "../graph/tree.ts";
import { zerosLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { isReadable, readArray, type Tensor, type TensorLike } from "../tensor/tensor.ts";
import {
  filled,
  firstOf,
  gradientsReach,
  present,
  pushforwardAndInputs,
  resultsOf,
  spread,
  takeTangents,
  withoutUnused,
} from "./body.ts";
import { dependsWithoutSlope, inputsThatCount } from "./linearity.ts";
import { register } from "./registry.ts";
import { broadcastTo } from "./view.ts";

interface Called extends Readonly<Record<string, unknown>> {
  readonly body: Trace;
}

interface Custom extends Called {
  /** (…cotangents, …arguments, …results, …captured) → the gradient of each argument */
  readonly rule: Trace;
  /** The name of the function, for errors. */
  readonly name: string;
  /** How many inputs are arguments; the others are captured by the function or the rule. */
  readonly given: number;
}

/** A value that is there when other values are. */
export const barrierOp: Op = register({
  name: "barrier",
  symbol: "barrier",
  family: "identity",
  promotion: "own",
  formula: "x, as soon as the others are there",
  infer: ([x]) => ({
    shape: x?.shape ?? [],
    dtype: x?.dtype ?? "float32",
    weak: !!x?.weak,
  }),
  derivative: linear((cotangent) => cotangent, undefined),
  kernel: { kind: "barrier" },
  batch: (inputs, batched, attributes, op) => {
    const [x, ...others] = inputs;
    const size = at(at(inputs, batched.indexOf(true)).shape, 0);
    if (x === undefined) throw new Error("a barrier has an input");
    return apply(op, [batched[0] ? x : broadcastTo(x, [size, ...x.shape]), ...others], attributes);
  },
  examples: { domain: [-3, 3], cases: [{ shapes: [[2, 3], [2]] }] },
});

const batchCall: JointBatchRule<Called> = ({ op, inputs, batched, attributes, size }, batch) => {
  const all = batch(attributes.body, batched, size);
  return applyAll(op, inputs, { ...attributes, body: all.body }).map((value, i) => ({
    value,
    batched: at(all.batched, i),
  }));
};

const called = {
  family: "control",
  promotion: "own",
  kernel: {
    kind: "joint",
    opens: true,
    reach: ({ body }, given) => gradientsReach(body, given),
    run: (inputs, { body }, call) => call(body, inputs),
  },
  results: (_inputs, { body }) => resultsOf(body),
  infer: (_inputs, { body }) => firstOf(resultsOf(body)),
  batch: undefined,
  batchAll: batchCall,
  examples: { domain: [-3, 3], cases: [] },
} satisfies Partial<Op<Called>>;

/** Applies a call to what its body uses. */
function applyCall(op: Op<Called>, inputs: readonly Tensor[], body: Trace): readonly Tensor[] {
  const used = withoutUnused(inputs, [body], { kept: 0, offset: 0 });
  return applyAll(op, used.inputs, { body: at(used.bodies, 0) });
}

const checkpointDerivative: JointDerivative<Called> = {
  kind: "joint",
  vjp: ({ op, inputs, attributes, wanted }, { pullback }) => ({
    results: applyAll(op, inputs, attributes),
    pull: (cotangents) => {
      const given = cotangents.map((cotangent) => cotangent !== undefined);
      const come = present(cotangents);
      const paths = gradientsReach(attributes.body, given);
      const reached = wanted.map((is, k) => is && paths[k] === true);
      if (!reached.includes(true)) return [];
      // Neither fusion nor an early schedule computes anew before the cotangents are there.
      const late = inputs.map((input) => apply(barrierOp, [input, ...come], NO_ATTRIBUTES));
      const body = pullback(attributes.body, reached, given);
      return spread(applyCall(op, [...late, ...come], body), reached);
    },
  }),
  jvp: (context, tangents, transforms) => {
    const { body, inputs } = pushforwardAndInputs(
      context,
      tangents,
      context.attributes.body,
      transforms,
    );
    const all = applyCall(context.op, inputs, body);
    return takeTangents(all, context.attributes.body.outputs.length);
  },
};

const checkpointOp: Op<Called> = register<Called>({
  ...called,
  name: "checkpoint",
  symbol: "checkpoint",
  formula: "fn(x, …), computed anew on the way back",
  derivative: checkpointDerivative,
});

/** A function that is called as it is: what rules of `customGradient` become. */
const callOp: Op<Called> = register<Called>({
  ...called,
  name: "call",
  symbol: "call",
  formula: "fn(x, …)",
  derivative: checkpointDerivative,
});

const customOp: Op<Custom> = register<Custom>({
  ...called,
  name: "customGradient",
  symbol: "custom",
  formula: "fn(x, …), with a derivative of the user's",
  derivative: {
    kind: "joint",
    vjp: (context) => {
      refuseCaptures(context);
      const { op, inputs, attributes, wanted } = context;
      const results = applyAll(op, inputs, attributes);
      return {
        results,
        pull: (cotangents) => {
          const whole = filled(cotangents, results);
          const gradients = applyCall(
            callOp,
            ruleInputs(whole, inputs, results, attributes),
            attributes.rule,
          );
          return inputs.map((_, k) => (wanted[k] ? gradients[k] : undefined));
        },
      };
    },
    jvp: (context, tangents, { pullback }) => {
      refuseCaptures(context);
      const { op, inputs, attributes } = context;
      const results = applyAll(op, inputs, attributes);
      const transposed = transposeRule(attributes, inputs, results, tangents, pullback);
      return { results, tangents: transposed };
    },
  },
  batchAll: ({ op, inputs, batched, attributes, size }, batch) => {
    const { body, rule, given } = attributes;
    // The gradient of a float differs from example to example, so each has one of its own to begin with.
    const repeats = inputs.map(
      (input, k) => batched[k] === true || (k < given && isFloat(input.dtype)),
    );
    const whole = inputs.map((input, k) =>
      repeats[k] && !batched[k] ? broadcastTo(input, [size, ...input.shape]) : input,
    );
    const all = batch(body, repeats, size);
    const mask = ruleInputs(all.batched, repeats, all.batched, attributes);
    const own = {
      ...attributes,
      body: all.body,
      rule: batch(rule, mask, size, repeats.slice(0, given)).body,
    };
    return applyAll(op, whole, own).map((value, i) => ({ value, batched: at(all.batched, i) }));
  },
});

/** What the rule gets, of tensors or of what is known of them. */
function ruleInputs<T>(
  cotangents: readonly T[],
  inputs: readonly T[],
  results: readonly T[],
  { given }: Custom,
): T[] {
  return [...cotangents, ...inputs.slice(0, given), ...results, ...inputs.slice(given)];
}

/** The rule says nothing of what the function captures, so that must not be differentiated. */
function refuseCaptures({ attributes, wanted }: JointContext<Custom>): void {
  const { body, given, name } = attributes;
  const paths = gradientsReach(
    body,
    body.outputs.map(() => true),
  );
  const captured = wanted.findIndex((is, k) => is && k >= given && paths[k] === true);
  if (captured < 0) return;
  throw new DerivativeError({
    op: "customGradient",
    argument: name,
    expected: "a function of its arguments alone",
    got: "one that depends on a differentiated tensor or Variable from outside",
    hint: "Pass it as an argument, or use stopGradient on it",
  });
}

/** The tangents of the results: the rule as a linear map of the cotangents, transposed. */
function transposeRule(
  attributes: Custom,
  inputs: readonly Tensor[],
  results: readonly Tensor[],
  tangents: readonly (Tensor | undefined)[],
  pullback: BodyTransforms["pullback"],
): (Tensor | undefined)[] {
  const { body, rule, name, given } = attributes;
  const refuse = (got: string) =>
    new DerivativeError({
      op: "customGradient",
      argument: name,
      expected: "a rule that is linear in its cotangents, for forward mode",
      got,
      hint: "Use reverse mode",
    });
  const moving = tangents.slice(0, given).map((tangent) => tangent !== undefined);
  const zeros = results.map((result) => zerosLike(result));
  const all = ruleInputs(zeros, inputs, results, attributes);
  for (const gradient of applyCall(callOp, all, rule)) {
    if (!isReadable(gradient)) continue;
    // NaN is zero times an infinite slope.
    if (readArray(gradient, "customGradient").some((value) => value > 0 || value < 0)) {
      throw refuse("one that is not zero for zeros");
    }
  }
  const cotangents = rule.parameters.map((_, k) => k < results.length);
  if (dependsWithoutSlope(rule, cotangents)) throw refuse("one that uses them without a slope");
  const paths = gradientsReach(rule, moving);
  const wanted = rule.parameters.map((_, k) => k < results.length && paths[k] === true);
  results.forEach((result, i) => {
    const only = results.map((_, other) => other === i);
    const depends = gradientsReach(body, only).some((is, k) => is && moving[k] === true);
    if (depends && isFloat(result.dtype) && !wanted[i]) {
      throw refuse("one that does not use them differentiably");
    }
  });
  if (!wanted.includes(true)) return [];
  const transposed = pullback(rule, wanted, moving);
  const directions = present(tangents.slice(0, given));
  if (inputsThatCount(transposed).slice(0, results.length).includes(true)) {
    throw refuse("one whose slope depends on them");
  }
  const found = applyCall(callOp, [...all, ...directions], transposed);
  return spread(found, wanted.slice(0, results.length));
}

/** A gradient in the shape and dtype of its argument; plain numbers adapt. */
function fitting(path: string, gradient: Tensor, like: Tensor): Tensor {
  const adapts = (gradient.weak || like.weak) && isFloat(gradient.dtype) && isFloat(like.dtype);
  const own = adapts && gradient.weak !== like.weak ? gradient.cast(like.dtype) : gradient;
  if (sameShape(own.shape, like.shape) && own.dtype === like.dtype) return own;
  throw new DerivativeError({
    op: "customGradient",
    argument: `the rule's gradients${path}`,
    expected: `${like.dtype} of shape ${formatShape(like.shape)}, as the argument`,
    got: `${own.dtype} of shape ${formatShape(own.shape)}`,
  });
}

/** The leaves of arguments, and what makes arguments of other leaves. */
function openArguments(
  op: string,
  inputs: readonly unknown[],
): { leaves: Tensor[]; form: unknown; fill: (leaves: readonly Tensor[]) => unknown[] } {
  const leaves: Tensor[] = [];
  const form = inputs.map((input, i) =>
    walkTree(op, input, (leaf) => leaves.push(leafTensor(leaf)) - 1, { path: `argument ${i}` }),
  );
  const fill = fillerOf(form);
  return { leaves, form, fill: (own) => fill(own) as unknown[] };
}

type Inputs<Parameters extends readonly unknown[]> = {
  [Key in keyof Parameters]: Mapped<Parameters[Key], TensorLike>;
};

/**
 * The same function, of which the gradient keeps the arguments and results only: what is computed in
 * between is computed anew on the way back. Values and gradients are the same; they take less memory and
 * more time.
 *
 * @param fn a function of tensors or trees whose result is a Tensor or a tree of Tensors. It is recorded
 *   on each call, so no value can be read inside. It may read Variables, but not assign them.
 * @throws RecordingError for a value that is read inside, or a Variable that is assigned.
 * @example
 * ```ts
 * import { checkpoint, grad, type Tensor } from "@graddiff/core";
 *
 * const layer = checkpoint((x: Tensor) => x.sin().exp().tanh());
 * console.log(grad((x: Tensor) => layer(layer(x)))(0.5).item() > 0); // true
 * ```
 */
export function checkpoint<Parameters extends readonly unknown[], Result>(
  fn: (...inputs: Parameters) => Result,
): (...inputs: Inputs<Parameters>) => Mapped<Result, Tensor> {
  checkFunction("checkpoint", fn);
  return (...inputs) => {
    const { leaves, fill } = openArguments("checkpoint", inputs);
    const captures = new Captures();
    const open = recordBody(
      "checkpoint",
      (...own) => fn(...(fill(own) as readonly unknown[] as Parameters)),
      leaves,
      captures,
    );
    refuseAssignments("checkpoint", open.assigned.length);
    const results = applyAll(checkpointOp, [...leaves, ...captures.tensors], {
      body: open.close([]),
    });
    // The form has the result's leaves replaced, as the type Mapped has.
    return fillerOf(open.form)(results) as Mapped<Result, Tensor>;
  };
}

function refuseAssignments(op: string, count: number): void {
  if (count === 0) return;
  throw new DerivativeError({
    op,
    argument: "fn",
    expected: "a function that assigns no Variable, since it may run again",
    got: count === 1 ? "one assignment" : `assignments to ${count} Variables`,
    hint: "Return the new value, and assign it outside",
  });
}

/**
 * The same function with a derivative that the rule states.
 *
 * Forward mode transposes the rule, which is right only if that is linear in its cotangents: a rule that
 * clips them, say, has a gradient, but jvp is an error.
 *
 * @param fn a function of tensors or trees whose result is a Tensor or a tree of Tensors. It is recorded
 *   on each call, so no value can be read inside. What it captures must not be differentiated.
 * @param rule gets the tree of cotangents of the result (zeros where none comes), the array of arguments
 *   and the result; it returns an array with the gradient of each argument, as trees of their form.
 * @throws DerivativeError when it is differentiated and depends on something differentiated beside its
 *   arguments, or in forward mode for a rule that is not linear.
 * @example
 * ```ts
 * import { customGradient, grad, type Tensor } from "@graddiff/core";
 *
 * // The identity, whose gradient is clipped to [−1, 1].
 * const clipped = customGradient(
 *   (x: Tensor) => x.mul(1),
 *   (cotangent) => [cotangent.maximum(-1).minimum(1)],
 * );
 * console.log(grad((x: Tensor) => clipped(x).mul(5))(2).item()); // 1
 * ```
 */
export function customGradient<Parameters extends readonly unknown[], Result>(
  fn: (...inputs: Parameters) => Result,
  rule: (
    cotangents: Mapped<Result, Tensor>,
    inputs: { [Key in keyof Parameters]: Mapped<Parameters[Key], Tensor> },
    results: Mapped<Result, Tensor>,
  ) => readonly unknown[],
): (...inputs: Inputs<Parameters>) => Mapped<Result, Tensor> {
  checkFunction("customGradient", fn);
  checkFunction("customGradient", rule, "rule");
  const name = fn.name || "fn";
  return (...inputs) => {
    const { leaves, form, fill } = openArguments("customGradient", inputs);
    const captures = new Captures();
    const open = recordBody(
      "customGradient",
      (...own) => fn(...(fill(own) as readonly unknown[] as Parameters)),
      leaves,
      captures,
    );
    refuseAssignments("customGradient", open.assigned.length);
    const fillResult = fillerOf(open.form);
    const refuse = (path: string, got: string) =>
      new DerivativeError({
        op: "customGradient",
        argument: `the rule's gradients${path}`,
        expected: "a gradient for each leaf of the arguments",
        got,
      });
    const count = open.results.length;
    const openRule = recordBody(
      "customGradient",
      (...own) => {
        const [cotangents, results] = [own.slice(0, count), own.slice(count + leaves.length)];
        const found = rule(
          fillResult(cotangents) as Mapped<Result, Tensor>,
          fill(own.slice(count, count + leaves.length)) as never,
          fillResult(results) as Mapped<Result, Tensor>,
        );
        return leavesOfForm("customGradient", form, found, refuse).map(({ leaf, path }, i) =>
          fitting(path, leafTensor(leaf), at(leaves, i)),
        );
      },
      [...open.results, ...leaves, ...open.results],
      captures,
    );
    refuseAssignments("customGradient", openRule.assigned.length);
    const settings = { rule: openRule.close([]), name, given: leaves.length };
    const results = applyAll(customOp, [...leaves, ...captures.tensors], {
      body: open.close([]),
      ...settings,
    });
    // The form has the result's leaves replaced, as the type Mapped has.
    return fillResult(results) as Mapped<Result, Tensor>;
  };
}
