/** Tests of the built site: its links, its size, and its coverage of the packages. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { report } from "../scripts/benchmarks.mjs";
import { GALLERY } from "../scripts/gallery.mjs";
import { inlineScripts } from "../scripts/inlineScripts.mjs";
import { statsTable, tableOf } from "../scripts/names.mjs";
import { ORDER } from "../scripts/pages.mjs";
import { reference } from "../scripts/reference.mjs";
import { written } from "../scripts/written.mjs";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const base = process.env["GRADDIFF_DOCS_BASE"] ?? "/";
const files = readdirSync(dist, { recursive: true, encoding: "utf8" });
const htmls = files.filter((file) => file.endsWith(".html") && !file.startsWith("demo/"));
const htmlOf = new Map(htmls.map((file) => [file, readFileSync(`${dist}${file}`, "utf8")]));
const sent = (file: string) => gzipSync(readFileSync(`${dist}${file}`)).length;

let made: ReturnType<typeof reference>;
beforeAll(() => {
  made = reference();
});

test("every link of the site leads to a page, and every anchor to a part of it", () => {
  const idsOf = new Map(
    [...htmlOf].map(([file, html]) => [
      file,
      new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)),
    ]),
  );
  const dead: string[] = [];
  let links = 0;
  for (const [file, html] of htmlOf) {
    for (const [, href = ""] of html.matchAll(/<a [^>]*?href="([^"]*)"/g)) {
      if (/^(https?:|mailto:)/.test(href)) continue;
      links++;
      const { pathname, hash } = new URL(href, `http://site${base}${file}`);
      const target = pageAt(decodeURIComponent(pathname));
      if (target === undefined) dead.push(`${file}: ${href}`);
      else if (hash !== "" && !idsOf.get(target)?.has(decodeURIComponent(hash.slice(1))))
        dead.push(`${file}: ${href}`);
    }
  }
  expect(dead).toEqual([]);
  expect(links).toBeGreaterThan(2000);
});

/** Returns the file of a page at an address; undefined if there is none. */
function pageAt(path: string): string | undefined {
  const inside = path.slice(base.length);
  const names = inside === "" ? ["index.html"] : [inside, `${inside}.html`, `${inside}index.html`];
  return names.find((name) => existsSync(`${dist}${name}`) && name.includes("."));
}

