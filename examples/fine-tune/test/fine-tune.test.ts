import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { argMax, full, state, type Tensor, treeLeaves, variables } from "@graddiff/core";
import { Conv2d } from "@graddiff/nn";
import { exportOnnx, importOnnx } from "@graddiff/onnx";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { fiveDigits, readDigits } from "../src/data.ts";
import { agreement, exported, readerOfFile, readerOfTuned, sharesOf } from "../src/models.ts";
import { runWithOnnxruntime } from "../src/onnxruntime.ts";
import { readOptions } from "../src/options.ts";
import { run } from "../src/program.ts";
import { PARTS, type Part, Tuned, training } from "../src/training.ts";

const bytesOf = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url));
const readme = bytesOf("README.md").toString("utf8");
const oneLine = readme.replaceAll("\n", " ");
const old = bytesOf("model/zero-to-four.onnx");
const digits = await readDigits(bytesOf("data/digits.csv.gz"));
const [zeros, fives] = [fiveDigits(digits, 0), fiveDigits(digits, 5)];

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

/** Returns a network after some epochs. */
async function trained(train: Part, { seed = 1, epochs = 20, body = "PyTorch's" } = {}) {
  const tuned = new Tuned(old, { train, seed });
  if (body === "random") drawBody(tuned, seed);
  await training(tuned, fives, { epochs, seed }).run();
  return tuned;
}

/** Gives the convolutions of a body random weights. */
function drawBody({ body }: Tuned, seed: number): void {
  const layers = [
    new Conv2d(1, 8, 3, { seed: seed + 10 }),
    new Conv2d(8, 12, 3, { seed: seed + 20 }),
  ];
  const fresh = layers.flatMap((layer) => layer.variables);
  Object.values(body).forEach((weight, i) => {
    if (fresh[i]) weight.assign(fresh[i].value);
  });
}

const count = (holder: object) =>
  variables(holder)
    .filter(({ trainable }) => trainable)
    .reduce((sum, { value }) => sum + value.size, 0);
const bitsOf = (weights: object) =>
  Object.values(weights).map(({ value }: { value: Tensor }) => Array.from(value.data()));

test("the images are split as those of PyTorch, and a file that is unpacked is read as well", async () => {
  expect(digits.images.shape).toEqual([1797, 1, 8, 8]);
  for (const [{ training, held }, first] of [
    [zeros, 0],
    [fives, 5],
  ] as const) {
    expect(held.labels.size).toBe(180);
    expect(bytesOf("index.html").toString()).toContain(`of ${held.labels.size} each`);
    expect(training.labels.size).toBe(first === 0 ? 721 : 716);
    for (const { labels } of [training, held]) {
      expect([...new Set(labels.data())].sort()).toEqual([0, 1, 2, 3, 4].map((i) => first + i));
    }
  }
  const unpacked = await readDigits(Uint8Array.from(gunzipSync(bytesOf("data/digits.csv.gz"))));
  expect(agreement(unpacked.images, digits.images)).toBe(1797 * 64);
  expect(agreement(unpacked.labels, digits.labels)).toBe(1797);
  expect(readme).toContain(`With ${fives.training.labels.size} images`);
});

test("the model of PyTorch is what README.md says, and answers here as it did there", async () => {
  const model = importOnnx(old);
  const sizes = [count(model.weights), old.length].map((size) => size.toLocaleString("en"));
  expect(readme).toContain(`has ${sizes[0]} weights in ${sizes[1]} bytes`);
  expect(model.inputs[0]?.shape).toEqual(["batch", 1, 8, 8]);
  expect(readme).toContain(`outputs: ["${model.nodes.at(-1)?.inputs[0]}"]`);
  const { images, labels } = zeros.held;
  const answers = readerOfFile(old, 0)(images);
  // The number that scripts/export.py has printed.
  expect(agreement(answers, labels)).toBe(170);
  expect(oneLine).toContain("of 180 held-out images of 0 to 4 it reads 170 rightly");
  const others = argMax(await runWithOnnxruntime(old, images), 1);
  expect(agreement(others, answers)).toBe(180);
});

test("README.md has what the program prints", async () => {
  const { printed, code } = await command();
  const isEpoch = (line: string) => /^epoch +\d+\/\d+ /.test(line);
  expect(code).toBe(0);
  // Short epochs share a line; the last one has a separate line.
  expect(printed.filter(isEpoch).at(-1)).toMatch(/^epoch 20\/20 /);
  expect(/```text\n([^`]*)```/.exec(readme)?.[1]).toBe(
    printed.filter((line) => !isEpoch(line)).join(""),
  );
  expect(readdirSync("output")).toEqual(["five-to-nine.onnx"]);
});

test("--train all trains every weight, into the folder that is named", async () => {
  const out = mkdtempSync(join(tmpdir(), "fine-tune-"));
  const { printed, code } = await command("--train", "all", "--epochs", "1", "--out", out);
  expect(readdirSync(out)).toEqual(["five-to-nine.onnx"]);
  rmSync(out, { recursive: true });
  expect(code).toBe(0);
  expect(printed.join("")).toContain("\n1,201 weights trained ");
});

test.each(
  PARTS.flatMap((part) => [
    [part, "PyTorch's"],
    [part, "random"],
  ]) as [Part, string][],
)("README.md has the accuracies of training %s with a body that is %s", async (train, body) => {
  const shares: number[] = [];
  let weights = 0;
  for (const seed of [1, 2, 3]) {
    const tuned = await trained(train, { seed, body });
    weights = count(tuned);
    const { zeroToFour, fiveToNine } = sharesOf(readerOfTuned(tuned), digits);
    expect(zeroToFour).toBe(0);
    shares.push(fiveToNine);
  }
  const cells = shares.map((share) => `${(100 * share).toFixed(1)} %`).join(" | ");
  expect(readme).toContain(
    `| \`${train}\` | ${weights.toLocaleString("en")} | ${body} | ${cells} |`,
  );
  if (body !== "random") expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.9);
});

