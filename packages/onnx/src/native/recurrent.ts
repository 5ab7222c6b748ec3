/**
 * Recurrent layers: loops whose step is that of an LSTM, of a GRU or of a layer of one gate. The gates of a step are parts of
 * sums, of the products of a row, of those of the state, and of biases; in whatever order these parts are, the operator
 * has them in its own order.
 */

import { concat, type Tensor, transpose, zeros } from "@graddiff/core";
import { at, type Permuted } from "@graddiff/core/internal";
import type { Length } from "../trace/length.ts";
import { type Loop, type SymbolicOperation, sameLengths } from "../trace/simplify.ts";
import { type Fitted, idOf, type Native } from "./native.ts";
import {
  as,
  either,
  type Found,
  fixed,
  matched,
  number,
  op,
  type Pattern,
  value,
} from "./pattern.ts";
import { View } from "./view.ts";

/** A part of a sum: columns of the row, of a captured bias, or of the product of a value with a captured matrix. */
type Term =
  | { readonly kind: "row"; readonly from: number }
  | { readonly kind: "bias"; readonly from: number; readonly captured: number }
  | {
      readonly kind: "product";
      readonly of: number;
      readonly from: number;
      readonly captured: number;
      readonly turned: boolean;
    };

/** A step of a loop. */
class Step {
  readonly view: View;
  readonly #loop: Loop;

  constructor(loop: Loop) {
    this.view = new View(loop.body, () => undefined);
    this.#loop = loop;
  }

  /** Returns the position of an argument; −1 for anything else. */
  position(id: number): number {
    const node = this.view.node(id);
    return node.kind === "argument" ? node.position : -1;
  }

  /** Returns the index among the captured inputs of the loop, counted with carries and rows; −1 for anything else. */
  #captured(id: number): number {
    const position = this.position(id);
    return position >= this.#loop.carries + this.#loop.rows ? position : -1;
  }

  /**
   * Returns the terms whose sum gives the columns of a value from `from` on; undefined if a term is neither a row, a
   * bias nor a product.
   */
  terms(id: number, from = 0): readonly Term[] | undefined {
    const { view } = this;
    const sum = view.operation(id, "add");
    if (sum) {
      const [a, b] = sum.inputs.map((input) => this.terms(input, from));
      return a && b && [...a, ...b];
    }
    const slice = view.operation(id, "slice");
    if (slice) {
      const first = columnsOf(slice, view);
      return first === undefined ? undefined : this.terms(at(slice.inputs, 0), from + first);
    }
    const position = this.position(id);
    if (position === this.#loop.carries && this.#loop.rows === 1) return [{ kind: "row", from }];
    const captured = this.#captured(id);
    if (captured >= 0 && view.node(id).shape.length === 1)
      return [{ kind: "bias", from, captured }];
    const product = view.operation(id, "matmul");
    if (product === undefined) return undefined;
    const [of = -1, matrix = -1] = product.inputs;
    const turned = view.operation(matrix, "transpose");
    const whole = turned ? at(turned.inputs, 0) : matrix;
    const part = view.operation(whole, "slice");
    const first = part ? (turned ? rowsOf(part, view) : columnsOf(part, view)) : 0;
    const source = this.#captured(part ? at(part.inputs, 0) : whole);
    if (first === undefined || source < 0) return undefined;
    return [
      { kind: "product", of, from: from + first, captured: source, turned: turned !== undefined },
    ];
  }
}

/** Returns the first of the columns that a slice has of all rows; undefined for another slice. */
function columnsOf(slice: SymbolicOperation, view: View): number | undefined {
  return firstOf(slice, view, slice.shape.length - 1);
}

/** Returns the first of the rows of a matrix that a slice has; undefined for another slice. */
function rowsOf(slice: SymbolicOperation, view: View): number | undefined {
  return firstOf(slice, view, 0);
}

function firstOf(slice: SymbolicOperation, view: View, along: number): number | undefined {
  const { starts, steps } = slice.attributes as { starts: Length[]; steps: Length[] };
  const { shape } = view.node(at(slice.inputs, 0));
  const isPart = steps.every(
    (step, axis) =>
      step === 1 &&
      (axis === along || (starts[axis] === 0 && String(shape[axis]) === String(slice.shape[axis]))),
  );
  const first = starts[along];
  return isPart && typeof first === "number" ? first : undefined;
}

/** A gate: what its activation is of. */
const gate = (name: string) => op("sigmoid", value(name));

const cell = op(
  "add",
  op("mul", gate("f"), value("c")),
  op("mul", gate("i"), op("tanh", value("g"))),
);
const lstm = op("mul", gate("o"), op("tanh", as("cell", cell)));

