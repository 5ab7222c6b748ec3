/** The lines of the card of a node or an edge, in symbols and in numbers. */

import type { Graph, GraphNode, LayoutNode, LayoutRoute } from "@graddiff/core";
import { backwardProduct, type Product, sumOf } from "./calculation.ts";
import { type Expression, equationText, signOf } from "./equation.ts";
import { type Digits, formatNumber } from "./format.ts";
import { appliedTo, factorText, formulaOf, grouped, hiddenFactors } from "./formula.ts";

/** Returns the name of a node. */
export type NameOf = (id: number) => string;

/** A line of the forward pass: an equation of numbers, or a function of a number, such as `σ(1.106) ≈ 0.7514`. */
export interface ForwardLine {
  readonly kind: "equation" | "applied";
  readonly text: string;
}

/** The operations that are written with signs. */
const SIGNS: Readonly<Record<string, "+" | "−" | "×" | "/">> = {
  add: "+",
  sub: "−",
  mul: "×",
  div: "/",
};

/** The functions whose results are exact, without rounding. */
const EXACT = new Set(["abs", "maximum", "minimum", "relu"]);

/** Returns the computation of a node in symbols, with the difference that was added: `apples × tax + 0.1`. */
export function forwardSymbols(
  graph: Graph,
  place: Pick<LayoutNode, "id" | "hides">,
  operandOf: NameOf,
  digits: Digits,
): string | undefined {
  return formulaOf(graph, place, operandOf, (value) => formatNumber(value, digits));
}

/** Returns the computation of a node in numbers, with the difference that was added to it. */
export function forwardLines(
  { nodes }: Graph,
  { id, hides }: Pick<LayoutNode, "id" | "hides">,
  digits: Digits,
): readonly ForwardLine[] {
  const lines: ForwardLine[] = [];
  const made = new Map<number, Expression>();
  for (const each of [...hides, id].sort((a, b) => a - b)) {
    const node = nodes[each];
    const value = scalarOf(node);
    if (node?.op === undefined || value === undefined) continue;
    const parts = node.inputs.map(
      ({ from }): Expression => made.get(from) ?? scalarOf(nodes[from]) ?? Number.NaN,
    );
    const added = node.difference?.rank === 0 ? node.difference.item() : undefined;
    const plain = signed(node.op.name, parts);
    const isLast = each === id;
    if (plain !== undefined) {
      const expression: Expression = added === undefined ? plain : [plain, "+", added];
      if (isLast) lines.push({ kind: "equation", text: equationText(expression, value, digits) });
      else made.set(each, expression);
      continue;
    }
    // A function has a separate line; a calculation of its argument has a line before it.
    node.inputs.forEach(({ from }, k) => {
      const [part, argument] = [parts[k], scalarOf(nodes[from])];
      if (part === undefined || typeof part === "number" || argument === undefined) return;
      lines.push({ kind: "equation", text: equationText(part, argument, digits) });
    });
    const given = node.inputs.map(({ from }) => number(scalarOf(nodes[from]), digits));
    const plus =
      added === undefined ? "" : ` ${added < 0 ? "−" : "+"} ${number(Math.abs(added), digits)}`;
    const isExact = EXACT.has(node.op.name) && added === undefined;
    const sign = isExact ? signOf(value, digits) : "≈";
    const text = `${applied(node.op.name, node.op.symbol, given)}${plus} ${sign} ${number(value, digits)}`;
    lines.push({ kind: "applied", text });
  }
  return lines;
}

function number(value: number | undefined, digits: Digits): string {
  return value === undefined ? "" : formatNumber(value, digits);
}

function scalarOf(node: GraphNode | undefined): number | undefined {
  return node?.value?.rank === 0 ? node.value.item() : undefined;
}

function signed(op: string, [a, b]: readonly Expression[]): Expression | undefined {
  const sign = SIGNS[op];
  if (op === "square" && a !== undefined) return [a, "×", a];
  if (op === "neg" && a !== undefined) return [0, "−", a];
  return sign === undefined || a === undefined || b === undefined ? undefined : [a, sign, b];
}

function applied(op: string, symbol: string, given: readonly string[]): string {
  if (op === "pow") return `${bracketed(given[0] ?? "")}^${bracketed(given[1] ?? "")}`;
  if (op === "exp") return `e^${bracketed(given[0] ?? "")}`;
  if (op === "reciprocal") return `1/${bracketed(given[0] ?? "")}`;
  if (op === "abs") return `|${given[0]}|`;
  return appliedTo(symbol, given);
}

