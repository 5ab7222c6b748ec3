/**
 * The models of models.py, written with the same names, so that PyTorch's weights can be loaded.
 */

import {
  adaptiveAveragePool2d,
  arange,
  concat,
  gelu,
  interpolate,
  Layer,
  logSoftmax,
  maxPool2d,
  relu,
  scaledDotProductAttention,
  silu,
  softmax,
  type Tensor,
  tanh,
  uniform,
  Variable,
  zeros,
} from "@graddiff/core";
import {
  AveragePool2d,
  BatchNorm,
  Conv2d,
  ConvTranspose2d,
  Dense,
  Embedding,
  Flatten,
  GRU,
  GroupNorm,
  LayerNorm,
  LSTM,
  MaxPool2d,
  Sequential,
  TransformerBlock,
} from "@graddiff/nn";

class Residual extends Layer {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly down: Sequential | undefined;

  constructor(inputs: number, outputs: number, stride: number) {
    super();
    this.conv1 = new Conv2d(inputs, outputs, 3, { stride, padding: 1, bias: false });
    this.bn1 = new BatchNorm(outputs);
    this.conv2 = new Conv2d(outputs, outputs, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm(outputs);
    this.down =
      stride > 1
        ? new Sequential(
            new Conv2d(inputs, outputs, 1, { stride, bias: false }),
            new BatchNorm(outputs),
          )
        : undefined;
  }

  override compute(x: Tensor): Tensor {
    const inner = this.bn1.forward(this.conv1.forward(x)).relu();
    const beside = this.down ? this.down.forward(x) : x;
    return this.bn2.forward(this.conv2.forward(inner)).add(beside).relu();
  }
}

class ResNet extends Layer {
  readonly stem = new Sequential(
    new Conv2d(3, 16, 3, { padding: 1, bias: false }),
    new BatchNorm(16),
    relu,
  );
  readonly blocks = new Sequential(
    new Residual(16, 16, 1),
    new Residual(16, 32, 2),
    new Residual(32, 64, 2),
  );
  readonly pool = new AveragePool2d(2);
  readonly head = new Dense(64, 10);

  override compute(x: Tensor): Tensor {
    const planes = this.pool.forward(this.blocks.forward(this.stem.forward(x)));
    return this.head.forward(planes.mean([2, 3]));
  }
}

const twice = (inputs: number, outputs: number) =>
  new Sequential(
    new Conv2d(inputs, outputs, 3, { padding: 1 }),
    new BatchNorm(outputs),
    relu,
    new Conv2d(outputs, outputs, 3, { padding: 1 }),
    new BatchNorm(outputs),
    relu,
  );

class UNet extends Layer {
  readonly first = twice(1, 8);
  readonly second = twice(8, 16);
  readonly bottom = twice(16, 32);
  readonly up = new ConvTranspose2d(32, 16, 2, { stride: 2 });
  readonly third = twice(32, 16);
  readonly fourth = twice(24, 8);
  readonly out = new Conv2d(8, 2, 1);

  override compute(x: Tensor): Tensor {
    const first = this.first.forward(x);
    const second = this.second.forward(maxPool2d(first, 2));
    const bottom = this.bottom.forward(maxPool2d(second, 2));
    const third = this.third.forward(concat([this.up.forward(bottom), second], 1));
    const wide = interpolate(third, { scale: 2, mode: "linear" });
    return this.out.forward(this.fourth.forward(concat([wide, first], 1)));
  }
}

class Tagger extends Layer {
  readonly words = new Embedding(200, 32);
  readonly lstm = new LSTM(32, 48, { bidirectional: true, output: "all" });
  readonly tags = new Dense(96, 12);

  override compute(words: Tensor): Tensor {
    return this.tags.forward(this.lstm.forward(this.words.forward(words)));
  }
}

class Forecast extends Layer {
  readonly gru = new GRU(4, 64, { layers: 2, output: "last" });
  readonly norm = new LayerNorm(64);
  readonly head = new Dense(64, 4);

  override compute(series: Tensor): Tensor {
    return this.head.forward(this.norm.forward(this.gru.forward(series)));
  }
}

class Encoder extends Layer {
  readonly tokens = new Embedding(100, 64);
  readonly places = new Variable(zeros([32, 64]));
  readonly encoder = { layers: [0, 1].map(() => new TransformerBlock(64, 4, { hidden: 128 })) };
  readonly head = new Dense(64, 5);

  override compute(tokens: Tensor): Tensor {
    const rows = this.tokens.forward(tokens).add(this.places.value);
    const seen = this.encoder.layers.reduce((x, block) => block.forward(x), rows);
    return this.head.forward(seen.mean(1));
  }
}

class Block extends Layer {
  readonly ln1 = new LayerNorm(64);
  readonly query = new Dense(64, 64);
  readonly key = new Dense(64, 64);
  readonly value = new Dense(64, 64);
  readonly output = new Dense(64, 64);
  readonly ln2 = new LayerNorm(64);
  readonly mlp = new Sequential(
    new Dense(64, 256),
    (x: Tensor) => gelu(x, { approximation: "tanh" }),
    new Dense(256, 64),
  );

