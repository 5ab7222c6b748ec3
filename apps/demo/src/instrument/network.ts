/**
 * Recognition of networks in graphs: units that add up weighted inputs and apply a function. They are drawn in columns,
 * with the weights on the edges between them.
 */

import type { Graph, GraphNode } from "@graddiff/core";

/** An edge of a network: weight × source, one term of a unit's sum. */
export interface WeightedEdge {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  /** The node that multiplies the two, and the index of its input that is the source. */
  readonly product: number;
  readonly input: number;
}

/** A unit of a network, which adds up weighted inputs. */
export interface Unit {
  readonly id: number;
  readonly edges: readonly WeightedEdge[];
  readonly biases: readonly number[];
}

export interface Network {
  readonly units: readonly Unit[];
  /** Inputs of the graph that units read. */
  readonly sources: readonly number[];
  /** Named nodes after the units, such as errors. */
  readonly tails: readonly number[];
  /** Inputs that only the tails read, such as targets. */
  readonly targets: readonly number[];
  readonly weights: readonly number[];
  readonly biases: readonly number[];
}

/** Functions that a unit may apply to its sum. */
const ACTIVATIONS = new Set(["sigmoid", "tanh", "relu", "softplus"]);

/** The names that are usual for weights. */
const WEIGHT_NAME = /^[wvuθ]|^가중/;

/** Returns the network of a graph; undefined if the graph is not a network. */
export function networkOf({ nodes }: Graph): Network | undefined {
  const readers: number[][] = nodes.map(() => []);
  for (const { id, inputs } of nodes) for (const { from } of inputs) readers[from]?.push(id);
  const isLeaf = (id: number) => nodes[id]?.kind === "input" && nodes[id]?.shape.length === 0;
  const isOwn = (id: number) => isLeaf(id) && readers[id]?.length === 1;
  const units = nodes.flatMap((node) => unitOf(node, nodes, isOwn, isLeaf) ?? []);
  if (units.length === 0) return undefined;
  const unitIds = new Set(units.map(({ id }) => id));
  const edges = units.flatMap((unit) => unit.edges);
  const weights = edges.map(({ weight }) => weight);
  const biases = [...new Set(units.flatMap((unit) => unit.biases))];
  const sources = [...new Set(edges.map(({ from }) => from))].filter((id) => !unitIds.has(id));
  // In a network, the sources of units are inputs or units; other sources are not supported.
  if (!sources.every(isLeaf)) return undefined;
  const known = new Set([...weights, ...biases, ...sources]);
  if (known.size < weights.length + biases.length + sources.length) return undefined;
  const targets = nodes.filter(({ id }) => isLeaf(id) && !known.has(id)).map(({ id }) => id);
  const inside = new Set(units.flatMap((unit) => insideOf(unit.id, nodes, unitIds, known)));
  const rest = nodes.filter(
    ({ id, kind }) => kind === "operation" && !inside.has(id) && !unitIds.has(id),
  );
  const tails = rest.filter(({ name }) => name !== undefined).map(({ id }) => id);
  const outside = new Set([...rest.map(({ id }) => id)]);
  // A weight, bias or source that other nodes read cannot be drawn on an edge.
  const isShared = [...weights, ...biases, ...sources].some((id) =>
    readers[id]?.some((reader) => outside.has(reader)),
  );
  if (isShared) return undefined;
  return { units, sources, tails, targets, weights, biases };
}

/** Returns the operations between a unit and the values that it reads. */
function insideOf(
  unit: number,
  nodes: readonly GraphNode[],
  units: ReadonlySet<number>,
  known: ReadonlySet<number>,
): readonly number[] {
  const inside: number[] = [];
  const waiting = (nodes[unit]?.inputs ?? []).map(({ from }) => from);
  for (const id of waiting) {
    if (units.has(id) || known.has(id) || inside.includes(id)) continue;
    inside.push(id);
    waiting.push(...(nodes[id]?.inputs ?? []).map(({ from }) => from));
  }
  return inside;
}

function unitOf(
  node: GraphNode,
  nodes: readonly GraphNode[],
  isOwn: (id: number) => boolean,
  isLeaf: (id: number) => boolean,
): Unit | undefined {
  if (node.name === undefined || node.op === undefined) return undefined;
  if (!ACTIVATIONS.has(node.op.name)) return undefined;
  const edges: WeightedEdge[] = [];
  const biases: number[] = [];
  const waiting = [node.inputs[0]?.from ?? -1];
  // Terms are visited in the order of the text: the left part of a sum before the right one.
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const { name, op, inputs = [] } = nodes[id] ?? {};
    if (isLeaf(id)) biases.push(id);
    else if (name !== undefined) return undefined;
    else if (op?.name === "add") waiting.push(...inputs.map(({ from }) => from).toReversed());
    else if (op?.name === "mul") {
      const [a = -1, b = -1] = inputs.map(({ from }) => from);
      const input = sourceInput(a, b, nodes, isOwn);
      if (input === undefined) return undefined;
      const [weight, from] = input === 1 ? [a, b] : [b, a];
      edges.push({ from, to: node.id, weight, product: id, input });
    } else return undefined;
  }
  return edges.length === 0 ? undefined : { id: node.id, edges, biases };
}

/** Returns the input of a product that a weight multiplies; undefined if neither is a weight. */
function sourceInput(
  a: number,
  b: number,
  nodes: readonly GraphNode[],
  isOwn: (id: number) => boolean,
): 0 | 1 | undefined {
  const isNamed = (id: number) => WEIGHT_NAME.test(nodes[id]?.name ?? "");
  if (isOwn(a) && (!isOwn(b) || isNamed(a) || !isNamed(b))) return 1;
  return isOwn(b) ? 0 : undefined;
}
