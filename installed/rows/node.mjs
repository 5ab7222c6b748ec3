/** Rows in Node, by `import` and by `require`. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, lastJson, nodeOf } from "../execute.mjs";

/** Writes the program as a CommonJS module. */
function writeCommonJs({ folder }) {
  const code = readFileSync(join(folder, "program.mjs"), "utf8")
    .replace(/^import (\{[^}]*\}) from ("[^"]*");$/gm, "const $1 = require($2);")
    .replace("export function report", "exports.report = report;\nfunction report")
    // One line is removed for the added one, so that the mistake stays in its line.
    .replace("\n\n/** Returns what the runtime", "\n/** Returns what the runtime");
  writeFileSync(join(folder, "program.cjs"), code);
  writeFileSync(
    join(folder, "print.cjs"),
    'const { report } = require("./program.cjs");\nconsole.log(JSON.stringify(report()));\n',
  );
}

const run = (node, words, context) => lastJson(execute(node, words, { cwd: context.folder }));

const current = `Node ${process.versions.node}`;
const here = () => process.execPath;

const row = (name, nodeFor, words, more = {}) => ({
  name,
  expected: { named: true, ...more.expected },
  quick: more.quick ?? false,
  run: (context) => {
    if (words.includes("print.cjs")) writeCommonJs(context);
    return run(nodeFor(context), words, context);
  },
});

const release = (number) => (context) => nodeOf(context, number.slice(0, 2));

export const nodeRows = [
  row(`${current}, import`, here, ["print.mjs"], { quick: true }),
  row(`${current}, import, --enable-source-maps`, here, ["--enable-source-maps", "print.mjs"], {
    quick: true,
  }),
  row(`${current}, require`, here, ["print.cjs"], { quick: true }),
  // The oldest versions of Node that the packages support, and the newest release with long-term support.
  ...["20.19", "22.12", "24.21"].flatMap((number) => [
    row(`Node ${number}, import`, release(number), ["print.mjs"]),
    row(`Node ${number}, require`, release(number), ["print.cjs"]),
  ]),
  row(
    "Node without WebAssembly (simulated)",
    here,
    ["--import", "./noWebAssembly.mjs", "print.mjs"],
    {
      quick: true,
      expected: { runner: "js", warning: /has no WebAssembly\. setRunner\("js"\)[^.]*\.$/ },
    },
  ),
  row("Node without SIMD (simulated)", here, ["--import", "./noSimd.mjs", "print.mjs"], {
    quick: true,
    expected: { runner: "js", warning: /has no SIMD [^.]*\. setRunner\("js"\)[^.]*\.$/ },
  }),
  {
    name: `${current}, files, onnx, solve and stats`,
    quick: true,
    run: (context) => {
      const report = run(process.execPath, ["others.mjs"], context);
      const wanted = {
        ...{ same: true, shape: ["batch", 3], bytes: true, files: 4, none: true },
        ...{ solved: "20,20", line: "2.000000,1.000000", decay: "0.36788", posterior: "1.0" },
      };
      const { place, ...others } = report;
      if (JSON.stringify(others) !== JSON.stringify(wanted))
        throw new Error(JSON.stringify(report));
      if (!/^others\.mjs:\d+:\d+$/.test(place)) throw new Error(`place: ${place}`);
    },
  },
  {
    name: `${current}, errors of solve`,
    quick: true,
    run: (context) => {
      const lines = readFileSync(join(context.folder, "solveErrors.mjs"), "utf8").split("\n");
      const { report } = run(process.execPath, ["solveErrors.mjs"], context);
      for (const { name, message, frames } of report) {
        const line = lines.findIndex((each) => each.endsWith(`// line ${name}`)) + 1;
        const place = new RegExp(`\\bsolveErrors\\.mjs:${line}:\\d+`);
        const isOurs = frames.some((frame) => /[/\\\\](core|solve)[/\\\\]dist[/\\\\]/.test(frame));
        // Messages about arguments have no source location; the first stack frame is it.
        const named = /\[([^\]]*:\d+:\d+)\]$/.exec(message)?.[1] ?? frames[0];
        const isRight = [named, frames[0] ?? ""].every((each) => place.test(each));
        if (isRight && message !== "no error" && !isOurs) continue;
        throw new Error(`${name}: expected line ${line}, got ${message}\n${frames.join("\n")}`);
      }
    },
  },
  {
    name: `${current}, npx @graddiff/onnx launcher`,
    run: ({ folder }) => {
      const npx = join(folder, "node_modules/.bin/graddiff-onnx");
      execute(npx, ["launcher", "launched"], { cwd: folder });
      const text = readFileSync(join(folder, "launched/train.py"), "utf8");
      if (!text.includes("def train(")) throw new Error("train.py is not there");
    },
  },
];
