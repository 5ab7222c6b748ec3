/**
 * Models that read a sequence position by position.
 */

import { ArgumentError, type Layer, type Tensor } from "@graddiff/core";
import { describe, isTensor } from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import { MultiHeadAttention, TransformerBlock } from "../layers/attention.ts";
import { LearnedPositions, SinusoidalPositions } from "../layers/positions.ts";
import { Sequential } from "../layers/sequential.ts";
import { Residual } from "../layers/shaping.ts";

/**
 * A model that reads a sequence position by position, as {@link MultiHeadAttention} and {@link GRU} do: its cache, a
 * tree of tensors, holds the positions seen so far.
 */
export interface Decoder<Cache = never> {
  /** Returns the empty cache of some sequences. @param most the length of the longest one. */
  readonly start: (batch: number, most: number) => Cache;
  /** Reads one more position: [batch, 1, …], or indices [batch, 1]. */
  readonly next: (row: Tensor, cache: Cache) => { readonly output: Tensor; readonly cache: Cache };
}

/** A decoder with an opaque cache. */
type AnyDecoder = Decoder<unknown>;

function hasSteps(model: object): model is AnyDecoder {
  const { start, next }: Partial<AnyDecoder> = model;
  return typeof start === "function" && typeof next === "function";
}

/**
 * Returns a model as a decoder: itself, or the layers of a {@link Sequential}.
 *
 * @throws ArgumentError for another model.
 */
export function decoderOf(op: string, model: unknown): AnyDecoder {
  if (typeof model === "object" && model !== null) {
    if (hasSteps(model)) return model;
    if (model instanceof Sequential) return chainOf(op, model);
  }
  const expected = "a Sequential, or a model with start and next";
  throw new ArgumentError(op, "model", expected, describe(model));
}

/** The cache of a chain: it holds the number of positions seen, once. */
interface ChainCache {
  readonly length: Tensor;
  readonly parts: readonly unknown[];
}

/** True for layers of this package whose caches count positions. */
function counts(layer: object): boolean {
  return (
    layer instanceof MultiHeadAttention ||
    layer instanceof TransformerBlock ||
    layer instanceof LearnedPositions ||
    layer instanceof SinusoidalPositions
  );
}

/**
 * Returns the layers of a chain one after the other. One count for all of them is checked once, before all caches,
 * which programs then update in place.
 */
function chainOf(op: string, { layers }: Sequential): AnyDecoder {
  const links = layers.map((each) => ({ ...linkOf(op, each), isCounting: counts(each) }));
  return {
    start: (batch, most): ChainCache => ({
      length: scalar(0, "int32"),
      parts: links.map((link) => {
        const cache = link.start(batch, most);
        return link.isCounting ? withoutLength(cache) : cache;
      }),
    }),
    next: (row, cache) => {
      const { length, parts } = cache as ChainCache;
      let output = row;
      const next = links.map((link, i) => {
        const part = parts[i];
        const own = link.next(output, link.isCounting ? { ...Object(part), length } : part);
        output = own.output;
        return link.isCounting ? withoutLength(own.cache) : own.cache;
      });
      return { output, cache: { length: length.add(row.shape[1] ?? 1), parts: next } };
    },
  };
}

/** True if a model takes several positions at once: only layers of this package do. Others may take them one by one. */
export function takesSeveral(model: object): boolean {
  if (model instanceof Sequential) return model.layers.every(takesSeveral);
  if (model instanceof Residual) return takesSeveral(model.inner);
  return counts(model) || !hasSteps(model);
}

function withoutLength(cache: unknown): unknown {
  const { length, ...rest } = cache as { length: Tensor };
  return rest;
}

function linkOf(op: string, layer: Layer): AnyDecoder {
  if (hasSteps(layer)) {
    return {
      start: (batch, most) => layer.start(batch, most),
      next: (row, cache) => layer.next(row, cache),
    };
  }
  if (layer instanceof Sequential) return chainOf(op, layer);
  if (layer instanceof Residual) {
    const inner = chainOf(op, layer.inner);
    return {
      start: inner.start,
      next: (row, before) => {
        const { output, cache } = inner.next(row, before);
        return { output: output.add(row), cache };
      },
    };
  }
  return {
    start: () => [],
    next: (row, cache) => ({ output: rowOf(op, layer, row), cache }),
  };
}

/** Returns the result of a layer that computes each position by itself. */
function rowOf(op: string, layer: Layer, row: Tensor): Tensor {
  const result: unknown = layer.forward(row as never);
  if (isTensor(result) && result.rank === 3 && result.shape[1] === row.shape[1]) return result;
  throw new ArgumentError(
    op,
    "model",
    "layers that have start and next, or work on each position by itself",
    `${layer}, which makes ${describe(result)} of ${describe(row)}`,
  );
}
