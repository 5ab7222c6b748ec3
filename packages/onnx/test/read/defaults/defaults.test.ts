/**
 * Attributes that a model leaves out have ONNX's defaults. The outputs are those of onnxruntime, are the same with the
 * default written out, and differ with another value. `defaults.py` has made models for all optional attributes.
 */

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { GraddiffError, type Tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { AttributeProtoSchema, ModelProtoSchema } from "../../../src/generated/onnx_pb.js";
import { importOnnx } from "../../../src/index.ts";
import { operatorTable } from "../../../src/read/operators/table.ts";
import { valueOfFile } from "../../conformance/cases.ts";
import { shareOf } from "../../conformance/check.ts";
import table from "./defaults.json" with { type: "json" };

const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** Returns the model with an attribute added. */
function withAttribute(model: Uint8Array, attribute: string): Uint8Array {
  const message = fromBinary(ModelProtoSchema, model);
  const own = create(AttributeProtoSchema, fromBinary(AttributeProtoSchema, decode(attribute)));
  message.graph?.node[0]?.attribute.push(own);
  return toBinary(ModelProtoSchema, message);
}

function outputsOf(bytes: Uint8Array, inputs: readonly string[]): Tensor[] {
  const model = importOnnx(bytes);
  const given = inputs.map((file, i) => valueOfFile(decode(file), model.inputs[i]?.type).tensor);
  const result: unknown = model.fn(...given);
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}

/** Expects the outputs in files, up to some roundings of float32 of the greatest element. */
function expectOutputs(got: readonly Tensor[], files: readonly string[], what: string): void {
  files.forEach((file, i) => {
    const expected = valueOfFile(decode(file), undefined);
    const { tensor } = expected;
    const sizes = Array.from(tensor.data(), (x) => Math.abs(Number(x))).filter(Number.isFinite);
    const bound = { relative: 1e-5, absolute: 1e-6 * Math.max(0, ...sizes) };
    expect(
      shareOf(got[i] as Tensor, expected, bound),
      `output ${i} with ${what}`,
    ).toBeLessThanOrEqual(1);
  });
}

const bitsOf = (tensors: readonly Tensor[]) =>
  tensors.map((each) => [each.dtype, each.shape, [...each.data()]]);

/**
 * True for random operators, whose numbers differ from onnxruntime's. Their results are only compared with each other.
 */
const isDrawn = (operator: string) => /^Random|^Multinomial|^Bernoulli|^Dropout/.test(operator);

/**
 * Other values that onnxruntime accepts and this package refuses: lengths and axes that do not fit, and experimental
 * settings.
 */
const REFUSED = [
  "AveragePool 22 dilations",
  "Col2Im 18 dilations",
  "Col2Im 18 pads",
  "Col2Im 18 strides",
  "Compress 11 axis",
  "ConvTranspose 22 dilations",
  "ConvTranspose 22 strides",
  "MaxPool 22 dilations",
  "MeanVarianceNormalization 1 across_channels",
  "MeanVarianceNormalization 1 normalize_variance",
  "ReverseSequence 10 time_axis",
];
const refused: string[] = [];

const withModels = Object.entries(table).filter(([, { models }]) => models.length > 0);

describe.each(withModels)("%s", (operator, { models }) => {
  for (const { version, model, inputs, outputs, attributes } of models) {
    const names = attributes.map(({ name }) => name).join(", ");
    test(`of version ${version} without ${names}`, () => {
      const bytes = decode(model);
      const got = outputsOf(bytes, inputs);
      if (!isDrawn(operator)) expectOutputs(got, outputs, "all left out");
      for (const each of attributes) {
        if (each.default !== null) {
          const written = outputsOf(withAttribute(bytes, each.default), inputs);
          expect(bitsOf(written), `the default of ${each.name}`).toEqual(bitsOf(got));
        }
        let other: Tensor[];
        try {
          other = outputsOf(withAttribute(bytes, each.other), inputs);
        } catch (error) {
          if (!(error instanceof GraddiffError)) throw error;
          refused.push(`${operator} ${version} ${each.name}`);
          continue;
        }
        if (isDrawn(operator)) {
          // The dtype of random numbers is that of `importOnnx`.
          if (each.name === "dtype" || each.name === "seed") continue;
          expect(bitsOf(other), `another ${each.name}`).not.toEqual(bitsOf(got));
        } else {
          expectOutputs(other, each.outputs, `another ${each.name}`);
        }
      }
    });
  }
});

test("every operator that is read is here, and few values are refused", () => {
  const names = new Set(Object.keys(table));
  const missing = Object.entries(operatorTable()).flatMap(([name, row]) =>
    "read" in row && !names.has(name) ? [name] : [],
  );
  expect(missing).toEqual([]);
  const tried = Object.values(table).flatMap(({ models }) =>
    models.flatMap(({ attributes }) => attributes),
  );
  expect(tried.length).toBeGreaterThan(190);
  expect(refused).toEqual(REFUSED);
});
