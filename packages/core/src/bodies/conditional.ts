/**
 * `cond`: one of two functions.
 */

import { checkFunction, refuseSurplus } from "../arguments.ts";
import { pullbackOfBody } from "../differentiate/bodies.ts";
import { statusesOf, tensorsOf, unpackTangents } from "../differentiate/tangents.ts";
import { DTypeError, describe, formatShape, ShapeError } from "../errors.ts";
import { applyAll } from "../graph/apply.ts";
import { Captures, type OpenBody, recordBody } from "../graph/body.ts";
import type { JointDerivative, StatusRules } from "../graph/joint.ts";
import { mayFail } from "../graph/lower.ts";
import type { BatchRule, Op } from "../graph/op.ts";
import { gradientsReach, tangentsMove } from "../graph/reach.ts";
import { writeCell } from "../graph/recording.ts";
import { replayBody } from "../graph/replay.ts";
import {
  either,
  mayBeNonzero,
  NONZERO,
  onlyWanted,
  type TangentStatus,
  ZERO,
} from "../graph/tangentStatus.ts";
import type { Trace } from "../graph/trace.ts";
import { callRecorded } from "../graph/tracing.ts";
import {
  fillerOf,
  type Leaf,
  leafTensor,
  leavesOfForm,
  type Mapped,
  type TreeLike,
  walkTree,
} from "../graph/tree.ts";
import type { TensorType } from "../graph/types.ts";
import { makeBody, resultsOf, withoutUnused } from "../ops/bodies.ts";
import { logicalNot, where } from "../ops/comparison.ts";
import { adapted, castTo } from "../ops/promote.ts";
import { register } from "../ops/registry.ts";
import { broadcastTo } from "../ops/view.ts";
import { fuseSmall } from "../run/program/fuse/fuse.ts";
import { fuseBodiesBy } from "../run/program/schedule/bodies.ts";
import { zeros } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, type Shape, sameShape } from "../tensor/shape.ts";
import { scalar, type Tensor, toTensor } from "../tensor/tensor.ts";
import { along, ofTaking } from "./examples.ts";

/** Both functions of a condition. */
export interface Branches extends Readonly<Record<string, unknown>> {
  readonly whenTrue: Trace;
  readonly whenFalse: Trace;
  /**
   * True if the condition differs by example and a function may fail for examples that do not take it, so that these
   * examples are computed with values of one that takes it. Every input but a mask then has the axes of the condition
   * first. Default false.
   */
  readonly fails?: boolean;
  /**
   * The number of last inputs that are the same for all examples of a batch of conditions: the captures. Default 0.
   */
  readonly captures?: number;
}

/**
 * The statuses of tangents and cotangents. The condition is the first input, and the captures of the branches follow.
 */
const statusRules: StatusRules<Branches> = {
  gradients: ({ whenTrue, whenFalse }, statuses) => {
    const second = gradientsReach(whenFalse, statuses);
    const firsts = gradientsReach(whenTrue, statuses);
    return [ZERO, ...firsts.map((first, k) => either(first, at(second, k)))];
  },
  tangents: ({ whenTrue, whenFalse }, [, ...statuses]) => {
    const second = tangentsMove(whenFalse, statuses);
    return tangentsMove(whenTrue, statuses).map((first, i) => either(first, at(second, i)));
  },
};

/* @__NO_SIDE_EFFECTS__ */
function derivativeOf({
  gradients,
  tangents: tangentsReached,
}: StatusRules<Branches>): JointDerivative<Branches> {
  return {
    kind: "joint",
    vjp: ({ op, inputs, attributes, wanted }) => ({
      results: applyAll(op, inputs, attributes),
      pull: (cotangents) => {
        const statuses = statusesOf(cotangents);
        const reached = onlyWanted(wanted, gradients(attributes, statuses));
        if (!reached.some(mayBeNonzero)) return [];
        const back = (body: Trace) => pullbackOfBody(body, statuses, reached.slice(1));
        const all = [...inputs, ...tensorsOf(cotangents)];
        return unpackTangents(applyBranches(op, all, mapBranches(attributes, back)), reached);
      },
    }),
    jvp: ({ op, inputs, attributes }, tangents, pushforward) => {
      const statuses = statusesOf(tangents);
      const moved = tangentsReached(attributes, statuses);
      const push = (body: Trace) => pushforward(body, statuses.slice(1), moved);
      const both = [...inputs, ...tensorsOf(tangents)];
      const all = applyBranches(op, both, mapBranches(attributes, push));
      const results = all.slice(0, attributes.whenTrue.outputs.length);
      return { results, tangents: unpackTangents(all.slice(results.length), moved) };
    },
  };
}

