/** The op with a kernel of docs/adding-an-op.md: the edits are the blocks of that guide. */

import { readFileSync } from "node:fs";

export const most = 9;
export const name = "reverseSequence";

export const models = ["test/table/table.test.ts"];

const guide = readFileSync(new URL("../../docs/adding-an-op.md", import.meta.url), "utf8");

/** The head of a block, with its file and the text that it is inserted at, and the block. */
const STEP = /^`([^`]+)`, (?:a new file|(after|before) `([^`\n]+)`):\n\n```ts\n([\s\S]*?)^```$/gm;

export const edits = [...guide.matchAll(STEP)].map(([, file, where, text, code]) => {
  if (where === undefined) return { file, append: code };
  const lines = text.endsWith(",") && code.startsWith(" ") ? code.trimEnd() : `\n${code.trimEnd()}`;
  return where === "after"
    ? { file, after: text, insert: lines }
    : { file, before: text, insert: code };
});
