/**
 * LSTM, GRU and RNN: loops over the steps of sequences, in one or both directions.
 */

import {
  concat,
  elu,
  flip,
  matmul,
  scan,
  softsign,
  split,
  stack,
  type Tensor,
  where,
  zeros,
} from "@graddiff/core";
import { formatShape } from "@graddiff/core/extend";
import type { Node } from "../node.ts";
import { type Results, rows } from "../operator.ts";
import { between } from "./kinds.ts";
import { reversedRows } from "./shapes.ts";

type Activation = (x: Tensor) => Tensor;

/** The activations by name, each with its two settings, which are undefined if the model has none. */
const ACTIVATIONS: Readonly<Record<string, (alpha?: number, beta?: number) => Activation>> = {
  affine:
    (alpha = 1, beta = 0) =>
    (x) =>
      x.mul(alpha).add(beta),
  elu:
    (alpha = 1) =>
    (x) =>
      elu(x, { alpha }),
  hardsigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (x) =>
      between(x.mul(alpha).add(beta), 0, 1),
  leakyrelu:
    (alpha = 0.01) =>
    (x) =>
      where(x.less(0), x.mul(alpha), x),
  relu: () => (x) => x.relu(),
  scaledtanh:
    (alpha = 1, beta = 1) =>
    (x) =>
      x.mul(beta).tanh().mul(alpha),
  sigmoid: () => (x) => x.sigmoid(),
  softplus: () => (x) => x.softplus(),
  softsign: () => softsign,
  tanh: () => (x) => x.tanh(),
  thresholdedrelu:
    (alpha = 1) =>
    (x) =>
      where(x.greater(alpha), x, x.mul(0)),
};

/** The arguments of all cells: the products of an input, the matrix that multiplies the state, and their biases. */
interface Cell {
  readonly size: number;
  readonly activations: readonly Activation[];
  readonly cut: (x: Tensor) => Tensor;
  /** The matrix that multiplies the state, [gates · size, size]. */
  readonly recurrence: Tensor;
  /** The bias of the products with the state, [gates · size]. */
  readonly bias: Tensor | undefined;
  readonly peepholes: Tensor | undefined;
}

type State = readonly Tensor[];
type Advance = (given: Tensor, state: State, cell: Cell, node: Node) => State;

function withState(state: Tensor, { recurrence, bias }: Cell): Tensor {
  const product = matmul(state, recurrence.transpose());
  return bias === undefined ? product : product.add(bias);
}

const lstm: Advance = (given, [hidden, memory], cell, node) => {
  const { size, cut, peepholes } = cell;
  const [f, g, h] = cell.activations;
  if (!hidden || !memory || !f || !g || !h) {
    throw node.refusal("activations", "three for each direction", "fewer");
  }
  const [input, output, forget, next] = split(
    given.add(withState(hidden, cell)),
    [size, size, size, size],
    -1,
  );
  const looks = peepholes === undefined ? [] : split(peepholes, [size, size, size], -1);
  const seen = (x: Tensor, of: Tensor, k: number) => {
    const look = looks[k];
    return cut(look === undefined ? x : x.add(of.mul(look)));
  };
  const i = f(seen(input, memory, 0));
  const isCoupled = node.int("input_forget", 0) !== 0;
  const kept = isCoupled ? i.mul(-1).add(1) : f(seen(forget, memory, 2));
  const now = kept.mul(memory).add(i.mul(g(cut(next))));
  const o = f(seen(output, now, 1));
  return [o.mul(h(now)), now];
};

const gru: Advance = (given, [hidden], cell, node) => {
  const { size, cut, recurrence, bias } = cell;
  const [f, g] = cell.activations;
  if (!hidden || !f || !g) throw node.refusal("activations", "two for each direction", "fewer");
  const [z, r, n] = split(given, [size, size, size], -1);
  const [first, second, third] = split(recurrence, [size, size, size], 0);
  const [b1, b2, b3] = bias === undefined ? [] : split(bias, [size, size, size], 0);
  const of = (weights: Tensor, own: Tensor | undefined, state: Tensor) =>
    withState(state, { ...cell, recurrence: weights, bias: own });
  const update = f(cut(z.add(of(first, b1, hidden))));
  const reset = f(cut(r.add(of(second, b2, hidden))));
  const isBefore = node.int("linear_before_reset", 0) !== 0;
  const past = isBefore ? reset.mul(of(third, b3, hidden)) : of(third, b3, reset.mul(hidden));
  const next = g(cut(n.add(past)));
  return [update.mul(-1).add(1).mul(next).add(update.mul(hidden))];
};

const rnn: Advance = (given, [hidden], cell, node) => {
  const [f] = cell.activations;
  if (hidden === undefined || f === undefined) {
    throw node.refusal("activations", "one for each direction", "fewer");
  }
  return [f(cell.cut(given.add(withState(hidden, cell))))];
};

/** A kind of cell: its gates, its activations, and the inputs that begin its states. */
interface Kind {
  readonly gates: number;
  readonly activations: readonly string[];
  readonly states: readonly number[];
  readonly advance: Advance;
}

