import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { argMax, argSort, loadState, state, tensor, uniform } from "@graddiff/core";
import { readSafetensors, writeSafetensors } from "@graddiff/files";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WHOLE } from "../../../packages/core/test/support/sampling.ts";
import { confusionSvg, confusionText } from "../src/confusion.ts";
import { readDigits, splitDigits } from "../src/data.ts";
import { models, train } from "../src/models.ts";
import { runWithOnnxruntime } from "../src/onnxruntime.ts";
import { readOptions } from "../src/options.ts";
import { exported, run } from "../src/program.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const readme = read("README.md");
const digits = readDigits();
const { training, testing } = splitDigits(digits);

/** The program writes its files to the working directory. */
const before = process.cwd();
beforeAll(() => process.chdir(fileURLToPath(new URL("..", import.meta.url))));
afterAll(() => process.chdir(before));

/** Returns the standard output and the errors of a command, and its exit code. */
async function command(...args: string[]) {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const complain = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    const options = readOptions(args);
    if (options) await run(options);
    const textOf = (spy: typeof log) => spy.mock.calls.map((words) => `${words.join(" ")}\n`);
    return { printed: textOf(log), complaints: textOf(complain), code: process.exitCode ?? 0 };
  } finally {
    process.exitCode = 0;
    vi.restoreAllMocks();
  }
}

const isEpoch = (line: string) => /^epoch +\d+\/\d+ /.test(line);
const shares = (printed: readonly string[]) =>
  printed.flatMap((line) => /: (\d+\.\d) % of 359 new images/.exec(line)?.[1] ?? []).map(Number);

test("a fifth of the images is for testing, and always the same", () => {
  expect([training.images.shape, testing.images.shape]).toEqual([
    [1438, 1, 8, 8],
    [359, 1, 8, 8],
  ]);
  expect(readme).toContain(`learn ${digits.labels.size.toLocaleString("en")} handwritten digits`);
  // Every digit is in both parts.
  for (const { labels } of [training, testing]) expect(new Set(labels.data()).size).toBe(10);
  // The expected split follows from the random keys with which it was first drawn.
  const keys = uniform([1797], { seed: 2026, dtype: "float64" }).data();
  const order = Array.from(keys, (_, i) => i).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
  expect(Array.from(argSort(tensor(keys)).data())).toEqual(order);
  const all = digits.labels.data();
  expect(Array.from(testing.labels.data())).toEqual(order.slice(0, 359).map((i) => all[i]));
  expect(Array.from(training.labels.data())).toEqual(order.slice(359).map((i) => all[i]));
  expect(Array.from(testing.labels.data().subarray(0, 10))).toEqual([7, 5, 0, 6, 5, 2, 2, 2, 5, 9]);
});

test.runIf(WHOLE)("README.md has what the program prints, and its picture", async () => {
  const { printed, code } = await command("--model", "cnn");
  const [epochs, others] = [printed.filter(isEpoch), printed.filter((line) => !isEpoch(line))];
  expect(code).toBe(0);
  // Epochs that take less than a tenth of a second share a line; the last one has a separate line.
  expect(epochs.at(-1)).toMatch(/^epoch 30\/30 /);
  expect(/```text\n([^`]*)```/.exec(readme)?.[1]).toBe(others.join(""));
  expect(others.join("")).toContain("onnxruntime gives 359 of 359 answers as we do");
  expect(read("output/confusion.svg")).toBe(read("confusion.svg"));
  expect(readdirSync("output").sort()).toEqual([
    "confusion.svg",
    "digits.onnx",
    "digits.safetensors",
  ]);
});

test.runIf(WHOLE).each([
  ["mlp", 97],
  ["cnn", 98],
] as const)(
  "%s reads %i % in the mean of three seeds, as README.md has it",
  async (model, least) => {
    const out = mkdtempSync(join(tmpdir(), "digits-"));
    // The output in README.md, which is compared above, has the accuracy of cnn with seed 1.
    const known = shares(model === "cnn" ? [readme] : []);
    const seeds = model === "cnn" ? "2,3" : "1,2,3";
    const { printed, code } = await command("--model", model, "--seeds", seeds, "--out", out);
    rmSync(out, { recursive: true });
    const all = [...known, ...shares(printed)];
    expect(code).toBe(0);
    expect(all.length).toBe(3);
    expect(all.reduce((sum, share) => sum + share) / 3).toBeGreaterThanOrEqual(least);
    const weights = models[model](1).variables.reduce((sum, { value }) => sum + value.size, 0);
    const cells = [weights.toLocaleString("en"), ...all.map((share) => `${share.toFixed(1)} %`)];
    expect(readme).toContain(`| \`${model}\` | ${cells.join(" | ")} |`);
  },
);

