// A training step of a small character transformer, written without layers of the library: two blocks of attention and
// a perceptron, some 63,000 weights.

import {
  arange,
  compile,
  normal,
  ones,
  type Tensor,
  take,
  tensor,
  Variable,
  valueAndGrad,
  variables,
  where,
  zeros,
} from "@graddiff/core";
import { Adam, crossEntropy } from "@graddiff/nn";
import { type Call, callOf, type Mode, type Workload } from "./workload.ts";

const BATCH = 8;
const LENGTH = 32;
const WIDTH = 48;
const HEADS = 4;
const SYMBOLS = 50;
const BLOCKS = 2;

export const transformers: readonly Workload[] = [{ name: "train a transformer", prepare }];

let seed = 0;
const matrix = (rows: number, columns: number) =>
  new Variable(normal([rows, columns], { seed: seed++, deviation: rows ** -0.5 }));
const row = (length: number, make = zeros) => new Variable(make([length]));

/** A linear layer, x · W + b. */
class Linear {
  readonly weight: Variable;
  readonly bias: Variable;

  constructor(inputs: number, outputs: number) {
    this.weight = matrix(inputs, outputs);
    this.bias = row(outputs);
  }

  apply(x: Tensor): Tensor {
    return x.matmul(this.weight.value).add(this.bias.value);
  }
}

class LayerNorm {
  readonly gain = row(WIDTH, ones);
  readonly shift = row(WIDTH);

  apply(x: Tensor): Tensor {
    const centred = x.sub(x.mean(-1, { keepDims: true }));
    const variance = centred.square().mean(-1, { keepDims: true });
    const scaled = centred.div(variance.add(1e-5).sqrt());
    return scaled.mul(this.gain.value).add(this.shift.value);
  }
}

class Block {
  readonly norms = [new LayerNorm(), new LayerNorm()] as const;
  readonly query = new Linear(WIDTH, WIDTH);
  readonly key = new Linear(WIDTH, WIDTH);
  readonly value = new Linear(WIDTH, WIDTH);
  readonly output = new Linear(WIDTH, WIDTH);
  readonly wide = new Linear(WIDTH, 4 * WIDTH);
  readonly narrow = new Linear(4 * WIDTH, WIDTH);

  apply(x: Tensor): Tensor {
    const mixed = x.add(this.#attend(this.norms[0].apply(x)));
    return mixed.add(this.narrow.apply(this.wide.apply(this.norms[1].apply(mixed)).relu()));
  }

  #attend(x: Tensor): Tensor {
    const heads = (linear: Linear) =>
      linear
        .apply(x)
        .reshape([BATCH, LENGTH, HEADS, WIDTH / HEADS])
        .transpose([0, 2, 1, 3]);
    const scores = heads(this.query)
      .matmul(heads(this.key).transpose([0, 1, 3, 2]))
      .mul((WIDTH / HEADS) ** -0.5);
    const places = arange(LENGTH);
    const seen = places.reshape([LENGTH, 1]).greaterEqual(places);
    const masked = where(seen, scores, -1e9);
    const powers = masked.sub(masked.max(-1, { keepDims: true }).stopGradient()).exp();
    const shares = powers.div(powers.sum(-1, { keepDims: true }));
    const joined = shares.matmul(heads(this.value)).transpose([0, 2, 1, 3]);
    return this.output.apply(joined.reshape([BATCH, LENGTH, WIDTH]));
  }
}

class Transformer {
  readonly symbols = matrix(SYMBOLS, WIDTH);
  readonly places = matrix(LENGTH, WIDTH);
  readonly blocks = Array.from({ length: BLOCKS }, () => new Block());
  readonly norm = new LayerNorm();
  readonly head = new Linear(WIDTH, SYMBOLS);

  apply(text: Tensor): Tensor {
    const embedded = take(this.symbols.value, text).add(this.places.value);
    const mixed = this.blocks.reduce((x, block) => block.apply(x), embedded);
    return this.head.apply(this.norm.apply(mixed));
  }
}

function prepare(mode: Mode): Call {
  seed = 0;
  const model = new Transformer();
  const trained = variables(model);
  const optimizer = new Adam(trained, { learningRate: 0.01 });
  const step = (text: Tensor, next: Tensor): Tensor => {
    const loss = () => crossEntropy(model.apply(text), next);
    const { value, gradient } = valueAndGrad(loss, { variables: trained })();
    optimizer.step(gradient);
    return value;
  };
  // A text that can be learned: every symbol is determined by the one before.
  const symbols = Int32Array.from({ length: BATCH * (LENGTH + 1) }, (_, i) => (i * 7) % SYMBOLS);
  const text = tensor(symbols, { shape: [BATCH, LENGTH + 1] });
  const before = text.slice([0, 0], [BATCH, LENGTH]);
  const after = text.slice([0, 1]);
  const train = mode === "compiled" ? compile(step) : step;
  return callOf(train, [before, after], () => [train(before, after)]);
}
