/**
 * A graph of a model, prepared for running: its nodes in order, each with its row of the table. Their requirements are
 * checked, and unneeded nodes are left out.
 */

import { ArgumentError } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  NodeProto,
  OperatorSetIdProto,
} from "../generated/onnx_pb.js";
import { type ElementSettings, readTensor } from "./elements.ts";
import { labelOf } from "./label.ts";
import type { Operator } from "./operator.ts";
import { operatorOf } from "./operators/table.ts";
import { checkRanks } from "./ranks.ts";
import type { Weights } from "./scope.ts";
import { elementTypeOf, refusedType } from "./types.ts";
import type { Value } from "./value.ts";

/** A node. */
export interface Step {
  readonly operator: string;
  readonly version: number;
  readonly name: string;
  /** The unique number of the node in the model. */
  readonly index: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
  readonly graphs: ReadonlyMap<string, Plan>;
  /** The row of the operator in the table, or a function of the model. */
  readonly does: Operator | Plan;
  /** The names of values that no later step reads, which are released after the step. */
  readonly frees: readonly string[];
}

/** The empty map that all nodes without settings or without graphs share. */
const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** A graph, or the body of a function. */
export interface Plan {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly constants: ReadonlyMap<string, Value>;
  /** The constants that are Variables: see `weights.ts`. */
  readonly weights: Weights;
  readonly steps: readonly Step[];
  /** The names of outer graphs that it reads. */
  readonly captured: ReadonlySet<string>;
  /** The defaults of a function's settings. */
  readonly defaults: ReadonlyMap<string, AttributeProto>;
}

/** The names that a graph can read. */
interface Names {
  has(name: string): boolean;
}

/** The deepest nesting of graphs and of calls of functions. */
const DEEPEST = 64;

/** Reads the graphs of one model. */
export class Planner {
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  readonly #plans = new Map<string, Plan | "begun">();
  readonly #settings: ElementSettings;
  /** The unsupported operators, with the reasons: one error lists all of them. */
  readonly refused = new Map<string, string>();
  #count = 0;
  #depth = 0;

  constructor(functions: readonly FunctionProto[], settings: ElementSettings) {
    this.#settings = settings;
    this.#functions = new Map(
      functions.map((each) => [keyOf(each.domain, each.name, each.overload), each]),
    );
  }

  /**
   * @param around the names of the graphs around it.
   * @param wanted its results, if they are not the graph's outputs.
   */
  graph(
    graph: GraphProto,
    versions: ReadonlyMap<string, number>,
    around: Names,
    wanted?: readonly string[],
  ): Plan {
    const constants = new Map<string, Value>();
    for (const message of graph.initializer) {
      if (constants.has(message.name)) {
        const got = `${describe(message.name)} twice`;
        throw refusal(graph.name, "each name once among initializers", got);
      }
      constants.set(message.name, readTensor(message.name, message, this.#settings));
    }
    if (graph.sparseInitializer.length > 0) {
      throw refusal(graph.name, "dense tensors", "a sparse initializer");
    }
    const inputs = graph.input.map(({ name }) => name).filter((name) => !constants.has(name));
    const outputs = wanted ?? graph.output.map(({ name }) => name);
    return this.#plan(
      { name: graph.name, nodes: graph.node, inputs, outputs, constants },
      versions,
      around,
    );
  }

  #plan(
    given: {
      readonly name: string;
      readonly nodes: readonly NodeProto[];
      readonly inputs: readonly string[];
      readonly outputs: readonly string[];
      readonly constants: ReadonlyMap<string, Value>;
      readonly defaults?: ReadonlyMap<string, AttributeProto>;
    },
    versions: ReadonlyMap<string, number>,
    around: Names,
  ): Plan {
    // The recursion is bounded by the depth of nesting; it does not depend on the length of a graph.
    if (++this.#depth > DEEPEST) {
      throw refusal(given.name, `at most ${DEEPEST} graphs inside each other`, "more");
    }
    const { name, inputs, outputs, constants, defaults = new Map() } = given;
    const known = new Set([...inputs, ...constants.keys()]);
    if (known.size < inputs.length + constants.size) {
      throw refusal(name, "each name once among inputs and initializers", "one twice");
    }
    const captured = new Set<string>();
    const use = (who: Step | string, used: string) => {
      if (used === "" || known.has(used)) return;
      if (!around.has(used)) {
        throw new ArgumentError({
          op: "importOnnx",
          argument: typeof who === "string" ? who : labelOf(who),
          expected: `a tensor ${describe(used)} from a node before it`,
          got: "none",
          hint: "The nodes of a model stand in the order in which they run, so a circle has none",
        });
      }
      captured.add(used);
    };
    const steps: Step[] = [];
    for (const node of given.nodes) {
      const step = withPart(this.#step(node, versions, known, around), steps);
      for (const input of step.inputs) use(step, input);
      if (!("steps" in step.does)) {
        checkRanks(step, (i) => constants.get(step.inputs[i] ?? ""), true);
      }
      for (const graph of step.graphs.values()) {
        for (const each of graph.captured) use(step, each);
      }
      for (const output of step.outputs) {
        if (output === "") continue;
        if (known.has(output))
          throw refusal(labelOf(step), "names that no other tensor has", describe(output));
        known.add(output);
      }
      steps.push(step);
    }
    for (const output of outputs) {
      if (known.has(output) || around.has(output)) {
        use(output, output);
        continue;
      }
      throw refusal(
        `the outputs of ${describe(name)}`,
        "names of its inputs, initializers and results of nodes",
        describe(output),
      );
    }
    this.#depth--;
    return {
      name,
      inputs,
      outputs,
      constants,
      weights: new Map(),
      captured,
      defaults,
      steps: neededSteps(steps, outputs),
    };
  }

  #step(node: NodeProto, versions: ReadonlyMap<string, number>, known: Names, around: Names): Step {
    const domain = node.domain === "ai.onnx" ? "" : node.domain;
    const name = node.name || node.output.find((each) => each !== "") || "";
    const operator = domain === "" ? node.opType : `${domain}.${node.opType}`;
    const index = this.#count++;
    const inside = { has: (each: string) => known.has(each) || around.has(each) };
    const graphs = node.attribute.flatMap(({ name, g }) =>
      g === undefined ? [] : [[name, this.graph(g, versions, inside)] as const],
    );
    return {
      operator,
      version: versions.get(domain) ?? 0,
      name,
      index,
      inputs: node.input,
      outputs: node.output,
      attributes:
        node.attribute.length > 0 ? new Map(node.attribute.map((each) => [each.name, each])) : NONE,
      graphs: graphs.length > 0 ? new Map(graphs) : NONE,
      does: this.#meaning(node, domain, operator),
      frees: [],
    };
  }

  /** Returns the operator of a node: a function of the model has precedence over an operator of the same name. */
  #meaning(node: NodeProto, domain: string, operator: string): Operator | Plan {
    const key = keyOf(domain, node.opType, node.overload);
    const local = this.#functions.get(key);
    if (local !== undefined) return this.#function(key, local);
    const row = operatorOf(operator);
    const reason = "read" in row ? typeRefusedIn(node) : row.refused;
    if ("read" in row && reason === undefined) return row;
    this.refused.set(operator, reason ?? "");
    return { read: () => [] };
  }

  #function(key: string, message: FunctionProto): Plan {
    const made = this.#plans.get(key);
    if (made === "begun")
      throw refusal(message.name, "a function that does not call itself", "a circle");
    if (made !== undefined) return made;
    this.#plans.set(key, "begun");
    const plan = this.#plan(
      {
        name: message.name,
        nodes: message.node,
        inputs: message.input,
        outputs: message.output,
        constants: new Map(),
        defaults: new Map(message.attributeProto.map((each) => [each.name, each])),
      },
      versionsOf(message.opsetImport),
      new Set(),
    );
    this.#plans.set(key, plan);
    return plan;
  }
}

