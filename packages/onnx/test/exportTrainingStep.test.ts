import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import {
  concat,
  loadState,
  named,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
  zeros,
} from "@graddiff/core";
import { readSafetensors } from "@graddiff/files";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  cosineDecay,
  crossEntropy,
  Dense,
  LBFGS,
  Lion,
  NAdam,
  type Optimizer,
  RMSProp,
  SGD,
} from "@graddiff/nn";
import { expect, test } from "vitest";
import { bundleProgram } from "../../../scripts/bundleProgram.mjs";
import { ModelProtoSchema } from "../src/generated/onnx_pb.js";
import { exportTrainingStep } from "../src/index.ts";
import { differenceOf } from "./support/runtime.ts";
import { describedBy, fed, runModel, type State } from "./support/trainingStep.ts";

const double = { dtype: "float64" } as const;

const versionsIn = (bytes: Uint8Array) =>
  fromBinary(ModelProtoSchema, bytes).opsetImport.map(({ version }) => Number(version));

function makeTraining(make: (variables: readonly Variable[]) => Optimizer) {
  const hidden = new Dense(4, 6, { seed: 1, ...double });
  const output = new Dense(6, 3, { seed: 2, ...double });
  const parameters = { hidden, output };
  const optimizer = make([...hidden.variables, ...output.variables]);
  const loss = (x: Tensor, labels: Tensor) =>
    crossEntropy(output.forward(hidden.forward(x).tanh()), labels);
  return { parameters, optimizer, loss };
}

const example = [zeros([1, 4], double), zeros([1], { dtype: "int32" })];

/** Returns the rows of one process in a step. */
function rowsOf(process: number, count: number): [Tensor, Tensor] {
  const seed = 10 * process + count;
  const x = uniform([count, 4], { seed, low: -1, high: 1, ...double });
  return [x, uniform([count], { seed, high: 3 }).cast("int32")];
}

const learningRate = cosineDecay(0.01, { steps: 5 });
const optimizers: readonly [string, (variables: readonly Variable[]) => Optimizer][] = [
  ["SGD", (variables) => new SGD(variables, { learningRate: 0.1, momentum: 0.9 })],
  ["SGD with a schedule", (variables) => new SGD(variables, { learningRate })],
  ["Adam", (variables) => new Adam(variables, { learningRate: 0.01 })],
  ["AdamW with a schedule", (variables) => new AdamW(variables, { learningRate })],
  ["Adamax", (variables) => new Adamax(variables, { learningRate: 0.01 })],
  ["NAdam", (variables) => new NAdam(variables, { learningRate: 0.01 })],
  ["RMSProp", (variables) => new RMSProp(variables, { learningRate: 0.01 })],
  ["Adagrad", (variables) => new Adagrad(variables, { learningRate: 0.01 })],
  ["Adadelta", (variables) => new Adadelta(variables, { learningRate: 0.01 })],
  ["Lion", (variables) => new Lion(variables, { learningRate: 0.01 })],
];

test.each(optimizers)(
  "gradients of uneven shards, averaged by rows, make the steps of %s",
  async (_name, make) => {
    const training = makeTraining(make);
    const { parameters, optimizer, loss } = training;
    const files = exportTrainingStep(loss, { parameters, optimizer, batch: example });
    const { gradient, update } = describedBy(files);
    let state: State = readSafetensors(files["state.safetensors"]).tensors;

    for (const counts of [
      [5, 2],
      [1, 8],
      [3, 3],
    ]) {
      const shards = counts.map((count, process) => rowsOf(process, count));
      const results = await Promise.all(
        shards.map(([x, labels]) =>
          runModel(
            files["gradient.onnx"],
            { ...fed(state, gradient.state), x, labels },
            { ...gradient.gradients, loss: gradient.loss },
          ),
        ),
      );
      const mean = (name: string) => {
        const weighted = results.map((of, i) => (of[name] as Tensor).mul(counts[i] ?? 0));
        return weighted.reduce((a, b) => a.add(b)).div(counts.reduce((a, b) => a + b));
      };
      const averages = Object.keys(gradient.gradients).map((name) => [name, mean(name)]);
      const next = await runModel(
        files["update.onnx"],
        { ...fed(state, update.state), ...fed(Object.fromEntries(averages), update.gradients) },
        update.next,
      );
      state = { ...state, ...next };

      // The expected state is that after a step with all rows in one batch.
      const all = [0, 1].map((part) => concat(shards.map((shard) => shard[part] as Tensor)));
      const { variables } = optimizer;
      const own = valueAndGrad(loss, { variables })(all[0] as Tensor, all[1] as Tensor);
      expect(differenceOf(mean("loss"), own.value)).toBeLessThan(1e-12);
      optimizer.step(own.gradient);
    }
    const other = makeTraining(make);
    loadState({ parameters: other.parameters, optimizer: other.optimizer }, state);
    optimizer.variables.forEach((variable, i) => {
      const loaded = other.optimizer.variables[i] as Variable;
      expect(differenceOf(loaded.value, variable.value)).toBeLessThan(1e-10);
    });
  },
);

