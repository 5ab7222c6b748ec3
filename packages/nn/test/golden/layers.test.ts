/**
 * Layers against torch.nn: results, gradients of inputs and weights, and running statistics, eager and compiled, from
 * the goldens that `layers.py` wrote.
 */

import { readFileSync } from "node:fs";
import {
  compile,
  type DType,
  type Layer,
  loadState,
  state,
  Tensor,
  tensor,
  treeLeaves,
} from "@graddiff/core";
import { expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import * as nn from "../../src/index.ts";

interface Packed {
  readonly shape: number[];
  readonly dtype: DType;
  readonly data: number[];
}

interface Case {
  readonly layer: keyof typeof nn;
  readonly settings: readonly unknown[];
  readonly variables: Readonly<Record<string, Packed>>;
  /** State that is not trained, such as running statistics. */
  readonly given?: Readonly<Record<string, Packed>>;
  readonly inputs: readonly (Packed | null)[];
  readonly mask?: Packed;
  readonly train: boolean;
  readonly weights: readonly Packed[];
  readonly results: readonly Packed[];
  readonly gradients: readonly Packed[];
  readonly after: Readonly<Record<string, Packed>>;
}

const file = new URL("./layers.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: Case[] };

function unpack({ shape, dtype, data }: Packed): Tensor {
  return tensor(data, { shape, dtype });
}

function expectNear(got: Tensor | undefined, expected: Packed, tolerance: number): void {
  expect(got?.shape).toEqual(expected.shape);
  const size = Math.max(1, ...expected.data.map(Math.abs));
  const elements = got?.data() ?? [];
  expected.data.forEach((value, i) => {
    expect(Math.abs((elements[i] as number) - value) / size).toBeLessThan(tolerance);
  });
}

/** Returns the settings of a constructor, with float64 as the dtype for layers that have one. */
function withDType({ layer, settings }: Case): unknown[] {
  if (layer === "Dropout" || layer === "SinusoidalPositions") return [...settings];
  const last = settings.at(-1);
  const hasOptions = typeof last === "object" && !Array.isArray(last);
  const own = hasOptions ? settings.slice(0, -1) : settings;
  return [...own, { ...(hasOptions ? (last as object) : {}), dtype: "float64" }];
}

function make(each: Case): Layer {
  const Class = nn[each.layer] as unknown as new (...given: unknown[]) => Layer;
  const model = new Class(...withDType(each)).train(each.train);
  const names = Object.entries({ ...each.variables, ...each.given });
  const draws = Object.entries(flat(state(model))).filter(([name]) => name.endsWith("draws"));
  loadState(model, {
    ...Object.fromEntries(names.map(([name, value]) => [name, unpack(value)])),
    ...Object.fromEntries(draws),
  });
  return model;
}

/** Returns the tensors of a state by their paths. */
function flat(tree: unknown, before = ""): Record<string, Tensor> {
  if (tree instanceof Tensor) return { [before.slice(1)]: tree };
  return Object.assign(
    {},
    ...Object.entries(Object(tree)).map(([name, inner]) => flat(inner, `${before}.${name}`)),
  );
}

/** The options of `forward` for the inputs after x, in order. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  RNN: ["state"],
  GRU: ["state"],
  LSTM: ["state", "cell"],
  MultiHeadAttention: ["context", "mask"],
  TransformerBlock: ["mask"],
};

/** Returns the arguments of `forward`. Both states of an LSTM are one tree, and all inputs after x are options. */
function inputsOf({ layer, inputs, mask }: Case): unknown[] {
  const [x, ...others] = inputs.map((input) => (input === null ? undefined : unpack(input)));
  const given = others.flatMap((input, i) => (input ? [[OPTIONS[layer]?.[i], input]] : []));
  const { cell, ...options } = Object.fromEntries(given) as Record<string, unknown>;
  if (cell) options["state"] = { hidden: options["state"], cell };
  if (mask) options[mask.dtype === "bool" ? "mask" : "lengths"] = unpack(mask);
  return Object.keys(options).length > 0 ? [x, options] : [x];
}

test.each(cases.map((each, i) => [i, each.layer, JSON.stringify(each.settings), each] as const))(
  "%i: %s of %s is PyTorch's",
  (_i, _layer, _settings, each) => {
    const model = make(each);
    const inputs = inputsOf(each);
    const isTree = ["RNN", "GRU", "LSTM"].includes(each.layer);
    const results = treeLeaves(model.forward(...(inputs as never[])));
    expect(results.length).toBe(each.results.length);
    results.forEach((result, i) => {
      expectNear(result, each.results[i] as Packed, isTree ? 1e-12 : 1e-10);
    });
    for (const [name, value] of Object.entries(each.after)) {
      expectNear(flat(state(model))[name], value, 1e-10);
    }

    const twin = make(each);
    const compiled = compile(() => twin.forward(...(inputs as never[])));
    treeLeaves(compiled()).forEach((result, i) => {
      expectSameBits(result, results[i] as Tensor);
    });

    const weights = each.weights.map(unpack);
    const [first, ...others] = weights;
    const ofState = each.layer === "LSTM" ? { hidden: others[0], cell: others[1] } : others[0];
    const gradient = isTree ? { output: first, state: ofState } : first;
    const ofInputs = treeLeaves([model.backward(gradient as never)].flat());
    const byName = Object.keys(each.variables);
    const ofVariables = byName.map((name) => {
      const place = Object.keys(flat(state(model))).filter((own) => own in each.variables);
      return model.variables[place.indexOf(name)]?.gradient;
    });
    const all = [...ofInputs, ...ofVariables];
    expect(all.length).toBe(each.gradients.length);
    all.forEach((got, i) => {
      expectNear(got, each.gradients[i] as Packed, isTree ? 1e-12 : 1e-9);
    });
  },
);
