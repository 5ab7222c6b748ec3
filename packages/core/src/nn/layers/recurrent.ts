/**
 * Recurrent layers: one step for each place of a sequence, by `scan`.
 */

import {
  type Indices,
  Layer,
  ShapeError,
  scan,
  type Tensor,
  transpose,
  type Variable,
  where,
  zeros,
} from "../../index.ts";
import {
  at,
  elementsAlong,
  formatShape,
  oneOf,
  optional,
  readPositive,
  refuseSurplus,
  toTensor,
} from "../inside.ts";
import { type WeightOptions, Weights, weightReader } from "./weights.ts";

/** What a recurrent layer returns. */
export interface Recurred<State> {
  /** The hidden vector at each place, [batch, length, size]; zeros where the mask is false. */
  readonly output: Tensor;
  /** The state behind the last place that takes part, to go on from. */
  readonly state: State;
}

/** The state of an {@link LSTM}. */
export interface LSTMState {
  /** What it gives, [batch, size]. */
  readonly hidden: Tensor;
  /** What it keeps, [batch, size]. */
  readonly cell: Tensor;
}

const readOptions = weightReader({});

/** The parts of a row of gates. */
function gatesOf(rows: Tensor, size: number): Tensor[] {
  const count = at(rows.shape, rows.rank - 1) / size;
  return Array.from({ length: count }, (_, i) =>
    elementsAlong(rows, rows.rank - 1, i * size, size),
  );
}

/** Layers that go through a sequence. The products of all inputs are one product, ahead of the steps. */
abstract class Recurrent<State> extends Layer {
  /** Shape [inputs, gates · size]. */
  readonly inputWeight: Variable;
  /** Shape [size, gates · size]. */
  readonly stateWeight: Variable;
  /** Shape [gates · size]. */
  readonly inputBias: Variable;
  /** Shape [gates · size]. */
  readonly stateBias: Variable;
  readonly #size: number;
  readonly #inputs: number;

  protected constructor(
    op: string,
    gates: number,
    inputs: number,
    size: number,
    options: WeightOptions,
  ) {
    super();
    readPositive(op, "inputs", inputs);
    readPositive(op, "size", size);
    const weights = new Weights(op, options);
    this.inputWeight = weights.weight([inputs, gates * size]);
    this.stateWeight = weights.weight([size, gates * size]);
    this.inputBias = weights.zeros([gates * size]);
    this.stateBias = weights.zeros([gates * size]);
    this.#inputs = inputs;
    this.#size = size;
  }

  override toString(): string {
    return `${this.constructor.name} ${this.#inputs} → ${this.#size}`;
  }

  /** The state ahead of the first place. */
  protected abstract begin(zero: Tensor): State;

  /** The next state, from the gates of the input and those of the state. */
  protected abstract next(state: State, ofInput: Tensor[], ofState: Tensor[]): State;

  /** The vector that a state gives. */
  protected abstract hiddenOf(state: State): Tensor;

  /**
   * @param x [batch, length, inputs].
   * @param state where it goes on. Default: zeros.
   * @param mask bools [batch, length]: which places take part, in sequences of several lengths. At others the state stays,
   *   and the output is zeros. Default: all.
   */
  override compute(x: Tensor, state?: State, mask?: Indices): Recurred<State> {
    const { shape, rank, dtype } = toTensor(this.constructor.name, "x", x);
    if (rank !== 3 || shape[2] !== this.#inputs) {
      throw new ShapeError({
        op: this.constructor.name,
        argument: "x",
        expected: `[batch, length, ${this.#inputs}]`,
        got: formatShape(shape),
      });
    }
    const [batch = 0, length = 0] = shape;
    const zero = zeros([batch, this.#size], { dtype });
    const given = x.matmul(this.inputWeight.value).add(this.inputBias.value);
    const [weight, bias] = [this.stateWeight.value, this.stateBias.value];
    const rows = {
      given: transpose(given, [1, 0, 2]),
      takesPart: this.#maskOf(mask, batch, length),
    };
    const [last, output] = scan(
      (now: State, row: { given: Tensor; takesPart: Tensor | undefined }) => {
        const ofState = this.hiddenOf(now).matmul(weight).add(bias);
        const next = this.next(now, gatesOf(row.given, this.#size), gatesOf(ofState, this.#size));
        const { takesPart } = row;
        if (takesPart === undefined) return [next as never, this.hiddenOf(next)] as const;
        const kept = this.#choose(takesPart, next, now);
        return [kept as never, where(takesPart, this.hiddenOf(next), 0)] as const;
      },
      this.#stateOf(state, zero) as never,
      rows as never,
    );
    return { output: transpose(output as Tensor, [1, 0, 2]), state: last as State };
  }

  /** The state that is given, of the form of the first, or that. */
  #stateOf(state: unknown, zero: Tensor): unknown {
    const first = this.begin(zero);
    if (state === undefined) return first;
    const op = this.constructor.name;
    if (isSingle(first)) return toTensor(op, "state", state);
    const given = Object(state);
    return Object.fromEntries(
      Object.keys(first as object).map((name) => [
        name,
        toTensor(op, `state.${name}`, given[name]),
      ]),
    );
  }

  /** The mask by places, as a column for each; undefined without one. */
  #maskOf(given: Tensor | undefined, batch: number, length: number): Tensor | undefined {
    if (given === undefined) return undefined;
    const mask = toTensor(this.constructor.name, "mask", given);
    if (
      mask.dtype === "bool" &&
      mask.rank === 2 &&
      mask.shape[0] === batch &&
      mask.shape[1] === length
    ) {
      return transpose(mask, [1, 0]).expandDims(-1);
    }
    throw new ShapeError({
      op: this.constructor.name,
      argument: "mask",
      expected: `bools of shape ${formatShape([batch, length])}`,
      got: `${mask.dtype} of shape ${formatShape(mask.shape)}`,
    });
  }

  /** The next state where a sequence takes part, and the present one elsewhere. */
  #choose(takesPart: Tensor, next: State, now: State): State {
    if (isSingle(next)) return where(takesPart, next, now as Tensor) as State;
    const [one, other] = [next, now] as unknown as Record<string, Tensor>[];
    const names = Object.keys(one ?? {});
    return Object.fromEntries(
      names.map((name) => [name, where(takesPart, one?.[name] as Tensor, other?.[name] as Tensor)]),
    ) as State;
  }
}

function isSingle(state: unknown): state is Tensor {
  return (state as Tensor).shape !== undefined;
}

/** The settings of an {@link RNN}. */
export interface RNNOptions extends WeightOptions {
  /** Default "tanh". */
  readonly activation?: "tanh" | "relu";
}

const readRNN = weightReader({
  activation: optional<"tanh" | "relu">(oneOf("tanh", "relu"), "tanh"),
});

/**
 * The simple recurrent layer h ← tanh(x W + b + h V + c) (Elman, "Finding Structure in Time", 1990).
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { RNN } from "@graddiff/core/nn";
 *
 * const { output, state } = new RNN(3, 5).forward(zeros([2, 7, 3]));
 * console.log(output.shape, state.shape); // [ 2, 7, 5 ] [ 2, 5 ]
 * ```
 */
export class RNN extends Recurrent<Tensor> {
  readonly #activation: "tanh" | "relu";

