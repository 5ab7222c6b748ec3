/** The weights of a model: the stored tensors that have a role among its operators, also in nodes and inner graphs. */

import { ArgumentError, Variable } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import { warn } from "@graddiff/core/internal";
import { changed } from "./changed.ts";
import { withFloats } from "./fakeQuantised.ts";
import type { ImportedTensor, StoredTensor } from "./model.ts";
import { namedIn } from "./namedIn.ts";
import type { StandardOperator } from "./operators/names.ts";
import { type Plan, readsOf, type Step } from "./plan.ts";
import { assignRoles, factsOf, type Stored } from "./roles.ts";
import { type Decision, decide } from "./rules.ts";
import { runModel, visit } from "./run.ts";
import type { Run } from "./scope.ts";
import { type ElementType, isFloatType } from "./types.ts";
import type { Value } from "./value.ts";

/** A function that returns true if a tensor is trained. */
export type Chooses = (name: string, tensor: StoredTensor) => boolean;

/** The option: a function, or the names of trained tensors. */
export type Trainable = Chooses | readonly string[];

/**
 * Returns the names of a graph that are read as values. Nodes are visited from the last to the first: a value that is
 * used only by settings is a setting itself.
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

/** The operators of nodes with constant results: some files store weights in this form. */
const CONSTANT_NODES = new Set(["Constant", "ConstantOfShape"]);

/** Returns the value of a node with a constant result. */
function valueOfNode(step: Step, plan: Plan, run: Run): Value | undefined {
  if (!CONSTANT_NODES.has(step.operator)) return undefined;
  const isKnown = step.inputs.every((input) => plan.constants.has(input));
  // A setting that refers to a setting of the function may differ in each call.
  const isOpen = [...step.attributes.values()].some(({ refAttrName }) => refAttrName !== "");
  if (!isKnown || isOpen) return undefined;
  const [name = ""] = step.outputs;
  const own = { ...plan, inputs: [], outputs: [name], steps: [{ ...step, frees: [] }] };
  return runModel(own, [], run)[0];
}

/** True if it may be a weight: more than one number, all of them finite. */
function isOrdinary(value: Value): boolean {
  return value.tensor.size > 1 && factsOf(value).isFinite;
}

/** The operators on integers that are the products and convolutions of quantised models. */
const OF_INTEGERS: ReadonlySet<string> = new Set<StandardOperator>([
  "ConvInteger",
  "MatMulInteger",
  "QLinearConv",
  "QLinearMatMul",
]);

/** True if a graph has integers as weights. */
function isQuantised({ constants, steps }: Plan): boolean {
  return steps.some(({ operator, inputs }) => {
    if (OF_INTEGERS.has(operator)) return true;
    const stored = operator === "DequantizeLinear" ? constants.get(inputs[0] ?? "") : undefined;
    return stored !== undefined && (stored.size ?? stored.tensor.size) > 1;
  });
}

/** True if a stored tensor is trained, by the option `trainable` or by the rules. */
function choose(
  tensor: Stored,
  name: string,
  { role, trained }: Decision,
  chooses: Chooses,
): boolean {
  const { shape } = tensor.value.tensor;
  const readers = [...tensor.readers];
  const facts = { shape, type: tensor.value.type, role, readers, trainable: trained };
  const chosen: unknown = chooses(name, facts);
  if (typeof chosen === "boolean") return chosen;
  throw new ArgumentError({
    op: "importOnnx",
    argument: "trainable",
    expected: `true or false for ${describe(name)}`,
    got: describe(chosen),
  });
}

/** The most names of a warning. */
const MOST_NAMED = 4;

/** Warns about tensors that may be parameters or constants, and names the option that trains them. */
function warnOf(names: readonly string[]): void {
  const named = names.slice(0, MOST_NAMED).map(describe).join(", ");
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  warn(
    `importOnnx: ${named}${more} may be parameters or constants, and are not trained. ` +
      "The option trainable, a list of names or a function, trains them",
  );
}

/** A graph whose weights are Variables. */
export interface Weighted {
  readonly plan: Plan;
  readonly weights: Readonly<Record<string, Variable>>;
  /** The tensors of floats, also those that are not Variables. */
  readonly tensors: readonly ImportedTensor[];
}

/** Names that `exportOnnx` gives to values other than Variables. */
const CONSTANT = /^constant(_\d+)?$/;

