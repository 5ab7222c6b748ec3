/** The labels of nodes and edges in a drawing: names, values and gradients in a few characters. */

import { at, sizeOf, stridesOf } from "../tensor/shape.ts";
import { readStorage, type Tensor } from "../tensor/tensor.ts";
import type { Vertex } from "./layers.ts";
import type { GraphNode } from "./nodes.ts";
import { shortestNumber, type WriteNumber } from "./shortestNumber.ts";

/** Tensors of more elements, or of a longer text, are labelled with their type alone. */
const MOST_ELEMENTS = 6;
const LONGEST = 20;

/** Returns the type as `float32[128, 64]`; a scalar is `float64`. */
export function typeText({ shape, dtype }: Pick<GraphNode, "shape" | "dtype">): string {
  return shape.length === 0 ? dtype : `${dtype}[${shape.join(", ")}]`;
}

/** Returns a number, the elements of a small tensor as `[1, 2, 3]`, or the type of a larger one. */
export function tensorText(tensor: Tensor, write: WriteNumber): string {
  const size = sizeOf(tensor.shape);
  if (size > MOST_ELEMENTS || size === 0 || !isReadable(tensor)) return typeText(tensor);
  const storage = readStorage(tensor, "draw");
  const { dtype } = tensor;
  if (typeof storage === "number") return write(storage, dtype);
  const text = bracketed(
    Array.from(storage, (element) => write(element, dtype)),
    tensor,
  );
  return text.length <= LONGEST ? text : typeText(tensor);
}

/** Elements inside `vectorize` and its like stand for many values and cannot be written. */
function isReadable(tensor: Tensor): boolean {
  let current: Tensor | undefined = tensor;
  while (current !== undefined && current.storage === undefined) {
    if (current.level?.unreadable !== undefined) return false;
    current = current.value;
  }
  return current !== undefined;
}

function bracketed(elements: readonly string[], { shape }: Tensor): string {
  const strides = stridesOf(shape);
  return elements
    .map((element, i) => {
      const axesBefore = shape.filter((length, axis) => i % (length * at(strides, axis)) === 0);
      const axesAfter = shape.filter(
        (length, axis) => (i + 1) % (length * at(strides, axis)) === 0,
      );
      return "[".repeat(axesBefore.length) + element + "]".repeat(axesAfter.length);
    })
    .join(", ");
}

/** The texts of one node. */
export interface NodeText {
  /** The text inside the node: the symbol of an op, the name of a leaf, the value of a nameless one. */
  readonly inside: string;
  /** The name of an operation, which its symbol does not tell. */
  readonly name: string | undefined;
  /** Above the line that leaves the node; undefined where it is inside already. */
  readonly value: string | undefined;
  /** Below the line; undefined where no gradient flows. */
  readonly gradient: string | undefined;
}

export function nodeText(node: GraphNode, write: WriteNumber): NodeText {
  const value = node.value === undefined ? typeText(node) : tensorText(node.value, write);
  const gradient = node.gradient && tensorText(node.gradient, write);
  const name = node.name === undefined ? undefined : printable(node.name);
  if (node.op !== undefined) return { inside: printable(node.op.symbol), name, value, gradient };
  if (name !== undefined) return { inside: name, name: undefined, value, gradient };
  return { inside: value, name: undefined, value: undefined, gradient };
}

/** Returns the name at the end of a graph's result. */
export function resultName(node: GraphNode): string {
  return node.op === undefined || node.name === undefined ? "result" : printable(node.name);
}

/** Returns a text without control characters: these, line breaks included, would break a drawing. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "·");
}

/** The texts at the line that leaves a vertex to the right. */
export interface LineText {
  readonly name: string | undefined;
  /** True if the value is written with fewer digits than it has, so that the text is not equal to it. */
  readonly isRounded: boolean;
  readonly value: string | undefined;
  readonly gradient: string | undefined;
}

/**
 * The text of the line after every node, and after every lane: where a node branches, the line
 * before the fork carries the whole gradient and each branch its part of it.
 */
export class LineTexts {
  readonly #output: number;
  readonly #write: WriteNumber;
  readonly #known = new Map<Vertex, LineText>();

  /** @param output the node whose name is written at its end. */
  constructor(output: number, write: WriteNumber) {
    this.#output = output;
    this.#write = write;
  }

  /** Undefined after all other vertices. */
  of(vertex: Vertex): LineText | undefined {
    if (vertex.kind !== "node" && vertex.kind !== "lane") return undefined;
    const known = this.#known.get(vertex);
    if (known !== undefined) return known;
    const text = this.#make(vertex);
    this.#known.set(vertex, text);
    return text;
  }

  #make({ kind, node, edge }: Vertex): LineText {
    const { name, value, gradient } = nodeText(node, this.#write);
    if (kind === "node") {
      const isRounded =
        name !== undefined &&
        node.value !== undefined &&
        tensorText(node.value, shortestNumber) !== value;
      return { name: node.id === this.#output ? undefined : name, isRounded, value, gradient };
    }
    const part = edge === undefined ? node.gradient : edge.gradient;
    const written = part && tensorText(part, this.#write);
    return { name: undefined, isRounded: false, value, gradient: written };
  }
}
