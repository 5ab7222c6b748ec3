/** The weights of a model: the stored tensors that have a role among its operators, wherever they stand. */

import { ArgumentError, Variable } from "@graddiff/core";
import { describe } from "@graddiff/core/internal";
import type { FrozenTensor, StoredTensor } from "./model.ts";
import { type Plan, readsOf, type Step } from "./plan.ts";
import { assignRoles, factsOf, type Role, type Stored } from "./roles.ts";
import { runModel, visit } from "./run.ts";
import type { Run, Weights } from "./scope.ts";
import { type ElementType, isFloatType } from "./types.ts";
import type { Value } from "./value.ts";

/** Says of a tensor whether it is trained. */
export type Chooses = (name: string, tensor: StoredTensor) => boolean;

/**
 * Returns the names of a graph that are read as values. From the last node to the first: what only goes into settings
 * is a setting itself.
 */
function valuesIn(plan: Plan, known: Map<Plan, ReadonlySet<string>>): ReadonlySet<string> {
  const before = known.get(plan);
  if (before !== undefined) return before;
  const values = new Set(plan.outputs);
  for (const step of plan.steps.toReversed()) {
    const { does } = step;
    const isRead = step.outputs.some((name) => values.has(name));
    const parameters = "steps" in does ? valuesIn(does, known) : undefined;
    step.inputs.forEach((name, i) => {
      const isValue =
        "steps" in does
          ? parameters?.has(does.inputs[i] ?? "")
          : does.settings?.includes(i) !== true;
      if (isRead && isValue) values.add(name);
    });
    for (const graph of step.graphs.values()) {
      const inside = valuesIn(graph, known);
      for (const name of graph.captured) if (inside.has(name)) values.add(name);
    }
  }
  known.set(plan, values);
  return values;
}

/** Nodes that give the same whenever they run: the values of weights stand in some files so. */
const CONSTANT_NODES = new Set(["Constant", "ConstantOfShape"]);

/** Returns the value of a node that gives the same whenever it runs. */
function valueOfNode(step: Step, plan: Plan, run: Run): Value | undefined {
  if (!CONSTANT_NODES.has(step.operator)) return undefined;
  const isKnown = step.inputs.every((input) => plan.constants.has(input));
  // A setting of the function around it is another one in each call.
  const isOpen = [...step.attributes.values()].some(({ refAttrName }) => refAttrName !== "");
  if (!isKnown || isOpen) return undefined;
  const [name = ""] = step.outputs;
  const own = { ...plan, inputs: [], outputs: [name], steps: [{ ...step, frees: [] }] };
  return runModel(own, [], run)[0];
}

/** Makes another graph of a graph, and of each inside of it and of the functions that it calls. */
function changed(plan: Plan, change: (plan: Plan, steps: readonly Step[]) => Plan): Plan {
  const done = new Map<Plan, Plan>();
  const each = (own: Plan): Plan => {
    const before = done.get(own);
    if (before !== undefined) return before;
    const steps = own.steps.map((step): Step => {
      // The graph of a gradient is made of nodes that stand around it.
      if (step.operator.endsWith(".Gradient")) return step;
      const graphs = new Map([...step.graphs].map(([name, graph]) => [name, each(graph)]));
      return { ...step, graphs, does: "steps" in step.does ? each(step.does) : step.does };
    });
    const next = change(own, steps);
    done.set(own, next);
    return next;
  };
  return each(plan);
}

/** True if it may be a weight: more than one number, all of them finite. */
function isOrdinary(value: Value): boolean {
  return value.tensor.size > 1 && factsOf(value).isFinite;
}

/** The inputs of which one number is a weight: an operator has them for nothing else. */
const OWN_PLACES: ReadonlySet<string> = new Set<Role>(["weight", "bias", "scale"]);

const list = (names: Iterable<string>) => [...names].join(" and ");

