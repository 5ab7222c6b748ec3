/** The site as text, for language models: `llms.txt` lists the pages, and `llms-full.txt` has them all. */

/**
 * @param {Record<string, string>} pages by name
 * @param {Record<string, readonly string[]>} groups the names of the pages of each group, without their endings
 * @returns {Record<string, string>} files by name
 */
export function llmsFiles(pages, groups) {
  const list = Object.entries(groups).map(([group, names]) => {
    const lines = names.map((name) => {
      const text = plain(pages[`${name}.md`] ?? "");
      const [, title = "", about = ""] = /^# (.*)\n+(?:(?![#|<:-]|```)(.*))?/m.exec(text) ?? [];
      const said = about.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
      return `- [${title}](${name}.html)${said === "" ? "" : `: ${said}`}`;
    });
    return `## ${group}\n\n${lines.join("\n")}`;
  });
  const head =
    "# graddiff\n\n> Automatic differentiation for TypeScript: write an ordinary function of tensors, and get its value, its derivatives of any order, its graph, and a compiled version that runs in WebAssembly.\n";
  const all = Object.values(groups).flat();
  return {
    "llms.txt": `${head}\n${list.join("\n\n")}\n`,
    "llms-full.txt": `${head}\n${all.map((name) => plain(pages[`${name}.md`] ?? "")).join("\n\n")}\n`,
  };
}

/** Returns a page without the parts that are only for browsers. @param {string} page */
function plain(page) {
  return page
    .replace(/^---\n[\s\S]*?^---\n+/m, "")
    .replace(/^:::.*\n/gm, "")
    .replace(/^<.*>\n/gm, "")
    .replace(/ \{#[^}]*\}$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
