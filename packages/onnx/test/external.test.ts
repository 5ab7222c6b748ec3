/** The files of a model: as one array, in parts, and with weights in separate files. */

import { type Tensor, uniform, Variable } from "@graddiff/core";
import { Dense } from "@graddiff/nn";
import * as ort from "onnxruntime-web";
import { expect, test } from "vitest";
import { WHOLE } from "../../core/test/support/sampling.ts";
import { exportOnnx, importOnnx, type OnnxModel } from "../src/index.ts";

const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

/** Returns a network of two layers, with weights of 320 kB and 51 kB and biases of 1 kB and 0.2 kB. */
function network() {
  const layers = [new Dense(320, 256, { seed: 1 }), new Dense(256, 50, { seed: 2 })] as const;
  const fn = (x: Tensor) => layers[1].forward(layers[0].forward(x).relu());
  return { fn, layers, x: uniform([3, 320], { seed: 3 }) };
}

/** Returns the results of onnxruntime, which gets the external files by their names. */
async function results({ bytes, external, outputs }: OnnxModel, x: Tensor) {
  const session = await ort.InferenceSession.create(bytes, {
    externalData: external.map((file) => ({ path: file.name, data: file.bytes })),
  });
  const result = await session.run({ x: new ort.Tensor(x.data() as Float32Array, [...x.shape]) });
  await session.release();
  const y = result[outputs[0]?.name ?? ""] as ort.Tensor;
  return [...(y.data as Float32Array)];
}

test.runIf(WHOLE)("parts are the file, and its weights are no copies", () => {
  const { fn, layers, x } = network();
  const model = exportOnnx(fn, [x], { variables: layers });
  expect(joined(model.parts)).toEqual(model.bytes);
  expect(model.bytes).toBe(model.bytes);
  expect(model.external).toEqual([]);
  expect(model.parts.length).toBe(3);
  // Buffers that are shared count once, however often the model is written.
  const held = model.parts.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  const again = exportOnnx(fn, [x], { variables: layers }).parts;
  expect(again[1]?.buffer).toBe(model.parts[1]?.buffer);
  expect(held).toBeLessThan(1.01 * model.bytes.length);
  const [y] = importOnnx(model.bytes).fn(x);
  expect(y.sub(fn(x)).abs().max().item()).toBeLessThan(1e-5);
});

test.runIf(WHOLE)("large parts are divided", () => {
  const weight = new Variable(uniform([2 ** 12, 2 ** 12 + 1], { seed: 1 }));
  const model = exportOnnx(
    (x: Tensor) => x.matmul(weight.value),
    [uniform([1, 2 ** 12], { seed: 2 })],
  );
  expect(model.parts.map(({ length }) => Math.ceil(length / 2 ** 14))).toEqual([1, 2 ** 12, 1]);
  expect(Buffer.concat(model.parts).equals(model.bytes)).toBe(true);
});

test("weights beside the model are read by onnxruntime and by importOnnx", async () => {
  const { fn, layers, x } = network();
  const whole = exportOnnx(fn, [x], { variables: layers });
  const model = exportOnnx(fn, [x], { variables: layers, external: true });
  const [file, ...others] = model.external;
  expect(others).toEqual([]);
  expect(file?.name).toBe("model.onnx.data");
  expect(joined(file?.parts ?? [])).toEqual(file?.bytes);
  expect(model.bytes.length).toBeLessThan(4000);
  expect(joined(model.parts)).toEqual(model.bytes);
  expect(await results(model, x)).toEqual(await results(whole, x));

  const asked: string[] = [];
  const read = importOnnx(model.bytes, {
    external: (location) => {
      asked.push(location);
      return file?.bytes ?? new Uint8Array();
    },
  });
  expect(asked).toEqual(["model.onnx.data"]);
  const [own, other] = [read, importOnnx(whole.bytes)].map((each) => each.fn(x)[0].data());
  expect(own).toEqual(other);
  expect(Object.keys(read.weights)).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
});

test("an ArrayBuffer is as good a file, and a promise is refused with the way to go", () => {
  const { fn, layers, x } = network();
  const model = exportOnnx(fn, [x], { variables: layers, external: true });
  const { buffer } = model.external[0]?.bytes ?? new Uint8Array();
  const read = importOnnx(model.bytes, { external: () => buffer });
  expect(read.fn(x)[0].sub(fn(x)).abs().max().item()).toBeLessThan(1e-5);
  const later = () => Promise.resolve(buffer);
  expect(() => importOnnx(model.bytes, { external: later as never })).toThrow(
    'importOnnx: external: expected the bytes of "model.onnx.data", got a Promise. ' +
      "await loadOnnx(source, { external }) waits for it.",
  );
});

test("external has a name and a bound, and tensors begin where systems map them", () => {
  const { fn, layers, x } = network();
  const external = { name: "w.bin", above: 2 ** 17 };
  const { external: files } = exportOnnx(fn, [x], { variables: layers, external });
  expect(files.map(({ name, bytes }) => [name, bytes.length])).toEqual([["w.bin", 320 * 256 * 4]]);
  const all = exportOnnx(fn, [x], { variables: layers, external: { above: 0 } });
  const text = new TextDecoder("latin1").decode(all.bytes);
  const offsets = [...text.matchAll(/offset..(\d+)/g)].map(([, offset]) => Number(offset));
  expect(offsets.length).toBeGreaterThanOrEqual(4);
  expect(offsets.filter((offset) => offset % 64 !== 0)).toEqual([]);
  const none = exportOnnx(fn, [x], { variables: layers, external: { above: 1e9 } });
  expect(none.external).toEqual([]);
});

test("what external takes", () => {
  const { fn, x } = network();
  const given = (external: unknown) => () => exportOnnx(fn, [x], { external: external as true });
  expect(given("w.bin")).toThrow(/^exportOnnx: external: expected /);
  expect(given({ name: "a/b" })).toThrow(
    /^exportOnnx: external: name: expected the name of a file, without a folder, got "a\/b"/,
  );
  expect(given({ name: ".." })).toThrow(/name: expected the name of a file/);
  expect(given({ above: -1 })).toThrow(/above: expected a number of bytes from 0, got -1/);
});