/** True if a tensor is trained, and if not, why. */
function decided(
  { value, roles, readers, isHelper }: Stored,
  name: string,
  chooses: Chooses | undefined,
): { trainable: boolean; reason: string; isOrdinary: boolean } {
  const { tensor, type } = value;
  const ordinary = isOrdinary(value);
  const [role] = roles.keys();
  const reason = (): string => {
    const statistic = roles.get("statistic");
    if (statistic !== undefined) return `a statistic of ${statistic}`;
    if (role !== undefined && (ordinary || (tensor.size === 1 && OWN_PLACES.has(role)))) return "";
    if (tensor.size === 0) return "no number";
    if (!ordinary && tensor.size > 1) return "not finite";
    if (isHelper) return "ones or zeros that a normalisation leaves everything as it is with";
    const read = readers.size === 0 ? "given as a result" : `read by ${list(readers)}`;
    return tensor.size === 1 ? `one number, ${read}` : `${read}, in no place of a weight`;
  };
  const why = reason();
  const trainable = why === "";
  if (chooses === undefined) return { trainable, reason: why, isOrdinary: ordinary };
  const told = { shape: tensor.shape, type, role, readers: [...readers], trainable };
  const chosen: unknown = chooses(name, told);
  if (typeof chosen !== "boolean") {
    throw new ArgumentError({
      op: "importOnnx",
      argument: "trainable",
      expected: `true or false for ${describe(name)}`,
      got: describe(chosen),
    });
  }
  return {
    trainable: chosen,
    reason: chosen === trainable ? why : "`trainable` says so",
    isOrdinary: ordinary,
  };
}

/** A graph whose weights are Variables. */
export interface Weighted {
  readonly plan: Plan;
  readonly weights: Readonly<Record<string, Variable>>;
  /** The tensors that are not trained, also those that are no Variables. */
  readonly frozen: readonly FrozenTensor[];
}

/** Takes the weights out of a graph and of all inside of it. */
export function takeWeights(whole: Plan, run: Run, chooses: Chooses | undefined): Weighted {
  const nodes = new Set<Value>();
  const plan = changed(whole, (own, all) => {
    const constants = new Map(own.constants);
    const grown = { ...own, constants };
    const steps = all.filter((step) => {
      const value = valueOfNode(step, grown, run);
      if (value === undefined) return true;
      constants.set(step.outputs[0] ?? "", value);
      nodes.add(value);
      return false;
    });
    return { ...grown, steps };
  });
  const values = new Map<Plan, ReadonlySet<string>>();
  valuesIn(plan, values);
  const stored = new Map<Plan, Map<string, Stored>>();
  assignRoles(
    plan,
    (step) => visit(step, run),
    (own) => {
      const made = stored.get(own) ?? new Map<string, Stored>();
      if (stored.has(own)) return made;
      for (const [name, value] of own.constants) {
        if (!isFloatType(value.type) || values.get(own)?.has(name) !== true) continue;
        const isNode = nodes.has(value);
        const [roles, readers] = [new Map(), new Set<string>()];
        made.set(name, { name, value, isNode, roles, readers, isHelper: false });
      }
      stored.set(own, made);
      return made;
    },
  );

  const weights = new Map<string, Variable>();
  const frozen: FrozenTensor[] = [];
  const names = new Set<string>();
  const taken = new Map<Plan, Weights>();
  for (const [own, tensors] of stored) {
    const variables = new Map<string, { type: ElementType; variable: Variable }>();
    for (const each of tensors.values()) {
      const { tensor, type } = each.value;
      const name = unlike(each.name, names);
      const { trainable, reason, isOrdinary } = decided(each, name, chooses);
      if (!trainable) frozen.push({ name, shape: tensor.shape, reason });
      // One number, such as an exponent, stays known where it is computed with.
      if (!trainable && !isOrdinary && !each.roles.has("statistic")) continue;
      const variable = new Variable(tensor, { trainable });
      weights.set(name, variable);
      variables.set(each.name, { type, variable });
    }
    taken.set(own, variables);
  }
  return {
    plan: changed(plan, (own, steps) => {
      const weights = taken.get(own) ?? own.weights;
      const read = new Set([...own.outputs, ...own.steps.flatMap(readsOf)]);
      const constants = new Map(
        [...own.constants].filter(([name]) => read.has(name) && !weights.has(name)),
      );
      return { ...own, steps, constants, weights };
    }),
    weights: Object.fromEntries(weights),
    frozen,
  };
}

/** Returns a name that no other tensor has: those of graphs inside may be equal. */
function unlike(name: string, names: Set<string>): string {
  let own = name;
  for (let i = 2; names.has(own); i++) own = `${name}.${i}`;
  names.add(own);
  return own;
}
