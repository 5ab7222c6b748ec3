/**
 * The addition of the op with a kernel that docs/adding-an-op.md describes. The edits are the code blocks of that guide.
 */

import { readFileSync } from "node:fs";

export const most = 11;
export const name = "reverseSequence";

export const models = ["test/table/table.test.ts"];

const guide = readFileSync(new URL("../../docs/adding-an-op.md", import.meta.url), "utf8");

/** A step of the guide: a line with the file and the text after or before which code is inserted, and the code block. */
const STEP = /^`([^`]+)`, (?:a new file|(after|before) `([^`\n]+)`):\n\n```ts\n([\s\S]*?)^```$/gm;

export const edits = [...guide.matchAll(STEP)].map(([, file, where, text, code]) => {
  if (where === undefined) return { file, append: code };
  if (where === "before") return { file, before: text, insert: code };
  const sources = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  // If the text ends a line of the file, the code begins on a new line; otherwise it continues the line.
  const isLine = sources.includes(`${text}\n`);
  return { file, after: text, insert: `${isLine ? "\n" : ""}${code.trimEnd()}` };
});
