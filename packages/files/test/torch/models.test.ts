/**
 * Models of PyTorch, written here with the same names. With the weights of PyTorch's files they have the same results
 * and train in the same way, and their weights can be saved for PyTorch. models.py has made the files.
 */

import { readFileSync } from "node:fs";
import {
  arange,
  compile,
  concat,
  gelu,
  Layer,
  relu,
  type Tensor,
  tensor,
  Variable,
  zeros,
} from "@graddiff/core";
import {
  Adam,
  BatchNorm,
  Conv2d,
  ConvTranspose2d,
  crossEntropy,
  Dense,
  Embedding,
  Flatten,
  GRU,
  LayerNorm,
  LSTM,
  loadTorch,
  MaxPool2d,
  MultiHeadAttention,
  meanSquaredError,
  Sequential,
  TransformerBlock,
  toTorch,
} from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { readTorch } from "../../src/index.ts";

interface Told {
  readonly dtype: "float32" | "int32";
  readonly shape: number[];
  readonly values: number[];
}

interface Expected {
  readonly inputs: Told[];
  readonly targets: Told;
  readonly outputs: Told[];
  readonly losses: number[];
  readonly names: string[];
}

const read = (name: string) => readFileSync(new URL(name, import.meta.url));
const expected = JSON.parse(read("expected.json").toString()) as Record<string, Expected>;
const toTensor = ({ dtype, shape, values }: Told) => tensor(values, { dtype }).reshape(shape);

class UNet extends Layer {
  readonly down = new Sequential(new Conv2d(1, 3, 3, { padding: 1 }), new BatchNorm(3), relu);
  readonly bottom = new Conv2d(3, 4, 3, { stride: 2, padding: 1 });
  readonly up = new ConvTranspose2d(4, 3, 2, { stride: 2 });
  readonly out = new Conv2d(6, 1, 1);

  override compute(x: Tensor): Tensor {
    const wide = this.down.forward(x);
    const narrow = this.bottom.forward(wide).relu();
    return this.out.forward(concat([wide, this.up.forward(narrow)], 1));
  }
}

class Tagger extends Layer {
  readonly words = new Embedding(12, 6);
  readonly lstm = new LSTM(6, 5);
  readonly tags = new Dense(5, 4);

  override compute(words: Tensor): Tensor {
    return this.tags.forward(this.lstm.forward(this.words.forward(words)).output);
  }
}

class Forecast extends Layer {
  readonly gru = new GRU(2, 4);
  readonly norm = new LayerNorm(4);
  readonly head = new Dense(4, 1);

  override compute(series: Tensor): Tensor {
    return this.head.forward(this.norm.forward(this.gru.forward(series).state));
  }
}

class Encoder extends Layer {
  readonly tokens = new Embedding(11, 8);
  readonly places = new Variable(zeros([5, 8]));
  readonly encoder = { layers: [0, 1].map(() => new TransformerBlock(8, 2, { hidden: 12 })) };
  readonly head = new Dense(8, 3);

  override compute(tokens: Tensor): Tensor {
    const rows = this.tokens.forward(tokens).add(this.places.value);
    return this.head.forward(
      this.encoder.layers.reduce((x, block) => block.forward(x), rows).mean(1),
    );
  }
}

class Block extends Layer {
  readonly ln1 = new LayerNorm(8);
  readonly attn = new MultiHeadAttention(8, 2, { causal: true, bias: false });
  readonly ln2 = new LayerNorm(8);
  readonly mlp = new Sequential(
    new Dense(8, 16),
    (x: Tensor) => gelu(x, { approximation: "tanh" }),
    new Dense(16, 8),
  );

  override compute(x: Tensor): Tensor {
    const seen = x.add(this.attn.forward(this.ln1.forward(x)));
    return seen.add(this.mlp.forward(this.ln2.forward(seen)));
  }
}

class GPT extends Layer {
  readonly wte = new Embedding(10, 8);
  readonly wpe = new Embedding(6, 8);
  readonly h = [new Block(), new Block()];
  readonly ln_f = new LayerNorm(8);
  readonly lm_head = new Dense(8, 10, { bias: false });

  override compute(tokens: Tensor): Tensor {
    const places = this.wpe.forward(arange(tokens.shape[1] ?? 0, { dtype: "int32" }));
    const rows = this.h.reduce(
      (x, block) => block.forward(x),
      this.wte.forward(tokens).add(places),
    );
    return this.lm_head.forward(this.ln_f.forward(rows));
  }
}

class VAE extends Layer {
  readonly encode = new Sequential(new Dense(6, 8), (x: Tensor) => x.tanh());
  readonly mean = new Dense(8, 2);
  readonly log_variance = new Dense(8, 2);
  readonly decode = new Sequential(new Dense(2, 8), (x: Tensor) => x.tanh(), new Dense(8, 6));

