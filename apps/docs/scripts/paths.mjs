import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this workspace, that of the pages laid together, and that of files which are served as they are. */
export const docs = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const laid = join(docs, "build/pages");
export const served = join(docs, "build/public");
