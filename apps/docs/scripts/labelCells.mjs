/**
 * Gives each cell of a table the heading of its column, for markdown-it: a phone has no room for columns, and shows the cells of
 * a row below each other with these headings.
 *
 * @param {import("vitepress").MarkdownRenderer} md
 */
export function labelCells(md) {
  md.core.ruler.push("labels of cells", ({ tokens }) => {
    let headings = [];
    let column = 0;
    for (const [i, token] of tokens.entries()) {
      if (token.type === "thead_open") headings = [];
      if (token.type === "tr_open") column = 0;
      if (token.type === "th_open") headings.push(textOf(tokens[i + 1]));
      if (token.type === "td_open") token.attrSet("data-label", headings[column++] ?? "");
    }
  });
}

/** @param {{ children?: { content: string }[] | null } | undefined} inline */
const textOf = (inline) => (inline?.children ?? []).map(({ content }) => content).join("");
