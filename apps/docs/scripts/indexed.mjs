/** What the search finds of a page: its words. Code and tables of numbers would make the index several times as large. */

/**
 * @param {string} source the text of a page
 * @param {import("vitepress").MarkdownEnv} env
 * @param {{ render(text: string, env: object): string }} md
 */
export function indexed(source, env, md) {
  const words = source
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/^::: ?run.*$|^:::$/gm, "")
    .replace(/^\|.*$/gm, "");
  const isReference = env.relativePath.startsWith("reference/");
  return md.render(isReference ? summaries(words) : words, env);
}

/** The headings of a page, and of what follows each the first sentence. @param {string} words */
function summaries(words) {
  return words.replace(/^(#+ .*\n+)([^#]*)/gm, (_, heading, text) => {
    const [paragraph = ""] = text.trim().split("\n\n");
    return `${heading}${paragraph.replace(/\n/g, " ").replace(/^(.*?[.:])\s.*$/, "$1")}\n\n`;
  });
}
