import { readFileSync, statSync } from "node:fs";
import { fromMessage, toMessage } from "@graddiff/core";
import type { FitStore } from "@graddiff/nn";
import { expect, test } from "vitest";
import { WHOLE } from "../../../packages/core/test/support/sampling.ts";
import { colours, places, SIZE } from "../src/picture.ts";
import { Painter, training } from "../src/training.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const readme = read("README.md");

/** Returns a store that keeps messages, like the browser's store. */
function memory(): FitStore & { readonly kept: () => unknown } {
  let kept: unknown;
  return {
    save(state) {
      const { message, transfer } = toMessage(state);
      kept = structuredClone(message, { transfer });
    },
    load: () => (kept === undefined ? undefined : fromMessage(structuredClone(kept))),
    kept: () => kept,
  };
}

test.runIf(WHOLE)(
  "README.md has the size of the network and its data, and the losses",
  async () => {
    const painter = new Painter();
    const weights = painter.variables.reduce((sum, { value }) => sum + value.size, 0);
    expect(readme).toContain(`has ${weights.toLocaleString("en")} weights`);
    expect(readme).toContain(`the ${(SIZE * SIZE).toLocaleString("en")} pixels`);
    expect(readme).toContain(`${painter.waves.shape[1]} random waves`);
    const { rows } = await training(painter, { epochs: 20 }).run();
    expect(readme).toContain(`An epoch has ${rows[0]?.steps} steps.`);
    const losses = [1, 5, 20].map((epochs) => rows[epochs - 1]?.training.loss.toFixed(4));
    expect(readme.replaceAll("\n", " ")).toContain(
      `After 1, 5 and 20 epochs the mean squared error of colours from 0 to 1 is ${losses[0]}, ${losses[1]} and ${losses[2]}.`,
    );
  },
);

test("README.md has the lengths of files, and small pictures", () => {
  for (const name of ["src/training.ts", "src/store.ts"]) {
    const lines = read(name).split("\n").length - 1;
    expect(readme).toMatch(new RegExp(`\\| \`${name}\` \\|.* in ${lines} lines`));
  }
  for (const theme of ["light", "dark"]) {
    const picture = `pictures/page-${theme}.png`;
    expect(readme).toContain(`"${picture}"`);
    expect(statSync(new URL(`../${picture}`, import.meta.url)).size).toBeLessThan(140_000);
  }
  expect(read("vite.config.ts")).toContain("script-src 'self' 'wasm-unsafe-eval'");
});

test("a run that is stopped in the middle of an epoch goes on with the same bits", async () => {
  const whole = memory();
  await training(new Painter(), { epochs: 3, saveTo: whole }).run();
  const parts = memory();
  const signal = { aborted: false };
  await training(new Painter(), {
    epochs: 3,
    saveTo: parts,
    signal,
    onProgress: ({ epoch, step }) => {
      signal.aborted = epoch === 1 && step === 10;
    },
  }).run();
  expect(parts.kept()).not.toEqual(whole.kept());
  const { rows } = await training(new Painter(), { epochs: 3, saveTo: parts }).run();
  expect(rows.map(({ steps }) => steps)).toEqual([36, 36, 36]);
  expect(parts.kept()).toEqual(whole.kept());
});

test("the picture is as wide as it is high, and all its colours can be shown", () => {
  expect(places.shape).toEqual([SIZE * SIZE, 2]);
  expect(colours.shape).toEqual([SIZE * SIZE, 3]);
  const corners = [0, SIZE - 1, SIZE * (SIZE - 1)].map((i) => Array.from(places.at(i).data()));
  expect(corners).toEqual([
    [-1, -1],
    [1, -1],
    [-1, 1],
  ]);
  const values = Array.from(colours.data());
  expect(values.filter((value) => !(value >= 0 && value <= 1))).toEqual([]);
});
