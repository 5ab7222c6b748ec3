import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Returns the hashes of all inline scripts of a built site, as a content security policy names them.
 *
 * @param {string} dist the folder of the site
 */
export function inlineScripts(dist) {
  const hashes = new Set();
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".html")) continue;
    const html = readFileSync(join(dist, file), "utf8");
    for (const [, text = ""] of html.matchAll(/<script(?: id="[^"]*")?>([\s\S]*?)<\/script>/g)) {
      hashes.add(`'sha256-${createHash("sha256").update(text).digest("base64")}'`);
    }
  }
  return [...hashes].sort();
}
