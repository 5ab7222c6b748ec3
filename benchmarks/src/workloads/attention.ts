// Attention: the scores of all pairs, causal attention with its gradients, and a block of a transformer.

import { einsum, gelu, scaledDotProductAttention, type Tensor } from "@graddiff/core";
import { TransformerBlock } from "@graddiff/nn";
import { blockHeads, randomInputs } from "./data.ts";
import { gradientsOfLayer, ofTensors, withGradients } from "./ofTensors.ts";
import type { Workload } from "./workload.ts";

/** Queries and keys of [batch, positions, heads, elements]. */
const positionsFirst = [4, 256, 8, 64];
/** Queries, keys and values of [batch, heads, positions, elements]. */
const headsFirst = [8, 4, 256, 64];
const queriesKeysAndValues = () => randomInputs([headsFirst, headsFirst, headsFirst]);
const causal = (q: Tensor, k: Tensor, v: Tensor) =>
  scaledDotProductAttention(q, k, v, { causal: true });

export const attention: readonly Workload[] = [
  ofTensors(
    "einsum of attention",
    (q: Tensor, k: Tensor) => [einsum("bqhd,bkhd->bhqk", q, k)],
    () => randomInputs([positionsFirst, positionsFirst]),
  ),
  ofTensors(
    "causal attention",
    (q: Tensor, k: Tensor, v: Tensor) => [causal(q, k, v)],
    queriesKeysAndValues,
  ),
  {
    ...ofTensors(
      "gradients of causal attention",
      withGradients((q: Tensor, k: Tensor, v: Tensor) => causal(q, k, v).square().mean()),
      queriesKeysAndValues,
    ),
    isLong: true,
  },
  gradientsOfLayer("gradients of a transformer block", {
    make: () =>
      new TransformerBlock(64, blockHeads, {
        causal: true,
        // The rivals have this activation.
        activation: (x) => gelu(x, { approximation: "tanh" }),
      }),
    shape: [8, 64, 64],
    loss: (block, x) => block.forward(x).square().sum(),
    // The keys' bias adds the same to all scores of a query, so that its gradient is 0: libraries return only rounding
    // errors for it, which cannot be compared.
    trained: ({ variables, attention }) =>
      variables.filter((variable) => variable !== attention.key.bias),
  }),
];
