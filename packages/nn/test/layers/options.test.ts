/** The options of `forward` of recurrent layers and of attention: their meaning, and the values that are refused. */

import {
  allClose,
  arange,
  compile,
  grad,
  type Indices,
  type Layer,
  normal,
  ones,
  scaledDotProductAttention,
  type Tensor,
  tensor,
  uniform,
  vectorize,
  where,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Dense, GRU, LSTM, MultiHeadAttention, RNN, TransformerBlock } from "../../src/index.ts";

const own = { seed: 1, dtype: "float64" } as const;
const x = normal([2, 4, 6], own);
const lengths = tensor([4, 2], { dtype: "int32" });
const mask = arange(4, { dtype: "int32" }).less(lengths.expandDims(1));
const call = (layer: Layer, ...inputs: unknown[]) => layer.forward(...(inputs as never[]));

describe("arguments by position are refused, with the call by name", () => {
  const state = normal([2, 3], own);
  test.each([
    [new RNN(6, 3, own), [x, state], "RNN", "a float64 Tensor of shape [2, 3]"],
    [new GRU(6, 3, own), [x, undefined, lengths], "GRU", "3"],
    [new GRU(6, 3, own), [x, lengths], "GRU", "an int32 Tensor of shape [2]"],
    [new LSTM(6, 3, own), [x, { hidden: state, cell: state }], "LSTM", '"hidden"'],
    [new LSTM(6, 3, own), [x, undefined, mask], "LSTM", "3"],
    [new MultiHeadAttention(6, 2, own), [x, x], "MultiHeadAttention", "a float64"],
    [new MultiHeadAttention(6, 2, own), [x, undefined, mask], "MultiHeadAttention", "3"],
    [new TransformerBlock(6, 2, own), [x, mask], "TransformerBlock", "a bool"],
    [new TransformerBlock(6, 2, own), [x, { context: x }], "TransformerBlock", '"context"'],
  ] as const)("%s", (layer, inputs, name, got) => {
    const names =
      layer instanceof MultiHeadAttention
        ? "context, mask, causal"
        : layer instanceof TransformerBlock
          ? "mask, causal"
          : "state, lengths, mask";
    const message = new RegExp(
      `^${name}\\.forward: .*got ${got.replace(/[[\]]/g, "\\$&")}.*Pass them by name: forward\\(x, \\{ ${names} \\}\\)`,
    );
    expect(() => call(layer, ...inputs)).toThrow(message);
    expect(() => compile(() => call(layer, ...inputs))()).toThrow("Pass them by name");
  });

  test("but undefined in their place is nothing, and a wrong value keeps its own error", () => {
    const block = new TransformerBlock(6, 2, own);
    expectSameBits(call(block, x, undefined, undefined) as Tensor, block.forward(x));
    expect(() => call(block, x, { causal: 1 })).toThrow(
      /^TransformerBlock\.forward: causal: expected true or false, got 1\.$/,
    );
    const gru = new GRU(6, 3, own);
    expect(() => gru.forward(x, { lengths, mask })).toThrow(
      "GRU: lengths: expected mask or lengths, not both, got both",
    );
    expect(() => gru.forward(x, { lengths: mask })).toThrow(
      "GRU: lengths: expected int32 of shape [2], got bool of shape [2, 4]",
    );
    expect(() => gru.forward(x, { mask: lengths })).toThrow(
      "GRU: mask: expected bool of shape [2, 4], got int32 of shape [2]",
    );
  });
});

describe("options of attention", () => {
  test("causal of a call is that of a layer that was made so, and back", () => {
    for (const Made of [MultiHeadAttention, TransformerBlock]) {
      const [open, causal] = [new Made(6, 2, own), new Made(6, 2, { ...own, causal: true })];
      expectSameBits(open.forward(x, { causal: true }), causal.forward(x));
      expectSameBits(causal.forward(x, { causal: false }), open.forward(x));
      expectSameBits(
        compile((rows: Tensor) => open.forward(rows, { causal: true }))(x),
        causal.forward(x),
      );
      expect(allClose(open.forward(x), causal.forward(x))).toBe(false);
    }
  });

  test("true in the mask is a position that is seen", () => {
    const attention = new MultiHeadAttention(6, 2, own);
    const other = where(mask.expandDims(-1), x, 1e3);
    const seen = attention.forward(x, { mask });
    const context = other;
    expect(allClose(attention.forward(x, { context, mask }), seen, { absolute: 1e-12 })).toBe(true);
    expect(allClose(attention.forward(x, { context, mask: mask.logicalNot() }), seen)).toBe(false);
    const parts = [attention.query, attention.key, attention.value].map((part) =>
      part.forward(x).reshape([2, 4, 2, 3]).transpose([0, 2, 1, 3]),
    ) as [Tensor, Tensor, Tensor];
    const heads = scaledDotProductAttention(...parts, { mask: mask.reshape([2, 1, 1, 4]) });
    const joined = attention.output.forward(heads.transpose([0, 2, 1, 3]).reshape([2, 4, 6]));
    expect(allClose(seen, joined, { absolute: 1e-12 })).toBe(true);
  });
});

