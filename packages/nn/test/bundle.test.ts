/** The package as bundlers see it: programs that bundle it together with core, both as they are published. */

import * as graddiff from "@graddiff/core";
import { expect, test } from "vitest";
import { installBefore, namesOf, TRIED, testBudgets } from "../../core/test/support/bundles.ts";
import * as networks from "../src/index.ts";

installBefore("core", "nn");

const README = new URL("../README.md", import.meta.url);

testBudgets(
  [
    {
      name: "compile and a dense layer",
      program: `import { compile, grad, tensor } from "@graddiff/core";
import { Dense } from "@graddiff/nn";
const dense = new Dense(2, 1, { seed: 1 });
const step = compile(grad((x) => dense.forward(x).sum()));
export const result = step(tensor([[1, 2]])).sum().item();`,
      most: { Vite: 116_400, esbuild: 121_400 },
    },
    {
      name: "fit with three layers",
      program: `import { relu, tensor } from "@graddiff/core";
import { Adam, batches, Dense, fit, meanSquaredError, Sequential } from "@graddiff/nn";
const model = new Sequential(new Dense(2, 8, { seed: 1 }), relu, new Dense(8, 8, { seed: 2 }), relu, new Dense(8, 1, { seed: 3 }));
const history = await fit(model, {
  data: batches({ x: tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y: tensor([[0], [1], [1], [0]]) }, { size: 4 }),
  loss: (net, { x, y }) => meanSquaredError(net.forward(x), y),
  optimizer: new Adam(model, { learningRate: 0.05 }),
  epochs: 2,
}).run();
export const result = history.rows.length;`,
      most: { Vite: 151_100, esbuild: 156_500 },
    },
    {
      name: "everything of core and nn",
      program: `import * as all from "@graddiff/core"; import * as nn from "@graddiff/nn";
export const result = Object.keys(all).length + Object.keys(nn).length;`,
      most: { Vite: 301_300, esbuild: 311_400 },
    },
  ],
  [
    [README, /with the compiler and a dense layer takes (\d+)/, "compile and a dense layer"],
    [README, /with `fit` and three layers (\d+)/, "fit with three layers"],
  ],
);

/** Returns the names of classes and layers as they occur in messages. */
function saidBy(core: typeof graddiff, nn: typeof networks): string[] {
  const { Adam, Conv2d, Dense, LSTM, LayerNorm, Sequential } = nn;
  const message = (fn: () => unknown): string => {
    try {
      fn();
    } catch (error) {
      return String(error);
    }
    throw new Error("nothing was thrown");
  };
  const model = new Sequential(
    new Dense(2, 3, { seed: 1 }),
    new LayerNorm(3),
    core.relu,
    core.gelu,
  );
  const x = core.tensor([[1, 2]]);
  return [
    ...namesOf(nn, core),
    message(() => model.forward(core.tensor([1, 2, 3]))),
    message(() => model.forward(core.tensor([[1, 2, 3]]))),
    message(() => new Conv2d(1, 2, 3).forward(core.tensor([1]))),
    message(() => new LSTM(2, 3).forward(core.tensor([1]))),
    message(() => new Adam(model, { learningRate: -1 })),
    String(model),
    String(core.summary(model, x)),
    String(core.explain((y: graddiff.Tensor) => model.forward(y).sum())(x)),
    ...core
      .profile(
        core.compile((y: graddiff.Tensor) => model.forward(y)),
        x,
      )
      .rows.map(({ what, layer }) => `${what} ${layer}`),
  ];
}

test.each(TRIED)("a minified program says the same names as Node, by %s", async (_name, bundle) => {
  const { exported } = await bundle(
    `export * as core from "@graddiff/core"; export * as nn from "@graddiff/nn";`,
  );
  const { core: own, nn } = exported as { core: typeof graddiff; nn: typeof networks };
  const said = saidBy(own, nn);
  expect(said).toEqual(saidBy(graddiff, networks));
  expect(said.filter((text) => /^\w+ \w+$/.test(text)).length).toBeGreaterThan(30);
});