function bracketed(text: string): string {
  return text.startsWith("−") || text.includes("e") ? `(${text})` : text;
}

/** upstream × local = contribution, in symbols and in numbers. */
export interface WrittenProduct {
  /** The node from which the gradient comes back. */
  readonly to: number;
  readonly upstream: Written;
  readonly local: Written;
  readonly result: Written;
  /** The whole equation in one line of numbers: `1.1 × 2 = 2.2`. */
  readonly equation: string;
  /** The local derivative through a folded node, factor by factor. */
  readonly factors: string | undefined;
}

export interface Written {
  readonly symbol: string;
  readonly number: string;
}

/** Returns the product along an edge; undefined if there is none, or if it has arrays. */
export function writtenProduct(
  graph: Graph,
  route: LayoutRoute,
  hides: readonly number[],
  nameOf: NameOf,
  operandOf: NameOf,
  digits: Digits,
): WrittenProduct | undefined {
  const product = backwardProduct(graph, route);
  if (product?.local === undefined) return undefined;
  const [output, to, from] = [graph.output, route.to, route.from].map(nameOf);
  return {
    to: route.to,
    upstream: { symbol: `∂${output}/∂${to}`, number: formatNumber(product.upstream, digits) },
    local: {
      symbol: localSymbol(graph, route, hides, operandOf) ?? `∂${to}/∂${from}`,
      number: formatNumber(product.local, digits),
    },
    result: {
      symbol: `∂${output}/∂${from}`,
      number: formatNumber(product.contribution, digits),
    },
    equation: equationOf(product, digits),
    factors: factorText(graph, route, hides, operandOf, digits),
  };
}

function equationOf({ upstream, local, contribution }: Product, digits: Digits): string {
  return equationText([upstream, "×", local ?? Number.NaN], contribution, digits);
}

/** Returns the gradients that meet at a node, and their sum; undefined if there is only one. */
export function sumText(
  graph: Graph,
  routes: readonly LayoutRoute[],
  id: number,
  digits: Digits,
): string | undefined {
  const sum = sumOf(graph, routes, id);
  return sum && equationText(sum.expression, sum.total, digits);
}

/** Returns the local derivative of an edge in the names of the graph's nodes: `tax`, `1`, `2 · t`. */
export function localSymbol(
  graph: Graph,
  route: LayoutRoute,
  hides: readonly number[],
  operandOf: NameOf,
): string | undefined {
  const { reader, input, to } = route;
  if (reader !== to || hides.some((id) => graph.nodes[id]?.op !== undefined)) {
    const factors = hiddenFactors(graph, route, hides, operandOf);
    if (factors === undefined) return undefined;
    return factors.length === 0 ? "1" : factors.map(({ name }) => name).join(" · ");
  }
  const node = graph.nodes[reader];
  if (node?.op === undefined) return undefined;
  const names = node.inputs.map(({ from }) => operandOf(from));
  // The result of the op is the node's value without the difference that was added to the node.
  const result =
    node.difference === undefined
      ? operandOf(reader)
      : (formulaOf(graph, { id: reader, hides: [] }, operandOf) ?? "");
  return symbolOf(node.op.name, input, names, result);
}

/** Returns the derivative of an op by one of its inputs, in the names of its inputs and of its result. */
function symbolOf(
  op: string,
  input: number,
  names: readonly string[],
  result: string,
): string | undefined {
  const [a = "", b = ""] = names.map(grouped);
  const y = grouped(result);
  switch (op) {
    case "add":
      return "1";
    case "sub":
      return input === 0 ? "1" : "−1";
    case "neg":
      return "−1";
    case "mul":
      return names[1 - input];
    case "div":
      return input === 0 ? `1 / ${b}` : `−${a} / ${b}²`;
    case "square":
      return `2 · ${a}`;
    case "pow":
      return input === 0 ? `${b} · ${a}^(${b} − 1)` : `ln(${a}) · ${y}`;
    case "exp":
      return result;
    case "log":
      return `1 / ${a}`;
    case "sqrt":
      return `1 / (2 · ${y})`;
    case "reciprocal":
      return `−${y}²`;
    case "sigmoid":
      return `${y} · (1 − ${y})`;
    case "tanh":
      return `1 − ${y}²`;
    case "sin":
      return `cos(${names[0]})`;
    case "cos":
      return `−sin(${names[0]})`;
    case "tan":
      return `1 + ${y}²`;
    case "softplus":
      return `σ(${names[0]})`;
    default:
      return undefined;
  }
}
