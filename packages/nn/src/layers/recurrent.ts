/**
 * Recurrent layers, which run one step for each row of a sequence, by `scan`.
 */

import {
  ArgumentError,
  arange,
  concat,
  Draws,
  dropout,
  type Indices,
  Layer,
  ShapeError,
  scan,
  stack,
  type Tensor,
  transpose,
  type Variable,
  where,
  zeros,
} from "@graddiff/core";
import {
  describe,
  flag,
  formatShape,
  fractionBelowOne,
  layerSeed,
  nonNegativeInteger,
  oneOf,
  optional,
  positiveInteger,
  type Readers,
  refuseSurplus,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";
import { at, elementsAlong } from "../basics.ts";
import { input, optionsCheck } from "./named.ts";
import { type BiasOptions, biasReader, Weights } from "./weights.ts";

/** The result of a recurrent layer with the option `output: "both"`, the default. */
export interface Recurred<State> {
  /** The hidden vector of each step, [batch, length, directions · size]; zeros where the mask is false. */
  readonly output: Tensor;
  /** The state after the last step whose mask is true. `forward` can continue a sequence from it. */
  readonly state: State;
}

/**
 * The state of an {@link LSTM}. With several layers or directions both tensors have a first axis of length layers ·
 * directions: the first layer forward, the first layer backward, the second layer forward, and so on.
 */
export interface LSTMState {
  /** The output of the cell, [batch, size]. */
  readonly hidden: Tensor;
  /** The memory of the cell, [batch, size]. */
  readonly cell: Tensor;
}

/**
 * The result of `forward`: output and state ("both"), only the output ("all"), or only the last hidden vector ("last").
 */
export type RecurrentOutput = "both" | "all" | "last";

/** The settings of recurrent layers. */
export interface RecurrentOptions<Output extends RecurrentOutput = RecurrentOutput>
  extends BiasOptions {
  /** The number of stacked layers: the input of each is the output of the previous one. Default 1. */
  readonly layers?: number;
  /**
   * True if each layer also runs backward through the sequence, with other weights, and the outputs of both directions
   * are concatenated. Default false.
   */
  readonly bidirectional?: boolean;
  /** The share of the outputs of each layer but the last that become zero in training. Default 0. */
  readonly dropout?: number;
  /**
   * The result of `forward`. "all" is the output, [batch, length, directions · size], and "last" the last hidden vectors,
   * [batch, directions · size]. With these the layer returns one tensor, so that other layers can follow it in a
   * {@link Sequential}. Default "both": output and state.
   */
  readonly output?: Output;
}

/** The result of `forward` for a value of the option `output`. */
export type RecurrentResult<State, Output extends RecurrentOutput> = Output extends "both"
  ? Recurred<State>
  : Tensor;

/** The options of `forward` of recurrent layers. */
export interface RecurrentInputs<State> {
  /** The state before the first step, such as the `state` of an earlier result. Default: zeros. */
  readonly state?: State | undefined;
  /**
   * The length of each sequence, int32 [batch]. In steps after it the state does not change, and the output is zeros.
   * Default: all steps.
   */
  readonly lengths?: Indices | undefined;
  /**
   * A bool mask of steps, [batch, length], instead of `lengths`. Where it is false, the state does not change, and the
   * output is zeros. Default: all steps.
   */
  readonly mask?: Indices | undefined;
}

const checkOptions = optionsCheck({ state: input, lengths: input, mask: input });

/** Returns the reader of {@link RecurrentOptions} and of further options. */
/* @__NO_SIDE_EFFECTS__ */
function recurrentReader<Own extends Readers>(own: Own) {
  return biasReader({
    layers: optional(positiveInteger, 1),
    bidirectional: optional(flag, false),
    dropout: optional(fractionBelowOne, 0),
    output: optional<RecurrentOutput>(oneOf("both", "all", "last"), "both"),
    ...own,
  });
}

const readOptions = recurrentReader({});

type Settings = ReturnType<typeof readOptions>;

/** Returns the single gates, each of length `size`, of rows of concatenated gates. */
function gatesOf(rows: Tensor, size: number): Tensor[] {
  const count = at(rows.shape, rows.rank - 1) / size;
  return Array.from({ length: count }, (_, i) =>
    elementsAlong(rows, rows.rank - 1, i * size, size),
  );
}

/** The weights of one direction of one layer. */
export interface RecurrentCell {
  /** Shape [inputs, gates · size]. */
  readonly inputWeight: Variable;
  /** Shape [size, gates · size]. */
  readonly stateWeight: Variable;
  /** Shape [gates · size]; undefined with `bias: false`. */
  readonly inputBias: Variable | undefined;
  /** Shape [gates · size]; undefined with `bias: false`. */
  readonly stateBias: Variable | undefined;
}

/**
 * The base class of recurrent layers. The inputs of all steps are multiplied by the weight in one product, before the
 * steps.
 */
abstract class Recurrent<State, Output extends RecurrentOutput> extends Layer<"declared"> {
  /**
   * The weights: of the first layer forward, then of the first layer backward if it is bidirectional, then of the next
   * layer.
   */
  readonly cells: readonly RecurrentCell[];
  /** The number of directions: 2 for bidirectional layers, else 1. */
  readonly directions: 1 | 2;
  /** The state of the random draws of dropout; undefined without dropout. */
  readonly draws: Draws | undefined;
  readonly #size: number;
  readonly #inputs: number;
  readonly #dropout: number;
  readonly #output: RecurrentOutput;

  protected constructor(
    op: string,
    gates: number,
    inputs: number,
    size: number,
    { layers, bidirectional, dropout: share, output, bias, ...options }: Settings,
  ) {
    super();
    positiveInteger(op, "inputs", inputs);
    positiveInteger(op, "size", size);
    if (layers === 1 && share > 0) {
      throw new ArgumentError(
        op,
        "dropout",
        "0 for one layer, since it stands between layers",
        String(share),
      );
    }
    const first = layerSeed(options.seed);
    const weights = new Weights(op, { ...options, seed: first });
    const directions = bidirectional ? 2 : 1;
    this.cells = Array.from({ length: layers * directions }, (_, i) => ({
      inputWeight: weights.weight([i < directions ? inputs : directions * size, gates * size]),
      stateWeight: weights.weight([size, gates * size]),
      inputBias: bias ? weights.zeros([gates * size]) : undefined,
      stateBias: bias ? weights.zeros([gates * size]) : undefined,
    }));
    this.draws = share > 0 ? new Draws(first) : undefined;
    this.#inputs = inputs;
    this.#size = size;
    this.directions = directions;
    this.#dropout = share;
    this.#output = output;
  }

  override toString(): string {
    const layers = this.cells.length / this.directions;
    const more = [
      ...(layers > 1 ? [`${layers} layers`] : []),
      ...(this.directions > 1 ? ["bidirectional"] : []),
    ];
    return [`${this.constructor.name} ${this.#inputs} → ${this.#size}`, ...more].join(", ");
  }

  /** Returns the initial state, from a hidden vector of zeros. */
  protected abstract begin(zero: Tensor): State;

  /** Returns the next state, from the products of the input and of the hidden vector with the weights of each gate. */
  protected abstract after(state: State, ofInput: Tensor[], ofState: Tensor[]): State;

  /** Returns the hidden vector of a state, which is the output of a step. */
  protected abstract hiddenOf(state: State): Tensor;

  protected override checkInputs(op: string, inputs: readonly unknown[]): void {
    checkOptions(op, inputs);
    super.checkInputs(op, inputs);
  }

  /** Computes what `forward` returns. */
  override compute(
    x: Tensor,
    options: RecurrentInputs<State> = {},
  ): RecurrentResult<State, Output> {
    const op = this.constructor.name;
    const names = { op, row: "x", before: "state" };
    const { rows, lasts } = this.#through(names, x, options);
    return this.#result(rows, lasts, this.#output) as RecurrentResult<State, Output>;
  }

  /**
   * Returns the state before the first step of sequences, zeros, for {@link next}. @param most has no effect: it is a
   * parameter because layers with a cache have it.
   */
  start(batch: number, most?: number): State {
    const op = `${this.constructor.name}.start`;
    refuseSurplus(op, 2, arguments);
    optional(nonNegativeInteger, 0)(op, "most", most);
    const { dtype } = at(this.cells, 0).inputWeight;
    const zero = zeros([nonNegativeInteger(op, "batch", batch), this.#size], { dtype });
    return this.#stateOf(op, "state", undefined, zero);
  }

  /**
   * Returns the output for the next row of a sequence, or for several, as `forward` would return it in the whole
   * sequence, and the state after it.
   *
   * @param row [batch, 1, inputs], or several rows [batch, count, inputs]. @param cache the state before the row.
   * @throws ArgumentError for a bidirectional layer.
   */
  next(row: Tensor, cache: State): { output: Tensor; cache: State } {
    const op = `${this.constructor.name}.next`;
    refuseSurplus(op, 2, arguments);
    if (this.directions === 2) {
      const expected = "a layer that goes forward alone";
      throw new ArgumentError(op, "bidirectional", expected, "true");
    }
    const names = { op, row: "row", before: "cache" };
    const given: unknown = cache;
    if (given === undefined || given === null) {
      const expected = "what start or next has returned";
      throw new ArgumentError(op, "cache", expected, describe(given));
    }
    const { rows, lasts } = this.#through(names, row, { state: cache });
    const { state } = this.#result(rows, lasts, "both") as Recurred<State>;
    return { output: rows, cache: state };
  }

  /**
   * Runs all layers, and returns the output of the last one and the last state of each layer and direction. The first
   * argument has the names of the function and of its arguments for errors.
   */
  #through(
    { op, row: argument, before }: { op: string; row: string; before: string },
    x: Tensor,
    options: RecurrentInputs<State>,
  ): { rows: Tensor; lasts: State[] } {
    const { shape, rank, dtype } = toTensor(op, argument, x);
    if (rank !== 3 || shape[2] !== this.#inputs) {
      throw new ShapeError(op, argument, `[batch, length, ${this.#inputs}]`, formatShape(shape));
    }
    const [batch = 0, length = 0] = shape;
    const zero = zeros([batch, this.#size], { dtype });
    const takesPart = this.#maskOf(options, batch, length);
    const first = this.#stateOf(op, before, options.state, zero);
    const lasts: State[] = [];
    let rows = x;
    for (let i = 0; i < this.cells.length; i += this.directions) {
      if (i > 0) rows = this.#drop(rows);
      const own = this.cells.slice(i, i + this.directions).map((cell, direction) => {
        const begin = mapState(first, (part) => (this.#isSingle ? part : part.at(i + direction)));
        const [last, output] = this.#run(cell, rows, begin, takesPart, direction === 1);
        lasts.push(last);
        return output;
      });
      rows = own.length === 1 ? at(own, 0) : concat(own, 2);
    }
    return { rows, lasts };
  }

  get #isSingle(): boolean {
    return this.cells.length === 1;
  }

  #result(
    output: Tensor,
    lasts: readonly State[],
    kind: RecurrentOutput,
  ): Recurred<State> | Tensor {
    if (kind === "all") return output;
    if (kind === "last") {
      const hidden = lasts.slice(-this.directions).map((last) => this.hiddenOf(last));
      return hidden.length === 1 ? at(hidden, 0) : concat(hidden, 1);
    }
    if (this.#isSingle) return { output, state: at(lasts, 0) };
    const parts = lasts.map(partsOf);
    const state = mapState(at(lasts, 0), (_, i) => stack(parts.map((each) => at(each, i))));
    return { output, state };
  }

  #drop(rows: Tensor): Tensor {
    if (this.draws === undefined || !this.training) return rows;
    return dropout(rows, { rate: this.#dropout, seed: this.draws.next() });
  }

  /**
   * Runs one direction of one layer over x, [batch, length, inputs], and returns the last state and the output of each
   * step.
   */
  #run(
    cell: RecurrentCell,
    x: Tensor,
    first: State,
    takesPart: Tensor | undefined,
    reverse: boolean,
  ): [State, Tensor] {
    const products = x.matmul(cell.inputWeight.value);
    const given = cell.inputBias ? products.add(cell.inputBias.value) : products;
    const [weight, bias] = [cell.stateWeight.value, cell.stateBias?.value];
    const rows = { given: transpose(given, [1, 0, 2]), takesPart };
    const [last, output] = scan(
      (now: State, row: { given: Tensor; takesPart: Tensor | undefined }) => {
        const product = this.hiddenOf(now).matmul(weight);
        const ofState = bias === undefined ? product : product.add(bias);
        const next = this.after(now, gatesOf(row.given, this.#size), gatesOf(ofState, this.#size));
        const isHere = row.takesPart;
        if (isHere === undefined) return [next as never, this.hiddenOf(next)] as const;
        const kept = partsOf(now);
        const chosen = mapState(next, (part, i) => where(isHere, part, at(kept, i)));
        return [chosen as never, where(isHere, this.hiddenOf(next), 0)] as const;
      },
      first as never,
      rows as never,
      { reverse },
    );
    return [last as State, transpose(output as Tensor, [1, 0, 2])];
  }

  /** Returns the state that the user passes, after a check of its shapes; the initial state if it is undefined. */
  #stateOf(op: string, called: string, state: unknown, zero: Tensor): State {
    const all = this.#isSingle
      ? zero
      : zeros([this.cells.length, ...zero.shape], { dtype: zero.dtype });
    const first = this.begin(all);
    if (state === undefined) return first;
    const isTensor = isSingle(first);
    const names = isTensor ? [called] : Object.keys(first as object);
    return mapState(first, ({ shape }, i) => {
      const name = at(names, i);
      const argument = isTensor ? name : `${called}.${name}`;
      const given = toTensor(op, argument, isTensor ? state : Object(state)[name]);
      if (sameShape(given.shape, shape)) return given;
      const [expected, got] = [formatShape(shape), formatShape(given.shape)];
      throw new ShapeError(op, argument, expected, got);
    });
  }

  /** Returns the mask of steps, [length, batch, 1], from `lengths` or `mask`; undefined without both. */
  #maskOf(
    { lengths, mask }: RecurrentInputs<State>,
    batch: number,
    length: number,
  ): Tensor | undefined {
    const op = this.constructor.name;
    if (mask === undefined && lengths === undefined) return undefined;
    if (mask !== undefined && lengths !== undefined) {
      const expected = "mask or lengths, not both";
      throw new ArgumentError(op, "lengths", expected, "both");
    }
    const [argument, dtype, given, shape] =
      lengths === undefined
        ? (["mask", "bool", mask, [batch, length]] as const)
        : (["lengths", "int32", lengths, [batch]] as const);
    const own = toTensor(op, argument, given);
    if (own.dtype === dtype && sameShape(own.shape, shape)) {
      const steps =
        lengths === undefined
          ? transpose(own, [1, 0])
          : arange(length, { dtype: "int32" }).reshape([length, 1]).less(own);
      return steps.expandDims(-1);
    }
    const expected = `${dtype} of shape ${formatShape(shape)}`;
    const got = `${own.dtype} of shape ${formatShape(own.shape)}`;
    throw new ShapeError(op, argument, expected, got);
  }
}

/** Returns the tensors of a state: the state itself, or the values of its record. */
function partsOf(state: unknown): readonly Tensor[] {
  return isSingle(state) ? [state] : Object.values(state as Readonly<Record<string, Tensor>>);
}

/** Returns a state of the same form, whose tensors a function computes from the tensors of a state and their indices. */
function mapState<State>(state: State, change: (part: Tensor, index: number) => Tensor): State {
  if (isSingle(state)) return change(state, 0) as State;
  const entries = Object.entries(state as Readonly<Record<string, Tensor>>);
  return Object.fromEntries(entries.map(([name, part], i) => [name, change(part, i)])) as State;
}

function isSingle(state: unknown): state is Tensor {
  return (state as Tensor).shape !== undefined;
}

/** The settings of an {@link RNN}. */
export interface RNNOptions<Output extends RecurrentOutput = RecurrentOutput>
  extends RecurrentOptions<Output> {
  /** The activation of the hidden vector. Default "tanh". */
  readonly activation?: "tanh" | "relu";
}

const readRNN = recurrentReader({
  activation: optional<"tanh" | "relu">(oneOf("tanh", "relu"), "tanh"),
});

/**
 * The simple recurrent layer h ← tanh(x W + b + h V + c) (Elman, "Finding Structure in Time", 1990).
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { RNN } from "@graddiff/nn";
 *
 * const { output, state } = new RNN(3, 5).forward(zeros([2, 7, 3]));
 * console.log(output.shape, state.shape); // [ 2, 7, 5 ] [ 2, 5 ]
 * ```
 */
export class RNN<const Output extends RecurrentOutput = "both"> extends Recurrent<Tensor, Output> {
  readonly #activation: "tanh" | "relu";

  /** @param inputs the length of an input row. @param size that of the hidden vector. */
  constructor(inputs: number, size: number, options?: RNNOptions<Output>) {
    refuseSurplus("RNN", 3, arguments);
    const { activation, ...own } = readRNN("RNN", options);
    super("RNN", 1, inputs, size, own);
    this.#activation = activation;
  }

  protected override begin(zero: Tensor): Tensor {
    return zero;
  }

  protected override hiddenOf(state: Tensor): Tensor {
    return state;
  }

  protected override after(_state: Tensor, [x]: Tensor[], [h]: Tensor[]): Tensor {
    const sum = (x as Tensor).add(h as Tensor);
    return this.#activation === "tanh" ? sum.tanh() : sum.relu();
  }
}

export interface RNN<Output extends RecurrentOutput = "both"> {
  /**
   * Returns the outputs of all steps, [batch, length, directions · size], and the state after the last, or what the option
   * `output` of the layer says. Both are of the dtype of x.
   *
   * @param x floats [batch, length, inputs].
   * @param options `state`: where it goes on, [batch, size] (with several layers or
   *   directions [layers · directions, batch, size]). `lengths`: those of sequences, int32 [batch].
   *   `mask`: in their place the steps that take part, bools [batch, length]. At others the state stays, and the output is zeros.
   * @throws ShapeError for other shapes; ArgumentError for other options, and for arguments by position.
   * @example
   * ```ts
   * import { tensor, zeros } from "@graddiff/core";
   * import { RNN } from "@graddiff/nn";
   *
   * const layer = new RNN(3, 5);
   * const lengths = tensor([7, 4], { dtype: "int32" });
   * const { output, state } = layer.forward(zeros([2, 7, 3]), { lengths });
   * console.log(output.shape, state.shape); // [ 2, 7, 5 ] [ 2, 5 ]
   * console.log(layer.forward(zeros([2, 1, 3]), { state }).output.shape); // [ 2, 1, 5 ]
   * ```
   */
  forward(x: Tensor, options?: RecurrentInputs<Tensor>): RecurrentResult<Tensor, Output>;
}

/**
 * The gated recurrent unit (Cho et al., 2014), as in PyTorch: r and z are sigmoids,
 * n = tanh(x Wₙ + bₙ + r (h Vₙ + cₙ)), and h ← (1 − z) n + z h. The weights have the gates in the order r, z, n.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { GRU } from "@graddiff/nn";
 *
 * const { output, state } = new GRU(3, 5).forward(zeros([2, 7, 3]));
 * console.log(output.shape, state.shape); // [ 2, 7, 5 ] [ 2, 5 ]
 * ```
 */
export class GRU<const Output extends RecurrentOutput = "both"> extends Recurrent<Tensor, Output> {
  /** @param inputs the length of an input row. @param size that of the hidden vector. */
  constructor(inputs: number, size: number, options?: RecurrentOptions<Output>) {
    refuseSurplus("GRU", 3, arguments);
    super("GRU", 3, inputs, size, readOptions("GRU", options));
  }

  protected override begin(zero: Tensor): Tensor {
    return zero;
  }

  protected override hiddenOf(state: Tensor): Tensor {
    return state;
  }

  protected override after(state: Tensor, ofInput: Tensor[], ofState: Tensor[]): Tensor {
    const [xr, xz, xn] = ofInput as [Tensor, Tensor, Tensor];
    const [hr, hz, hn] = ofState as [Tensor, Tensor, Tensor];
    const z = xz.add(hz).sigmoid();
    const n = xn.add(xr.add(hr).sigmoid().mul(hn)).tanh();
    return n.add(z.mul(state.sub(n)));
  }
}

export interface GRU<Output extends RecurrentOutput = "both"> {
  /**
   * Returns the outputs of all steps, [batch, length, directions · size], and the state after the last, or what the option
   * `output` of the layer says. Both are of the dtype of x.
   *
   * @param x floats [batch, length, inputs].
   * @param options `state`: where it goes on, [batch, size] (with several layers or
   *   directions [layers · directions, batch, size]). `lengths`: those of sequences, int32 [batch].
   *   `mask`: in their place the steps that take part, bools [batch, length]. At others the state stays, and the output is zeros.
   * @throws ShapeError for other shapes; ArgumentError for other options, and for arguments by position.
   * @example
   * ```ts
   * import { tensor, zeros } from "@graddiff/core";
   * import { GRU } from "@graddiff/nn";
   *
   * const layer = new GRU(3, 5);
   * const lengths = tensor([7, 4], { dtype: "int32" });
   * const { output, state } = layer.forward(zeros([2, 7, 3]), { lengths });
   * console.log(output.shape, state.shape); // [ 2, 7, 5 ] [ 2, 5 ]
   * console.log(layer.forward(zeros([2, 1, 3]), { state }).output.shape); // [ 2, 1, 5 ]
   * ```
   */
  forward(x: Tensor, options?: RecurrentInputs<Tensor>): RecurrentResult<Tensor, Output>;
}

/**
 * The long short-term memory (Hochreiter and Schmidhuber, 1997), as in PyTorch: i, f and o are sigmoids, g is a tanh,
 * c ← f c + i g, and h ← o tanh(c). The weights have the gates in the order i, f, g, o.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { Dense, LSTM, Sequential } from "@graddiff/nn";
 *
 * const lstm = new LSTM(3, 5);
 * const { output, state } = lstm.forward(zeros([2, 7, 3]));
 * console.log(output.shape, state.hidden.shape, state.cell.shape); // [ 2, 7, 5 ] [ 2, 5 ] [ 2, 5 ]
 * console.log(lstm.forward(zeros([2, 1, 3]), { state }).output.shape); // [ 2, 1, 5 ]
 *
 * // A tagger: two layers both ways, whose output others can follow.
 * const tagger = new Sequential(new LSTM(3, 5, { layers: 2, bidirectional: true, output: "all" }), new Dense(10, 4));
 * console.log(tagger.forward(zeros([2, 7, 3])).shape); // [ 2, 7, 4 ]
 * ```
 */
export class LSTM<const Output extends RecurrentOutput = "both"> extends Recurrent<
  LSTMState,
  Output
> {
  /** @param inputs the length of an input row. @param size that of the hidden vector. */
  constructor(inputs: number, size: number, options?: RecurrentOptions<Output>) {
    refuseSurplus("LSTM", 3, arguments);
    super("LSTM", 4, inputs, size, readOptions("LSTM", options));
  }

  protected override begin(zero: Tensor): LSTMState {
    return { hidden: zero, cell: zero };
  }

  protected override hiddenOf({ hidden }: LSTMState): Tensor {
    return hidden;
  }

  protected override after({ cell }: LSTMState, ofInput: Tensor[], ofState: Tensor[]): LSTMState {
    const [i, f, g, o] = ofInput.map((own, gate) => own.add(ofState[gate] as Tensor)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const kept = f.sigmoid().mul(cell).add(i.sigmoid().mul(g.tanh()));
    return { hidden: o.sigmoid().mul(kept.tanh()), cell: kept };
  }
}

export interface LSTM<Output extends RecurrentOutput = "both"> {
  /**
   * Returns the outputs of all steps, [batch, length, directions · size], and the state after the last, or what the option
   * `output` of the layer says. Both are of the dtype of x.
   *
   * @param x floats [batch, length, inputs].
   * @param options `state`: where it goes on, a hidden vector and a cell, each [batch, size] (with
   *   several layers or directions [layers · directions, batch, size]). `lengths`: those of sequences, int32 [batch].
   *   `mask`: in their place the steps that take part, bools [batch, length]. At others the state stays, and the output is zeros.
   * @throws ShapeError for other shapes; ArgumentError for other options, and for arguments by position.
   * @example
   * ```ts
   * import { tensor, zeros } from "@graddiff/core";
   * import { LSTM } from "@graddiff/nn";
   *
   * const layer = new LSTM(3, 5);
   * const lengths = tensor([7, 4], { dtype: "int32" });
   * const { output, state } = layer.forward(zeros([2, 7, 3]), { lengths });
   * console.log(output.shape, state.cell.shape); // [ 2, 7, 5 ] [ 2, 5 ]
   * console.log(layer.forward(zeros([2, 1, 3]), { state }).output.shape); // [ 2, 1, 5 ]
   * ```
   */
  forward(x: Tensor, options?: RecurrentInputs<LSTMState>): RecurrentResult<LSTMState, Output>;
}
