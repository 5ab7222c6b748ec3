import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { docs } from "./paths.mjs";

/** Returns the handwritten pages, by their names. @returns {Record<string, string>} */
export function written() {
  const folder = join(docs, "pages");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith(".md"))
      .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(folder, name), "utf8")]),
  );
}
