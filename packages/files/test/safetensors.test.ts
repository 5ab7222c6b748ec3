import { loadState, state, type Tensor, tensor, Variable, zeros } from "@graddiff/core";
import { Dense } from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { readSafetensors, type TensorTree, writeSafetensors } from "../src/index.ts";
import { messageOf } from "./support/messageOf.ts";

// Casts a value to any type, since callers in JavaScript have no types.
const wrong = (value: unknown) => value as never;

const scalar = tensor(1);

/** Returns a file with a header, which may be wrong, and data. */
function fileOf(header: string | object, data = new Uint8Array(0), length?: number): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

describe("what is written", () => {
  const tree = {
    layers: [{ bias: tensor([true, false]) }, { weight: tensor([[1, 2]]) }],
    rate: tensor(0.5, { dtype: "float64" }),
    count: tensor([3], { dtype: "int32" }),
  };

  test("is read with names, shapes, dtypes and metadata", () => {
    const { tensors, metadata } = readSafetensors(
      writeSafetensors(tree, { metadata: { größe: 'a "b"\n', __proto: "\0" } }),
    );
    expect(metadata).toEqual({ größe: 'a "b"\n', __proto: "\0" });
    const told = Object.entries(tensors).map(([name, t]) => [name, t.dtype, t.toArray()]);
    expect(told).toEqual([
      ["rate", "float64", 0.5],
      ["count", "int32", [3]],
      ["layers.1.weight", "float32", [[1, 2]]],
      ["layers.0.bias", "bool", [true, false]],
    ]);
  });

  test("is the same for the same tensors, and aligned", () => {
    const bytes = writeSafetensors(tree);
    expect(bytes).toEqual(writeSafetensors(tree));
    const length = new DataView(bytes.buffer).getUint32(0, true);
    expect(length % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length))).toMatch(
      /^\{"rate":\{"dtype":"F64","shape":\[\],"data_offsets":\[0,8\]\},.*\} *$/,
    );
    expect(readSafetensors(writeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
    expect(
      readSafetensors(writeSafetensors({ none: zeros([0, 3]) })).tensors["none"]?.shape,
    ).toEqual([0, 3]);
  });

  test("keeps the bits of floats", () => {
    const odd = tensor([Number.NaN, -0, 1e-45, 3.4e38, Number.NEGATIVE_INFINITY]);
    const read = readSafetensors(writeSafetensors({ odd })).tensors["odd"];
    expect(read?.data()).toEqual(odd.data());
  });

  test("passes through a Blob", async () => {
    const blob = new Blob([writeSafetensors(tree)]);
    expect(Object.keys(readSafetensors(await blob.arrayBuffer()).tensors)).toHaveLength(4);
  });

  test("loads into the model that it came from", () => {
    const [one, other] = [new Dense(3, 2, { seed: 1 }), new Dense(3, 2, { seed: 2 })];
    loadState({ other }, readSafetensors(writeSafetensors(state({ other: one }))).tensors);
    expect(other.weight.value.data()).toEqual(one.weight.value.data());
  });

  test.each<[string, unknown, string]>([
    ["no tree", 3, "tree: expected tensors in objects or arrays, got 3."],
    [
      "a tensor without a name",
      tensor(1),
      "tree: expected tensors in objects or arrays, got a float32 Tensor of shape [].",
    ],
    [
      "a Variable",
      { a: { w: new Variable(tensor(1)) } },
      "a.w: expected a Tensor, got a float32 Variable of shape []. Use state(model)",
    ],
    ["a number", { a: [1] }, "a.0: expected a Tensor, got 1. Use state(model) for Variables."],
    [
      "two of one name",
      { "a.b": tensor(1), a: { b: tensor(1) } },
      "one entry of each name, got two of a.b",
    ],
    ["__proto__", JSON.parse('{"a":{"__proto__":[]}}'), "ok"],
    ["__metadata__", { __metadata__: tensor(1) }, "expected a name other than __metadata__"],
    [
      "more than can be read",
      Object.fromEntries(Array.from({ length: 2 ** 18 + 1 }, (_, i) => [`t${i}`, scalar])),
      "tree: expected at most 262144 entries, got more",
    ],
    ["half a surrogate pair", { "\ud800": tensor(1) }, "expected text in well-formed Unicode"],
  ])("refuses %s", (_name, value, message) => {
    if (message === "ok") expect(() => writeSafetensors(value as TensorTree)).not.toThrow();
    else expect(messageOf(() => writeSafetensors(wrong(value)))).toContain(message);
  });

  test("refuses __proto__ in names, cycles, and what is no option", () => {
    const key = "__proto__";
    const named = Object.fromEntries([[key, tensor(1)]]);
    expect(messageOf(() => writeSafetensors(named))).toContain("a name other than __proto__");
    const cycle: Record<string, unknown> = {};
    cycle["a"] = cycle;
    expect(messageOf(() => writeSafetensors(wrong(cycle)))).toContain("at most 1000 deep");
    expect(messageOf(() => writeSafetensors({}, wrong({ meta: {} })))).toBe(
      'writeSafetensors: options: expected no others than metadata, got "meta".',
    );
    expect(messageOf(() => writeSafetensors({}, wrong({ metadata: { a: 1 } })))).toBe(
      'writeSafetensors: metadata: expected texts alone, got 1 for "a".',
    );
  });
});

