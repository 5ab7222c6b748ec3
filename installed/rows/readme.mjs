/**
 * Rows with the first programs of the READMEs, pasted into an empty project, in Node and in a page of Vite; and with the
 * README's page without a build step. The page imports from a CDN, whose responses are the files of the installed
 * packages.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute } from "../execute.mjs";
import { open, postedBy } from "./browser.mjs";
import { load } from "./bundlers.mjs";

/**
 * Writes the first program of an installed README to a project, and returns its folder and the line that it must print.
 */
function firstProgram({ folder }, name) {
  const path = join(folder, "node_modules/@graddiff", name, "README.md");
  const [, program] = readFileSync(path, "utf8").match(/^```ts\n([\s\S]*?)^```$/m) ?? [];
  const expected = program?.match(/\/\/ (.*)$/m)?.[1];
  if (expected === undefined) throw new Error("the README has no program that prints something");
  const project = join(folder, "readme", name);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "program.mjs"), program);
  return { project, expected };
}

function demand(printed, expected) {
  if (printed.trim() === expected) return;
  throw new Error(`printed ${JSON.stringify(printed)}, the README says ${expected}`);
}

/** The script that runs the program in a page, and posts its output in the format of Node. */
const PAGE = `import { inspect } from "./inspect.mjs";
const { log } = console;
console.log = (...values) => {
  log(...values);
  fetch("/report", { method: "POST", body: JSON.stringify({ printed: values.map(inspect).join(" ") }) });
};
await import("./program.mjs");
`;
const INSPECT = `export const inspect = (value) =>
  Array.isArray(value) ? "[ " + value.map(inspect).join(", ") + " ]" : String(value);
`;

/** Returns the page of the README, its expected text, and a function that answers its requests to the CDN. */
function pageOf({ folder }) {
  const path = join(folder, "node_modules/@graddiff/core/README.md");
  const [, html] = readFileSync(path, "utf8").match(/^```html\n([\s\S]*?)^```$/m) ?? [];
  const expected = html?.match(/\/\/ (.*)$/m)?.[1];
  if (expected === undefined) throw new Error("the README has no page that says something");
  const answer = ({ pathname }) => {
    const [, name, version, file] = /^\/npm\/(@\w+\/[\w-]+)@([\d.]+)\/(.*)$/.exec(pathname) ?? [];
    const installed = join(folder, "node_modules", name ?? "");
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    if (manifest.version !== version) {
      throw new Error(`the README's page names ${name}@${version}, this is ${manifest.version}`);
    }
    return readFileSync(join(installed, file), "utf8");
  };
  return { html, expected, answer };
}

/** The script that posts the text of the page. */
const SENT = `<script type="module">
const text = document.body.innerText.trim();
await fetch("/report", { method: "POST", body: JSON.stringify({ printed: text }) });
</script>`;

export const readmeRows = [
  ...["core", "nn"].map((name) => ({
    name: `the first program of the README of ${name}, Node ${process.versions.node}`,
    quick: true,
    run: (context) => {
      const { project, expected } = firstProgram(context, name);
      demand(execute(process.execPath, ["program.mjs"], { cwd: project }), expected);
    },
  })),
  {
    name: "the first program of the README of nn, a page of Vite, Chromium",
    run: async (context) => {
      const { project, expected } = firstProgram(context, "nn");
      const html = '<!doctype html><script type="module" src="/page.mjs"></script>';
      const files = { "index.html": html, "page.mjs": PAGE, "inspect.mjs": INSPECT };
      for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
      const { build, preview } = await load(context, "vite");
      const options = { root: project, configFile: false, logLevel: "error" };
      await build({ ...options, build: { target: "esnext" } });
      const { printed } = await postedBy(await preview({ ...options, preview: { port: 0 } }));
      demand(printed, expected);
    },
  },
  {
    name: "the README's page without a build, Chromium",
    run: async (context) => {
      const { html, expected, answer } = pageOf(context);
      const outside = { at: "https://cdn.jsdelivr.net/**", answer };
      const { printed } = await open(context.folder, html + SENT, { outside });
      demand(printed, expected);
    },
  },
];
