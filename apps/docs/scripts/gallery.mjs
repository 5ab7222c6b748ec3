/**
 * The gallery: a page of thumbnails, which are the pictures of its programs. They run once when the site is built,
 * against the built packages.
 */

import { draw } from "./drawings.mjs";

/** The programs in the order in which they are shown. */
export const GALLERY = [
  "two-moons",
  "digits",
  "snack-tax",
  "curve-fit",
  "orbit",
  "spectrum",
  "kuramoto",
  "gaussian-process",
  "gp-hyperparameters",
  "eight-schools",
  "hierarchical-logistic",
  "change-point",
  "outliers",
  "pinn",
  "vae",
  "lora",
  "look-inside",
  "gpt",
];

/**
 * Runs all programs, and writes their pictures to `gallery/NAME-THEME.svg`.
 *
 * @param {Record<string, string>} pages by name
 * @returns {Promise<string>} the page of the gallery
 */
export async function galleryOf(pages) {
  const cards = [];
  for (const name of GALLERY) {
    const page = pages[`gallery/${name}.md`];
    if (page === undefined) throw new Error(`there is no page gallery/${name}`);
    const [, title = ""] = /^# (.*)$/m.exec(page) ?? [];
    const [, code = ""] = /^```ts\n([\s\S]*?)^```$/m.exec(page) ?? [];
    await draw(code, `gallery/${name}`);
    cards.push(
      `<a class="card" href="./${name}.html"><img class="only-light" src="/gallery/${name}-light.svg" alt="" loading="lazy"><img class="only-dark" src="/gallery/${name}-dark.svg" alt="" loading="lazy"><b>${title}</b></a>`,
    );
  }
  return `---\nsidebar: true\naside: false\n---\n\n# Gallery\n\nEach picture is drawn by a program of at most 60 lines, which runs in its page.\n\n<div class="cards">\n${cards.join("\n")}\n</div>\n`;
}

/** Returns a page of the gallery whose program has its picture before the first run. @param {string} name @param {string} page */
export function withPicture(name, page) {
  const [, program] = /^gallery\/(.*)\.md$/.exec(name) ?? [];
  if (program === undefined || !GALLERY.includes(program)) return page;
  return page.replace(/^::: run.*$/m, (opened) => `${opened} drawn=gallery/${program}`);
}
