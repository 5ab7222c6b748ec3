/**
 * Writes all pages of the site to `build/pages/`: the handwritten pages of `pages/`, and pages that are generated from
 * the packages' declarations and tables. VitePress, the tests and `llms.txt` read them there.
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { benchmarksPage, writeBenchmarks } from "./benchmarks.mjs";
import { withDrawings } from "./drawings.mjs";
import { GALLERY, galleryOf, withPicture } from "./gallery.mjs";
import { llmsFiles } from "./llms.mjs";
import { statsTable, tableOf } from "./names.mjs";
import { docs, laid, served } from "./paths.mjs";
import { reference } from "./reference.mjs";
import { TOPICS } from "./topics.mjs";
import { written } from "./written.mjs";

/** The handwritten pages in reading order, by group. */
export const ORDER = {
  Start: ["start"],
  Learn: ["learn/index", "learn/ko"],
  Guide: [
    "guide/tensors",
    "guide/derivatives",
    "guide/compile",
    "guide/training",
    "guide/random",
    "guide/control",
    "guide/linalg",
    "guide/fft",
    "guide/solve",
    "guide/bayes",
    "guide/divergences",
    "guide/centred",
    "guide/files",
    "guide/onnx",
    "guide/browsers",
    "guide/nan",
    "guide/speed",
    "guide/surprises",
  ],
  Gallery: ["gallery/index", ...GALLERY.map((name) => `gallery/${name}`)],
  "Coming from": ["from/pytorch", "from/jax", "from/tensorflow", "from/numpy", "from/bayes"],
  "How it works": ["how/index", "how/program", "how/scratch", "benchmarks"],
};

/** The heading of a page. @param {string} text */
const titleOf = (text) => /^# (.*)$/m.exec(text)?.[1] ?? "";

/**
 * Writes all pages again.
 *
 * @returns what writes one page that is written by hand anew, by its name
 */
export async function layPages() {
  const { pages: made, exports } = reference();
  const own = written();
  rmSync(served, { recursive: true, force: true });
  cpSync(join(docs, "pages/public"), served, { recursive: true });
  writeBenchmarks();
  const gallery = await galleryOf(own);
  const pages = {
    ...(await completed(own, exports)),
    ...made,
    "gallery/index.md": gallery,
    "benchmarks.md": benchmarksPage(),
  };
  // The demo is copied, whose stages are on the pages of the lesson.
  cpSync(join(docs, "../demo/dist/web"), join(served, "demo"), { recursive: true });
  const topics = ["index", "ops", ...TOPICS.map(([page]) => page)].map(
    (page) => `reference/${page}`,
  );
  for (const [name, text] of Object.entries(llmsFiles(pages, { ...ORDER, Reference: topics })))
    writeFileSync(join(served, name), text);
  rmSync(laid, { recursive: true, force: true });
  for (const [name, text] of Object.entries(pages)) {
    const file = join(laid, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writeFileSync(join(laid, "sidebar.json"), JSON.stringify(sidebarOf(pages)));
  return async (name) => {
    const text = written()[name];
    if (text === undefined) return;
    writeFileSync(join(laid, name), (await completed({ [name]: text }, exports))[name] ?? "");
  };
}

/**
 * Returns the pages with the tables of their marks `<!-- names PyTorch -->`, `<!-- names of stats -->`, `<!-- table FILE
 * FIRST-LINE -->`, and with the pictures of `::: run drawn` and of the gallery.
 */
async function completed(pages, exports) {
  const complete = {};
  for (const [name, text] of Object.entries(pages)) {
    const page = text
      .replace(/^<!-- names of stats -->$/m, () => statsTable(exports))
      .replace(/^<!-- names (.*) -->$/gm, (_, library) => tableOf(library, exports))
      .replace(/^<!-- table (\S+) (.*) -->$/gm, (_, file, first) => tableIn(file, first));
    complete[name] = await withDrawings(name, withPicture(name, page));
  }
  return complete;
}

/** Returns a table of a document in the repository, found by the beginning of its first line. */
function tableIn(file, first) {
  const text = readFileSync(join(docs, "../..", file), "utf8");
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(first));
  if (start < 0) throw new Error(`${file} has no table that begins with ${first}`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("|"));
  return lines.slice(start, end < 0 ? undefined : end).join("\n");
}

/** @param {Record<string, string>} pages */
function sidebarOf(pages) {
  const groups = Object.entries(ORDER).map(([text, names]) => ({
    text,
    items: names.map((name) => {
      const page = pages[`${name}.md`];
      if (page === undefined) throw new Error(`there is no page ${name}`);
      return { text: titleOf(page), link: `/${name.replace(/\bindex$/, "")}` };
    }),
  }));
  const topics = TOPICS.map(([page, title]) => ({ text: title, link: `/reference/${page}` }));
  const items = [
    { text: "All names", link: "/reference/" },
    { text: "The ops", link: "/reference/ops" },
    ...topics,
  ];
  return { "/": groups, "/reference/": [{ text: "Reference", items }] };
}
