/**
 * A plugin of Vite that writes the code of workers as one string. Otherwise the package would call `toString` of
 * functions at run time, and a bundler that inserts calls of helpers, such as esbuild with `keepNames`, would break the
 * worker, which does not have these helpers.
 */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { transformWithOxc } from "vite";

export const workerText = {
  name: "worker-text",
  async transform(_own, id) {
    if (!id.endsWith("/run/threads/workerText.ts")) return null;
    const file = join(dirname(id), "work.ts");
    const { code } = await transformWithOxc(await readFile(file, "utf8"), file);
    const { work, takerOf } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    const text = `(${work})(start, ready, ${takerOf})`.replace(/\n\s*/g, "\n");
    return { code: `export const WORKER = ${JSON.stringify(text)};`, map: null };
  },
};
