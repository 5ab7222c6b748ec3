/**
 * `customGradient`: a function whose derivative the user states.
 */

import { checkFunction, refuseSurplus } from "../arguments.ts";
import { pullbackOfBody } from "../differentiate/bodies.ts";
import {
  dependsWithoutSlope,
  inputsThatCount,
  withZeros,
  zerosFor,
} from "../differentiate/linearity.ts";
import {
  maskOfGradient,
  statusesOf,
  tensorsOf,
  unpackTangents,
} from "../differentiate/tangents.ts";
import { DerivativeError, formatShape } from "../errors.ts";
import { applyAll } from "../graph/apply.ts";
import { recordBody } from "../graph/body.ts";
import type { Inputs } from "../graph/functions.ts";
import type { JointContext, Tangents } from "../graph/joint.ts";
import { gradientsReach, tangentsMove } from "../graph/reach.ts";
import type { AtOnce, Recordable } from "../graph/recordable.ts";
import {
  either,
  mayBeNonzero,
  NONZERO,
  onlyWanted,
  type TangentStatus,
  together,
  ZERO,
} from "../graph/tangentStatus.ts";
import type { Trace } from "../graph/trace.ts";
import { fillerOf, leafTensor, leavesOfForm, type Mapped } from "../graph/tree.ts";
import { makeBody, resultsOf } from "../ops/bodies.ts";
import { type Called, calledOp } from "../ops/called.ts";
import { logicalAnd, masked } from "../ops/comparison.ts";
import { filled, maskOf } from "../ops/tangents.ts";
import { broadcastTo } from "../ops/view.ts";
import { zerosLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { isReadable, readArray, type Tensor } from "../tensor/tensor.ts";
import { applyCall, callOp, recordCall, refuseAssignments } from "./checkpoint.ts";

interface Custom extends Called {
  /** (…cotangents, …arguments, …results, …captured) → the gradient of each argument, and then masks of these */
  readonly rule: Trace;
  /** By argument: the index of the mask of its gradient among the rule's results, if it has one. */
  readonly masks: readonly (number | undefined)[];
  /** The name of the function, for errors. */
  readonly name: string;
  /** The number of inputs that are arguments; the others are captures of the function or the rule. */
  readonly inputCount: number;
}

const customOp = calledOp<Custom>(
  {
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
            const isZero = zerosIn(attributes, statusesOf(cotangents));
            const rule = isZero.includes(true)
              ? withZeros(attributes.rule, isZero)
              : attributes.rule;
            const all = ruleInputs(whole, inputs, results, attributes);
            const found = applyCall(callOp, all, rule);
            const zero = zerosFor(rule, isZero);
            const mask = maskOf(cotangents);
            return attributes.masks.map((index, k) => {
              if (!wanted[k] || zero[k]) return undefined;
              const zeroMask = index === undefined ? undefined : at(found, index);
              const gradient = at(found, k);
              return {
                // A rule may compute anything from zeros that mean "no cotangent".
                value: mask ? masked(mask, gradient) : gradient,
                mask: mask && zeroMask ? logicalAnd(mask, zeroMask) : (mask ?? zeroMask),
              };
            });
          },
        };
      },
      jvp: (context, tangents) => {
        refuseCaptures(context);
        const { op, inputs, attributes } = context;
        const results = applyAll(op, inputs, attributes);
        const transposed = transposeRule(attributes, inputs, results, tangents);
        return { results, tangents: transposed };
      },
    },
    batch: ({ op, inputs, batched, attributes, size, batchBody }) => {
      const { body, inputCount } = attributes;
      // The gradient of a float differs from example to example, so each example has its gradient from the start.
      const repeats = inputs.map(
        (input, k) => batched[k] === true || (k < inputCount && isFloat(input.dtype)),
      );
      const whole = inputs.map((input, k) =>
        repeats[k] && !batched[k] ? broadcastTo(input, [size, ...input.shape]) : input,
      );
      const all = batchBody(body, repeats, size);
      const mask = ruleInputs(all.batched, repeats, all.batched, attributes);
      const batchedAttributes = {
        ...attributes,
        body: all.body,
        rule: batchBody(gradientsAlone(attributes), mask, size, repeats.slice(0, inputCount)).body,
        masks: repeats.slice(0, inputCount).map(() => undefined),
      };
      return applyAll(op, whole, batchedAttributes).map((value, i) =>
        all.batched[i] ? value : { same: value },
      );
    },
    examples: {
      domain: [-3, 3],
      cases: [
        {
          shapes: [[3]],
          attributes: (inputs) => {
            const body = makeBody(inputs, (inputs) => [at(inputs, 0).square()]);
            const results = resultsOf(body);
            const rule = makeBody([...results, ...inputs, ...results], (inputs) => [
              at(inputs, 0).mul(at(inputs, 1)).mul(2),
            ]);
            return { body, rule, masks: [undefined], name: "square", inputCount: 1 };
          },
        },
      ],
    },
  },
  {
    gradients: (attributes, cotangents) =>
      zerosFor(attributes.rule, zerosIn(attributes, cotangents))
        .slice(0, attributes.inputCount)
        .map((zero, k) => {
          const come = zero ? ZERO : together(cotangents);
          return attributes.masks[k] === undefined ? come : either(come, ZERO);
        }),
    tangents: (attributes, tangents) => {
      const { body, inputCount } = attributes;
      const reached = gradientsReach(gradientsAlone(attributes), tangents.slice(0, inputCount));
      return reached.slice(0, body.outputs.length);
    },
  },
);

