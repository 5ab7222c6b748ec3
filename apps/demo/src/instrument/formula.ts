/** The formula of a folded node in terms of the drawn nodes: E is (E1² + E2²) × 0.5, not only "×". */

import type { Graph, GraphNode, LayoutNode, LayoutRoute, Tensor } from "@graddiff/core";
import { type Expression, equationText } from "./equation.ts";
import { type Digits, isRounded, shownName } from "./format.ts";

/** The precedences of formulas: a part of lower precedence is in brackets. */
const [SUM, PRODUCT, POWER, WHOLE] = [1, 2, 3, 4] as const;

interface Part {
  readonly text: string;
  readonly strength: number;
}

/** Returns the text of a number in a formula. */
export type NumberText = (value: number) => string;

/**
 * Returns the formula of a drawn node, with all nodes that are folded into it; undefined if no op computes the node.
 *
 * @param nameOf returns the name of a drawn node or a constant.
 * @param numberText writes the differences that were added to nodes; without it none are written.
 */
export function formulaOf(
  { nodes }: Graph,
  { id, hides }: Pick<LayoutNode, "id" | "hides">,
  nameOf: (id: number) => string,
  numberText?: NumberText,
): string | undefined {
  if (nodes[id]?.op === undefined) return undefined;
  const parts = new Map<number, Part>();
  // The nodes are visited in order of evaluation, so that the parts of each are ready before it.
  for (const each of [...hides, id].sort((a, b) => a - b)) {
    const { op, inputs = [], difference } = nodes[each] ?? {};
    if (op === undefined) continue;
    const of = inputs.map(({ from }) => parts.get(from) ?? named(nameOf(from)));
    const made = formula(op.name, op.symbol, of);
    parts.set(each, numberText === undefined ? made : withDifference(made, difference, numberText));
  }
  return parts.get(id)?.text;
}

/** Returns a part with the difference that was added to its node: the formula without it would be another number. */
function withDifference(part: Part, difference: Tensor | undefined, numberText: NumberText): Part {
  if (difference === undefined) return part;
  if (difference.rank > 0) return LEFT_OUT;
  const added = difference.item();
  const sign = added < 0 ? "−" : "+";
  return { text: `${part.text} ${sign} ${numberText(Math.abs(added))}`, strength: SUM };
}

/** Returns a name as a part: in a typed function, the name of a node may be its formula, such as a sum. */
function named(text: string): Part {
  const isSquare = text.endsWith("²") && isWhole(text.slice(0, -1));
  return { text, strength: isWhole(text) ? WHOLE : isSquare ? POWER : SUM };
}

/** The most characters of a formula that is used as a name. */
const LONGEST = 20;
/** The sign that replaces a longer formula inside another one. */
const LEFT_OUT: Part = { text: "…", strength: WHOLE };

/** Names of the nodes of a graph, by their ids. */
export interface Letters {
  /** The name of each node: its name, a number, its formula if that is short, or else the symbol of its op. */
  readonly names: readonly string[];
  /** Each node as an operand of a formula, with the difference that was added to it; `…` for a long formula. */
  readonly operands: readonly string[];
}

/**
 * Returns the names of the nodes of a graph, and the operands that stand for them in formulas.
 *
 * @param shown the names to show, by the names in the program.
 */
export function lettersOf(
  { nodes }: Graph,
  numberText: NumberText,
  shown: Readonly<Record<string, string>> = {},
): Letters {
  const [plain, operands]: [Part[], Part[]] = [[], []];
  const names: string[] = [];
  for (const { id, name, op, inputs, value, difference } of nodes) {
    if (name !== undefined || op === undefined) {
      const own = name === undefined ? undefined : shownName(shown, name);
      const text = own ?? (value?.rank === 0 ? numberText(value.item()) : LEFT_OUT.text);
      names[id] = text;
      plain[id] = operands[id] = { text, strength: WHOLE };
      continue;
    }
    const written = (parts: readonly Part[]) =>
      formula(
        op.name,
        op.symbol,
        inputs.map(({ from }) => parts[from] ?? LEFT_OUT),
      );
    const alone = written(plain);
    names[id] = isLong(alone) ? op.symbol : alone.text;
    plain[id] = shortened(alone);
    operands[id] = shortened(withDifference(written(operands), difference, numberText));
  }
  return { names, operands: operands.map(({ text }) => text) };
}

const isLong = ({ text }: Part) => text.length > LONGEST;

const shortened = (part: Part) => (isLong(part) ? LEFT_OUT : part);

