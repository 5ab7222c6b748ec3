/**
 * Compares the time of a token of `generate` with the time of its matrix products alone, those with all weights and
 * those of attention with the whole cache. The tokens are first checked against full passes.
 *
 *   npm run generation -w @graddiff/benchmarks
 */

import { cpus } from "node:os";
import { argMax, compile, matmul, tensor, transpose, uniform, Variable } from "@graddiff/core";
import {
  Dense,
  Embedding,
  generate,
  LayerNorm,
  LearnedPositions,
  Sequential,
  TransformerBlock,
} from "@graddiff/nn";

/** Width, blocks, heads, tokens, positions. */
const SIZES = [
  [64, 2, 4, 72, 64],
  [256, 4, 8, 512, 256],
  [384, 6, 6, 4096, 256],
  [512, 8, 8, 8192, 512],
];
const ROUNDS = 400;
const SETTINGS = { greedy: { temperature: 0 }, "top-k and top-p": { topK: 40, topP: 0.9 } };

function makeModel([width, blocks, heads, tokens, positions]) {
  return new Sequential(
    new Embedding(tokens, width),
    new LearnedPositions(positions, width),
    ...Array.from({ length: blocks }, () => new TransformerBlock(width, heads, { causal: true })),
    new LayerNorm(width),
    new Dense(width, tokens),
    { seed: 1 },
  ).train(false);
}

/** Returns the products of a step as one program. */
function productsOf(model, [width, blocks, heads, , positions]) {
  const dense = model.layers.flatMap((layer) => {
    if (layer instanceof Dense) return [layer];
    if (!(layer instanceof TransformerBlock)) return [];
    const { query, key, value, output } = layer.attention;
    return [query, key, value, output, layer.rows.layers[0], layer.rows.layers[2]];
  });
  const part = width / heads;
  const caches = Array.from(
    { length: 2 * blocks },
    (_, seed) => new Variable(uniform([1, heads, positions, part], { seed })),
  );
  const step = compile((row, hidden, query, weights) => [
    ...dense.map(({ weight }) => matmul(weight.shape[0] === width ? row : hidden, weight.value)),
    ...caches.map(({ value }, i) =>
      i % 2 === 0 ? matmul(query, transpose(value, [0, 1, 3, 2])) : matmul(weights, value),
    ),
  ]);
  const inputs = [
    [1, 1, width],
    [1, 1, 4 * width],
    [1, heads, 1, part],
    [1, heads, 1, positions],
  ].map((shape, seed) => uniform(shape, { seed }));
  return () => step(...inputs);
}

async function checkTokens(model) {
  const all = [1];
  for await (const token of generate(model, all, { count: 8, temperature: 0 })) {
    const logits = model.forward(tensor([all], { dtype: "int32" }));
    const expected = argMax(logits.at(0, -1)).item();
    if (token !== expected) throw new Error(`token ${all.length} is ${token}, not ${expected}`);
    all.push(token);
  }
}

const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

/** Returns the medians of both in milliseconds, measured in turns. */
async function measure(model, products, options, positions) {
  const times = { products: [], step: [] };
  let tokens;
  for (let i = -50; i < ROUNDS; i++) {
    if (tokens === undefined) {
      tokens = generate(model, [1], { ...options, count: positions - 1 });
      // The first token is not timed, since it compiles.
      await tokens.next();
    }
    const begun = performance.now();
    products();
    const between = performance.now();
    const { done } = await tokens.next();
    const ended = performance.now();
    if (done) tokens = undefined;
    else if (i >= 0) {
      times.products.push(between - begun);
      times.step.push(ended - between);
    }
  }
  return { products: median(times.products), step: median(times.step) };
}

console.log(`${cpus()[0]?.model}, Node ${process.version}, float32, one thread\n`);
console.log("width blocks heads tokens positions  drawn by         products     step  ratio");
for (const size of SIZES) {
  const model = makeModel(size);
  await checkTokens(model);
  const products = productsOf(model, size);
  for (const [name, options] of Object.entries(SETTINGS)) {
    const { products: own, step } = await measure(model, products, options, size[4]);
    const sizes = size.map((each, i) => String(each).padStart([5, 6, 5, 6, 9][i]));
    const milliseconds = [own, step].map((time) => `${time.toFixed(3)} ms`.padStart(9));
    const ratio = (step / own).toFixed(2).padStart(5);
    console.log(`${sizes.join(" ")}  ${name.padEnd(15)} ${milliseconds.join(" ")}  ${ratio}`);
  }
}
