/** The op with a kernel of docs/adding-an-op.md: the edits are the blocks of that guide. */

import { readFileSync } from "node:fs";

export const most = 11;
export const name = "reverseSequence";

export const models = ["test/table/table.test.ts"];

const guide = readFileSync(new URL("../../docs/adding-an-op.md", import.meta.url), "utf8");

/** The head of a block, with its file and the text that it is inserted at, and the block. */
const STEP = /^`([^`]+)`, (?:a new file|(after|before) `([^`\n]+)`):\n\n```ts\n([\s\S]*?)^```$/gm;

export const edits = [...guide.matchAll(STEP)].map(([, file, where, text, code]) => {
  if (where === undefined) return { file, append: code };
  if (where === "before") return { file, before: text, insert: code };
  const sources = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  // After a whole line is a line; within one the code goes on.
  const isLine = sources.includes(`${text}\n`);
  return { file, after: text, insert: `${isLine ? "\n" : ""}${code.trimEnd()}` };
});