describe("gradients through options", () => {
  const weights = uniform([2, 4, 3], own);

  test("of a state beside lengths, eager, by backward and compiled", () => {
    const layer = new LSTM(6, 3, own);
    const begin = { hidden: normal([2, 3], { ...own, seed: 2 }), cell: normal([2, 3], own) };
    const loss = (rows: Tensor, state: typeof begin) =>
      layer.forward(rows, { state, lengths }).output.mul(weights).sum();
    const [ofRows, ofState] = grad(loss, { argnums: [0, 1] })(x, begin);
    const { state } = layer.forward(x, { state: begin, lengths });
    const [dx, of] = layer.backward({
      output: weights,
      state: { hidden: state.hidden.mul(0), cell: state.cell.mul(0) },
    });
    expectSameBits(dx, ofRows);
    expect(of?.lengths).toBe(undefined);
    for (const part of ["hidden", "cell"] as const)
      expectSameBits(of?.state?.[part] as Tensor, ofState[part]);
    const compiled = compile(grad(loss, { argnums: [0, 1] }))(x, begin);
    expect(allClose(compiled[0], ofRows, { absolute: 1e-12 })).toBe(true);
    expect(allClose(compiled[1].cell, ofState.cell, { absolute: 1e-12 })).toBe(true);
    // Steps after the length of a sequence have no gradient.
    expect(ofRows.at(1, [2, 4]).abs().sum().item()).toBe(0);
    expect(ofState.hidden.abs().sum().item()).toBeGreaterThan(0);
  });

  test("of the context beside a mask, and of neither where an option is a bool", () => {
    const attention = new MultiHeadAttention(6, 2, own);
    const context = normal([2, 4, 6], { ...own, seed: 3 });
    const loss = (rows: Tensor) => attention.forward(x, { context: rows, mask }).sum();
    attention.forward(x, { context, mask, causal: false });
    const [, of] = attention.backward(ones([2, 4, 6], { dtype: "float64" }));
    expectSameBits(of?.context as Tensor, grad(loss)(context));
    expect(of).toEqual({ context: of?.context, mask: undefined, causal: false });
    attention.forward(x, { mask });
    expect(attention.backward(ones([2, 4, 6], { dtype: "float64" }))[1]).toBe(undefined);
  });

  test("of a batch of examples, each with its length", () => {
    const layer = new GRU(6, 3, { ...own, output: "last" });
    const each = (row: Tensor, length: Indices) =>
      layer.forward(row.expandDims(0), { lengths: length.expandDims(0) }).at(0);
    const all = vectorize(each as (row: Tensor, length: Tensor) => Tensor)(x, lengths);
    expect(allClose(all, layer.forward(x, { lengths }), { absolute: 1e-12 })).toBe(true);
  });
});

test("the types of forward are those that its class declares", () => {
  const gru = new GRU(6, 3, { ...own, output: "all" });
  // @ts-expect-error: a state is an option.
  expect(() => gru.forward(x, normal([2, 3], own))).toThrow("by name");
  // @ts-expect-error: lengths are an option, too.
  expect(() => gru.forward(x, undefined, lengths)).toThrow("by name");
  // @ts-expect-error: a number is not a row.
  expect(() => new Dense(6, 2, own).forward(3)).toThrow("matmul");
  const result: Tensor = gru.forward(x, { lengths });
  expect(result.shape).toEqual([2, 4, 3]);
  // @ts-expect-error: the option is misspelt.
  expect(() => gru.forward(x, { length: lengths })).toThrow(
    "expected no others than state, lengths, mask",
  );
});