/** Applies a cond to the inputs that its functions use. */
function applyBranches(
  op: Op<Branches>,
  inputs: readonly Tensor[],
  { whenTrue, whenFalse, ...settings }: Branches,
): readonly Tensor[] {
  const used = withoutUnused(inputs, [whenTrue, whenFalse], { kept: 1, offset: 1 });
  return applyAll(op, used.inputs, {
    ...settings,
    whenTrue: at(used.bodies, 0),
    whenFalse: at(used.bodies, 1),
  });
}

function mapBranches(branches: Branches, change: (body: Trace) => Trace): Branches {
  const { whenTrue, whenFalse } = branches;
  return { ...branches, whenTrue: change(whenTrue), whenFalse: change(whenFalse) };
}

/** A batch of which each example has a separate condition. */
const batchEach: BatchRule<Branches> = ({ inputs, batched, attributes, size, batchBody }) => {
  const { whenTrue, whenFalse, fails = mayFail(whenTrue) || mayFail(whenFalse) } = attributes;
  // Every float is repeated for each example, so that the backward pass selects before it sums.
  const repeats = inputs.map((input, k) => fails || k === 0 || batched[k] || isFloat(input.dtype));
  const all = inputs.map((input, k) =>
    repeats[k] && !batched[k] ? broadcastTo(input, [size, ...input.shape]) : input,
  );
  const forced = whenTrue.outputs.map(() => true);
  const branches = mapBranches(
    { whenTrue, whenFalse, fails },
    (body) => batchBody(body, repeats.slice(1), size, forced).body,
  );
  return applyAll(condEachOp, all, branches);
};

/** A batch of a cond, of which the condition may be the same for all examples. */
const batchBranches: BatchRule<Branches> = (call) => {
  const { op, inputs, batched, attributes, size, batchBody } = call;
  if (batched[0]) return batchEach(call);
  const { whenTrue, whenFalse } = attributes;
  const mask = batched.slice(1);
  const first = batchBody(whenTrue, mask, size).batched;
  const second = batchBody(whenFalse, mask, size).batched;
  const either = first.map((is, i) => is || second[i] === true);
  const branches = mapBranches(attributes, (body) => batchBody(body, mask, size, either).body);
  return applyAll(op, inputs, branches).map((value, i) => (either[i] ? value : { same: value }));
};

/** Returns an op of a condition and two functions. */
/* @__NO_SIDE_EFFECTS__ */
function branchOp(
  fields: Pick<Op<Branches>, "name" | "formula" | "body" | "batch" | "bodies">,
  statusRules: StatusRules<Branches>,
  shapes: readonly Shape[],
): Op<Branches> {
  return register<Branches>({
    ...fields,
    symbol: "cond",
    family: "control",
    promotion: "none",
    results: (_inputs, { whenTrue }) => resultsOf(whenTrue),
    derivative: derivativeOf(statusRules),
    statuses: statusRules,
    examples: {
      domain: [-3, 3],
      dtypes: ["bool"],
      cases: [
        {
          shapes,
          attributes: ([_condition, ...types]) => ({
            whenTrue: makeBody(types, (inputs) => [at(inputs, 0).mul(at(inputs, 1))]),
            whenFalse: makeBody(types, (inputs) => [at(inputs, 0).add(at(inputs, 1))]),
          }),
        },
      ],
    },
  });
}