/** The settings that name a type of elements. */
const TYPE_SETTINGS: ReadonlySet<string> = new Set(["to", "dtype", "output_datatype"]);

/**
 * Returns the reason why a node of the standard operators makes elements of an unsupported type; undefined if it does
 * not.
 */
function typeRefusedIn({ attribute }: NodeProto): string | undefined {
  const codes = attribute
    .filter(({ name, refAttrName }) => TYPE_SETTINGS.has(name) && refAttrName === "")
    .map(({ i }) => Number(i));
  const refused = codes.find((code) => elementTypeOf(code) === undefined);
  return refused === undefined
    ? undefined
    : `elements of a type that is not read: ${refusedType(refused)}`;
}

function keyOf(domain: string, name: string, overload: string): string {
  return JSON.stringify([domain === "ai.onnx" ? "" : domain, name, overload]);
}

function refusal(argument: string, expected: string, got: string): ArgumentError {
  return new ArgumentError({ op: "importOnnx", argument, expected, got });
}

/** Returns the versions of the operator sets that a model requires, by domain. */
export function versionsOf(sets: readonly OperatorSetIdProto[]): ReadonlyMap<string, number> {
  return new Map(
    sets.map(({ domain, version }) => [domain === "ai.onnx" ? "" : domain, Number(version)]),
  );
}

/** Returns the texts of a setting of a Gradient, which are names of tensors. */
const textsOf = (attribute: AttributeProto | undefined) =>
  (attribute?.strings ?? []).map((text) => new TextDecoder().decode(text));

/** Adds to a Gradient the graph of the earlier nodes between its tensors. */
function withPart(step: Step, ahead: readonly Step[]): Step {
  const y = step.attributes.get("y");
  if (step.operator !== "ai.onnx.preview.training.Gradient" || y === undefined) return step;
  const inputs = ["xs", "zs"].flatMap((name) => textsOf(step.attributes.get(name)));
  const outputs = [new TextDecoder().decode(y.s)];
  const given = new Set(inputs);
  const steps = neededSteps(ahead, outputs, given);
  const inside = new Set([...inputs, ...steps.flatMap((each) => each.outputs)]);
  const read = [...steps.flatMap(readsOf), ...outputs].filter((name) => name !== "");
  const part: Plan = {
    name: step.name,
    inputs,
    outputs,
    steps,
    constants: new Map(),
    weights: new Map(),
    captured: new Set(read.filter((name) => !inside.has(name))),
    defaults: new Map(),
  };
  return { ...step, graphs: new Map([["y", part]]) };
}

/** Returns the names of the values that a node reads, also inside its graphs. */
export function readsOf(step: Step): readonly string[] {
  if (step.graphs.size === 0) return step.inputs;
  return [...step.inputs, ...[...step.graphs.values()].flatMap(({ captured }) => [...captured])];
}

/** Returns the steps that the results need, each with the names that no later step needs. */
function neededSteps(
  steps: readonly Step[],
  outputs: readonly string[],
  given: ReadonlySet<string> = new Set(),
): readonly Step[] {
  const needed = new Set(outputs);
  const kept: Step[] = [];
  for (const step of steps.toReversed()) {
    if (!step.outputs.some((name) => needed.has(name) && !given.has(name))) continue;
    // Unread results.
    const frees = step.outputs.filter((name) => !needed.has(name));
    for (const name of readsOf(step)) {
      if (name === "" || needed.has(name)) continue;
      needed.add(name);
      frees.push(name);
    }
    kept.push({ ...step, frees });
  }
  return kept.reverse();
}