  /** @param inputs the length of an input row. @param size that of the hidden vector. */
  constructor(inputs: number, size: number, options?: RNNOptions) {
    refuseSurplus("RNN", 3, arguments);
    const { activation, ...own } = readRNN("RNN", options);
    super("RNN", 1, inputs, size, own as WeightOptions);
    this.#activation = activation;
  }

  protected override begin(zero: Tensor): Tensor {
    return zero;
  }

  protected override hiddenOf(state: Tensor): Tensor {
    return state;
  }

  protected override next(_state: Tensor, [x]: Tensor[], [h]: Tensor[]): Tensor {
    const sum = (x as Tensor).add(h as Tensor);
    return this.#activation === "tanh" ? sum.tanh() : sum.relu();
  }
}

/**
 * The gated recurrent unit (Cho et al., 2014), as PyTorch has it: r and z are gates of the logistic function,
 * n = tanh(x Wₙ + bₙ + r (h Vₙ + cₙ)), and h ← (1 − z) n + z h. Its gates stand in the order r, z, n.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { GRU } from "@graddiff/core/nn";
 *
 * const { output, state } = new GRU(3, 5).forward(zeros([2, 7, 3]));
 * console.log(output.shape, state.shape); // [ 2, 7, 5 ] [ 2, 5 ]
 * ```
 */
export class GRU extends Recurrent<Tensor> {
  /** @param inputs the length of an input row. @param size that of the hidden vector. */
  constructor(inputs: number, size: number, options?: WeightOptions) {
    refuseSurplus("GRU", 3, arguments);
    super("GRU", 3, inputs, size, readOptions("GRU", options) as WeightOptions);
  }

  protected override begin(zero: Tensor): Tensor {
    return zero;
  }

  protected override hiddenOf(state: Tensor): Tensor {
    return state;
  }

  protected override next(state: Tensor, ofInput: Tensor[], ofState: Tensor[]): Tensor {
    const [xr, xz, xn] = ofInput as [Tensor, Tensor, Tensor];
    const [hr, hz, hn] = ofState as [Tensor, Tensor, Tensor];
    const z = xz.add(hz).sigmoid();
    const n = xn.add(xr.add(hr).sigmoid().mul(hn)).tanh();
    return n.add(z.mul(state.sub(n)));
  }
}

/**
 * The long short-term memory (Hochreiter and Schmidhuber, 1997), as PyTorch has it: gates i, f and o of the logistic
 * function and g of tanh, c ← f c + i g, h ← o tanh(c). Its gates stand in the order i, f, g, o.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { LSTM } from "@graddiff/core/nn";
 *
 * const lstm = new LSTM(3, 5);
 * const { output, state } = lstm.forward(zeros([2, 7, 3]));
 * console.log(output.shape, state.hidden.shape, state.cell.shape); // [ 2, 7, 5 ] [ 2, 5 ] [ 2, 5 ]
 * console.log(lstm.forward(zeros([2, 1, 3]), state).output.shape); // [ 2, 1, 5 ]
 * ```
 */
export class LSTM extends Recurrent<LSTMState> {
  /** @param inputs the length of an input row. @param size that of the hidden vector. */
  constructor(inputs: number, size: number, options?: WeightOptions) {
    refuseSurplus("LSTM", 3, arguments);
    super("LSTM", 4, inputs, size, readOptions("LSTM", options) as WeightOptions);
  }

  protected override begin(zero: Tensor): LSTMState {
    return { hidden: zero, cell: zero };
  }

  protected override hiddenOf({ hidden }: LSTMState): Tensor {
    return hidden;
  }

  protected override next({ cell }: LSTMState, ofInput: Tensor[], ofState: Tensor[]): LSTMState {
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
