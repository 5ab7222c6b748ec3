/**
 * Writes each program of the handwritten pages into a separate file in `test/generated/`, so that the compiler checks
 * its types and `test/programs.test.ts` runs it. A program is a block ```ts. A comment after `console.log(…);` is the
 * line that it must print; a block ```text after it is its complete output.
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectationsOf } from "../../../scripts/expectations.mjs";
import { docs } from "./paths.mjs";
import { written } from "./written.mjs";

const FENCE = /^```ts\n([\s\S]*?)^```$(?:\s*^```text\n([\s\S]*?)\n?^```$)?/gm;

const target = join(docs, "test/generated");
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const manifest = Object.entries(written()).flatMap(([page, text]) =>
  [...text.matchAll(FENCE)].map(([, code = "", output], i) => {
    const file = `${page.replace(/\.md$/, "").replaceAll("/", "_")}_${i + 1}.ts`;
    writeFileSync(join(target, file), `// pages/${page}, program ${i + 1}\n${code}\nexport {};\n`);
    const expected = expectationsOf(code);
    return { origin: `${page}, program ${i + 1}`, file, code, expected, output: output ?? null };
  }),
);
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
