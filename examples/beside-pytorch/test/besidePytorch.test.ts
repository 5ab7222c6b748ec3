import { readdirSync, readFileSync } from "node:fs";
import { Draws, normal, type Tensor, where } from "@graddiff/core";
import { crossEntropy } from "@graddiff/nn";
import { afterAll, expect, test, vi } from "vitest";
import { names, run } from "../src/programs.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const readme = read("README.md");

/** Returns the output of the programs that are run by their names. */
async function printed(...wanted: readonly string[]): Promise<string> {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  await run(wanted);
  const text = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
  print.mockRestore();
  return text;
}

const outputs = new Map<string, string>();
for (const name of names) outputs.set(name, await printed(name));

const moons = await import("../src/two-moons.ts");
const regression = await import("../src/logistic-regression.ts");
const cnn = await import("../src/cnn.ts");
const gru = await import("../src/gru.ts");
const recommender = await import("../src/recommender.ts");
const vae = await import("../src/vae.ts");
const tagger = await import("../src/tagger.ts");
const lora = await import("../src/lora.ts");
const gan = await import("../src/gan.ts");

afterAll(() => {
  process.exitCode = undefined;
});

const python = (name: string) => `pytorch/${name.replaceAll("-", "_")}.py`;

/** The output of PyTorch for each program. */
const theirs = new Map(
  read("pytorch/output.txt")
    .split(/^# /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      return [part.slice(0, end).replaceAll("_", "-"), part.slice(end + 1)];
    }),
);

/** Returns the numbers in an output, in order. */
const numbersIn = (text = "") => Array.from(text.matchAll(/\d+(?:\.\d+)?/g), Number);
const last = (values: readonly number[], back = 1) => values.at(-back) ?? Number.NaN;

