/**
 * The markdown-it container for programs that readers can run:
 *
 *     ::: run
 *     ```ts
 *     console.log(1 + 1); // 2
 *     ```
 *     :::
 *
 * `::: run seconds=30` sets the time limit, which is ten seconds by default. `linked` shows the program of a link. A
 * second block, ```text, is the output of the program. With `drawn` the page also has the program's picture, whose name
 * `scripts/drawings.mjs` adds.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pictureText, pictureWidth } from "../live/result.mjs";
import { served } from "./paths.mjs";

const OPENED = /^::: ?run(?: +seconds=(\d+))?( +linked)?(?: +drawn=(\S+))?\s*$/;
const CONTAINED = /^```ts\n([\s\S]*?)^```$(?:\s*^```text\n([\s\S]*?)^```$)?\s*/m;

/** Returns the attributes with the picture of a program. @param {string} name @param {(text: string) => string} escaped */
function attributesOf(name, escaped) {
  const svg = readFileSync(join(served, `${name}-light.svg`), "utf8");
  return `drawn="${name}" :width="${pictureWidth(svg)}" alt="${escaped(pictureText(svg))}"`;
}

/** @param {import("vitepress").MarkdownRenderer} md */
export function runContainer(md) {
  md.block.ruler.before(
    "fence",
    "run",
    (state, start, end, silent) => {
      /** @param {number} line */
      const textOf = (line) => state.src.slice(state.bMarks[line], state.eMarks[line]);
      const opened = OPENED.exec(textOf(start));
      if (opened === null) return false;
      if (silent) return true;
      let close = start + 1;
      while (close < end && textOf(close).trim() !== ":::") close++;
      if (close >= end) throw new Error(`::: run without its end: ${textOf(start + 1)}`);
      const contained = CONTAINED.exec(state.getLines(start + 1, close, 0, true));
      if (contained === null) throw new Error(`::: run without a block of ts: line ${start + 1}`);
      const token = state.push("run", "LiveCode", 0);
      token.meta = {
        code: contained[1],
        printed: contained[2],
        seconds: opened[1],
        linked: opened[2],
        drawn: opened[3],
      };
      token.map = [start, close + 1];
      state.line = close + 1;
      return true;
    },
    { alt: ["paragraph", "reference", "blockquote", "list"] },
  );
  md.renderer.rules["run"] = (tokens, index) => {
    const { code, printed, seconds, linked, drawn } = tokens[index]?.meta ?? {};
    const { escapeHtml } = md.utils;
    const more = printed === undefined ? "" : ` printed="${escapeHtml(printed)}"`;
    const time = seconds === undefined ? "" : ` :seconds="${seconds}"`;
    const link = linked === undefined ? "" : " linked";
    const picture = drawn === undefined ? "" : ` ${attributesOf(drawn, escapeHtml)}`;
    return `<LiveCode code="${escapeHtml(code)}"${more}${time}${link}${picture} />\n`;
  };
}