const fresh = as("n", op("tanh", op("add", value("gn"), op("mul", gate("r"), value("hn")))));
const gru = either(
  op("add", fresh, op("mul", gate("z"), op("sub", value("h"), value("n")))),
  op(
    "add",
    op(
      "mul",
      either(
        op("add", op("mul", as("share", gate("z")), number(-1)), number(1)),
        op("sub", number(1), as("share", gate("z"))),
      ),
      fresh,
    ),
    op("mul", value("share"), value("h")),
  ),
);

/** A kind of layer: its step, and the order in which the operator has its gates. */
interface Kind {
  readonly operator: "LSTM" | "GRU" | "RNN";
  readonly step: Pattern;
  /** By the names of the pattern: those of the row and of the state together, or one for each. */
  readonly gates: readonly (string | { readonly row: string; readonly state: string })[];
  readonly attributes: Readonly<Record<string, number>>;
}

const LSTM: Kind = { operator: "LSTM", step: lstm, gates: ["i", "o", "f", "g"], attributes: {} };
const GRU: Kind = {
  operator: "GRU",
  step: gru,
  gates: ["z", "r", { row: "gn", state: "hn" }],
  attributes: { linear_before_reset: 1 },
};

const RNN: Kind = {
  operator: "RNN",
  step: op("tanh", value("s")),
  gates: ["s"],
  attributes: {},
};

/** The index of a gate's weights. */
interface Gate {
  readonly row: number;
  readonly product: Extract<Term, { kind: "product" }>;
  readonly bias: Extract<Term, { kind: "bias" }> | undefined;
}

function gateOf(
  step: Step,
  found: Found,
  own: Kind["gates"][number],
  shape: readonly Length[],
): Gate | undefined {
  const of = (name: string) => {
    const id = idOf(found, name);
    return sameLengths(step.view.node(id).shape, shape) ? step.terms(id) : undefined;
  };
  const together = typeof own === "string" ? of(own) : undefined;
  const ofRow = typeof own === "string" ? together : of(own.row);
  const ofState = typeof own === "string" ? together : of(own.state);
  if (ofRow === undefined || ofState === undefined) return undefined;
  const all = typeof own === "string" ? ofRow : [...ofRow, ...ofState];
  const rows = ofRow.filter(({ kind }) => kind === "row");
  const products = ofState.filter((term) => term.kind === "product");
  const biases = ofState.filter((term) => term.kind === "bias");
  const [row, product, bias] = [rows[0], products[0], biases[0]];
  const isAll = rows.length === 1 && products.length === 1 && biases.length <= 1;
  if (!isAll || all.length !== 2 + biases.length || !row || !product) return undefined;
  return { row: row.from, product, bias };
}