const condOp = branchOp(
  {
    name: "cond",
    formula: "one function where the condition holds, else the other",
    body: ([condition, ...captured], { whenTrue, whenFalse }, call = replayBody) =>
      call(condition?.item() === 0 ? whenFalse : whenTrue, captured),
    bodies: {
      control: (branches) => {
        fuseBodiesBy(fuseSmall);
        return { kind: "branches", ...branches };
      },
    },
    batch: batchBranches,
  },
  statusRules,
  [[], [3], []],
);

/**
 * A condition for each example of a batch: both functions run, and each result is selected. A mask is shared by all
 * examples, so no input gets a symbolic zero: zeros are computed.
 */
const condEachOp: Op<Branches> = branchOp(
  {
    name: "cond of a batch",
    formula: "for each example one function where its condition holds, else the other",
    body: (
      [first, ...captured],
      { whenTrue, whenFalse, fails = false, captures: held = 0 },
      call = replayBody,
    ) => {
      const condition = toTensor("cond", "condition", first ?? 0);
      const count = captured.length - held;
      const run = (body: Trace, takes: Tensor) =>
        fails && takes.size > 0
          ? resultsOfTaking(body, takes, captured.slice(0, count), captured.slice(count))
          : call(body, captured);
      const others = run(whenFalse, logicalNot(condition));
      return run(whenTrue, condition).map((result, i) =>
        where(along(condition, result), result, at(others, i)),
      );
    },
    bodies: { withCaptures: (branches, captures) => ({ ...branches, captures }) },
    batch: batchEach,
  },
  {
    gradients: (branches, statuses) => statusRules.gradients(branches, statuses).map(always),
    tangents: (branches, statuses) => statusRules.tangents(branches, statuses).map(always),
  },
  [[3], [3, 2], [3, 1]],
);

/**
 * Returns the results of a function for the examples that take it. The others are computed with the values of the first
 * that takes it, and their results mean nothing. If no example takes it, nothing is computed.
 */
function resultsOfTaking(
  body: Trace,
  takes: Tensor,
  captured: readonly Tensor[],
  captures: readonly Tensor[],
): readonly Tensor[] {
  const none = makeBody(body.parameters, () =>
    resultsOf(body).map(({ shape, dtype }) => zeros(shape, { dtype })),
  );
  return applyAll(condOp, [takes.any(), ...ofTaking(takes, captured), ...captures], {
    whenTrue: body,
    whenFalse: none,
  });
}

function always(status: TangentStatus): TangentStatus {
  return status === ZERO ? ZERO : NONZERO;
}

/**
 * Returns the result of one of two functions. Both are recorded, so that no value can be read inside; only the chosen
 * one is computed. For a batch of conditions, under `vectorize`, both are computed, each for the examples that have
 * chosen it: the other one raises no error for an example. The function that was not chosen sends no gradient, not even
 * NaN.
 *
 * @param condition a bool scalar.
 * @param whenTrue a function without arguments, which captures what it needs.
 * @param whenFalse another, whose result has the same form, shapes and dtypes; plain numbers adapt.
 * @throws DTypeError or ShapeError for another condition, or results that differ.
 * @example
 * ```ts
 * import { cond, grad, type Tensor } from "@graddiff/core";
 *
 * const root = (x: Tensor) => cond(x.greater(0), () => x.sqrt(), () => x.mul(0));
 * console.log(grad(root)(4).item(), grad(root)(-4).item()); // 0.25 0
 * ```
 */
export function cond<Result>(
  condition: Tensor | boolean,
  whenTrue: () => Result,
  whenFalse: () => TreeLike<Result>,
): Mapped<Result, Tensor> {
  refuseSurplus("cond", 3, arguments);
  const test = checkCondition(condition);
  checkFunction("cond", whenTrue, "whenTrue");
  checkFunction("cond", whenFalse, "whenFalse");
  const { first, second, captures, types } = recordBranches(whenTrue, whenFalse);
  const cells = [...new Set([...first.assigned, ...second.assigned])];
  // Closing a body may capture the old value of a Variable, which both then have as an input.
  first.close(cells);
  const branches = { whenFalse: second.close(cells), whenTrue: first.close(cells) };
  const results = applyAll(condOp, [test, ...captures.tensors], branches);
  cells.forEach((cell, i) => {
    writeCell(cell, at(results, types.length + i));
  });
  // The form has the result's leaves replaced, as the type Mapped has.
  return fillerOf(first.form)(results) as Mapped<Result, Tensor>;
}