test("a head that is trained alone leaves the body as it was, and the same seed gives the same bits", async () => {
  const body = bitsOf(importOnnx(old, { outputs: ["/flatten/Flatten_output_0"] }).weights);
  const head = await trained("head", { epochs: 2 });
  expect(bitsOf(head.body)).toEqual(body);
  expect(readme).toContain(`a \`Dense\` of ${head.head.weight.shape[0]} inputs and 5 scores`);
  const all = await trained("all", { epochs: 2 });
  expect(bitsOf(all.body)).not.toEqual(body);
  const bits = (tuned: Tuned) => treeLeaves(state(tuned)).map((leaf) => Array.from(leaf.data()));
  expect(bits(await trained("all", { epochs: 2 }))).toEqual(bits(all));
  expect(bits(await trained("all", { epochs: 2, seed: 2 }))).not.toEqual(bits(all));
});

test.each(PARTS)("%s is the same exported, imported and in onnxruntime", async (train) => {
  const tuned = await trained(train, { epochs: 3 });
  const { bytes, inputs, outputs } = exported(tuned);
  expect(inputs).toEqual([{ name: "image", dtype: "float32", shape: ["batch", 1, 8, 8] }]);
  expect(outputs).toEqual([{ name: "logits", dtype: "float32", shape: ["batch", 5] }]);
  const model = importOnnx(bytes);
  const names = Object.keys(importOnnx(old).weights).slice(0, 4);
  expect(Object.keys(model.weights)).toEqual(
    expect.arrayContaining([...names.map((name) => `body.${name}`), "head.weight", "head.bias"]),
  );
  for (const batch of [1, 7, 180]) {
    const images = fives.held.images.slice([0], [batch]);
    const own = tuned.forward(images);
    for (const others of [model.fn(images)[0], await runWithOnnxruntime(bytes, images)]) {
      expect(others.shape).toEqual([batch, 5]);
      expect(others.sub(own).abs().max().item()).toBeLessThan(1e-4);
    }
  }
});

test("a model that does not end with a Linear layer is refused in words", async () => {
  const { bytes } = exportOnnx((x: Tensor) => x.reshape([-1, 64]).relu(), [full([2, 1, 8, 8], 0)]);
  expect(() => new Tuned(bytes, { train: "head", seed: 1 })).toThrow(
    "a model whose last node is a Linear layer (Gemm) was expected, not Relu",
  );
});

test("a tuned model can be tuned again", () => {
  const first = new Tuned(old, { train: "head", seed: 1 });
  const again = new Tuned(exported(first).bytes, { train: "head", seed: 2 });
  expect(again.head.weight.shape).toEqual(first.head.weight.shape);
});

test.each([
  [["--train", "body"], '--train takes one of head, all, not "body"'],
  [["--epochs", "0"], '--epochs takes a whole number from 1 to 999999999, not "0"'],
  [["--epochs", "1.5"], '--epochs takes a whole number from 1 to 999999999, not "1.5"'],
  [["--seed", "x"], '--seed takes a whole number from 0 to 999999999, not "x"'],
  [["--sede", "1"], "Unknown option '--sede'"],
  [["--train"], "Option '--train <value>' argument missing"],
  [["head"], "Unexpected argument 'head'"],
] as const)("%j is refused in one line", async (args, line) => {
  const { printed, complaints, code } = await command(...args);
  expect(printed).toEqual([]);
  expect(complaints.length).toBe(1);
  expect(complaints[0]?.startsWith(line)).toBe(true);
  expect(complaints[0]?.trimEnd()).not.toContain("\n");
  expect(code).toBe(1);
});

test("README.md has the defaults of all options, all files, and small pictures", () => {
  const defaults = Object.entries(readOptions([]) ?? {});
  expect(defaults.map(([option]) => option)).toEqual(["train", "epochs", "seed", "out"]);
  for (const [option, value] of defaults) {
    expect(readme).toMatch(new RegExp(`\\| \`--${option}\` \\|.*\\| \`${value}\` \\|\n`));
  }
  const files = readdirSync("src").filter((file) => file !== "main.ts");
  for (const file of files) expect(readme).toContain(`\`src/${file}\``);
  for (const theme of ["light", "dark"]) {
    const picture = `pictures/page-${theme}.png`;
    expect(readme).toContain(`"${picture}"`);
    expect(statSync(picture).size).toBeLessThan(150_000);
  }
  expect(bytesOf("vite.config.ts").toString()).toContain("script-src 'self' 'wasm-unsafe-eval'");
});