describe("a file is refused", () => {
  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  const data = new Uint8Array(8);
  const one = (changes: object) => fileOf({ a: { ...entry, ...changes } }, data);
  const proto = `{"__proto__":${JSON.stringify(entry)}}`;
  const twice = `{"a":${JSON.stringify(entry)}, "\\u0061" : ${JSON.stringify(entry)}}`;

  test.each<[string, unknown, string]>([
    ["no bytes", "text", 'expected a Uint8Array or an ArrayBuffer, got "text"'],
    ["too short", new Uint8Array(7), "expected 8 bytes with the header's length, got a file of 7"],
    [
      "a long header",
      fileOf("{}", data, 1e8 + 1),
      "a header of at most 100000000 bytes, got one of",
    ],
    ["a huge header", fileOf("{}", data, 2 ** 53), "got one of 9007199254740992"],
    [
      "a cut header",
      fileOf("{}", data, 11),
      "a header of 11 bytes, as the file says, got a file of 18",
    ],
    ["no JSON", fileOf("{a}"), 'header: expected JSON, got "{a}"'],
    ["an array", fileOf("[]"), "header: expected JSON that begins with {, got another byte"],
    [
      "deep lists",
      fileOf(`{"a":${"[".repeat(1e5)}`),
      "header: expected JSON nested at most 3 deep",
    ],
    [
      "a header of nested braces",
      fileOf(`${'{"a":'.repeat(2e6)}0${"}".repeat(2e6)}`),
      "header: expected JSON nested at most 3 deep, got one that is nested deeper",
    ],
    [
      "braces in a text of the metadata that go on behind it",
      fileOf(`{"__metadata__":{"a":"{[\\"{["},"b":{"shape":[[]]}}`),
      "header: expected JSON nested at most 3 deep",
    ],
    [
      "too many entries",
      fileOf(`{${Array.from({ length: 2 ** 18 + 1 }, (_, i) => `"${i}":0`)}}`),
      "header: expected at most 262144 entries, got more",
    ],
    [
      "too many lengths",
      fileOf(`{"a":{"shape":[${"0,".repeat(2 ** 22)}0]}}`),
      "header: expected at most 4194304 keys and values, got more",
    ],
    [
      "deep values",
      fileOf(`{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}`),
      "header: expected JSON nested at most 3 deep",
    ],
    ["no UTF-8", fileOf("{}", data).map((b, i) => (i === 9 ? 255 : b)), "expected text in UTF-8"],
    ["a key twice", fileOf(twice, data), 'header: expected each key once, got "a" twice'],
    [
      "__proto__",
      fileOf(proto, data),
      'header: expected a name other than __proto__, got "__proto__"',
    ],
    ["a number", fileOf({ a: 3 }), "a: expected an object of dtype, shape and data_offsets, got 3"],
    ["a dtype", one({ dtype: "F8_E4M3" }), 'BOOL), got "F8_E4M3"'],
    ["a dtype of Object", one({ dtype: "constructor" }), 'got "constructor"'],
    ["no shape", one({ shape: "2" }), 'a: expected a shape, got "2"'],
    ["a negative length", one({ shape: [-2] }), "a shape of non-negative integers, got [-2]"],
    ["a fraction", one({ shape: [0.5] }), "a shape of non-negative integers, got [0.5]"],
    ["a huge shape", one({ shape: [2 ** 40, 0] }), "expected at most 2147483647 elements"],
    [
      "another size",
      one({ shape: [3] }),
      "data_offsets 12 bytes apart, for F32 of shape [3], got [0, 8]",
    ],
    [
      "no offsets",
      one({ data_offsets: [0] }),
      "data_offsets [begin, end], got an array of length 1",
    ],
    ["odd offsets", one({ data_offsets: [-8, 0] }), "data_offsets that are non-negative integers"],
    [
      "a hole",
      one({ data_offsets: [4, 12] }),
      "data that begins at 0, where the tensor before ends",
    ],
    ["an overlap", fileOf({ a: entry, b: entry }, data), "b: expected data that begins at 8"],
    [
      "cut data",
      fileOf({ a: entry }, data.subarray(1)),
      "8 bytes of data, as the header says, got 7",
    ],
    [
      "padded data",
      fileOf({ a: entry }, new Uint8Array(9)),
      "8 bytes of data, as the header says, got 9",
    ],
    [
      "metadata",
      fileOf({ __metadata__: { a: 1 } }),
      '__metadata__: expected texts alone, got 1 for "a"',
    ],
    [
      "a bool of 2",
      fileOf({ a: { dtype: "BOOL", shape: [1], data_offsets: [0, 1] } }, new Uint8Array([2])),
      "a: expected 0 or 1, for BOOL becomes bool, got 2 at index 0",
    ],
    [
      "an integer of 8 bytes that is too large",
      fileOf(
        { a: { dtype: "I64", shape: [1], data_offsets: [0, 8] } },
        data.map((_, i) => (i === 5 ? 1 : 0)),
      ),
      "integers that an int32 holds, for I64 becomes int32, got 1099511627776 at index 0",
    ],
  ])("for %s", (_name, bytes, message) => {
    const text = messageOf(() => readSafetensors(wrong(bytes)));
    expect(text).toMatch(/^readSafetensors: [^:]*: expected .*, got .*\.$/s);
    expect(text).toContain(message);
  });

  test("but not for spaces after the header, nor for a long text", () => {
    const { tensors } = readSafetensors(fileOf(`${JSON.stringify({ a: entry })}   `, data));
    expect((tensors["a"] as Tensor).toArray()).toEqual([0, 0]);
    const metadata = { long: 'a"'.repeat(5e6) };
    expect(readSafetensors(fileOf({ __metadata__: metadata })).metadata).toEqual(metadata);
  });
});