test("every export has an entry in the reference, with its signature", () => {
  const pages = Object.values(made.pages).join("\n");
  const entries = pages.match(/^### .*\{#.*\}$/gm) ?? [];
  expect(entries.length).toBe(made.count);
  expect(made.count).toBeGreaterThan(500);
  for (const [name, { page }] of made.exports) {
    expect(made.pages[`reference/${page}.md`]).toContain(`### ${name} {#${name}}\n`);
  }
  expect(made.pages["reference/elementwise.md"]).toMatch(/clip\(x: .*low.*high/);
});

test("types that signatures name and nothing exports say what they are", () => {
  const marked = (topic: string) =>
    made.pages[`reference/${topic}.md`]?.split("## Types without a name of their own\n")[1];
  expect(marked("reductions")).toContain('- `type Interpolation = "linear" | "lower"');
  expect(marked("linalg")).toContain(`- \`type Order = number | "frobenius"`);
  expect(marked("layers")).toContain("- `Convolution`: ");
  expect(marked("layers")).toContain("  - `readonly weight: Variable`: ");
});

test("names of other libraries lead to what is here", () => {
  for (const library of ["PyTorch", "JAX", "TensorFlow.js", "NumPy, SciPy"]) {
    const rows = tableOf(library, made.exports).split("\n");
    expect(rows.length).toBeGreaterThan(100);
  }
  const stats = statsTable(made.exports);
  expect(stats.split("\n").length).toBeGreaterThan(50);
  expect(stats).toContain(
    "| [`sample({ target })`](/reference/stats#SamplerOptions) | `adapt_delta` |",
  );
  expect(tableOf("PyTorch", made.exports)).toContain(
    "| `clamp` | [`clip`](/reference/elementwise#clip) |",
  );
});

test("what the tables of differences call here is here", () => {
  const unknown = Object.entries(written()).flatMap(([page, text]) => {
    if (!page.startsWith("from/")) return [];
    const cells = [...text.matchAll(/^\| .* \| (.*) \|$/gm)].map(([, cell = ""]) => cell);
    return cells.flatMap((cell) =>
      [...cell.matchAll(/`(?:new )?([A-Za-z]\w*)\(/g)]
        .map(([, name = ""]) => name)
        .filter((name) => !made.exports.has(name))
        .map((name) => `${page}: ${name}`),
    );
  });
  expect(unknown).toEqual([]);
});

test("every page stands in the order of the sidebar", () => {
  const ordered = Object.values(ORDER).flat();
  const names = Object.keys(written()).map((name) => name.replace(/\.md$/, ""));
  expect(names.filter((name) => !ordered.includes(name)).sort()).toEqual(["index", "play"]);
});

test("programs of the gallery have 60 lines at most", () => {
  const programs = GALLERY.map(
    (name) => programOf(`gallery/${name}.md`).trimEnd().split("\n").length,
  );
  expect(programs.every((lines) => lines > 5 && lines <= 60)).toBe(true);
});

/** Returns the first program of a page. */
const programOf = (name: string) =>
  /^```ts\n([\s\S]*?)^```$/m.exec(written()[name] ?? "")?.[1] ?? "";

test("Start and Coming from PyTorch introduce every name of the two moons", () => {
  const program = programOf("gallery/two-moons.md");
  const imported = [...program.matchAll(/^import \{([^}]*)\}/gm)].flatMap(([, names = ""]) =>
    names.split(",").map((name) => name.trim()),
  );
  const methods = [...program.matchAll(/\.(\w+)\(/g)].map(([, name = ""]) => name);
  // The names of built-in functions and methods of JavaScript.
  const own = new Set(["from", "cos", "sin", "map", "log", "at", "floor", "subarray", "join"]);
  const names = new Set([...imported, ...methods].filter((name) => name !== "" && !own.has(name)));
  expect(names.size).toBeGreaterThan(12);
  const introduced = `${written()["start.md"]}${tableOf("PyTorch", made.exports)}`;
  const words = new Set(introduced.match(/\w+/g));
  expect([...names].filter((name) => !words.has(name))).toEqual([]);
});

test("a page without live code is sent in 120 kB at most, and the index of the search in 150", () => {
  const html = htmlOf.get("reference/ops.html") ?? "";
  const own = [...html.matchAll(/(?:href|src)="([^"]+\.(?:js|css))"/g)].map(([, path = ""]) =>
    path.slice(base.length),
  );
  expect(own.length).toBeGreaterThan(3);
  const bytes = ["reference/ops.html", ...new Set(own)].reduce((sum, file) => sum + sent(file), 0);
  expect(bytes).toBeLessThan(120_000);
  const index = files.filter((file) => file.includes("localSearchIndex"));
  expect(index).toHaveLength(1);
  expect(sent(index[0] ?? "")).toBeLessThan(150_000);
});

test("llms.txt lists every page of the sidebar, and llms-full.txt has all that they say", () => {
  const list = readFileSync(`${dist}llms.txt`, "utf8");
  const links = [...list.matchAll(/\]\((.*?)\)/g)].map(([, link = ""]) => link);
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter((link) => !existsSync(`${dist}${link}`))).toEqual([]);
  const all = readFileSync(`${dist}llms-full.txt`, "utf8");
  for (const [name, { page }] of made.exports) expect(all, page).toContain(`\n### ${name}\n`);
  expect(all).toContain("const snacks = new Multiply();");
  expect(all).not.toMatch(/^:::/m);
});

test("the page of benchmarks has a chart of each group in both themes, and says why numbers are missing", () => {
  const html = htmlOf.get("benchmarks.html") ?? "";
  const images = [...html.matchAll(/<img class="chart[^>]* src="([^"]*)"/g)].map(([, src = ""]) =>
    src.slice(base.length),
  );
  const { runs } = report();
  const groups = runs.map(
    ({ results }: { results: { group: string }[] }) =>
      new Set(results.map(({ group }) => group)).size,
  );
  expect(images).toHaveLength(2 * groups.reduce((a: number, b: number) => a + b));
  expect(images.filter((src) => !existsSync(`${dist}${src}`))).toEqual([]);
  expect(html).toContain("no call of it stands in worker.py");
});

test("what pages draw when they are built is there in both themes", () => {
  const drawn = [...htmlOf].flatMap(([file, html]) =>
    [...html.matchAll(/<img [^>]*src="([^"]*drawings[^"]*)"/g)].map(([, src = ""]) => ({
      file,
      src,
    })),
  );
  expect(drawn.map(({ file }) => file)).toEqual(
    expect.arrayContaining(["how/index.html", "how/program.html"]),
  );
  expect(drawn.length).toBeGreaterThan(9);
  expect(drawn.filter(({ src }) => !existsSync(`${dist}${src.slice(base.length)}`))).toEqual([]);
});

test("each program of the gallery, and that of the first page, has its picture before it is run", () => {
  const without = [...htmlOf].filter(
    ([file, html]) =>
      /^(gallery\/(?!index)|index\.html)/.test(file) && !/class="live-picture[^"]*"/.test(html),
  );
  expect(without.map(([file]) => file)).toEqual([]);
});

test("all pages have the same two inline scripts, whose hashes a policy can name", () => {
  expect(inlineScripts(dist)).toHaveLength(2);
});