  override compute(x: Tensor, noise: Tensor): [Tensor, Tensor, Tensor] {
    const hidden = this.encode.forward(x);
    const [mean, logVariance] = [this.mean.forward(hidden), this.log_variance.forward(hidden)];
    const sample = mean.add(noise.mul(logVariance.div(2).exp()));
    return [this.decode.forward(sample), mean, logVariance];
  }
}

const classify = (logits: Tensor, classes: Tensor) =>
  crossEntropy(logits.reshape([-1, logits.shape.at(-1) ?? 1]), classes.flatten());

/** A model, a function that computes its results, and a loss of results and targets. */
interface Case {
  readonly model: Layer;
  readonly forward: (...inputs: Tensor[]) => Tensor[];
  readonly loss: (results: readonly Tensor[], targets: Tensor) => Tensor;
}

/** Returns the case of a model with one input and one result. */
function single<Model extends Layer>(
  model: Model,
  forward: (model: Model, x: Tensor) => Tensor,
  loss: (result: Tensor, targets: Tensor) => Tensor,
): Case {
  return {
    model,
    forward: (x) => [forward(model, x as Tensor)],
    loss: ([result], targets) => loss(result as Tensor, targets),
  };
}

function autoencoder(): Case {
  const model = new VAE();
  return {
    model,
    forward: (x, noise) => model.forward(x as Tensor, noise as Tensor),
    loss: (results, x) => {
      const [decoded, mean, logVariance] = results as [Tensor, Tensor, Tensor];
      const divergence = mean.square().add(logVariance.exp()).sub(1).sub(logVariance);
      const error = decoded.sub(x).square().sum(1).mean();
      return error.add(divergence.sum(1).mean().div(2));
    },
  };
}

const MODELS: Readonly<Record<string, () => Case>> = {
  mlp: () =>
    single(
      new Sequential(new Dense(4, 8), relu, new Dense(8, 3)),
      (model, x) => model.forward(x),
      classify,
    ),
  cnn: () =>
    single(
      new Sequential(
        new Conv2d(1, 4, 3, { padding: 1, bias: false }),
        new BatchNorm(4),
        relu,
        new MaxPool2d(2),
        new Flatten(),
        new Dense(36, 3),
      ),
      (model, x) => model.forward(x),
      classify,
    ),
  unet: () => single(new UNet(), (model, x) => model.forward(x), meanSquaredError),
  tagger: () => single(new Tagger(), (model, x) => model.forward(x), classify),
  forecast: () => single(new Forecast(), (model, x) => model.forward(x), meanSquaredError),
  encoder: () => single(new Encoder(), (model, x) => model.forward(x), classify),
  gpt: () => single(new GPT(), (model, x) => model.forward(x), classify),
  vae: autoencoder,
};

test("each model of models.py is here", () => {
  expect(Object.keys(MODELS)).toEqual(Object.keys(expected));
});

describe.each(Object.entries(expected))(
  "%s",
  (name, { inputs, targets, outputs, losses, names }) => {
    const make = () => {
      const own = MODELS[name]?.();
      if (own === undefined) throw new Error(`there is no ${name}`);
      return { ...own, load: loadTorch(own.model, readTorch(read(`${name}.pt`))) };
    };
    const given = inputs.map(toTensor);

    test("uses each tensor of the file but counts of batches", () => {
      const { used, left, missing } = make().load;
      const counts = (tensor: string) => tensor.endsWith("num_batches_tracked");
      expect(used.map(({ tensor }) => tensor).sort()).toEqual(
        names.filter((tensor) => !counts(tensor)).sort(),
      );
      expect([...left, ...missing]).toEqual([]);
    });

    test("gives in evaluation what PyTorch gives", () => {
      const { model, forward } = make();
      model.train(false);
      const results = forward(...given);
      expect(results.length).toBe(outputs.length);
      for (const [i, each] of outputs.entries()) expectNear(results[i], toTensor(each));
    });

    test("trains as PyTorch trains, ten steps", () => {
      const { model, forward, loss } = make();
      const optimizer = new Adam(model, { learningRate: 0.01 });
      const step = compile(() =>
        optimizer.minimize(() => loss(forward(...given), toTensor(targets))),
      );
      const found = tensor(losses.map(() => step().item()));
      expectNear(found, tensor(losses));
    });

    test("hands its weights back, bit for bit", () => {
      const { model } = make();
      const file = readTorch(read(`${name}.pt`));
      const back = toTorch(model);
      for (const [key, value] of Object.entries(back)) {
        expect(value.shape, key).toEqual(file[key]?.shape);
        expect(value.data(), key).toEqual(file[key]?.data());
      }
    });
  },
);

/** Expects a tensor within 1e-6 of the greatest number. */
function expectNear(actual: Tensor | undefined, wanted: Tensor): void {
  expect(actual?.shape).toEqual(wanted.shape);
  const scale = Math.max(1, wanted.abs().max().item());
  const distance = actual?.sub(wanted).abs().max().item() ?? Number.NaN;
  expect(distance / scale).toBeLessThan(1e-6);
}