function activationsOf(node: Node, { activations }: Kind, direction: number): Activation[] {
  const names = node.texts("activations") ?? [];
  const from = direction * activations.length;
  const [alphas, betas] = [node.floats("activation_alpha"), node.floats("activation_beta")];
  return activations.map((usual, i) => {
    const name = (names[from + i] ?? usual).toLowerCase();
    const make = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
    if (make === undefined) throw node.refusal("activations", "those that ONNX has", name);
    return make(alphas?.[from + i], betas?.[from + i]);
  });
}

/** Returns the part of an input that belongs to a direction. */
function ofDirection(x: Tensor | undefined, direction: number): Tensor | undefined {
  return x?.slice([direction], [direction + 1]).reshape(x.shape.slice(1));
}

/** Runs one direction, and returns the hidden states of all steps, and the last states. */
function ran(
  node: Node,
  kind: Kind,
  rows: Tensor,
  direction: number,
  isReverse: boolean,
): { all: Tensor; last: State } {
  const part = (i: number) => ofDirection(node.maybe(i), direction);
  const [weight, recurrence, biases] = [part(1), part(2), part(3)];
  if (weight === undefined || recurrence === undefined)
    throw node.refusal("input 1", "weights", "none");
  const size = recurrence.shape.at(-1) ?? 0;
  const batch = rows.shape[1] ?? 0;
  const [columns] = weight.shape;
  if (columns !== kind.gates * size || recurrence.shape[0] !== columns) {
    const expected = `[directions, ${kind.gates} · ${size}, …], as input 2 has it`;
    throw node.refusal("input 1", expected, formatShape(weight.shape));
  }
  const [ofInput, ofState] = biases === undefined ? [] : split(biases, 2, 0);
  const products = matmul(rows, weight.transpose());
  const given = ofInput === undefined ? products : products.add(ofInput);
  const limit = node.float("clip");
  const cell: Cell = {
    size,
    activations: activationsOf(node, kind, direction),
    cut: (x) => (limit === undefined ? x : between(x, -limit, limit)),
    recurrence,
    bias: ofState,
    peepholes: kind.gates === 4 ? part(7) : undefined,
  };
  const isBatchFirst = node.int("layout", 0) !== 0;
  const states = kind.states.map((i) => {
    const start = node.maybe(i);
    const turned = start && isBatchFirst ? start.transpose([1, 0, 2]) : start;
    return ofDirection(turned, direction) ?? zeros([batch, size], { dtype: rows.dtype });
  });
  const lengths = node.maybe(4);
  const turn = (x: Tensor) => {
    if (!isReverse) return x;
    if (lengths === undefined) return flip(x, 0);
    return reversedRows(x.transpose([1, 0, 2]), lengths).transpose([1, 0, 2]);
  };
  const step = (
    [count, state]: readonly [Tensor, State],
    row: Tensor,
  ): readonly [[Tensor, State], Tensor] => {
    const next = kind.advance(row, state, cell, node);
    const isOver = lengths?.reshape([batch, 1]).lessEqual(count);
    const kept = next.map((each, i) => {
      const before = state[i];
      return isOver && before ? where(isOver, before, each) : each;
    });
    const hidden = kept[0] ?? row;
    return [[count.add(1), kept], isOver ? where(isOver, 0, hidden) : hidden];
  };
  const start = [zeros([], { dtype: "int32" }), states] as const;
  const [[, last], all] = scan(step, start, turn(given));
  return { all: turn(all), last };
}

function recurrent(node: Node, kind: Kind): Results {
  const isBatchFirst = node.int("layout", 0) !== 0;
  const x = node.input(0);
  const rows = isBatchFirst ? x.transpose([1, 0, 2]) : x;
  const direction = node.oneOf("direction", "forward", "reverse", "bidirectional");
  const directions = direction === "bidirectional" ? [false, true] : [direction === "reverse"];
  const results = directions.map((isReverse, i) => ran(node, kind, rows, i, isReverse));
  // [steps, directions, batch, size], and [directions, batch, size].
  const all = stack(
    results.map((each) => each.all),
    1,
  );
  const last = kind.states.map((_, k) =>
    concat(
      results.map(({ last }) => (last[k] ?? all).reshape([1, ...(last[k]?.shape ?? [])])),
      0,
    ),
  );
  if (!isBatchFirst) return [all, ...last];
  return [all.transpose([2, 0, 1, 3]), ...last.map((each) => each.transpose([1, 0, 2]))];
}

const LSTM: Kind = {
  gates: 4,
  activations: ["Sigmoid", "Tanh", "Tanh"],
  states: [5, 6],
  advance: lstm,
};
const GRU: Kind = { gates: 3, activations: ["Sigmoid", "Tanh"], states: [5], advance: gru };
const RNN: Kind = { gates: 1, activations: ["Tanh"], states: [5], advance: rnn };

export const recurrences = rows({
  GRU: { read: (node) => recurrent(node, GRU) },
  LSTM: { read: (node) => recurrent(node, LSTM) },
  RNN: { read: (node) => recurrent(node, RNN) },
});
