/**
 * The words of a page in the search index. Code and tables of numbers would make the index several times as large.
 */

/**
 * @param {string} source the text of a page
 * @param {import("vitepress").MarkdownEnv} env
 * @param {{ render(text: string, env: object): string }} md
 */
export function indexed(source, env, md) {
  const words = source
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/^::: ?run.*$|^:::$/gm, "")
    .replace(/^\|.*$/gm, "")
    // Search terms for which the text has other words become text.
    .replace(/^<!-- search: (.*) -->$/gm, "$1.");
  const isReference = env.relativePath.startsWith("reference/");
  return md.render(isReference ? summaries(words) : words, env);
}

/**
 * Returns, for each heading of a page, the heading, the first sentence after it, and its names in other libraries.
 * @param {string} words
 */
function summaries(words) {
  return words.replace(/^(#+ .*\n+)([^#]*)/gm, (_, heading, text) => {
    const [paragraph = "", ...others] = text.trim().split("\n\n");
    const first = paragraph.replace(/\n/g, " ").replace(/^(.*?[.:])\s.*$/, "$1");
    // Names of other libraries are included: a search for clamp finds clip.
    const elsewhere = others.find((other) => other.startsWith("Elsewhere:")) ?? "";
    return `${heading}${first} ${elsewhere}\n\n`;
  });
}