function formula(op: string, symbol: string, parts: readonly Part[]): Part {
  const [a, b] = parts;
  const of = (part: Part | undefined, least: number) =>
    part === undefined ? "" : part.strength < least ? `(${part.text})` : part.text;
  switch (op) {
    case "add":
      return { text: `${of(a, SUM)} + ${of(b, SUM)}`, strength: SUM };
    case "sub":
      return { text: `${of(a, SUM)} − ${of(b, PRODUCT)}`, strength: SUM };
    case "mul":
      return { text: `${of(a, PRODUCT)} × ${of(b, PRODUCT)}`, strength: PRODUCT };
    case "div":
      return { text: `${of(a, PRODUCT)} / ${of(b, POWER)}`, strength: PRODUCT };
    case "square":
      return { text: `${of(a, WHOLE)}²`, strength: POWER };
    case "neg":
      return { text: `−${of(a, POWER)}`, strength: PRODUCT };
    case "exp":
      return { text: `e^${of(a, WHOLE)}`, strength: POWER };
    case "reciprocal":
      return { text: `1 / ${of(a, POWER)}`, strength: PRODUCT };
    case "pow":
      return { text: `${of(a, WHOLE)}^${of(b, WHOLE)}`, strength: POWER };
    case "log":
      return { text: `ln(${a?.text ?? ""})`, strength: WHOLE };
    case "abs":
      return { text: `|${a?.text ?? ""}|`, strength: WHOLE };
    default:
      return {
        text: appliedTo(
          symbol,
          parts.map(({ text }) => text),
        ),
        strength: WHOLE,
      };
  }
}

/** Returns the symbol of an op with its arguments in its empty brackets, `√( )` with x as `√(x)`, or after it: `max(x, y)`. */
export function appliedTo(symbol: string, given: readonly string[]): string {
  if (!symbol.includes(EMPTY)) return `${symbol}(${given.join(", ")})`;
  let at = 0;
  return symbol.replaceAll(EMPTY, () => `(${given[at++] ?? ""})`);
}

/** The empty brackets of an input in the symbol of an op. */
const EMPTY = "( )";

/**
 * Returns the factor of an edge into a folded node: `σ′ · h1 ≈ 0.1868 × 0.5933 ≈ 0.1108`; undefined if the factor is
 * only a number.
 */
export function factorText(
  graph: Graph,
  route: LayoutRoute,
  hides: readonly number[],
  nameOf: (id: number) => string,
  digits: Digits,
): string | undefined {
  const factors = hides.length === 0 ? undefined : hiddenFactors(graph, route, hides, nameOf);
  if (factors === undefined || factors.length < 2) return undefined;
  const names = factors.map(({ name }) => name).join(" · ");
  const [first = 1, ...others] = factors.map(({ value }) => value);
  const product = others.reduce((a, b) => a * b, first);
  const written = others.reduce<Expression>((left, right) => [left, "×", right], first);
  const isInexact = factors.some(({ value }) => isRounded(value, digits));
  return `${names} ${isInexact ? "≈" : "="} ${equationText(written, product, digits)}`;
}

/** A local derivative that is hidden in a folded node. */
export interface Factor {
  /** The name, such as `σ′` or `h1`. */
  readonly name: string;
  readonly value: number;
}

/**
 * Returns the local derivatives on the path of an edge through a folded node, last op first. Their product is the
 * factor on the edge; factors of 1 are left out. Undefined if the path branches, so that the factor is a sum.
 */
export function hiddenFactors(
  { nodes }: Graph,
  { reader, input, to }: LayoutRoute,
  hides: readonly number[],
  nameOf: (id: number) => string,
): readonly Factor[] | undefined {
  const inside = [...hides, to].sort((a, b) => a - b);
  const factors: Factor[] = [];
  let [at, k] = [reader, input];
  for (;;) {
    const node = nodes[at];
    const local = node?.inputs[k]?.localDerivative;
    if (node?.op === undefined || local === undefined || local.rank > 0) return undefined;
    const value = local.item();
    const others = node.inputs.filter((_, i) => i !== k).map(({ from }) => from);
    if (value !== 1)
      factors.push({ name: factorName(node.op, node.inputs, others, nameOf), value });
    if (at === to) return factors.reverse();
    const readers = inside.flatMap((id) =>
      (nodes[id]?.inputs ?? []).flatMap(({ from }, i) => (from === at ? [[id, i] as const] : [])),
    );
    const [only] = readers;
    if (only === undefined || readers.length > 1) return undefined;
    [at, k] = only;
  }
}

function factorName(
  { name, symbol }: NonNullable<GraphNode["op"]>,
  [first]: GraphNode["inputs"],
  [other]: readonly number[],
  nameOf: (id: number) => string,
): string {
  if (name === "mul" && other !== undefined) return grouped(nameOf(other));
  if (name === "sub") return "(−1)";
  if (name === "square" && first !== undefined) return `2 · ${grouped(nameOf(first.from))}`;
  return `${symbol.includes(EMPTY) ? name : symbol}′`;
}

/** Returns a name as a part of a formula: in brackets unless it is a single word, number or call. */
export function grouped(name: string): string {
  return isWhole(name) ? name : `(${name})`;
}

/**
 * True if no sign is outside of brackets or bars, so that a name can be a factor without brackets: `x₁`, `σ(x + 1)`.
 */
function isWhole(name: string): boolean {
  if (/^[\d.]+(e[+−]\d+)?$/.test(name)) return true;
  let rest = name;
  for (let before = ""; rest !== before; ) {
    before = rest;
    rest = rest.replace(/\([^()]*\)/gu, "");
  }
  return /^[\p{L}\p{Nd}_₀-₉.√…]+$/u.test(rest.replace(/\|[^|]*\|/gu, "x"));
}
