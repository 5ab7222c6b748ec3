import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this workspace, the folder of all pages, and the folder of files that are served unchanged. */
export const docs = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const laid = join(docs, "build/pages");
export const served = join(docs, "build/public");
