/**
 * Runs a graph: every node computes its results from those before it.
 */

import {
  ArgumentError,
  DerivativeError,
  DTypeError,
  GraddiffError,
  RecordingError,
  ShapeError,
  type Tensor,
} from "@graddiff/core";
import { insideNode } from "../nodePlace.ts";
import { isFolded, knownResults } from "./folding.ts";
import { labelOf } from "./label.ts";
import { Node } from "./node.ts";
import type { Operator, Result } from "./operator.ts";
import type { Plan, Step } from "./plan.ts";
import { checkRanks } from "./ranks.ts";
import { type Run, Scope } from "./scope.ts";
import { typeOfResult, type Value, wrapped } from "./value.ts";

/** Runs a graph inside another one, whose names it can read. */
export function runPlan(plan: Plan, inputs: readonly Value[], around: Scope): Value[] {
  const scope = new Scope(around.run, plan, around, around.attributes);
  return runIn(scope, plan, inputs);
}

/** Runs the graph of a model. */
export function runModel(plan: Plan, inputs: readonly Value[], run: Run): Value[] {
  return run.meter.within(() => runIn(new Scope(run, plan), plan, inputs));
}

function runIn(scope: Scope, plan: Plan, inputs: readonly (Value | undefined)[]): Value[] {
  plan.inputs.forEach((name, i) => {
    const value = inputs[i];
    if (value !== undefined) scope.set(name, value);
  });
  for (const step of plan.steps) {
    visit(step, scope.run);
    const values = step.inputs.map((name) => (name === "" ? undefined : scope.find(name)));
    const results = resultsOf(step, values, scope);
    scope.run.observe?.(step, results);
    step.outputs.forEach((name, i) => {
      const value = results[i];
      if (name !== "" && value !== undefined) scope.set(name, value);
    });
    scope.free(step.frees);
  }
  return plan.outputs.map((name) => scope.get(name));
}

function resultsOf(
  step: Step,
  values: readonly (Value | undefined)[],
  scope: Scope,
): readonly (Value | undefined)[] {
  const { does } = step;
  if ("steps" in does) return calledFunction(does, step, values, scope);
  const node = new Node(step, values, scope, runPlan);
  const compute = () => computed(does, node);
  return isFolded(step.operator, values) ? knownResults(compute) : compute();
}

/** Returns the results of an operator, each with its type in the model. */
function computed(does: Operator, node: Node): readonly (Value | undefined)[] {
  let list: readonly (Result | undefined)[];
  try {
    checkRanks(node.step, (i) => node.values[i], false);
    const results = insideNode(node.step.name, () => does.read(node));
    list = Array.isArray(results) ? results : [results];
    // Single numbers that no op computes have no work, since their readers contain them.
    for (const each of list) {
      if (each !== undefined)
        node.run.meter.ask("type" in each ? (each.size ?? each.tensor.size) : each.size, 0);
    }
  } catch (error) {
    throw naming(error, node.step);
  }
  return list.map((result) =>
    result === undefined || "type" in result ? result : typedResult(result, node.values, does),
  );
}

/** Counts a node, when it runs or is inspected. */
export function visit(step: Step, { meter }: Run): void {
  try {
    meter.visit();
  } catch (error) {
    throw naming(error, step);
  }
}

function typedResult(
  result: Tensor,
  values: readonly (Value | undefined)[],
  does: Operator,
): Value {
  const type = typeOfResult(result, values);
  return { type, tensor: does.wraps ? wrapped(result, type) : result };
}

/** Calls a function of the model as if its nodes were written instead of the call. */
function calledFunction(
  plan: Plan,
  step: Step,
  values: readonly (Value | undefined)[],
  around: Scope,
): Value[] {
  const own = [...step.attributes].map(([name, attribute]) => {
    const reference = attribute.refAttrName;
    return [name, reference === "" ? attribute : around.attributes?.get(reference)] as const;
  });
  const attributes = new Map(plan.defaults);
  for (const [name, attribute] of own) if (attribute !== undefined) attributes.set(name, attribute);
  return runIn(new Scope(around.run, plan, undefined, attributes), plan, values);
}

const named = new WeakSet<object>();
const KINDS = [ShapeError, DTypeError, DerivativeError, RecordingError, ArgumentError];

/** Returns an error of core, or of an invalid array length, with the node that caused it. */
function naming(error: unknown, step: Step): unknown {
  if (error instanceof RangeError && /length|allocation/i.test(error.message)) {
    const expected = "settings and inputs of which results have a length that memory holds";
    return new ArgumentError({ op: labelOf(step), expected, got: error.message });
  }
  if (!(error instanceof GraddiffError) || named.has(error)) return error;
  const Kind = KINDS.find((each) => error instanceof each) ?? GraddiffError;
  const { op, ...complaint } = error.complaint;
  const label = labelOf(step);
  const opName = op === label ? op : `${label}: ${op}`;
  const next = new Kind({ ...complaint, op: opName });
  named.add(next);
  return next;
}