/** The input of the products of all rows, [steps, batch, inputs] or turned from [batch, steps, inputs], with their weights. */
interface Given {
  readonly x: number;
  readonly turned: boolean;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

const swaps = (view: View, id: number) =>
  String((view.operation(id, "transpose")?.attributes as Partial<Permuted>)?.permutation) ===
  "1,0,2";
const turnedOr = (pattern: Pattern): Pattern =>
  either(
    (trial, id, then) =>
      swaps(trial.view, id) && op("transpose", as("inner", pattern))(trial, id, then),
    pattern,
  );
const products = op("matmul", value("x"), fixed("weight"));
const given = turnedOr(either(op("add", products, fixed("bias")), products));

function givenOf(view: View, id: number): Given | undefined {
  const found = matched(view, given, id);
  if (found === undefined) return undefined;
  const x = idOf(found, "x");
  const weight = view.value(idOf(found, "weight"));
  const bias = found.has("bias") ? view.value(idOf(found, "bias")) : undefined;
  if (weight?.rank !== 2 || view.node(x).shape.length !== 3) return undefined;
  const isFor = bias?.rank === 1 && bias.size === weight.shape[1];
  if (found.has("bias") && !isFor) return undefined;
  return { x, turned: found.has("inner"), weight, bias };
}

/** Returns a part of the last axis. */
function columns(x: Tensor, from: number, size: number): Tensor {
  const starts = x.shape.map((_, axis) => (axis === x.rank - 1 ? from : 0));
  const ends = x.shape.map((length, axis) => (axis === x.rank - 1 ? from + size : length));
  return x.slice(starts, ends);
}

function fitted(kind: Kind, view: View, id: number): Fitted | undefined {
  const node = view.operation(id, "scan");
  if (node === undefined) return undefined;
  const loop = node.attributes as unknown as Loop;
  const step = new Step(loop);
  const isLSTM = kind.operator === "LSTM";
  if (loop.rows !== 1 || loop.stops === true || loop.carries !== (isLSTM ? 2 : 1)) return undefined;
  const hidden = loop.body.outputs.findIndex(
    (output, index) => index < loop.carries && matched(step.view, kind.step, output) !== undefined,
  );
  const output = loop.body.outputs[hidden];
  const found = output === undefined ? undefined : matched(step.view, kind.step, output);
  if (found === undefined || output === undefined) return undefined;
  const memory = 1 - hidden;
  const isStep = isLSTM
    ? loop.body.outputs[memory] === idOf(found, "cell") &&
      step.position(idOf(found, "c")) === memory
    : !found.has("h") || step.position(idOf(found, "h")) === 0;
  const isStacked = loop.body.outputs.slice(loop.carries).every((each) => each === output);
  const { shape } = step.view.node(output);
  const gates = kind.gates.map((own) => gateOf(step, found, own, shape));
  const [examples = 0, size] = shape;
  if (!isStep || !isStacked || typeof size !== "number") return undefined;
  if (loop.length === 0 || examples === 0) return undefined;
  const own: Gate[] = [];
  for (const each of gates) {
    if (each === undefined || step.position(each.product.of) !== hidden) return undefined;
    own.push(each);
  }
  const rows = givenOf(view, at(node.inputs, loop.carries));
  const dtype = node.dtype;
  if (rows === undefined || dtype !== "float32") return undefined;
  const matrices: Tensor[] = [];
  const biases: Tensor[] = [];
  for (const { product, bias } of own) {
    const matrix = view.value(at(node.inputs, product.captured));
    const vector = bias && view.value(at(node.inputs, bias.captured));
    if (matrix?.rank !== 2) return undefined;
    if (bias !== undefined && (vector === undefined || vector.size < bias.from + size))
      return undefined;
    matrices.push(columns(product.turned ? transpose(matrix) : matrix, product.from, size));
    biases.push(vector && bias ? columns(vector, bias.from, size) : zeros([size], { dtype }));
  }
  const parts = own.map(({ row }) => columns(rows.weight, row, size));
  const added = own.map(({ row }) =>
    rows.bias ? columns(rows.bias, row, size) : zeros([size], { dtype }),
  );
  const isZero = (index: number) =>
    view
      .value(at(node.inputs, index))
      ?.data()
      .every((each) => each === 0) ?? false;
  const states = isLSTM ? [hidden, memory] : [hidden];
  // Zeros are what the operator begins with.
  const begins = states.every(isZero) ? [] : states.map((index) => at(node.inputs, index));
  const source = rows.turned ? view.operation(rows.x, "transpose") : undefined;
  const isTurnedTwice = source !== undefined && swaps(view, rows.x);
  const front = (x: Tensor) => x.reshape([1, ...x.shape]);
  return {
    inputs: [isTurnedTwice ? at(source.inputs, 0) : rows.x, ...begins],
    write: ({ graph, inputs: [x, ...first], results }) => {
      const input = x?.name ?? "";
      const turned =
        rows.turned && !isTurnedTwice
          ? graph.node("Transpose", [input], { perm: [1, 0, 2] })
          : input;
      const weights = [
        front(transpose(concat(parts, 1))),
        front(transpose(concat(matrices, 1))),
        front(concat([...added, ...biases])),
      ].map((each, i) => graph.stored("WRB".charAt(i), each));
      const starts = first.map(({ name, shape }) => graph.reshape(name, [1, ...shape]));
      const [w = "", r = "", b = ""] = weights;
      // Without steps or examples the operator would end the process.
      const bias = graph.unlessNone([loop.length, examples], b, dtype);
      const [all = "", ...last] = graph.nodes(
        kind.operator,
        [turned, w, r, bias, ...(starts.length > 0 ? ["", ...starts] : [])],
        isLSTM ? 3 : 2,
        {
          hidden_size: size,
          ...kind.attributes,
          ...(loop.reverse && { direction: "reverse" }),
        },
      );
      return results.map((type, index) => {
        if (index >= loop.carries) return graph.reshape(all, type.shape);
        return graph.reshape(last[index === hidden ? 0 : 1] ?? "", type.shape);
      });
    },
  };
}

const loops: Pattern = (trial, id, then) =>
  trial.view.operation(id, "scan") !== undefined && then();

export const recurrences: readonly Native[] = [LSTM, GRU, RNN].map((kind) => ({
  pattern: loops,
  fit: (view, _found, id) => fitted(kind, view, id),
}));