const linesOf = (file: string) => read(file).split("\n").slice(0, -1);
const isCode = (line: string) =>
  line.trim() !== "" && !/^\s*(?:\/\/|\/\*\*.*\*\/$|#|""".*"""$)/.test(line);

test.each(names)("README.md has what %s prints, and what PyTorch printed", (name) => {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? "";
  const blocks = Array.from(section.matchAll(/```text\n([^`]*)```/g), ([, text]) => text);
  expect(blocks).toEqual([outputs.get(name), theirs.get(name)]);
});

test("an output of PyTorch has the words of the program beside it, and other digits", () => {
  const wordsOf = (text = "") => text.replaceAll(/\d+(?:\.\d+)?/g, "0");
  expect([...theirs.keys()]).toEqual(names);
  expect(readme).toContain(`What ${linesOf("pytorch/output.txt")[0]} printed is in`);
  for (const name of names) {
    expect(wordsOf(theirs.get(name))).toBe(wordsOf(outputs.get(name)));
    expect(theirs.get(name)).not.toBe(outputs.get(name));
  }
});

test.each(names)(
  "%s has no more lines than its counterpart, and README.md has the counts",
  (name) => {
    const counts = [`src/${name}.ts`, python(name)].map((file) => {
      const lines = linesOf(file);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
      // The programs have no comments of several lines, which would count as code.
      expect(lines.filter((line) => /^\s*\*|"""(?!$)(?!.*""")/.test(line))).toEqual([]);
      return { code: lines.filter(isCode).length, all: lines.length };
    });
    const [own, other] = counts;
    if (own === undefined || other === undefined) throw new Error("a pair has two files");
    expect(own.code).toBeLessThanOrEqual(other.code);
    expect(own.all).toBeLessThanOrEqual(other.all);
    const file = python(name).replace("pytorch/", "");
    expect(readme).toContain(
      `| [${name}](src/${name}.ts) | ${own.code} | ${own.all} | [${file}](pytorch/${file}) | ${other.code} | ${other.all} |\n`,
    );
  },
);

test.each([
  ["tagger", 18],
  ["lora", 25],
  ["gan", 16],
])("the model and the training of %s take at most %i lines", (name, most) => {
  // The compared part follows the title, the imports and the data, and ends before the output.
  const part = read(`src/${name}.ts`).split("\n\n")[3] ?? "";
  const count = part.split("\n").filter(isCode).length;
  expect(part).toContain("nn.fit(");
  expect(count).toBeLessThanOrEqual(most);
  expect(readme).toContain(`${count} of ${name}`.replace(/^(\d+) of tagger/, "$1 lines of tagger"));
});

test("each program of PyTorch has its counterpart", () => {
  const files = readdirSync(new URL("../pytorch/", import.meta.url)).filter((file) =>
    file.endsWith(".py"),
  );
  expect(files.map((file) => `pytorch/${file}`).sort()).toEqual(
    ["pytorch/digits.py", ...names.map(python)].sort(),
  );
});

test.each(["two-moons.svg", "gan.svg", "samples.svg"])("%s is what the programs draw", (file) => {
  expect(read(`output/${file}`)).toBe(read(file));
  expect(readme).toContain(`](${file})`);
});

test("a wrong name, or none, gets the names and the exit code 1", async () => {
  const answer = `Name one or more of: ${names.join(", ")}; or all.\n`;
  for (const wanted of [[], ["three-moons"], ["cnn", "toString"]]) {
    process.exitCode = undefined;
    expect(await printed(...wanted)).toBe(answer);
    expect(process.exitCode).toBe(1);
  }
});

/** Returns the index of the greatest number in each row. */
function answersOf(scores: Tensor): number[] {
  return (scores.toArray() as number[][]).map((row) => row.indexOf(Math.max(...row)));
}

/** Returns the share of rows whose greatest score is that of the right class. */
function accuracyOf(scores: Tensor, labels: Tensor): number {
  const right = labels.data();
  const answers = answersOf(scores);
  return answers.filter((answer, i) => answer === right[i]).length / answers.length;
}

test("two-moons gets back the weights of its best epoch, and waits for 20 more", () => {
  const { model, held, testing, history } = moons;
  const { rows } = history;
  const losses = rows.map(({ validation }) => validation?.loss ?? Number.NaN);
  const best = losses.indexOf(Math.min(...losses));
  const loss = crossEntropy(model.forward(held.x), held.y).item();
  expect(loss).toBe(losses[best]);
  expect(history.best).toBe(rows[best]);
  expect(rows.length).toBeLessThan(100);
  rows.forEach(({ learningRate }, i) => {
    const cosine = 0.005 * (1 + Math.cos((Math.PI * (i + 1)) / 100));
    expect(Math.abs(learningRate - cosine)).toBeLessThan(1e-6);
  });
  expect(rows.length).toBe(best + 1 + 20 + 1);
  const [epochs, number, validation, test] = numbersIn(outputs.get("two-moons"));
  expect([epochs, number]).toEqual([rows.length, best + 1]);
  expect(accuracyOf(model.forward(held.x), held.y).toFixed(3)).toBe(validation?.toFixed(3));
  expect(accuracyOf(model.forward(testing.x), testing.y).toFixed(3)).toBe(test?.toFixed(3));
  for (const output of [outputs, theirs]) {
    expect(last(numbersIn(output.get("two-moons")))).toBeGreaterThanOrEqual(0.95);
  }
  const wrong = read("two-moons.svg").match(/<use href="#mistaken" x="\d+\.\d"/g)?.length;
  expect(wrong).toBe(Math.round(200 * (1 - (test ?? 0))));
  expect(readme).toContain("Ten points near the border");
  expect(wrong).toBe(10);
  expect(testing.y.size).toBe(200);
});

test("the numbers of logistic-regression are those of plain counting", () => {
  const { model, scale, scores, testing, training } = regression;
  expect(training.y.size + testing.y.size).toBe(569);
  const [weights, centers, spreads] = [
    model.weight.value,
    scale.mean.value,
    scale.deviation.value,
  ].map((each) => Array.from(each.data()));
  const labels = Array.from(testing.y.data());
  const own = (testing.x.toArray() as number[][]).map((row) =>
    row.reduce(
      (sum, value, i) =>
        sum + (weights?.[i] ?? 0) * ((value - (centers?.[i] ?? 0)) / (spreads?.[i] ?? 0)),
      model.bias?.value.at(0).item() ?? 0,
    ),
  );
  const given = Array.from(scores.data());
  own.forEach((score, i) => {
    expect(Math.abs(score - (given[i] ?? 0))).toBeLessThan(1e-4);
  });
  const count = (found: boolean, label: number) =>
    own.filter((score, i) => score > 0 === found && labels[i] === label).length;
  const [hits, alarms, misses] = [count(true, 1), count(true, 0), count(false, 1)];
  const [precision, recall] = [hits / (hits + alarms), hits / (hits + misses)];
  const positives = own.filter((_, i) => labels[i] === 1);
  const negatives = own.filter((_, i) => labels[i] === 0);
  const wins = positives.flatMap((high) => negatives.filter((low) => high > low)).length;
  const expected = [
    (hits + count(false, 0)) / own.length,
    precision,
    recall,
    (2 * precision * recall) / (precision + recall),
    wins / (positives.length * negatives.length),
  ];
  const lines = outputs.get("logistic-regression")?.trim().split("\n").slice(1) ?? [];
  expect(lines.map((line) => line.split(" ").at(-1))).toEqual(
    expected.map((value) => value.toFixed(3)),
  );
});

test("cnn is right on more than 98 % of the test images, in both languages", () => {
  const { model, testing, training } = cnn;
  expect(training.labels.size + testing.labels.size).toBe(1797);
  const share = accuracyOf(model.forward(testing.images), testing.labels);
  expect(share).toBeGreaterThan(0.98);
  expect(share.toFixed(4)).toBe(last(numbersIn(outputs.get("cnn"))).toFixed(4));
  expect(last(numbersIn(theirs.get("cnn")))).toBeGreaterThan(0.98);
});

test("gru leaves padding out, and is far better than the mean", () => {
  const { lossOf, testing } = gru;
  const lengths = testing.mask.cast("int32").sum(1);
  expect([lengths.min().item(), lengths.max().item()]).toEqual([4, 12]);
  const noise = normal(testing.x.shape, { seed: 9, deviation: 100 });
  const disturbed = { ...testing, x: where(testing.mask.expandDims(2), testing.x, noise) };
  expect(disturbed.x.sub(testing.x).abs().max().item()).toBeGreaterThan(100);
  expect(lossOf(disturbed).item()).toBe(lossOf(testing).item());
  for (const output of [outputs, theirs]) {
    const numbers = numbersIn(output.get("gru"));
    expect(last(numbers, 2)).toBeLessThan(last(numbers) / 20);
  }
});

test("tagger leaves padding out, and is far better than the commonest tag", () => {
  const { tag, testing } = tagger;
  const { words, mask, tags } = testing;
  const scores = tag(testing);
  const disturbed = tag({ ...testing, words: where(mask, words, 0) });
  const seen = mask.expandDims(2);
  expect(where(seen, scores.sub(disturbed), 0).abs().max().item()).toBe(0);
  const rows = scores.toArray() as number[][][];
  const [known, taken] = [tags.toArray() as number[][], mask.toArray() as boolean[][]];
  let [right, common, all] = [0, 0, 0];
  rows.forEach((row, i) => {
    row.forEach((own, k) => {
      if (taken[i]?.[k] !== true) return;
      all++;
      if (own.indexOf(Math.max(...own)) === known[i]?.[k]) right++;
      if (known[i]?.[k] === 0) common++;
    });
  });
  const printed = last(numbersIn(outputs.get("tagger")));
  expect((right / all).toFixed(4)).toBe(printed.toFixed(4));
  // The model makes less than a tenth of the mistakes of a model that always answers the commonest tag.
  expect(1 - right / all).toBeLessThan((1 - common / all) / 5);
  for (const output of [outputs, theirs]) {
    expect(last(numbersIn(output.get("tagger")))).toBeGreaterThan(0.95);
  }
});

test("lora changes no weight, and reads turned digits as well as upright ones", () => {
  const { model, adapted, testing } = lora;
  expect(accuracyOf(model.forward(testing.upright), testing.labels)).toBeLessThan(1);
  const own = accuracyOf(adapted.forward(testing.turned), testing.labels);
  expect(own.toFixed(3)).toBe(last(numbersIn(outputs.get("lora")), 2).toFixed(3));
  // The layers inside adapters are the model's: without adapters, their accuracy is as before.
  const [upright] = numbersIn(outputs.get("lora"));
  expect(accuracyOf(model.forward(testing.upright), testing.labels).toFixed(3)).toBe(
    upright?.toFixed(3),
  );
  const trained = adapted.variables
    .filter(({ trainable }) => trainable)
    .reduce((sum, { value }) => sum + value.size, 0);
  expect(trained).toBe(4 * (64 + 256 + 256 + 256 + 256 + 10));
  for (const output of [outputs, theirs]) {
    const [first = 0, , before = 1, , after = 0] = numbersIn(output.get("lora"));
    expect(before).toBeLessThan(0.6);
    expect(Math.abs(after - first)).toBeLessThan(0.03);
  }
});

test("gan draws digits that differ as those of the data do, and the critic is not sure", () => {
  const { images, samples } = gan;
  const distances = (from: Tensor) => from.expandDims(1).sub(images).square().sum(2);
  const nearest = distances(samples).min(1).mean().item();
  const others = distances(images.at([0, 48]))
    .mean()
    .item();
  expect(nearest).toBeLessThan(others / 2);
  const spread = samples.sub(samples.mean(0)).square().sum(1).mean().item();
  expect(spread).toBeGreaterThan(others / 8);
  for (const output of [outputs, theirs]) {
    const numbers = numbersIn(output.get("gan"));
    // A model that guesses has a loss of 2 ln 2.
    expect(last(numbers, 4)).toBeGreaterThan(0.5);
    expect(last(numbers, 4)).toBeLessThan(2 * Math.LN2);
    expect(Math.abs(last(numbers, 2) - last(numbers))).toBeLessThan(0.03);
  }
});

test("recommender comes near the noise, and far below the mean", () => {
  const { held, training } = recommender;
  expect([held.user.max().item(), held.item.max().item()]).toEqual([399, 199]);
  expect(training.rating.size + held.rating.size).toBe((400 * 200) / 5);
  expect(held.rating.size).toBe((400 * 200) / 5 / 5);
  const { users, items, userBias, itemBias } = recommender.model;
  const tables = [users, items, userBias, itemBias].map(
    ({ weight }) => weight.value.toArray() as number[][],
  );
  const [tastes = [], kinds = [], favours = [], merits = []] = tables;
  const [who, what, rating] = [held.user, held.item, held.rating].map((each) => each.data());
  const mean = training.rating.mean().item();
  let squares = 0;
  rating?.forEach((value, i) => {
    const [user, item] = [who?.[i] ?? 0, what?.[i] ?? 0];
    const match = tastes[user]?.reduce((sum, own, k) => sum + own * (kinds[item]?.[k] ?? 0), 0);
    const bias = (favours[user]?.[0] ?? 0) + (merits[item]?.[0] ?? 0);
    squares += (mean + (match ?? 0) + bias - value) ** 2;
  });
  const error = Math.sqrt(squares / held.rating.size);
  const numbers = numbersIn(outputs.get("recommender"));
  expect(error.toFixed(3)).toBe(last(numbers, 3).toFixed(3));
  for (const output of [outputs, theirs]) {
    const [noise, spread, validation] = [1, 2, 3].map((back) =>
      last(numbersIn(output.get("recommender")), back),
    );
    expect(noise).toBe(0.3);
    expect(validation).toBeLessThan((spread ?? 0) / 6);
    expect(validation).toBeLessThan(0.3 * 1.3);
  }
});

test("vae counts its draws, loses less than the mean image would, and draws different digits", () => {
  const { images, model, samples } = vae;
  const [count = 0, pixels = 0] = images.shape;
  expect([count, pixels]).toEqual([1797, 64]);
  const steps = model.draws.value.item() - new Draws(5).value.item();
  expect(steps).toBe(100 * Math.ceil(count / 64));
  // The entropy of pixels that are drawn only by their means, without a code.
  const means = Array.from(images.mean(0).data(), Number);
  const part = (p: number) => (p === 0 ? 0 : -p * Math.log(p));
  const alone = means.reduce((sum, p) => sum + part(p) + part(1 - p), 0);
  const [, loss = Number.NaN, ...parts] = numbersIn(outputs.get("vae")?.trim().split("\n").at(-2));
  expect(loss).toBeLessThan(alone - 2);
  expect(Math.abs(loss - parts.reduce((sum, each) => sum + each, 0))).toBeLessThan(0.011);
  // Each sample is near a digit of the data, and samples differ from each other nearly as much as digits do.
  const distances = (from: Tensor) => from.expandDims(1).sub(images).square().sum(2);
  const nearest = distances(samples).min(1).mean().item();
  const others = distances(images.at([0, 48]))
    .mean()
    .item();
  expect(nearest).toBeLessThan(others / 2);
  const spread = samples.sub(samples.mean(0)).square().sum(1).mean().item();
  expect(spread).toBeGreaterThan(others / 8);
  const shares = cnn.model.forward(samples.reshape([-1, 1, 8, 8])).softmax(1);
  expect(new Set(answersOf(shares)).size).toBe(10);
  const sure = shares
    .max(1)
    .data()
    .filter((share) => share > 0.9).length;
  expect(readme.replaceAll("\n", " ")).toContain(
    `all ten digits among the ${samples.shape[0]} that are drawn, and is more than 90 % sure of ${sure}.`,
  );
});
