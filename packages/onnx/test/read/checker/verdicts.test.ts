/**
 * Models that ONNX's own checker refuses, since a tensor does not have the axes that its operator takes: this reader
 * refuses them, too (`verdicts.py`).
 */

import { gunzipSync } from "node:zlib";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { GraddiffError } from "@graddiff/core";
import { expect, test } from "vitest";
import { ModelProtoSchema } from "../../../src/generated/onnx_pb.js";
import { modelParts } from "../../../src/graph/model.ts";
import { importOnnx } from "../../../src/index.ts";
import golden from "./verdicts.json" with { type: "json" };

/** Returns the error of a model without inputs; undefined if it runs. */
function errorOf(bytes: Uint8Array): unknown {
  try {
    importOnnx(bytes).fn();
    return undefined;
  } catch (error) {
    return error;
  }
}

/**
 * The cases whose bodies declare the axes of their inputs. This reader accepts them, since it does not need the
 * declarations.
 */
const OF_BODIES: readonly string[] = ["test_loop11", "test_scan9_sum"];

const cases = golden.map(({ model: text, ...own }) => ({
  ...own,
  bytes: new Uint8Array(gunzipSync(Buffer.from(text, "base64"))),
}));
const read = cases.filter(({ bytes }) => errorOf(bytes) === undefined);

test("most cases are read", () => {
  expect(read.length).toBeGreaterThan(0.9 * cases.length);
});

test.each(read)("$case: tensors with other axes are refused", ({ case: own, bytes, verdicts }) => {
  const accepted: string[] = [];
  for (const { input, shape, isValid } of verdicts) {
    if (isValid) continue;
    const message = fromBinary(ModelProtoSchema, bytes);
    const tensor = message.graph?.initializer.find(({ name }) => name === input);
    if (tensor === undefined) throw new Error(`no ${input}`);
    tensor.dims = shape.map(BigInt);
    const error = errorOf(toBinary(ModelProtoSchema, message));
    if (!(error instanceof GraddiffError)) accepted.push(`${input} ${shape}`);
  }
  expect(accepted.length > 0).toBe(OF_BODIES.includes(own));
  if (!OF_BODIES.includes(own)) expect(accepted).toEqual([]);
});

test("an export that breaks a rule fails the test that makes it, whichever it is", () => {
  const nodes = [
    {
      operator: "Reshape",
      inputs: ["x", "shape"],
      outputs: ["y"],
      attributes: {},
    },
  ];
  const written = (shape: readonly number[]) =>
    modelParts(
      {
        name: "graph",
        nodes,
        inputs: [{ name: "x", type: "float32", shape: [2] }],
        outputs: [{ name: "y", type: "float32", shape: [1, 2] }],
        constants: [{ name: "shape", type: "int64", shape, elements: BigInt64Array.of(1n, 2n) }],
      },
      17,
      8,
      new Map(),
    );
  expect(written([2]).length).toBeGreaterThan(0);
  expect(() => written([1, 2])).toThrow("input 1: expected a tensor of 1 axes, got one of 2");
});