/** Returns the rule without the masks. */
function gradientsAlone({ rule, inputCount }: Custom): Trace {
  return { ...rule, outputs: rule.outputs.slice(0, inputCount) };
}

/** Returns the inputs of the rule, as tensors or as facts about them. */
function ruleInputs<T>(
  cotangents: readonly T[],
  inputs: readonly T[],
  results: readonly T[],
  { inputCount }: Custom,
): T[] {
  return [...cotangents, ...inputs.slice(0, inputCount), ...results, ...inputs.slice(inputCount)];
}

/** Returns for each input of the rule whether it is a cotangent that is zero. */
function zerosIn({ body, rule }: Custom, cotangents: readonly TangentStatus[]): boolean[] {
  const count = body.outputs.length;
  return rule.parameters.map((_, i) => i < count && !mayBeNonzero(cotangents[i]));
}

/** Throws where a captured tensor would be differentiated: the rule has no gradients for captures. */
function refuseCaptures({ attributes, wanted }: JointContext<Custom>): void {
  const { body, inputCount, name } = attributes;
  const all = body.outputs.map(() => NONZERO);
  const reached = onlyWanted(wanted, gradientsReach(body, all));
  if (!reached.slice(inputCount).some(mayBeNonzero)) return;
  const expected = "a function of its arguments alone";
  const got = "one that depends on a differentiated tensor or Variable from outside";
  const hint = "Pass it as an argument, or use stopGradient on it";
  throw new DerivativeError("customGradient", name, expected, got, hint);
}

/** Returns the tangents of the results: the rule as a linear map of the cotangents, transposed. */
function transposeRule(
  attributes: Custom,
  inputs: readonly Tensor[],
  results: readonly Tensor[],
  tangents: Tangents,
): Tangents {
  const { body, name, inputCount } = attributes;
  const rule = gradientsAlone(attributes);
  const refuse = (got: string) =>
    new DerivativeError(
      "customGradient",
      name,
      "a rule that is linear in its cotangents, for forward mode",
      got,
      "Use reverse mode",
    );
  const directions = tangents.slice(0, inputCount);
  const moving = statusesOf(directions);
  const zeros = results.map((result) => zerosLike(result));
  const all = ruleInputs(zeros, inputs, results, attributes);
  const cotangents = rule.parameters.map((_, k) => k < results.length);
  const zero = zerosFor(rule, cotangents);
  // If the ops do not show that zero cotangents give zero gradients, the rule is run on zeros, where values can be
  // read.
  const tried = zero.every(Boolean) ? [] : applyCall(callOp, all, rule);
  tried.forEach((gradient, k) => {
    if (!zero[k] && !isZeros(gradient)) throw refuse("one that is not zero for zeros");
  });
  if (dependsWithoutSlope(rule, cotangents)) throw refuse("one that uses them without a slope");
  const reached = onlyWanted(cotangents, gradientsReach(rule, moving));
  tangentsMove(body, moving).forEach((status, i) => {
    if (at(results, i).size > 0 && mayBeNonzero(status) && !mayBeNonzero(reached[i])) {
      throw refuse("one that does not use them differentiably");
    }
  });
  if (!reached.some(mayBeNonzero)) return [];
  const transposed = pullbackOfBody(rule, moving, reached);
  if (inputsThatCount(transposed).slice(0, results.length).includes(true)) {
    throw refuse("one whose slope depends on them");
  }
  const found = applyCall(callOp, [...all, ...tensorsOf(directions)], transposed);
  return unpackTangents(found, reached.slice(0, results.length));
}