test("opset and exact are those of exportOnnx", () => {
  const files = (options: { readonly opset?: 17 | 22; readonly exact?: boolean }) => {
    const { parameters, optimizer, loss } = makeTraining(
      (variables) => new SGD(variables, { learningRate: 0.1 }),
    );
    return exportTrainingStep(loss, { parameters, optimizer, batch: example, ...options });
  };
  const [later, plain, exact] = [files({ opset: 22 }), files({}), files({ exact: true })];
  expect(versionsIn(later["update.onnx"])).toEqual([22]);
  expect(versionsIn(plain["update.onnx"])).toEqual([17]);
  expect(exact["gradient.onnx"]).not.toEqual(plain["gradient.onnx"]);
});

test("the batch keeps its names and leaves its size open", () => {
  const { parameters, optimizer, loss } = makeTraining(
    (variables) => new SGD(variables, { learningRate: 0.1 }),
  );
  const files = exportTrainingStep(loss, {
    parameters,
    optimizer,
    batch: example,
    inputs: ["images", "digits"],
  });
  const { gradient } = describedBy(files);
  expect(gradient.batch).toEqual([
    { name: "images", dtype: "float64", shape: ["batch", 4] },
    { name: "digits", dtype: "int32", shape: ["batch"] },
  ]);
});

test("what does not belong to a step is refused", () => {
  const { parameters, optimizer, loss } = makeTraining(
    (variables) => new SGD(variables, { learningRate: 0.1 }),
  );
  const options = { parameters, optimizer, batch: example };
  const noise = new Variable(tensor(1, double));
  const assigns = (x: Tensor, labels: Tensor) => {
    parameters.output.bias?.assign(zeros([3], double));
    return loss(x, labels);
  };
  const reads = (x: Tensor, labels: Tensor) => loss(x.mul(noise.value), labels);
  const pairs: readonly [() => unknown, RegExp][] = [
    [
      () => exportTrainingStep(assigns, options),
      /loss: expected .* assigns no Variables, got assignments to parameters\.output\.bias/,
    ],
    [
      () => exportTrainingStep(reads, options),
      /loss: expected .* no others, got one that reads another Variable\. Add them/,
    ],
    [
      () => exportTrainingStep(loss, { ...options, parameters: parameters.hidden }),
      /parameters: expected all 4 Variables that the optimizer trains, got 2/,
    ],
    [() => exportTrainingStep(loss, undefined as never), /options: expected an object of/],
    [
      () => exportTrainingStep(loss, { ...options, optimizer: 3 as never }),
      /optimizer: expected an optimizer/,
    ],
    [
      () =>
        exportTrainingStep(loss, {
          ...options,
          optimizer: new LBFGS(optimizer.variables) as never,
        }),
      /LBFGS\.step: expected a function that computes the loss, at several points in a step, /,
    ],
    [() => exportTrainingStep(3 as never, options), /loss: expected a function/],
    [
      () => exportTrainingStep((x: Tensor) => named("rows", x), { ...options, batch: [] }),
      /exportTrainingStep|valueAndGrad|mul/,
    ],
  ];
  for (const [call, message] of pairs) expect(call).toThrow(message);
});

test("the command line copies the launcher", async () => {
  const folder = mkdtempSync(join(tmpdir(), "graddiff-launcher-"));
  try {
    const root = fileURLToPath(new URL("..", import.meta.url));
    const program = await bundleProgram("src/cli.ts", join(folder, "dist"), root);
    const cli = (...parameters: string[]) =>
      spawnSync(process.execPath, [program, ...parameters], { encoding: "utf8", cwd: folder });
    expect(cli().status).toBe(2);
    expect(cli("--help").stdout).toContain("launcher FOLDER");
    // The test's bundle has no launcher in its folder, unlike the package.
    expect(cli("launcher", "here").stderr).toContain("train.py cannot be written");
    cpSync(join(root, "launcher"), join(folder, "launcher"), { recursive: true });
    const own = readFileSync(join(root, "launcher/train.py"), "utf8");
    const there = join(folder, "here", "train.py");
    for (const _ of [1, 2]) {
      expect(cli("launcher", "here").stdout).toMatch(/^here.train\.py is there; python3/);
      expect(readFileSync(there, "utf8")).toBe(own);
    }
    writeFileSync(there, "mine");
    expect(cli("launcher", "here").stdout).toMatch(/was another one, which is here.train\.py\.old/);
    expect([readFileSync(there, "utf8"), readFileSync(`${there}.old`, "utf8")]).toEqual([
      own,
      "mine",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