/**
 * Replaces the weights of a graph, and of all graphs inside it, by Variables.
 *
 * @param producer the program that has written the model.
 */
export function takeWeights(
  whole: Plan,
  run: Run,
  chosen: Trainable | undefined,
  producer: string,
): Weighted {
  let ofIntegers = false;
  changed(whole, (own) => {
    if (isQuantised(own)) ofIntegers = true;
    return own;
  });
  if (chosen === undefined || !ofIntegers) {
    const weighted = take(whole, run, chosen, ofIntegers);
    const isKnown = (name: string) => producer === "graddiff" && CONSTANT.test(name);
    const ambiguous = weighted.ambiguous.filter((name) => !isKnown(name));
    const isNetwork = weighted.tensors.some(({ trained }) => trained);
    if (chosen === undefined && isNetwork && ambiguous.length > 0) warnOf(ambiguous);
    return weighted;
  }
  // The option decides about floats: if it does not train a tensor, its integers stay integers.
  const floats = new Set<string>();
  const all = take(withFloats(whole, run, floats), run, chosen, ofIntegers);
  const trained = new Map(all.tensors.map(({ name, trained }) => [name, trained]));
  const wanted = new Set([...floats].filter((name) => trained.get(name) === true));
  if (wanted.size === floats.size) return all;
  const plan = withFloats(whole, run, floats, wanted);
  return take(plan, run, (name) => trained.get(name) === true, ofIntegers);
}

/** Returns the graph with Variables, and the names of tensors that may be parameters or constants. */
function take(
  whole: Plan,
  run: Run,
  chosen: Trainable | undefined,
  ofIntegers: boolean,
): Weighted & { readonly ambiguous: readonly string[] } {
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
        made.set(name, {
          name,
          value,
          isNode,
          roles: new Map(),
          settings: new Map(),
          readers: new Set(),
          layers: new Set(),
          isHelper: false,
          isBesideRows: false,
          isBesideInput: false,
        });
      }
      stored.set(own, made);
      return made;
    },
  );

  const names = new Set<string>();
  const all = [...stored].flatMap(([own, tensors]) =>
    [...tensors.values()].map((tensor) => {
      const name = unlike(tensor.name, names);
      // A list trains a tensor if it would be trained in the model before quantisation.
      const decision = decide(tensor, ofIntegers && !Array.isArray(chosen));
      return { own, tensor, name, decision };
    }),
  );
  const listed = Array.isArray(chosen) ? namedIn(chosen, all) : undefined;
  const weights = new Map<string, Variable>();
  const tensors: ImportedTensor[] = [];
  const taken = new Map<Plan, Map<string, { type: ElementType; variable: Variable }>>();
  for (const own of stored.keys()) taken.set(own, new Map());
  for (const { own, tensor, name, decision } of all) {
    const { tensor: elements, type } = tensor.value;
    const trained =
      listed !== undefined
        ? listed.has(name)
        : typeof chosen === "function"
          ? choose(tensor, name, decision, chosen)
          : decision.trained;
    const reason = trained === decision.trained ? decision.reason : "`trainable` says so";
    tensors.push({ name, shape: elements.shape, role: decision.role, trained, reason });
    // A single number, such as an exponent, stays a known constant.
    if (!trained && !isOrdinary(tensor.value) && decision.role !== "statistic") continue;
    // A parameter that the option leaves out is a frozen Variable, which can be made trainable later.
    const variable = new Variable(elements, { trainable: trained || decision.trained });
    variable.trainable = trained;
    weights.set(name, variable);
    taken.get(own)?.set(tensor.name, { type, variable });
  }
  const ambiguous = all.filter(({ decision }) => decision.isAmbiguous).map(({ name }) => name);
  return {
    ambiguous,
    plan: changed(plan, (own, steps) => {
      const weights = taken.get(own) ?? own.weights;
      const read = new Set([...own.outputs, ...own.steps.flatMap(readsOf)]);
      const constants = new Map(
        [...own.constants].filter(([name]) => read.has(name) && !weights.has(name)),
      );
      return { ...own, steps, constants, weights };
    }),
    weights: Object.fromEntries(weights),
    tensors,
  };
}

/** Returns a unique name for a tensor, since names in inner graphs may be equal. */
function unlike(name: string, names: Set<string>): string {
  let own = name;
  for (let i = 2; names.has(own); i++) own = `${name}.${i}`;
  names.add(own);
  return own;
}
