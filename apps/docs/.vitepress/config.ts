/** VitePress's configuration: the pages that `scripts/pages.mjs` has laid together, as a site in `dist/`. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig } from "vitepress";
import { indexed } from "../scripts/indexed.mjs";
import { labelCells } from "../scripts/labelCells.mjs";
import { runContainer } from "../scripts/runContainer.mjs";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const srcDir = path("../build/pages");

/** The groups of the sidebar, which are written with the pages. */
const sidebar: DefaultTheme.SidebarMulti = existsSync(`${srcDir}/sidebar.json`)
  ? JSON.parse(readFileSync(`${srcDir}/sidebar.json`, "utf8"))
  : {};

const base = process.env["GRADDIFF_DOCS_BASE"] ?? "/";

export default defineConfig({
  title: "graddiff",
  description: "Automatic differentiation for TypeScript: simple to use, fast to run.",
  lang: "en",
  base,
  srcDir,
  outDir: path("../dist"),
  cacheDir: path("../build/cache"),
  // The list of pages is a file of its own, so that the inline scripts of the theme never change.
  metaChunk: true,
  head: [["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }]],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config: (md) => {
      runContainer(md);
      labelCells(md);
    },
  },
  themeConfig: {
    nav: [
      { text: "Start", link: "/start" },
      { text: "Guide", link: "/guide/tensors", activeMatch: "^/guide/" },
      { text: "Gallery", link: "/gallery/", activeMatch: "^/gallery/" },
      { text: "Coming from", link: "/from/pytorch", activeMatch: "^/from/" },
      { text: "Reference", link: "/reference/", activeMatch: "^/reference/" },
      { text: "Play", link: "/play" },
      {
        text: "More",
        items: [
          { text: "The lesson", link: "/learn/" },
          { text: "수업", link: "/learn/ko" },
          { text: "How it works", link: "/how/" },
          { text: "graddiff from scratch", link: "/how/scratch" },
          { text: "Benchmarks", link: "/benchmarks" },
        ],
      },
    ],
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: "local", options: { _render: indexed } },
  },
  vite: {
    publicDir: path("../build/public"),
    worker: { format: "es" },
    build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 1500 },
  },
});
