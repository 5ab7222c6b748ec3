/**
 * Rows with a package that an author outside of the repository could write, and a program that uses it, both in
 * TypeScript.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, lastJson, tool } from "../execute.mjs";

/**
 * The messages for wrong uses: by the author's functions, and by ops inside of them, which name the layer and the line.
 */
const MESSAGES = [
  /^RunningScale: features: expected a positive integer, got 0\.$/,
  /^RunningScale: momentum: expected a number from 0 to 1, got 2\.$/,
  /^laplaceLoss: options: expected no others than reduction, mask, scale, got "sale"\.$/,
  /^Damped: damping: expected a number from 0 to below 1, got 1\.$/,
  /^meanError\.add: state: expected a state .* with the tensor sum, got an object\.$/,
  /^matmul: .* In Sequential\.layers\[0\], Dense 3 → 4\. \[authorProgram\.js:\d+:\d+\]$/,
  /^sub: .* In RunningScale of 3\. \[author\.js:\d+:\d+\]$/,
];

export const authorRows = [
  {
    name: "a layer, a loss, an optimizer and a metric of another package",
    quick: true,
    run: (context) => {
      const folder = join(context.folder, "authored");
      mkdirSync(folder, { recursive: true });
      const compilerOptions = {
        ...{ target: "es2022", lib: ["es2022"], module: "nodenext", strict: true, types: [] },
        ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, outDir: "." },
        rootDir: "..",
      };
      const files = ["../author.ts", "../authorProgram.ts"];
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
      const compiler = tool(context, "typescript", "lib/tsc.js");
      execute(process.execPath, [compiler, "-p", folder], { cwd: context.folder });
      const program = join(folder, "authorProgram.js");
      const { messages, ...report } = lastJson(
        execute(process.execPath, [program], { cwd: context.folder }),
      );
      const wanted = {
        ...{ same: true, kept: true, loaded: true, begun: true, onnx: true, summary: true },
        ...{ trained: 5, profiled: true, history: 2, masked: 1 },
      };
      if (JSON.stringify(report) !== JSON.stringify(wanted))
        throw new Error(JSON.stringify(report));
      messages.forEach((said, i) => {
        if (!MESSAGES[i].test(said)) throw new Error(`said ${said}, not ${MESSAGES[i]}`);
      });
    },
  },
];
