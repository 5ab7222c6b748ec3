/**
 * The words of a page that the search finds. Code and tables of numbers would make the index several times as large.
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
    // Words that people look for, and that the text says otherwise.
    .replace(/^<!-- search: (.*) -->$/gm, "$1.");
  const isReference = env.relativePath.startsWith("reference/");
  return md.render(isReference ? summaries(words) : words, env);
}

/** Returns the headings of a page, of what follows each the first sentence, and the names that others give to it. @param {string} words */
function summaries(words) {
  return words.replace(/^(#+ .*\n+)([^#]*)/gm, (_, heading, text) => {
    const [paragraph = "", ...others] = text.trim().split("\n\n");
    const first = paragraph.replace(/\n/g, " ").replace(/^(.*?[.:])\s.*$/, "$1");
    // The names of other libraries are found, too: who looks for clamp finds clip.
    const elsewhere = others.find((other) => other.startsWith("Elsewhere:")) ?? "";
    return `${heading}${first} ${elsewhere}\n\n`;
  });
}
