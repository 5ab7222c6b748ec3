/** Tokens that a model generates are those of passes over the whole sequence, and one program computes all of them. */

import {
  argMax,
  compile,
  type Indices,
  Layer,
  relu,
  softmax,
  type Tensor,
  tensor,
  topK,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { sampleTests } from "../../../core/test/support/sampling.ts";
import {
  type AttentionCache,
  Conv1d,
  type Decoder,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  type GenerateOptions,
  GRU,
  generate,
  LayerNorm,
  LearnedPositions,
  type Link,
  LowRank,
  LSTM,
  MultiHeadAttention,
  Residual,
  Sequential,
  SinusoidalPositions,
  TransformerBlock,
} from "../../src/index.ts";

sampleTests(3);

const TOKENS = 23;
const indices = (tokens: readonly number[]) => tensor([[...tokens]], { dtype: "int32" });

const chain = (...links: Link[]) =>
  new Sequential(new Embedding(TOKENS, 8), ...links, new Dense(8, TOKENS), { seed: 3 });

/** The models, by their distinctive layers. */
const MODELS: Readonly<Record<string, () => Sequential>> = {
  "learned positions": () =>
    chain(
      new LearnedPositions(40, 8),
      new TransformerBlock(8, 2, { causal: true }),
      new TransformerBlock(8, 2, { causal: true }),
      new LayerNorm(8),
    ),
  "sinusoidal positions and residuals": () =>
    chain(
      new SinusoidalPositions(8),
      new Residual(new LayerNorm(8), new MultiHeadAttention(8, 4, { causal: true })),
      new Residual(new Dense(8, 8), relu, new Dropout(0.5)),
    ),
  "rotary positions and groups": () =>
    chain(
      new TransformerBlock(8, 4, { causal: true, groups: 2, positions: "rotary", dropout: 0.3 }),
      new Sequential(new TransformerBlock(8, 2, { causal: true, groups: 1, positions: "rotary" })),
    ),
  "a GRU of two layers": () => chain(new GRU(8, 8, { layers: 2, output: "all" })),
  "an LSTM": () => chain(new LSTM(8, 8, { output: "all" }), new LayerNorm(8)),
};

const longModel = () =>
  chain(new LearnedPositions(100, 8), new TransformerBlock(8, 2, { causal: true }));

function modelOf(name: string): Sequential {
  const make = MODELS[name];
  if (make === undefined) throw new Error(`no model has ${name}`);
  return make();
}

async function write(
  model: Parameters<typeof generate>[0],
  given: readonly number[],
  options: GenerateOptions,
): Promise<number[]> {
  const made: number[] = [];
  for await (const token of generate(model, given, options)) made.push(token);
  return made;
}

/** Returns the logits after a sequence, by a pass over all of it. */
const logitsOf = (model: Sequential, tokens: readonly number[]) =>
  model.train(false).forward(indices(tokens)).at(0, -1);

/** Returns the likeliest next tokens, by passes over the whole sequence. */
function likeliest(model: Sequential, given: readonly number[], count: number): number[] {
  const all = [...given];
  for (let i = 0; i < count; i++) all.push(argMax(logitsOf(model, all)).item());
  return all.slice(given.length);
}

describe("generate", () => {
  test.each(Object.keys(MODELS))("writes what whole passes of a model of %s say", async (name) => {
    const model = modelOf(name);
    const given = [4, 9, 2];
    expect(await write(model, given, { count: 12, temperature: 0 })).toEqual(
      likeliest(model, given, 12),
    );
  });

  test.each(Object.keys(MODELS))("has the bits of whole passes: the steps of %s", (name) => {
    const model = modelOf(name).train(false);
    const tokens = [1, 5, 22, 0, 7, 7];
    const whole = model.forward(indices(tokens));
    const steps = model.layers.map((layer) => {
      const { start, next }: Partial<Decoder<unknown>> = layer as object;
      let cache = start?.call(layer, 1, tokens.length);
      return (row: Tensor) => {
        if (next === undefined) return undefined;
        const result = next.call(layer, row, cache as never);
        cache = result.cache;
        return result.output;
      };
    });
    if (name.includes("residuals") || name.includes("rotary")) return;
    tokens.forEach((token, i) => {
      const row = model.layers.reduce<Tensor>(
        (x, layer, k) => steps[k]?.(x) ?? (layer.forward(x as never) as Tensor),
        indices([token]),
      );
      expectSameBits(row.at(0, 0), whole.at(0, i));
    });
  });

  test("compiles once for all tokens, and for the next call by the same settings", async () => {
    let recorded = 0;
    class Counted extends Layer {
      override compute(x: Tensor): Tensor {
        recorded++;
        return x.mul(1);
      }
    }
    const model = chain(new Counted(), new TransformerBlock(8, 2, { causal: true }));
    const options = { count: 9, temperature: 0.5, topK: 5, topP: 0.9 };
    const first = await write(model, [1, 2, 3], { ...options, seed: 5 });
    expect([first.length, recorded]).toEqual([9, 1]);
    expect(await write(model, [1, 2, 3], { ...options, seed: 5 })).toEqual(first);
    expect(await write(model, [1, 2, 3], { ...options, seed: 6, temperature: 0.7 })).not.toEqual(
      first,
    );
    expect(recorded).toBe(1);
    const [one, other] = [
      generate(model, [1, 2, 3], { ...options, seed: 5 }),
      generate(model, [1, 2, 3], { ...options, seed: 5 }),
    ];
    for (const token of first) {
      expect([(await one.next()).value, (await other.next()).value]).toEqual([token, token]);
    }
    expect(recorded).toBe(2);
  });

  test("draws tokens as often as their logits say", async () => {
    const model = chain();
    const shares = softmax(logitsOf(model, [4]).div(0.5)).data();
    const counts = new Array<number>(TOKENS).fill(0);
    const runs = 1500;
    for (let seed = 0; seed < runs; seed++) {
      for (const token of await write(model, [4], { count: 1, temperature: 0.5, seed })) {
        counts[token] = (counts[token] ?? 0) + 1;
      }
    }
    // For 22 degrees of freedom, Pearson's statistic is below 48.3 with a probability of 0.999.
    const statistic = counts.reduce((sum, count, i) => {
      const expected = runs * Number(shares[i]);
      return sum + (count - expected) ** 2 / expected;
    }, 0);
    expect(statistic).toBeLessThan(48.3);
  });

  test("draws from the likeliest alone, by number and by probability", async () => {
    const model = chain();
    const logits = logitsOf(model, [4]);
    const { values, indices: order } = topK(logits, TOKENS);
    const shares = Array.from(softmax(values).data(), Number);
    const ranks = Array.from(order.data(), Number);
    /** Returns the tokens that were drawn at least once in many runs. */
    const drawn = async (options: Partial<GenerateOptions>) => {
      const met = new Set<number>();
      for (let seed = 0; seed < 400; seed++) {
        for (const token of await write(model, [4], { count: 1, seed, ...options })) met.add(token);
      }
      return [...met].sort((a, b) => a - b);
    };
    const first = (count: number) => ranks.slice(0, count).sort((a, b) => a - b);
    expect(await drawn({ topK: 3 })).toEqual(first(3));
    expect(await drawn({ topK: 1 })).toEqual(first(1));
    // The expected tokens are the fewest whose probabilities add up to at least half.
    const half = shares.findIndex((_, i) => sumOf(shares.slice(0, i + 1)) >= 0.5) + 1;
    expect(half).toBeGreaterThan(3);
    expect(await drawn({ topP: 0.5 })).toEqual(first(half));
    expect(await drawn({ topP: 1e-6 })).toEqual(first(1));
    // The probabilities of the three tokens are relative to their sum.
    const three = sumOf(shares.slice(0, 3));
    const most = ((shares[0] ?? 0) + (shares[1] ?? 0)) / three;
    expect(await drawn({ topK: 3, topP: most - 1e-3 })).toEqual(first(2));
    expect(await drawn({ topK: 3, topP: most + 1e-3 })).toEqual(first(3));
    expect((await drawn({ topK: 100 })).length).toBeGreaterThan(15);
  });

  describe.each(["float32", "float64"] as const)("at small temperatures, in %s", (dtype) => {
    /** Returns a decoder with the same logits after every token. */
    const decoderOf = (logits: readonly number[]): Decoder<unknown> => ({
      start: () => tensor(0),
      next: (_, cache) => ({ output: tensor([[[...logits]]], { dtype }), cache }),
    });
    // The temperatures are around the least normal and the least float32, and where a single logit overflows.
    const temperatures = [
      ...[-1074, -1022, -151, -150, -149, -148, -140, -127, -126, -125, -120, -110, -60].flatMap(
        (exponent) => [1, 1.5].map((mantissa) => mantissa * 2 ** exponent),
      ),
      ...Array.from({ length: 12 }, (_, i) => 10 ** -(34 + i)),
    ];
    const settings: Partial<GenerateOptions>[] = [{}, { topK: 3 }, { topP: 0.9 }];

    test.each([[1e-3], [1], [40], [1e9], [1e30]])(
      "takes the likeliest of logits of size %s",
      async (size) => {
        const logits = [-1, 0.5, -0.25, 2, 1.5].map((each) => each * size);
        for (const shift of [0, -4 * size]) {
          const decoder = decoderOf(logits.map((each) => each + shift));
          for (const temperature of temperatures.filter((each) => each < size * 2 ** -12)) {
            for (const each of settings) {
              const options = { count: 2, temperature, ...each };
              expect([temperature, await write(decoder, [1], options)]).toEqual([
                temperature,
                [3, 3],
              ]);
            }
          }
        }
      },
    );

    test("draws as ever from logits that are as close as the temperature", async () => {
      for (const exponent of [-120, -110, -60]) {
        const step = 2 ** exponent;
        const options = { count: 40, seed: 4 };
        const logits = [-1, 0.5, -0.25, 2, 1.5];
        const expected = await write(decoderOf(logits), [1], options);
        expect(new Set(expected).size).toBeGreaterThan(2);
        const small = decoderOf(logits.map((each) => each * step));
        expect(await write(small, [1], { ...options, temperature: step })).toEqual(expected);
      }
    });
  });

  test("ends before a token, and goes on after a break in another call", async () => {
    const model = modelOf("learned positions");
    const given = [4, 9, 2];
    const all = likeliest(model, given, 12);
    const stop = all[5] as number;
    const until = all.slice(0, all.indexOf(stop));
    const options = { count: 12, temperature: 0 };
    expect(await write(model, given, { ...options, stop })).toEqual(until);
    expect(await write(model, given, { ...options, stop: [99, stop] })).toEqual(until);
    const made: number[] = [];
    for await (const token of generate(model, given, options)) {
      made.push(token);
      if (made.length === 4) break;
    }
    expect(made).toEqual(all.slice(0, 4));
    expect(await write(model, given, options)).toEqual(all);
  });

  test("goes on with the last half of what it sees, where there is no room for more", async () => {
    const model = modelOf("learned positions");
    const context = 6;
    const all = [4, 9, 2, 8];
    let begin = 0;
    for (let i = 0; i < 14; i++) {
      if (all.length - begin > context) begin = all.length - context / 2;
      all.push(argMax(logitsOf(model, all.slice(begin))).item());
    }
    const options = { count: 14, temperature: 0, context };
    expect(await write(model, all.slice(0, 4), options)).toEqual(all.slice(4));
    // A prompt may be longer than the context, too.
    const long = [1, 2, 3, 4, 5, 6, 7];
    expect(await write(model, long, { count: 1, temperature: 0, context })).toEqual([
      argMax(logitsOf(model, [5, 6, 7])).item(),
    ]);
  });

  test.each(Object.keys(MODELS))(
    "reads a long beginning in pieces, with the tokens of whole passes: %s",
    async (name) => {
      const model = name === "learned positions" ? longModel() : modelOf(name);
      const given = Array.from({ length: 71 }, (_, i) => (i * i + 3 * i) % TOKENS);
      expect(await write(model, given, { count: 5, temperature: 0 })).toEqual(
        likeliest(model, given, 5),
      );
    },
  );

  test("takes a model with start and next, and tokens as a tensor", async () => {
    class Own extends Layer {
      readonly table = new Embedding(TOKENS, 8, { seed: 1 });
      readonly attention = new MultiHeadAttention(8, 2, { seed: 2, causal: true });
      readonly head = new LowRank(new Dense(8, TOKENS, { seed: 3 }), { rank: 2 });
      override compute(x: Indices): Tensor {
        return this.head.forward(this.attention.forward(this.table.forward(x)));
      }
      start(batch: number, most: number): AttentionCache {
        return this.attention.start(batch, most);
      }
      next(row: Indices, before: AttentionCache) {
        const { output, cache } = this.attention.next(this.table.forward(row), before);
        return { output: this.head.forward(output), cache };
      }
    }
    const model = new Own();
    const same = new Sequential(model.table, model.attention, model.head);
    const made: number[] = [];
    const given = tensor([3, 1], { dtype: "int32" });
    for await (const token of generate(model, given, { count: 6, temperature: 0 }))
      made.push(token);
    expect(made).toEqual(likeliest(same, [3, 1], 6));
  });

  test("gives the event loop its turns, and leaves the model in evaluation", async () => {
    const model = modelOf("rotary positions and groups");
    model.train();
    let turns = 0;
    const timer = setInterval(() => {
      turns++;
    }, 1);
    for await (const _token of generate(model, [1], { count: 5000, context: 64 })) {
      if (turns > 3) break;
    }
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
    expect(model.training).toBe(false);
  });

  test("refuses models, tokens and settings that do not fit", async () => {
    const model = modelOf("learned positions");
    const attempt =
      (...given: unknown[]) =>
      () =>
        Reflect.apply(generate, undefined, given);
    const options = { count: 3 };
    expect(attempt(new Dense(2, 2), [1], options)).toThrow(
      "generate: model: expected a Sequential, or a model with start and next, got a Dense",
    );
    const tokens = "int32 of shape [length], or a list of whole numbers, at least one";
    expect(attempt(model, [], options)).toThrow(`generate: tokens: expected ${tokens}`);
    expect(attempt(model, [1.5], options)).toThrow(`generate: tokens: expected ${tokens}`);
    expect(attempt(model, tensor([1]), options)).toThrow(
      `generate: tokens: expected ${tokens}, got float32 of shape [1]`,
    );
    expect(attempt(model, [1], { ...options, topP: 0 })).toThrow(
      "generate: topP: expected a number above 0 and at most 1, got 0",
    );
    expect(attempt(model, [1], { ...options, temperature: -1 })).toThrow("generate: temperature:");
    await expect(write(model, [1], { count: 40 })).rejects.toThrow(
      "LearnedPositions.start: most: expected at most 40 positions, got 41",
    );
    await expect(write(model, [TOKENS], options)).rejects.toThrow("Embedding");
    const row = "layers that have start and next, or work on each position by itself";
    await expect(write(chain(new Flatten()), [1], options)).rejects.toThrow(
      `generate: model: expected ${row}, got Flatten, which makes`,
    );
    await expect(write(chain(new Conv1d(1, 8, 1)), [1], options)).rejects.toThrow(row);
    await expect(write(chain(new MultiHeadAttention(8, 2)), [1], options)).rejects.toThrow(
      "MultiHeadAttention.next: causal: expected a causal layer",
    );
    const broken = chain((x: Tensor) => x.div(0).sub(x.div(0)));
    await expect(write(broken, [1], options)).rejects.toThrow(
      "generate: model: expected logits that are numbers, got a greatest of NaN",
    );
  });
});

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

describe("layers that read position by position", () => {
  const x = tensor(
    Array.from({ length: 2 }, (_, b) =>
      Array.from({ length: 5 }, (_, i) =>
        Array.from({ length: 8 }, (_, k) => Math.sin(3 * b + 5 * i + 7 * k + b * i * k)),
      ),
    ),
  );
  type Whole = Decoder<never> & { forward(x: Tensor): Tensor };
  const layers: Readonly<Record<string, () => unknown>> = {
    "attention of groups": () => new MultiHeadAttention(8, 4, { seed: 1, causal: true, groups: 2 }),
    "attention of rotary positions": () =>
      new MultiHeadAttention(8, 2, {
        seed: 1,
        causal: true,
        positions: "rotary",
        base: 50,
      }),
    "a block of both": () =>
      new TransformerBlock(8, 4, {
        seed: 1,
        causal: true,
        positions: "rotary",
        groups: 1,
      }),
    "learned positions": () => new LearnedPositions(5, 8, { seed: 1 }),
    "sinusoidal positions": () => new SinusoidalPositions(8),
    "an LSTM of two layers": () => new LSTM(8, 8, { seed: 1, layers: 2, output: "all" }),
    "a GRU": () => new GRU(8, 8, { seed: 1, output: "all" }),
  };

  test.each(Object.keys(layers))("have the bits of the whole: %s, eager and compiled", (name) => {
    const layer = layers[name]?.() as Whole;
    const whole = layer.forward(x);
    const step = compile((row: Tensor, cache: never) => layer.next(row, cache));
    let [cache, own] = [layer.start(2, 5), layer.start(2, 5)];
    for (let i = 0; i < 5; i++) {
      const row = x.at("...", [i, i + 1], [0, 8]);
      const eager = layer.next(row, cache);
      const compiled = step(row, own) as unknown as typeof eager;
      cache = eager.cache as never;
      own = compiled.cache as never;
      const expected = whole.at("...", [i, i + 1], [0, 8]);
      expectSameBits(eager.output, expected);
      expectSameBits(compiled.output, expected);
    }
  });

  test.each(Object.keys(layers))(
    "read several positions at once, with the bits of the whole: %s",
    (name) => {
      const layer = layers[name]?.() as Whole;
      const whole = layer.forward(x);
      const step = compile((rows: Tensor, cache: never) => layer.next(rows, cache));
      let cache = layer.start(2, 5);
      for (const [from, to] of [
        [0, 2],
        [2, 3],
        [3, 5],
      ] as const) {
        const result = step(x.at("...", [from, to], [0, 8]), cache) as unknown as ReturnType<
          Whole["next"]
        >;
        cache = result.cache as never;
        expectSameBits(result.output, whole.at("...", [from, to], [0, 8]));
      }
    },
  );

  test("refuse what they cannot read", () => {
    const both = new GRU(8, 8, { bidirectional: true });
    const row = x.at("...", [0, 1], [0, 8]);
    expect(() => both.next(row, both.start(2))).toThrow(
      "GRU.next: bidirectional: expected a layer that goes forward alone, got true",
    );
    const positions = new LearnedPositions(2, 8);
    expect(() => positions.forward(x)).toThrow(
      "LearnedPositions: x: expected at most 2 positions, got 5",
    );
    expect(() => new SinusoidalPositions(3)).toThrow(
      "SinusoidalPositions: size: expected an even number, got 3",
    );
    expect(() => new SinusoidalPositions(6).forward(x)).toThrow(
      "SinusoidalPositions: x: expected floats of shape [batch, length, 6], got float32 of [2, 5, 8]",
    );
  });

  test("groups, positions and masks that do not fit are refused", () => {
    expect(() => new MultiHeadAttention(8, 4, { groups: 3 })).toThrow(
      "MultiHeadAttention: groups: expected a divisor of the heads, 4, got 3",
    );
    expect(() => new MultiHeadAttention(6, 2, { positions: "rotary" })).toThrow(
      "MultiHeadAttention: heads: expected heads of even length for rotary positions, got a length of 3",
    );
    const rotary = new MultiHeadAttention(8, 2, { positions: "rotary" });
    expect(() => rotary.forward(x, { context: x })).toThrow(
      "MultiHeadAttention: context: expected undefined, since positions are rotary",
    );
    const mask = tensor([[true, false, true]]);
    expect(() => rotary.forward(x, { mask })).toThrow(
      "MultiHeadAttention: mask: expected [batch, others], [2, 5], got [1, 3]. One of all sequences is [1, length, others]",
    );
  });
});