test.each(["mlp", "cnn"] as const)(
  "%s is the same saved, loaded, exported and in onnxruntime",
  async (model) => {
    const network = models[model](4);
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const { rows } = await train(network, training, { seed: 4, epochs: 3 });
    log.mockRestore();
    const losses = rows.map(({ training }) => training.loss);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    expect(network.training).toBe(false);
    const loaded = models[model](5);
    loadState(loaded, readSafetensors(writeSafetensors(state(network))).tensors);
    // The model was exported with two images, and reads 359.
    const onnx = exported(loaded, testing.images.slice([0], [2]));
    const [others, own] = [
      await runWithOnnxruntime(onnx, testing.images),
      network.forward(testing.images),
    ];
    expect(others.sub(own).abs().max().item()).toBeLessThan(1e-4);
    expect(Array.from(argMax(others, 1).data())).toEqual(Array.from(argMax(own, 1).data()));
  },
);

test.each([
  [["--model", "foo"], '--model takes one of mlp, cnn, not "foo"'],
  [["--epochs", "x"], '--epochs takes a whole number from 1, not "x"'],
  [["--epochs", "0"], '--epochs takes a whole number from 1, not "0"'],
  [["--epochs", "1.5"], '--epochs takes a whole number from 1, not "1.5"'],
  [["--seeds", "1,,2"], '--seeds takes a whole number from 0, not ""'],
  [["--sedes", "1"], "Unknown option '--sedes'"],
  [["--model"], "Option '--model <value>' argument missing"],
  [["mlp"], "Unexpected argument 'mlp'"],
] as const)("%j is refused in one line", async (args, line) => {
  const { printed, complaints, code } = await command(...args);
  expect(printed).toEqual([]);
  expect(complaints.length).toBe(1);
  expect(complaints[0]?.startsWith(line)).toBe(true);
  expect(complaints[0]?.trimEnd()).not.toContain("\n");
  expect(code).toBe(1);
});

test("README.md has the defaults of all options", () => {
  const defaults = readOptions([]);
  for (const [option, value] of Object.entries(defaults ?? {})) {
    expect(readme).toMatch(new RegExp(`\\| \`--${option}\` \\|.*\\| \`${value}\` \\|\n`));
  }
  expect(Object.keys(defaults ?? {})).toEqual(["model", "seeds", "epochs", "out"]);
  expect(readme).toContain(`one hidden layer of ${models.mlp(1).variables[0]?.shape[1]} units`);
});

test("the confusion matrix is printed and drawn", () => {
  const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  counts[1] = [0, 1, 0, 0, 0, 0, 0, 1, 0, 0];
  counts[7] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
  const matrix = tensor(counts, { dtype: "int32" });
  const lines = confusionText(matrix).split("\n");
  expect(lines[0]).toBe("answer     0   1   2   3   4   5   6   7   8   9");
  expect(lines[2]).toBe("digit 1    ·   1   ·   ·   ·   ·   ·   1   ·   ·");
  const svg = confusionSvg(matrix);
  expect(svg.match(/class="right" fill-opacity="1\.000"/g)?.length).toBe(2);
  expect(svg.match(/class="wrong" fill-opacity="1\.000"/g)?.length).toBe(1);
  expect(svg.match(/class="none"/g)?.length).toBe(97);
});
