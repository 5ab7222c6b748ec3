/**
 * How a network learns: errors carried back, and one step down the slope for every weight.
 *
 * The numbers to start with are those of Matt Mazur's "A Step by Step Backpropagation Example"
 * (2015), so that every step can be compared with the published calculation.
 */

import { explain, type Graph } from "@graddiff/core";
import { defineLesson, type Section } from "./lesson.ts";
import { type Given, totalError, type Update, update, type Weights } from "./network.ts";
import { formatNumber } from "./numbers.ts";

/** The errors at the outputs, carried back to every weight of a small network. */
export const weightUpdate = defineLesson({
  name: "weight-update",
  title: "How a network learns: the weight update",
  explanation:
    "Two inputs, two hidden nodes, two outputs; each node adds its weighted inputs and a bias and " +
    "applies the sigmoid function. The error of output k is E_k = t_k − o_k, target less output, " +
    "and the network is to make E = ½ Σ E_k² small. Going back through the graph carries the errors " +
    "to the hidden nodes, each through the weights that it helped with, and gives ∂E/∂w for every " +
    "weight. Then every weight takes a small step downhill: new weight = old weight − rate × ∂E/∂w.",
  inputs: {
    i1: { label: "Input i1", initial: 0.05 },
    i2: { label: "Input i2", initial: 0.1 },
    t1: { label: "Target t1", initial: 0.01 },
    t2: { label: "Target t2", initial: 0.99 },
    w1: { label: "w1: i1 → h1", initial: 0.15 },
    w2: { label: "w2: i2 → h1", initial: 0.2 },
    w3: { label: "w3: i1 → h2", initial: 0.25 },
    w4: { label: "w4: i2 → h2", initial: 0.3 },
    w5: { label: "w5: h1 → o1", initial: 0.4 },
    w6: { label: "w6: h2 → o1", initial: 0.45 },
    w7: { label: "w7: h1 → o2", initial: 0.5 },
    w8: { label: "w8: h2 → o2", initial: 0.55 },
    b1: { label: "Bias b1, hidden", initial: 0.35 },
    b2: { label: "Bias b2, outputs", initial: 0.6 },
    rate: { label: "Learning rate", initial: 0.5, minimum: 0 },
    updates: { label: "Further updates", initial: 500, minimum: 0, maximum: 2000, whole: true },
  },
  run({ i1, i2, t1, t2, b1, b2, rate, updates, ...weights }) {
    const given: Given<number> = { i1, i2, b1, b2, t1, t2 };
    const graph = explain(totalError)(weights, given);
    const first = update(weights, given, rate);
    return {
      sections: [
        forwardSection(graph),
        errorSection(graph, given),
        backwardSection(graph),
        weightSection(weights, first, rate),
        learningSection(first, given, rate, updates),
        {
          heading: "The graph of the error",
          text: "h1 and h2 each help with both outputs, so the gradients of two branches are added there.",
          graph,
        },
      ],
    };
  },
});

function forwardSection(graph: Graph): Section {
  return {
    heading: "Forward: the nodes",
    text: "net is the weighted sum with the bias, and the node's value is sigmoid(net).",
    table: {
      columns: [
        { title: "node" },
        { title: "net", kind: "value" },
        { title: "sigmoid(net)", kind: "value" },
      ],
      rows: ["h1", "h2", "o1", "o2"].map((name) => [
        name,
        valueAt(graph, `net ${name}`),
        valueAt(graph, name),
      ]),
    },
  };
}

function errorSection(graph: Graph, { t1, t2 }: Given<number>): Section {
  return {
    heading: "The errors at the outputs",
    text: "E_k = t_k − o_k, and the total error is E = ½ (E_1² + E_2²).",
    table: {
      columns: [
        { title: "output" },
        { title: "target", kind: "number" },
        { title: "output value", kind: "value" },
        { title: "error E_k", kind: "value" },
      ],
      rows: [
        ["o1", t1, valueAt(graph, "o1"), valueAt(graph, "E1")],
        ["o2", t2, valueAt(graph, "o2"), valueAt(graph, "E2")],
        ["total E", "", "", valueAt(graph, "E")],
      ],
    },
  };
}

function backwardSection(graph: Graph): Section {
  return {
    heading: "Backward: errors carried back to the hidden nodes",
    text:
      "At an output ∂E/∂o_k is −E_k. Through the sigmoid it is multiplied by o_k (1 − o_k). To a hidden " +
      "node it goes back through the weights, and what comes from both outputs is added.",
    table: {
      columns: [
        { title: "node" },
        { title: "∂E/∂value", kind: "gradient" },
        { title: "∂E/∂net", kind: "gradient" },
      ],
      rows: ["o1", "o2", "h1", "h2"].map((name) => [
        name,
        gradientAt(graph, name),
        gradientAt(graph, `net ${name}`),
      ]),
    },
  };
}

function weightSection(old: Weights<number>, first: Update, rate: number): Section {
  const names = Object.keys(first.weights) as (keyof Weights<number>)[];
  return {
    heading: "One update of every weight",
    text: `new = old − ${formatNumber(rate)} × ∂E/∂w, all with the old weights. The biases stay as they are here.`,
    table: {
      columns: [
        { title: "weight" },
        { title: "old", kind: "value" },
        { title: "∂E/∂w", kind: "gradient" },
        { title: "new", kind: "value" },
      ],
      rows: names.map((name) => [name, old[name], first.gradient[name], first.weights[name]]),
    },
  };
}

function learningSection(
  first: Update,
  given: Given<number>,
  rate: number,
  updates: number,
): Section {
  let state = update(first.weights, given, rate);
  const rows = [
    ["0", first.error],
    ["1", state.error],
  ];
  for (let done = 0; done < updates; done++) state = update(state.weights, given, rate);
  if (updates > 0) rows.push([String(1 + updates), state.error]);
  return {
    heading: "Learning",
    text: "The same update again and again makes the error smaller.",
    table: { columns: [{ title: "updates" }, { title: "total error E", kind: "value" }], rows },
  };
}

function valueAt(graph: Graph, name: string): number {
  return graph.node(name)?.value?.item() ?? Number.NaN;
}

function gradientAt(graph: Graph, name: string): number {
  return graph.node(name)?.gradient?.item() ?? Number.NaN;
}
