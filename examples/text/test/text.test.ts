import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argMax, summary, type Tensor } from "@graddiff/core";
import { expect, test, vi } from "vitest";
import { readOptions } from "../src/options.ts";
import { decode, encode, held, seen, size } from "../src/text.ts";
import { write } from "../src/write.ts";
import { CONTEXT, Writer } from "../src/writer.ts";
import { outputOf } from "./outputOf.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const file = readFileSync(new URL("../data/pride-and-prejudice.txt", import.meta.url), "utf8");

test("pieces are consecutive parts of the text, and those that are held back are its end", () => {
  const rows = (part: { pieces: Tensor }) => part.pieces.toArray() as number[][];
  const all = [...rows(seen), ...rows(held)];
  all.forEach((piece, i) => {
    const start = (i * CONTEXT) / 2;
    expect(decode(piece)).toBe(file.slice(start, start + CONTEXT + 1));
  });
  expect(all.length).toBe(Math.ceil((file.length - CONTEXT) / (CONTEXT / 2)));
  expect(decode(Array.from(encode("Netherfield").data()))).toBe("Netherfield");
  expect(() => encode("Zoë")).toThrow('the text that it has learned has no "ë"');
});

test("README.md has the sizes of the text and of the model", () => {
  const model = new Writer(size);
  const count = summary(model, encode("It is").expandDims(0)).trained;
  const number = (value: number) => value.toLocaleString("en-US");
  expect(readme).toContain(`${number(file.length)} characters, of ${size} kinds`);
  expect(readme).toContain(`${number(count)} weights`);
});

test("it reads character by character what it reads at once", () => {
  const model = new Writer(size).train(false);
  const letters = encode(file.slice(0, CONTEXT));
  const whole = model.forward(letters.expandDims(0)).at(0);
  let read = model.start();
  for (let place = 0; place < CONTEXT; place++) {
    const known = model.next(letters.slice([place], [place + 1]).reshape([1, 1]), read);
    expect(known.logits.sub(whole.at(place)).abs().max().item()).toBeLessThan(1e-4);
    read = known.read;
  }
});

test("writing follows its options", () => {
  const model = new Writer(size);
  const options = { temperature: 1, top: size, seed: 1 };
  const text = write(model, "It is ", 2 * CONTEXT, options);
  expect(text.length).toBe(2 * CONTEXT + 6);
  expect(text.startsWith("It is ")).toBe(true);
  expect(write(model, "It is ", 2 * CONTEXT, options)).toBe(text);
  expect(write(model, "It is ", 40, { ...options, seed: 2 })).not.toBe(text.slice(0, 46));
  // The likeliest character alone, whatever the seed.
  const likeliest = write(model, "It is ", 20, { ...options, top: 1 });
  expect(write(model, "It is ", 20, { ...options, top: 1, seed: 9 })).toBe(likeliest);
  expect(write(model, "It is ", 20, { ...options, temperature: 1e-4 })).toBe(likeliest);
  const logits = model.forward(encode("It is ").expandDims(0)).at(0, -1);
  expect(encode(likeliest.charAt(6)).item()).toBe(argMax(logits).item());
});

test("the command goes on where it was ended, and writes without a second training", async () => {
  const out = mkdtempSync(join(tmpdir(), "graddiff-text-"));
  try {
    const small = ["--out", out, "--epochs", "1", "--length", "30"];
    const first = await outputOf(...small);
    const [, perplexity] =
      /^perplexity of the pages held back is (\d+\.\d\d) after 1 epoch\n\nMr\. Darcy /.exec(
        first,
      ) ?? [];
    // Guessing has the number of characters as its perplexity.
    expect(Number(perplexity)).toBeLessThan(size / 6);
    expect(await outputOf(...small)).toBe(first);
    const other = await outputOf(...small, "--temperature", "0.1");
    expect(other.split("\n")[0]).toBe(first.split("\n")[0]);
    expect(other).not.toBe(first);
    expect(readFileSync(join(out, "training-dark.svg"), "utf8")).toContain("perplexity");
  } finally {
    rmSync(out, { recursive: true });
  }
});

test.each([
  [["--epochs", "0"], '--epochs takes a whole number from 1 to 1000, not "0"'],
  [["--temperature", "0"], '--temperature takes a number above 0, not "0"'],
  [["--top", "99"], `--top takes a whole number from 1 to ${size}, not "99"`],
  [["--start", ""], "--start takes at least one character"],
  [["--start", "Zoë"], 'the text that it has learned has no "ë"'],
  [["--tempreture", "1"], "Unknown option '--tempreture'"],
] as const)("%j is refused in one line", (args, line) => {
  const complain = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(readOptions(args)).toBe(undefined);
  expect(String(complain.mock.calls[0]?.[0]).startsWith(line)).toBe(true);
  complain.mockRestore();
  expect(process.exitCode).toBe(1);
  process.exitCode = 0;
});

test("README.md has the defaults of all options", () => {
  const defaults = readOptions([]) ?? {};
  for (const [option, value] of Object.entries(defaults)) {
    expect(readme).toMatch(
      new RegExp(`\\| \`--${option}\` \\|.*\\| \`${String(value).trimEnd()} ?\` \\|\n`),
    );
  }
});
