/** The accessibility faults of a page, found by axe. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A page of Playwright, or an object with the same method around a page of Puppeteer. */
export interface Looked {
  evaluate<Result>(script: string): Promise<Result>;
}

/** Returns the faults that axe finds, a line each. @param parts a CSS selector of the checked elements. Default: all. */
export async function violations(page: Looked, parts = "html"): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe);
  return page.evaluate<string[]>(`axe
    .run({ include: [["${parts}"]] }, { resultTypes: ["violations"] })
    .then(({ violations }) =>
      violations.map(({ id, nodes }) =>
        id + ": " + nodes.map(({ target, failureSummary }) => target + " " + failureSummary).join("; ")))`);
}
