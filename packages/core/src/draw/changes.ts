/** The differences that a caller adds to the nodes of a graph, by their names or ids. */

import { finite, isPlainObject } from "../arguments.ts";
import { ArgumentError, DTypeError, describe, formatShape, ShapeError } from "../errors.ts";
import { isFloat } from "../tensor/dtype.ts";
import { sameShape } from "../tensor/shape.ts";
import { isTensor, scalar, type Tensor } from "../tensor/tensor.ts";
import type { GraphNode, Nodes } from "./nodes.ts";

/** The names in an error; more are of no help. */
const MOST_NAMES = 20;

/**
 * Returns a tensor for each node that is named.
 *
 * @param changes numbers, which count for every element, and tensors of the node's shape and dtype.
 */
export function readChanges(
  op: string,
  argument: string,
  { nodes }: Nodes,
  changes: unknown,
): ReadonlyMap<number, Tensor> {
  if (!isPlainObject(changes)) {
    const expected = "an object of numbers or tensors by the names or ids of nodes";
    throw new ArgumentError(op, argument, expected, describe(changes));
  }
  const found = new Map<number, Tensor>();
  for (const [key, value] of Object.entries(changes)) {
    const node = nodeOf(op, argument, nodes, key);
    if (found.has(node.id)) {
      const got = `${JSON.stringify(key)}, which is another word for it`;
      throw new ArgumentError(op, argument, "each node once", got);
    }
    found.set(node.id, readChange(op, `${argument}[${JSON.stringify(key)}]`, node, value));
  }
  return found;
}

/**
 * Returns the node of a name or, where none has that name, of an id.
 * @throws ArgumentError that lists names and ids if there is none, or more than one.
 */
export function nodeOf(
  op: string,
  argument: string,
  nodes: readonly GraphNode[],
  key: string | number,
): GraphNode {
  const named = nodes.filter(({ name }) => name !== undefined && name === key);
  const [first, ...others] = named;
  if (first !== undefined && others.length === 0) return first;
  const ofId = nodes.find(({ id }) => id === key || String(id) === key);
  if (first === undefined && ofId !== undefined) return ofId;
  const listed = named.length > 0 ? named : nodes.filter(({ name }) => name !== undefined);
  const list = listed.slice(0, MOST_NAMES).map(({ id, name }) => `${JSON.stringify(name)} (${id})`);
  if (listed.length > MOST_NAMES) list.push("…");
  const expected = `names or ids of nodes, from 0 to ${nodes.length - 1}`;
  const got =
    named.length > 0
      ? `the name ${JSON.stringify(key)}, which ${named.length} nodes have`
      : describe(key);
  const hint =
    named.length > 0 ? `Use an id: ${list.join(", ")}` : `Names and ids: ${list.join(", ")}`;
  throw new ArgumentError(op, argument, expected, got, hint);
}

function readChange(op: string, argument: string, node: GraphNode, value: unknown): Tensor {
  const { shape, dtype } = node;
  if (!isFloat(dtype)) {
    const expected = "a node of float32 or float64";
    throw new DTypeError(op, argument, expected, `a node of ${dtype}`);
  }
  if (!isTensor(value)) return scalar(finite(op, argument, value));
  if (!sameShape(value.shape, shape)) {
    const expected = `a number, or a tensor of the node's shape ${formatShape(shape)}`;
    throw new ShapeError(op, argument, expected, formatShape(value.shape));
  }
  if (value.dtype !== dtype) {
    const hint = `Convert with cast("${dtype}")`;
    throw new DTypeError(op, argument, `the node's dtype ${dtype}`, value.dtype, hint);
  }
  // A number must not make the node's dtype strict where it adapts to others.
  return node.value?.weak === true && value.rank === 0 ? scalar(value.item()) : value;
}

/** Returns one name or id, or several, as a set of ids. */
export function readNodes(
  op: string,
  argument: string,
  nodes: readonly GraphNode[],
  keys: unknown,
): ReadonlySet<number> {
  if (!Array.isArray(keys)) {
    const expected = "an array of names or ids of nodes";
    throw new ArgumentError(op, argument, expected, describe(keys));
  }
  return new Set(
    Array.from(keys, (key: unknown, i) => {
      if (typeof key === "string" || typeof key === "number") {
        return nodeOf(op, `${argument}[${i}]`, nodes, key).id;
      }
      const expected = "a name or an id";
      throw new ArgumentError(op, `${argument}[${i}]`, expected, describe(key));
    }),
  );
}
