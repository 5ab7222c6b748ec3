/**
 * The roles of the tensors in PyTorch's exports of many families of networks, compared with the parameters that PyTorch
 * trains (`files.py`). Where settings look like weights, PyTorch's losses are compared as well.
 */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { compile, type Tensor, tensor, uniform, valueAndGrad, variables } from "@graddiff/core";
import { Dense, SGD } from "@graddiff/nn";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sampleTests } from "../../../../core/test/support/sampling.ts";
import {
  exportOnnx,
  type ImportedModel,
  type ImportOptions,
  importOnnx,
} from "../../../src/index.ts";
import { floats, model, node } from "../support/build.ts";
import { renamed, withoutConstants } from "../support/renamed.ts";

sampleTests(4);

import json from "./files.json" with { type: "json" };

interface Exported {
  readonly model: string;
  readonly trained: readonly string[];
}

interface Family {
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
  readonly shape: readonly number[];
  readonly "opset 13"?: Exported;
  readonly "opset 17"?: Exported;
  readonly losses?: readonly number[];
  readonly quantised?: Readonly<Record<string, string>>;
}

const families = Object.entries(json as Readonly<Record<string, Family>>);
const unpacked = (text: string) => new Uint8Array(gunzipSync(Buffer.from(text, "base64")));

const files = families.flatMap(([family, own]) =>
  (["opset 13", "opset 17"] as const).flatMap((opset) => {
    const exported = own[opset];
    if (exported === undefined) return [];
    return [{ ...own, family, opset, bytes: unpacked(exported.model), trained: exported.trained }];
  }),
);

const trainedOf = ({ weights }: ImportedModel) =>
  Object.entries(weights).flatMap(([name, { trainable }]) => (trainable ? [name] : []));

