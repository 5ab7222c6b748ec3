import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { outputOf } from "../outputOf.ts";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

test("README.md has what the program writes, at three temperatures, and its curves", async () => {
  const out = mkdtempSync(join(tmpdir(), "graddiff-text-"));
  try {
    const blocks = [...read("README.md").matchAll(/```text\n([^`]*)```/g)].map(([, text]) => text);
    expect(blocks.length).toBe(3);
    const calls = [[], ["--temperature", "0.3"], ["--temperature", "1.5", "--top", "3393"]];
    for (const [i, options] of calls.entries()) {
      expect(await outputOf("--out", out, ...options)).toBe(blocks[i]);
    }
    for (const name of ["training-light.svg", "training-dark.svg"]) {
      expect(readFileSync(join(out, name), "utf8")).toBe(read(name));
    }
  } finally {
    rmSync(out, { recursive: true });
  }
});