  override compute(x: Tensor): Tensor {
    const [batch = 0, length = 0, size = 0] = x.shape;
    const normed = this.ln1.forward(x);
    const heads = (layer: Dense) =>
      layer
        .forward(normed)
        .reshape([batch, length, 4, size / 4])
        .transpose([0, 2, 1, 3]);
    const [q, k, v] = [this.query, this.key, this.value].map(heads) as [Tensor, Tensor, Tensor];
    const weighed = scaledDotProductAttention(q, k, v, { causal: true });
    const rows = weighed.transpose([0, 2, 1, 3]).reshape([batch, length, size]);
    const seen = x.add(this.output.forward(rows));
    return seen.add(this.mlp.forward(this.ln2.forward(seen)));
  }
}

class GPT extends Layer {
  readonly wte = new Embedding(100, 64);
  readonly wpe = new Embedding(32, 64);
  readonly h = [new Block(), new Block()];
  readonly ln_f = new LayerNorm(64);
  readonly lm_head = new Dense(64, 100, { bias: false });

  override compute(tokens: Tensor): Tensor {
    const places = this.wpe.forward(arange(tokens.shape[1] ?? 0, { dtype: "int32" }));
    const rows = this.h.reduce(
      (x, block) => block.forward(x),
      this.wte.forward(tokens).add(places),
    );
    return this.lm_head.forward(this.ln_f.forward(rows));
  }
}

class Classifier extends Layer {
  readonly words = new Embedding(500, 32);
  readonly hidden = new Dense(32, 64);
  readonly head = new Dense(64, 8);

  override compute(words: Tensor): Tensor {
    const hidden = tanh(this.hidden.forward(this.words.forward(words).mean(1)));
    return logSoftmax(this.head.forward(hidden));
  }
}

/** The models, by their names in models.py. */
export const NETWORKS: Readonly<Record<string, () => Layer>> = {
  mlp: () =>
    new Sequential(new Dense(64, 256), gelu, new Dense(256, 256), gelu, new Dense(256, 10)),
  lenet: () =>
    new Sequential(
      new Conv2d(1, 6, 5, { padding: 2 }),
      relu,
      new MaxPool2d(2),
      new Conv2d(6, 16, 5),
      relu,
      new MaxPool2d(2),
      new Flatten(),
      new Dense(400, 120),
      relu,
      new Dense(120, 84),
      relu,
      new Dense(84, 10),
      softmax,
    ),
  resnet: () => new ResNet(),
  unet: () => new UNet(),
  tagger: () => new Tagger(),
  forecast: () => new Forecast(),
  encoder: () => new Encoder(),
  gpt: () => new GPT(),
  groups: () =>
    new Sequential(
      new Conv2d(3, 16, 3, { padding: 1, bias: false }),
      new GroupNorm(4, 16),
      relu,
      new MaxPool2d(2),
      new Conv2d(16, 32, 3, { padding: 1 }),
      new GroupNorm(8, 32),
      silu,
      (x: Tensor) => adaptiveAveragePool2d(x, 1),
      new Flatten(),
      new Dense(32, 10),
    ),
  classifier: () => new Classifier(),
};

/** The shapes of inputs in models.py, and the bound of integers. */
const INPUTS: Readonly<
  Record<string, { readonly shape: readonly number[]; readonly below?: number }>
> = {
  mlp: { shape: [32, 64] },
  lenet: { shape: [8, 1, 28, 28] },
  resnet: { shape: [4, 3, 32, 32] },
  unet: { shape: [2, 1, 32, 32] },
  tagger: { shape: [4, 20], below: 200 },
  forecast: { shape: [4, 24, 4] },
  encoder: { shape: [4, 32], below: 100 },
  gpt: { shape: [2, 32], below: 100 },
  groups: { shape: [4, 3, 32, 32] },
  classifier: { shape: [16, 24], below: 500 },
};

/** Returns an input of a model for a number of examples. */
export function inputOf(name: string, batch?: number, seed = 1): Tensor {
  const { shape = [], below } = INPUTS[name] ?? {};
  const [examples = 1, ...rest] = shape;
  const own = [batch ?? examples, ...rest];
  if (below === undefined) return uniform(own, { seed, low: -1, high: 1 });
  return uniform(own, { seed, high: below }).floor().cast("int32");
}

/** Returns the result of a model for an input. */
export function computed(model: Layer, x: Tensor): Tensor {
  return model.forward(x as never) as unknown as Tensor;
}