/** Both functions, and the types of their results. */
interface Recorded {
  readonly first: OpenBody;
  readonly second: OpenBody;
  readonly captures: Captures;
  readonly types: readonly TensorType[];
}

/** Records both functions; a second time with casts, where plain numbers take the dtype of the other's result. */
function recordBranches(
  whenTrue: () => unknown,
  whenFalse: () => unknown,
  wanted?: TensorType[],
): Recorded {
  const captures = new Captures();
  const fit = (leaf: Leaf, i: number): Tensor => {
    const dtype = wanted?.[i]?.dtype;
    const tensor = leafTensor(leaf);
    return dtype === undefined || !tensor.weak ? tensor : adapted(tensor, dtype, "cond");
  };
  let count = 0;
  const first = recordBody(
    "cond",
    () =>
      walkTree("cond", callRecorded("cond", whenTrue, []), (leaf) => fit(leaf, count++), {
        path: "result",
      }),
    [],
    captures,
  );
  const refuse = (path: string, got: string) =>
    new ShapeError("cond", path, "a result of whenFalse of the form of whenTrue's", got);
  let paths: readonly string[] = [];
  const second = recordBody(
    "cond",
    () => {
      const result = callRecorded("cond", whenFalse, []);
      const leaves = leavesOfForm("cond", first.form, result, refuse, "result");
      paths = leaves.map(({ path }) => path);
      return leaves.map(({ leaf }, i) => fit(leaf, i));
    },
    [],
    captures,
  );
  const types = commonTypes(first.results, second.results, paths);
  const differ = types.some(
    ({ weak }, i) => weak !== first.results[i]?.weak || weak !== second.results[i]?.weak,
  );
  return differ && wanted === undefined
    ? recordBranches(whenTrue, whenFalse, types)
    : { first, second, captures, types };
}

function checkCondition(condition: unknown): Tensor {
  const test =
    typeof condition === "boolean"
      ? castTo(scalar(condition ? 1 : 0), "bool")
      : toTensor("cond", "condition", condition as Tensor);
  if (test.dtype !== "bool") {
    const expected = "a bool scalar";
    const hint = "Compare first, as in x.greater(0)";
    throw new DTypeError("cond", "condition", expected, describe(condition), hint);
  }
  if (test.rank > 0) {
    const expected = "a bool scalar";
    const got = `the shape ${formatShape(test.shape)}`;
    const hint = "Choose element by element with where(…), or example by example with vectorize";
    throw new ShapeError("cond", "condition", expected, got, hint);
  }
  return test;
}

/** Returns the types of both results: a plain number takes the dtype of the other function's result. */
function commonTypes(
  first: readonly TensorType[],
  second: readonly TensorType[],
  paths: readonly string[],
): TensorType[] {
  return first.map((type, i) => {
    const other = at(second, i);
    const common = type.weak ? other : type;
    const argument = `${at(paths, i)} of whenFalse`;
    if (!sameShape(type.shape, other.shape)) {
      const expected = `the shape of whenTrue's, ${formatShape(type.shape)}`;
      throw new ShapeError("cond", argument, expected, formatShape(other.shape));
    }
    const adapts = (type.weak || other.weak) && common.dtype !== "bool";
    if (type.dtype === other.dtype || adapts) return common;
    const expected = `the dtype of whenTrue's, ${type.dtype}`;
    const hint = "Cast the one or the other";
    throw new DTypeError("cond", `${at(paths, i)} of whenFalse`, expected, other.dtype, hint);
  });
}