const warned = vi.fn<(message: string) => void>();
beforeEach(() => {
  warned.mockClear();
  vi.spyOn(console, "warn").mockImplementation(warned);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/**
 * The numbers of parameters that cannot be recognised by operator or name, since the exporter has computed with them.
 */
const AMBIGUOUS: Readonly<Record<string, number>> = { swin: 1, detr: 2, stylegan: 4 };

/**
 * Parameters of which the file has a second copy, with or without their names. A copy may be a precomputed norm, or a
 * convolution merged with the batch norm of one of its calls. A list trains the copy that has the name.
 */
const COPIES: Readonly<Record<string, readonly string[]>> = {
  "spectral norm": ["onnx::MatMul_37"],
  pointnet: ["onnx::Conv_29", "onnx::Conv_30"],
  prototypes: ["onnx::Clip_25"],
};

test("there are at least 38 families", () => {
  expect(families.length).toBeGreaterThanOrEqual(38);
  expect(new Set(families.map(([, { parameters }]) => parameters.join())).size).toBeGreaterThan(50);
});

test.each(files)(
  "$family, $opset: what is trained is a parameter",
  ({ bytes, trained, family }) => {
    const imported = importOnnx(bytes);
    const own = trainedOf(imported);
    expect(own.filter((name) => !trained.includes(name))).toEqual([]);
    const missing = trained.filter((name) => !own.includes(name));
    expect(missing.length).toBeLessThanOrEqual(AMBIGUOUS[family] ?? 0);
    // The rows of `tensors` agree, and each has a reason.
    expect(imported.tensors.filter((each) => each.trained).map(({ name }) => name)).toEqual(own);
    for (const { reason } of imported.tensors) expect(reason).not.toBe("");
    // A warning names each frozen parameter, once, with the option that trains it.
    const told = warned.mock.calls.map(([message]) => message).join();
    for (const name of missing.filter((each) => each !== "const")) expect(told).toContain(name);
    expect(warned.mock.calls.length).toBeLessThanOrEqual(1);
  },
);

test("of all parameters at least 98 % are trained, as README.md says", () => {
  const found = { all: 0, byDefault: 0, byList: 0 };
  for (const { bytes, trained, parameters } of files) {
    const count = (options?: ImportOptions) =>
      trainedOf(importOnnx(bytes, options)).filter((name) => trained.includes(name)).length;
    found.all += trained.length;
    found.byDefault += count();
    found.byList += count({ trainable: parameters });
  }
  expect(found.byDefault / found.all).toBeGreaterThanOrEqual(0.98);
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  expect(readme.replaceAll(/\s+/g, " ")).toContain(
    `Of ${found.all} parameters in ${files.length} exports of ${families.length} families of networks ` +
      `${found.byDefault} are trained, and nothing else. With the list ${found.byList} are`,
  );
});

test.each(files)(
  "$family, $opset: the names of the parameters give PyTorch's set",
  ({ bytes, family, trained, parameters }) => {
    const own = trainedOf(importOnnx(bytes, { trainable: parameters }));
    const copies = COPIES[family] ?? [];
    expect(own.sort()).toEqual(trained.filter((name) => !copies.includes(name)));
    expect(warned).not.toHaveBeenCalled();
  },
);

/** Buffers that operators read like parameters: a list of names with buffers trains them, too. */
const BUFFERS: Readonly<Record<string, readonly string[]>> = {
  resnet: ["mean", "std"],
  llama: ["cos_cached", "sin_cached"],
  nerf: ["freq_bands"],
  kan: ["grid"],
};

/**
 * Norms without weights, which are exported with ones and zeros. As initializers they look like weights of an untrained
 * network.
 */
const PLAIN_NORMS = ["/plain/", "/bn/"];

test.each(files)(
  "$family, $opset: so do those of its state dict, but for buffers like parameters",
  ({ bytes, family, trained, parameters, buffers }) => {
    const own = trainedOf(importOnnx(bytes, { trainable: [...parameters, ...buffers] }));
    const copies = COPIES[family] ?? [];
    const expected = trained.filter((name) => !copies.includes(name));
    expect(own.sort()).toEqual([...expected, ...(BUFFERS[family] ?? [])].sort());
  },
);

test.each(files)(
  "$family, $opset: where Constants are initializers no other tensor is trained",
  ({ bytes, trained }) => {
    for (const { name, trained: isTrained } of importOnnx(withoutConstants(bytes)).tensors) {
      const isPlain = PLAIN_NORMS.some((layer) => name.startsWith(`${layer}Constant`));
      if (isTrained && !isPlain) expect(trained).toContain(name);
    }
  },
);

test.each(files)(
  "$family, $opset: without names no other tensor is trained, and no setting",
  ({ bytes, trained }) => {
    const before = new Map(importOnnx(bytes).tensors.map((each) => [each.name, each]));
    const { bytes: anonymous, names } = renamed(bytes);
    for (const { name, trained: isTrained, role, shape } of importOnnx(anonymous).tensors) {
      const own = names.get(name) ?? name;
      if (isTrained) expect(trained).toContain(own);
      if (role === "setting") expect(shape.length === 0 || isTrained).toBe(shape.length === 0);
      // Without names, only tensors are trained that are trained with names.
      if (isTrained) expect(before.get(own)?.trained).toBe(true);
      const wasPlaced = /^the (weight|bias|scale|table) /.test(before.get(own)?.reason ?? "");
      if (wasPlaced && before.get(own)?.trained) expect(isTrained, own).toBe(true);
    }
  },
);

function numbers(shape: readonly number[], seed: number): Tensor {
  const count = shape.reduce((product, length) => product * length, 1);
  const values = Array.from({ length: count }, (_, i) => (((i + seed) * 7919) % 1009) / 504.5 - 1);
  return tensor(Float32Array.from(values), { shape });
}

test.each(files.filter(({ losses }) => losses !== undefined))(
  "$family, $opset: the losses of SGD are PyTorch's",
  ({ bytes, shape, losses = [] }) => {
    const { fn, weights } = importOnnx(bytes);
    const optimizer = new SGD(variables(weights), { learningRate: 0.05, momentum: 0.9 });
    const step = compile((x: Tensor) =>
      optimizer.minimize(() => {
        const [y] = fn(x);
        return y.sub(numbers(y.shape, 9)).square().mean();
      }),
    );
    const own = losses.map(() => step(numbers(shape, 1)).item());
    own.forEach((loss, i) => {
      expect(Math.abs(loss / (losses[i] ?? 0) - 1), `loss ${i}`).toBeLessThan(2.5e-6);
    });
  },
);

const quantised = families.flatMap(([family, { quantised: kinds = {}, parameters }]) =>
  Object.entries(kinds).map(([kind, text]) => ({ family, kind, text, parameters })),
);

test.each(quantised)(
  "nothing is trained of $family, quantised as $kind",
  ({ text, parameters }) => {
    const imported = importOnnx(unpacked(text));
    expect(trainedOf(imported)).toEqual([]);
    expect(warned).not.toHaveBeenCalled();
    // A function that trains everything but settings does not train the scales of quantisation.
    const asked = {
      trainable: (_: string, { role }) => role !== "setting",
    } satisfies ImportOptions;
    const floatsOf = trainedOf(importOnnx(unpacked(text), asked));
    expect(floatsOf.filter((name) => name.endsWith("_scale"))).toEqual([]);
    const norms = parameters.filter((name) => /(norm|ln_).*\.(weight|bias)$/.test(name));
    for (const name of norms.filter((each) => !each.includes("bn")))
      expect(floatsOf).toContain(name);
  },
);

const pairs = files.flatMap((each) => {
  const text = each.opset === "opset 17" ? each.quantised?.["pairs"] : undefined;
  return text === undefined ? [] : [{ ...each, quantisedBytes: unpacked(text) }];
});

test.each(pairs)(
  "the weights of $family that pairs dequantise are trained as floats under fake quantisation, where they are named",
  ({ quantisedBytes, shape, parameters, trained }) => {
    const whole = importOnnx(quantisedBytes);
    const own = importOnnx(quantisedBytes, { trainable: parameters });
    expect(trainedOf(own).sort()).toEqual(trained);
    const isInteger = own.inputs[0]?.dtype === "int32";
    const x = isInteger ? numbers(shape, 1).mul(3).add(3).cast("int32") : numbers(shape, 1);
    // Naming the parameters does not change the results.
    const [y] = own.fn(x);
    expect([...y.data()]).toEqual([...whole.fn(x)[0].data()]);
    const loss = () => own.fn(x)[0].sub(numbers(y.shape, 9)).square().mean();
    const { gradient } = valueAndGrad(loss, { variables: own.weights })();
    for (const name of trained) {
      expect(
        gradient[name]?.data().some((slope) => slope !== 0),
        name,
      ).toBe(true);
    }
    // The weights that are not named stay integers.
    const [first = ""] = trained;
    const one = importOnnx(quantisedBytes, {
      trainable: (name, { trainable }) => {
        expect(trainable).toBe(false);
        return name === first;
      },
    });
    expect(trainedOf(one)).toEqual([first]);
    const count = ({ nodes }: ImportedModel) =>
      nodes.filter(({ operator }) => operator === "QuantizeLinear").length;
    expect(count(one) - count(whole)).toBeLessThanOrEqual(1);
  },
);

test("six families are quantised", () => {
  expect(new Set(quantised.map(({ family }) => family)).size).toBe(6);
});

test("one number beside a product is frozen, and named once with the option that trains it", () => {
  const bytes = model({
    nodes: [
      node("MatMul", ["x", "w"], ["p"]),
      node("Mul", ["p", "eight"], ["q"]),
      node("Mul", ["q", "eight"], ["y"]),
    ],
    inputs: [["x", [1, 2]]],
    outputs: [["y", [1, 2]]],
    constants: [floats("w", [2, 2], [1, 2, 3, 4]), floats("eight", [], [8])],
  });
  expect(trainedOf(importOnnx(bytes))).toEqual(["w"]);
  expect(warned.mock.calls).toEqual([
    [
      'graddiff: importOnnx: "eight" may be parameters or constants, and are not trained. ' +
        "The option trainable, a list of names or a function, trains them",
    ],
  ]);
  expect(trainedOf(importOnnx(bytes, { trainable: ["w", "eight"] }))).toEqual(["w", "eight"]);
  expect(trainedOf(importOnnx(bytes, { trainable: [] }))).toEqual([]);
  expect(() => importOnnx(bytes, { trainable: ["v"] })).toThrow(
    `trainable: expected names of tensors of the model, or of PyTorch's parameters, got "v". It has "w", "eight".`,
  );
  expect(() => importOnnx(bytes, { trainable: 1 as never })).toThrow(
    "importOnnx: trainable: expected a function or a list of names, got 1.",
  );
});

test("constants of a model that exportOnnx has written are known as such", () => {
  const layer = new Dense(4, 4, { seed: 1 });
  const scale = uniform([4], { seed: 2 });
  const net = (x: Tensor) => layer.forward(x.mul(scale).sin()).mul(scale).add(scale.sin());
  const imported = importOnnx(exportOnnx(net, [uniform([2, 4], { seed: 3 })]).bytes);
  expect(trainedOf(imported).length).toBe(2);
  expect(imported.tensors.some(({ name, trained }) => /^constant/.test(name) && !trained)).toBe(
    true,
  );
  expect(warned).not.toHaveBeenCalled();
});

test("a list of a head's names trains the head alone, whose weight the file names otherwise", () => {
  const vit = files.find(({ family, opset }) => family === "vit" && opset === "opset 17");
  const mixer = files.find(({ family, opset }) => family === "mixer" && opset === "opset 17");
  if (vit === undefined || mixer === undefined) throw new Error("files are missing");
  const head = ["head.weight", "head.bias"];
  expect(trainedOf(importOnnx(vit.bytes, { trainable: head })).sort()).toEqual([...head].sort());
  const tokens = ["mlp_tokens.0.weight", "mlp_tokens.0.bias"];
  const own = trainedOf(importOnnx(mixer.bytes, { trainable: tokens }));
  expect(own).toHaveLength(2);
  expect(own).toContain("mlp_tokens.0.bias");
});