/** True for zeros, and for NaN, which is zero times an infinite slope. */
function isZeros(tensor: Tensor): boolean {
  if (!isReadable(tensor)) return false;
  return !readArray(tensor, "customGradient").some((value) => value > 0 || value < 0);
}

/** Returns a gradient in the shape and dtype of its argument; plain numbers adapt. */
function fitting(path: string, gradient: Tensor, like: Tensor): Tensor {
  const adapts = (gradient.weak || like.weak) && isFloat(gradient.dtype) && isFloat(like.dtype);
  const converted = adapts && gradient.weak !== like.weak ? gradient.cast(like.dtype) : gradient;
  if (sameShape(converted.shape, like.shape) && converted.dtype === like.dtype) return converted;
  const expected = `${like.dtype} of shape ${formatShape(like.shape)}, as the argument`;
  const got = `${converted.dtype} of shape ${formatShape(converted.shape)}`;
  throw new DerivativeError("customGradient", `the rule's gradients${path}`, expected, got);
}

/**
 * Returns the same function with a derivative that the rule states.
 *
 * Forward mode transposes the rule, which is right only if that is linear in its cotangents: a rule that
 * clips them, say, has a gradient, but jvp is an error.
 *
 * @param fn a function of tensors or trees whose result is a Tensor or a tree of Tensors. It is recorded
 *   on each call, so no value can be read inside. Its captures must not be differentiated.
 * @param rule gets the tree of cotangents of the result (zeros where the result is not used), the array of arguments
 *   and the result. It returns an array with the gradient of each argument, as trees of their form.
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
  fn: (...inputs: Parameters) => Result & Recordable<Parameters> & AtOnce<Result>,
  rule: (
    cotangents: Mapped<Result, Tensor>,
    inputs: { [Key in keyof Parameters]: Mapped<Parameters[Key], Tensor> },
    results: Mapped<Result, Tensor>,
  ) => readonly unknown[],
): (...inputs: Inputs<Parameters>) => Mapped<Result, Tensor> {
  refuseSurplus("customGradient", 2, arguments);
  checkFunction("customGradient", fn);
  checkFunction("customGradient", rule, "rule");
  const name = fn.name || "fn";
  return (...inputs) => {
    const { leaves, form, fill, captures, body } = recordCall("customGradient", fn, inputs);
    const fillResult = fillerOf(body.form);
    const refuse = (path: string, got: string) =>
      new DerivativeError(
        "customGradient",
        `the rule's gradients${path}`,
        "a gradient for each leaf of the arguments",
        got,
      );
    const count = body.results.length;
    const masks: (number | undefined)[] = [];
    const openRule = recordBody(
      "customGradient",
      (...inputs) => {
        const [cotangents, results] = [inputs.slice(0, count), inputs.slice(count + leaves.length)];
        const found = rule(
          fillResult(cotangents) as Mapped<Result, Tensor>,
          fill(inputs.slice(count, count + leaves.length)),
          fillResult(results) as Mapped<Result, Tensor>,
        );
        const gradients = leavesOfForm("customGradient", form, found, refuse).map(
          ({ leaf, path }, i) => fitting(path, leafTensor(leaf), at(leaves, i)),
        );
        const known = gradients.map(maskOfGradient);
        let next = gradients.length;
        masks.push(...known.map((mask) => (mask === undefined ? undefined : next++)));
        return [...gradients, ...known.filter((mask) => mask !== undefined)];
      },
      [...body.results, ...leaves, ...body.results],
      captures,
    );
    refuseAssignments("customGradient", openRule.assigned.length);
    const settings = { rule: openRule.close([]), masks, name, inputCount: leaves.length };
    const results = applyAll(customOp, [...leaves, ...captures.tensors], {
      body: body.close([]),
      ...settings,
    });
    // The form has the result's leaves replaced, as the type Mapped has.
    return fillResult(results) as Mapped<Result, Tensor>;
  };
}
