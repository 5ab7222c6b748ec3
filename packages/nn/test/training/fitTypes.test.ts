/** Mistakes in the options of fit: the compiler reports each at its own line, in words about it. */

import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hasTurn } from "../../../core/test/support/sampling.ts";

const HEAD = `import { type Tensor, tensor } from "@graddiff/core";
import { accuracy, Adam, Dense, fit, meanSquaredError } from "../../src/index.ts";

const model = new Dense(1, 1);
const optimizer = new Adam(model, { learningRate: 0.1 });
const data = [{ x: tensor([[1]]), y: tensor([[1]]) }];
const loss = (net: Dense, { x, y }: { x: Tensor; y: Tensor }) => meanSquaredError(net.forward(x), y);
const inline = (net: Dense, x: Tensor, y: Tensor) => meanSquaredError(net.forward(x), y);
`;

/** Options with a mistake, what stands where the compiler points, and what it says. */
const MISTAKES: readonly (readonly [options: string, at: string, says: string])[] = [
  [
    "data, loss: (net, b) => inline(net, b.x, b.y), optimizer, epoch: 1",
    "epoch: 1",
    "Did you mean to write 'epochs'?",
  ],
  ["data, loss, optimizer", "{ data", "Property 'epochs' is missing"],
  ["data, loss, epochs: 1", "{ data", "Property 'optimizer' is missing"],
  ["data, optimizer, epochs: 1", "{ data", "Property 'loss' is missing"],
  ["loss, optimizer, epochs: 1", "{ loss", "Property 'data' is missing"],
  [
    "data, loss: () => 1, optimizer, epochs: 1",
    "loss",
    "Type 'number' is not assignable to type 'FitLoss'",
  ],
  [
    "data, loss: (net, b) => inline(net, b.x, b.z), optimizer, epochs: 1",
    "z)",
    "Property 'z' does not exist on type '{ x: Tensor; y: Tensor; }'",
  ],
  [
    "data, loss: (net, b) => inline(net, b.x, b.y).item(), optimizer, epochs: 1",
    "loss",
    "Type 'number' is not assignable to type 'FitLoss'",
  ],
  [
    "data, loss: async (net, b) => inline(net, b.x, b.y), optimizer, epochs: 1",
    "loss",
    "Type 'Promise<Tensor>' is not assignable to type 'FitLoss'",
  ],
  [
    "data, loss, optimizer, epochs: 1, metrics: [accuracy]",
    "metrics",
    "Type 'Metric<ThresholdOptions>[]' is not assignable",
  ],
  [
    'data, loss, optimizer, epochs: 1, metrics: { accuracy: "accuracy" }',
    "accuracy:",
    "Type 'string' is not assignable to type",
  ],
  [
    'data, loss, optimizer, epochs: 1, metrics: { accuracy }, earlyStopping: { patience: 2, metric: "acuracy" }',
    "{ data",
    `Did you mean '"accuracy"'?`,
  ],
  [
    'data, loss, optimizer, epochs: "1"',
    "epochs",
    "Type 'string' is not assignable to type 'number'",
  ],
  [
    "data, loss, optimizer, epochs: 1, earlyStopping: 3",
    "earlyStopping",
    "Type 'number' is not assignable to type 'EarlyStopping",
  ],
  [
    "data, loss, optimizer, epochs: 1, validation: 3",
    "validation",
    "Type 'number' is not assignable to type 'FitData",
  ],
  [
    'data, loss, optimizer: "adam", epochs: 1',
    "optimizer",
    "Type 'string' is not assignable to type",
  ],
  [
    "data, loss, optimizer, epochs: 1, shuffle: true",
    "shuffle",
    "'shuffle' does not exist in type 'FitOptions",
  ],
  [
    "data, loss, optimizer, epochs: 1, on: { epochs: () => {} }",
    "epochs: ()",
    "Did you mean to write 'epoch'?",
  ],
  [
    "data, loss, optimizer, epochs: 1, accumulate: true",
    "accumulate",
    "Type 'boolean' is not assignable to type 'number'",
  ],
  [
    "data, loss, optimizers: { all: { loss, optimizer } }, epochs: 1",
    "{ data",
    "Types of property 'optimizers' are incompatible",
  ],
];

test.runIf(hasTurn(3, 1))("each mistake is reported where it is, and by its name", () => {
  const folder = dirname(fileURLToPath(import.meta.url));
  const name = `mistakes-${process.pid}.ts`;
  const file = join(folder, name);
  const lines = MISTAKES.map(([options]) => `fit(model, { ${options} });`);
  const head = HEAD.split("\n").length - 1;
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const config = join(folder, `${name}.json`);
  writeFileSync(file, `${HEAD}${lines.join("\n")}\n`);
  writeFileSync(
    config,
    JSON.stringify({ extends: "../../tsconfig.json", include: [], files: [name] }),
  );
  let output = "";
  try {
    output = execFileSync(
      process.execPath,
      [compiler, "-p", config, "--noEmit", "--pretty", "false"],
      { encoding: "utf8" },
    );
  } catch (error) {
    output = String((error as { stdout?: unknown }).stdout);
  } finally {
    rmSync(file);
    rmSync(config);
  }
  const reports = output.split(/\n(?=\S)/).map((report) => {
    const [, row = "0", column = "0"] = /\((\d+),(\d+)\): error/.exec(report) ?? [];
    return { row: Number(row) - 1 - head, column: Number(column) - 1, report };
  });
  MISTAKES.forEach(([, at, says], i) => {
    const own = reports.filter(({ row }) => row === i);
    const found = own.find(({ column }) => lines[i]?.slice(column).startsWith(at));
    expect(found?.report, `${lines[i]}\n${own.map(({ report }) => report).join("\n")}`).toContain(
      says,
    );
    for (const { report } of own) expect(report).not.toContain("FitSeveralOptions<Dense, unknown");
  });
  expect(reports.every(({ row }) => row >= 0 && row < MISTAKES.length)).toBe(true);
});
