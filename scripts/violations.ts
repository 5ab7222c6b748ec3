/** The complaints of axe about a page. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A page, whichever program drives the browser: Playwright's own, or one of Puppeteer that a test wraps. */
export interface Looked {
  evaluate<Result>(script: string): Promise<Result>;
}

/** Complaints of axe, a line each. @param parts selects what is looked at. Default: the whole page. */
export async function violations(page: Looked, parts = "html"): Promise<string[]> {
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe);
  return page.evaluate<string[]>(`axe
    .run({ include: [["${parts}"]] }, { resultTypes: ["violations"] })
    .then(({ violations }) =>
      violations.map(({ id, nodes }) =>
        id + ": " + nodes.map(({ target, failureSummary }) => target + " " + failureSummary).join("; ")))`);
}
