import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argMax, summary, type Tensor, tensor } from "@graddiff/core";
import { decode } from "gpt-tokenizer/encoding/r50k_base";
import { expect, test, vi } from "vitest";
import { WHOLE } from "../../../packages/core/test/support/sampling.ts";
import { readOptions } from "../src/options.ts";
import { CONTEXT, held, length, numbersOf, seen, size, textsOf } from "../src/text.ts";
import { makeWriter, write } from "../src/writer.ts";
import { outputOf } from "./outputOf.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const readme = read("README.md");
const file = read("data/pride-and-prejudice.txt");

async function textOf(numbers: readonly number[]): Promise<string> {
  async function* each() {
    yield* numbers;
  }
  let text = "";
  for await (const part of textsOf(each())) text += part;
  return text;
}

const indices = (numbers: readonly number[]) => tensor([[...numbers]], { dtype: "int32" });

test("pieces are consecutive parts of the text, and those that are held back are its end", async () => {
  const rows = (part: { pieces: Tensor }) => part.pieces.toArray() as number[][];
  const all = [...rows(seen), ...rows(held)];
  expect(all.length).toBe(Math.ceil((length - CONTEXT) / (CONTEXT / 2)));
  const halves = all.flatMap((piece) => piece.slice(0, CONTEXT / 2));
  const text = await textOf(halves);
  expect(file.startsWith(text)).toBe(true);
  expect(text.length).toBeGreaterThan(file.length - 10 * CONTEXT);
  expect(await textOf(numbersOf("Netherfield Park"))).toBe("Netherfield Park");
  expect(decode([])).toBe("");
  expect(() => numbersOf("Zoë")).toThrow("the text that it has learned has no ");
});

test("README.md has the sizes of the text, of the model and of the program", () => {
  const model = makeWriter();
  const count = summary(model, indices(numbersOf("It is"))).trained;
  const number = (value: number) => value.toLocaleString("en-US");
  expect(readme).toContain(
    `${number(file.length)} characters, which are ${number(length)} tokens of ${number(size)} kinds`,
  );
  expect(readme).toContain(`${number(count)} weights`);
  const source = read("src/writer.ts");
  const own = source.slice(source.indexOf("\nconst WIDTH")).split("\n");
  const code = own.filter((line) => !/^\s*(?:\/\*\*.*\*\/)?\s*$/.test(line)).length;
  expect(code).toBeLessThanOrEqual(30);
  expect(readme).toContain(`: ${code} lines |`);
});

test("writing follows its options, and gives texts as they come", async () => {
  const model = makeWriter().train(false);
  const written = async (options: object, count = 40) => {
    let text = "";
    const all = { count, temperature: 1, seed: 1, ...options };
    for await (const part of write(model, "It is", all)) text += part;
    return text;
  };
  const text = await written({}, 2 * CONTEXT);
  expect(await written({}, 2 * CONTEXT)).toBe(text);
  expect(await written({ seed: 2 }, 2 * CONTEXT)).not.toBe(text);
  // With topK 1, only the likeliest token is chosen, for every seed.
  const likeliest = await written({ topK: 1 });
  expect(await written({ topK: 1, seed: 9 })).toBe(likeliest);
  expect(await written({ temperature: 0 })).toBe(likeliest);
  const logits = model.forward(indices(numbersOf("It is"))).at(0, -1);
  expect(likeliest.startsWith(await textOf([argMax(logits).item()]))).toBe(true);
});

test.runIf(WHOLE)(
  "the command goes on where it was ended, and writes without a second training",
  async () => {
    const out = mkdtempSync(join(tmpdir(), "graddiff-text-"));
    try {
      const small = ["--out", out, "--epochs", "1", "--length", "10"];
      const first = await outputOf(...small);
      const [, perplexity] =
        /^perplexity of the pages held back is (\d+\.\d) after 1 epoch\n\nMr\. Darcy/.exec(first) ??
        [];
      // The perplexity of guessing is the size of the vocabulary.
      expect(Number(perplexity)).toBeLessThan(size / 6);
      expect(await outputOf(...small)).toBe(first);
      const other = await outputOf(...small, "--temperature", "0");
      expect(other.split("\n")[0]).toBe(first.split("\n")[0]);
      expect(other).not.toBe(first);
      expect(readFileSync(join(out, "training-dark.svg"), "utf8")).toContain("perplexity");
    } finally {
      rmSync(out, { recursive: true });
    }
  },
);

test.each([
  [["--epochs", "0"], '--epochs takes a whole number from 1 to 1000, not "0"'],
  [["--temperature", "-1"], "Option '--temperature' argument is ambiguous"],
  [["--temperature", "warm"], '--temperature takes a number from 0, not "warm"'],
  [["--top", "9999"], `--top takes a whole number from 1 to ${size}, not "9999"`],
  [["--start", ""], "--start takes at least one character"],
  [["--start", "Zoë"], "the text that it has learned has no "],
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
