/**
 * Builds the site into `dist/`, and prints the hashes that a content security policy needs for its inline scripts.
 *
 *   node scripts/build.mjs           builds it
 *   node scripts/build.mjs --serve   serves it, and rebuilds it after edits
 *
 * GRADDIFF_DOCS_BASE is the folder on the server, such as `/graddiff/`. Default: `/`.
 */

import { watch } from "node:fs";
import { join } from "node:path";
import { build, createServer } from "vitepress";
import { inlineScripts } from "./inlineScripts.mjs";
import { layPages } from "./pages.mjs";
import { docs } from "./paths.mjs";

const layAgain = await layPages();
if (process.argv.includes("--serve")) {
  const server = await createServer(docs, { host: "127.0.0.1" });
  await server.listen();
  server.printUrls();
  watch(join(docs, "pages"), { recursive: true }, (_, name) => {
    if (name?.endsWith(".md")) layAgain(name.replaceAll("\\", "/"));
  });
} else {
  await build(docs);
  console.log(`Inline scripts: script-src ${inlineScripts(join(docs, "dist")).join(" ")}`);
}
