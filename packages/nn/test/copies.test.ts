/** Two copies of the package in one program: every public function reports that a value belongs to the other copy. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as core from "@graddiff/core";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { sourcePaths } from "../../../scripts/sources.mjs";
import { VERSION } from "../../core/src/copies.ts";
import * as nn from "../src/index.ts";

type Package = typeof core & typeof nn;

const here: Package = { ...core, ...nn };

const own = fileURLToPath(new URL("../src/index.ts", import.meta.url));

/**
 * Returns two copies of one version, bundled like scripts/bundle.mjs does; the third copy is the sources of this test.
 */
async function copiesOf(version: string): Promise<[Package, Package]> {
  const folder = mkdtempSync(join(tmpdir(), "graddiff-copies-"));
  try {
    // Vitest does not transform modules in such a folder.
    const outfile = join(folder, "node_modules/copy.mjs");
    await build({
      stdin: {
        contents: `export * from "@graddiff/core"; export * from ${JSON.stringify(own)};`,
        resolveDir: tmpdir(),
      },
      alias: sourcePaths,
      bundle: true,
      format: "esm",
      target: "es2023",
      outfile,
      define: { GRADDIFF_VERSION: JSON.stringify(version) },
    });
    const { href } = pathToFileURL(outfile);
    return [
      await import(/* @vite-ignore */ href),
      await import(/* @vite-ignore */ `${href}?another`),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [other, another] = await copiesOf("0.1.0");

const { Dense, ones, Sequential, SGD, tensor, Variable } = here;
const foreign = other.tensor([1, 2]);
const dense = () => new other.Dense(2, 1, { seed: 1 });
const model = new Dense(2, 1, { seed: 1 });
const loss = () => ones([1]).sum();

const from = (versions: string) =>
  `from another copy of @graddiff/core (${versions}; npm ls @graddiff/core shows who installs them)`;

/** The words of the error where this copy refuses a value of another one. */
const OTHER = from(`0.1.0, this one is ${VERSION}`);

const calls: Record<string, () => unknown> = {
  "an op": () => here.add(tensor([1, 2]), foreign),
  "a method": () => tensor([1, 2]).mul(foreign),
  "data of tensor": () => tensor(foreign as never),
  "a list of tensors": () => here.stack([foreign, foreign]),
  "a Variable's first value": () => new Variable(foreign),
  "a Variable's next value": () => new Variable(tensor([1, 2])).assign(foreign),
  "a shape": () => here.zeros(foreign as never),
  "a number": () => here.uniform([2], { seed: 1, low: foreign as never }),
  "a gradient's input": () => here.grad((x: core.Tensor) => x.sum())(foreign),
  "a gradient's function": () =>
    here.grad((x: core.Tensor) => x.sum().mul(foreign))(tensor([1, 2])),
  "a gradient's Variables": () => here.grad(loss, { variables: [new other.Variable(foreign)] })(),
  vectorize: () => here.vectorize((x: core.Tensor) => x.sum())(foreign),
  "a compiled function": () => here.compile((x: core.Tensor) => x.sum())(foreign),
  "a compiled function's result": () => here.compile(() => foreign)(),
  "there: a compiled function": () => other.compile((x: core.Tensor) => x.sum())(tensor([1])),
  "there: a compiled function inside": () =>
    here.grad((x: core.Tensor) => other.compile((y: core.Tensor) => y.sum())(x))(tensor([1])),
  "a tree": () => here.treeLeaves({ weight: foreign }),
  "a message": () => here.toMessage({ weight: foreign }),
  "a layer's input": () => model.forward(foreign),
  "a layer in a chain": () => new Sequential(new Dense(2, 2), dense()),
  "a layer in a model": () => here.variables({ first: model, second: dense() }),
  "a model": () => here.variables(dense()),
  "a list of models": () => here.variables([model, dense()]),
  "a Variable in a model": () => here.state({ scale: new other.Variable(foreign) }),
  "an optimizer in a model": () =>
    here.state({ optimizer: new other.SGD(dense(), { learningRate: 1 }) }),
  "a state": () => here.loadState(model, other.state(dense())),
  "what is loaded": () => here.loadState(dense(), here.state(model)),
  "an optimizer's Variables": () => new SGD(dense().variables, { learningRate: 1 }),
  "an optimizer's model": () => new SGD(dense(), { learningRate: 1 }),
  "an optimizer's gradients": () =>
    new SGD([new Variable(tensor([1, 2]))], { learningRate: 1 }).step([foreign]),
  "a training step's optimizer": () =>
    here.trainingStep(model, loss, new other.SGD(dense(), { learningRate: 1 }) as never),
  "a plateau's optimizer": () => here.reduceOnPlateau(new other.SGD(dense(), { learningRate: 1 })),
  "a summary": () => here.summary(dense(), ones([1, 2])),
  "a training mode": () =>
    model.train.call(Object.assign(new Sequential(model), { inner: dense() })),
  "a layer of one's own": () => {
    class Own extends here.Layer {
      readonly inner = dense();
      compute(x: core.Tensor): core.Tensor {
        return this.inner.forward(x);
      }
    }
    new Own().forward(ones([1, 2]));
  },
  findNaN: () => here.findNaN(() => foreign)(),
  explain: () => here.explain((x: core.Tensor) => x.sum())(foreign),
  "a seed": () => here.uniform([2], { seed: foreign }),
  "a metric": () => here.accuracy(foreign, tensor([1, 0], { dtype: "int32" })),
  batches: () => here.batches(foreign as never, { size: 1 } as never),
};

const messageOf = (call: () => unknown): string => {
  try {
    return `no error: ${String(call())}`;
  } catch (error) {
    return (error as Error).message;
  }
};

/** The words of the error where the other copy refuses a value of this one. */
const THERE = from(`${VERSION}, this one is 0.1.0`);

test.each(Object.entries(calls))("%s of another copy is refused as such", (name, call) => {
  expect(messageOf(call)).toContain(name.startsWith("there: ") ? THERE : OTHER);
});

test("two copies of one version are distinguished", () => {
  expect(messageOf(() => another.add(other.tensor([1, 2]), 1))).toBe(
    `add: x: expected a Tensor or a number, got a float32 Tensor of shape [2] ${from(`both 0.1.0`)}.`,
  );
});

test("what only looks like a tensor is of no copy", () => {
  const trap = new Proxy(
    {},
    {
      get: () => {
        throw new Error("no");
      },
    },
  );
  for (const value of [{ shape: [2], dtype: "float32" }, trap]) {
    expect(messageOf(() => here.add(value as never, 1))).not.toContain("copy");
  }
});
