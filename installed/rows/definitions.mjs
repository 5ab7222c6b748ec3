/** A row about "go to definition" in editors: for each public name it leads to the sources that the packages contain. */

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { entriesOf, execute, lastJson, tool } from "../execute.mjs";

/** The entries that are not tried: `internal` is not for users, and `worker` starts a thread when it is imported. */
const LEFT_OUT = ["./internal", "./worker"];

/** Returns the entries of the packages, by the identifiers under which the row's programs import them. */
function entriesIn({ folder }) {
  const entries = ["core", "nn", "files", "onnx", "solve", "stats", "wasm-kernel"].flatMap((name) =>
    entriesOf(folder, name)
      .filter((entry) => !LEFT_OUT.includes(entry) && !entry.endsWith(".wasm"))
      .map((entry) => `@graddiff/${name}${entry.slice(1)}`),
  );
  return Object.fromEntries(
    entries.map((entry) => [entry.replace(/^@graddiff\//, "").replaceAll(/\W/g, "_"), entry]),
  );
}

const TSCONFIG = {
  compilerOptions: { module: "nodenext", target: "es2022", strict: true, noEmit: true, types: [] },
};

/** Public names whose definition in the source has another name. */
const INNER = { Tensor: "PublicTensor", isFinite: "isNumber", isNaN: "isNotANumber" };

/** Returns the values that each entry exports, and the methods of Tensor. */
function namesOf({ folder }, entries) {
  const imports = Object.entries(entries).map(
    ([name, entry]) => `import * as ${name} from "${entry}";\n`,
  );
  const names = Object.keys(entries).map((name) => `${name}: Object.keys(${name})`);
  const program = `${imports.join("")}
const methods = Object.getOwnPropertyNames(core.Tensor.prototype).filter(
  (name) => name !== "constructor" && name !== "copyOfGraddiff",
);
console.log(JSON.stringify({ ${names.join(", ")}, methods }));
`;
  writeFileSync(join(folder, "names.mjs"), program);
  return lastJson(execute(process.execPath, ["names.mjs"], { cwd: folder }));
}

/** Returns the definitions that TypeScript's language server finds at positions of a file. */
async function definitionsAt(context, file, places) {
  const program = tool(context, "typescript-5.9", "lib/tsserver.js");
  const words = [program, "--disableAutomaticTypingAcquisition"];
  const server = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
  const send = (seq, command, words) =>
    server.stdin.write(`${JSON.stringify({ seq, type: "request", command, arguments: words })}\n`);
  try {
    send(0, "open", { file });
    for (const [i, { line, offset }] of places.entries()) {
      send(i + 1, "definition", { file, line, offset });
    }
    const found = [];
    for await (const line of createInterface({ input: server.stdout })) {
      if (!line.startsWith("{")) continue;
      const { command, request_seq: seq, body } = JSON.parse(line);
      if (command === "definition") found[seq - 1] = body ?? [];
      if (Object.keys(found).length === places.length) break;
    }
    return found;
  } finally {
    server.kill();
  }
}

export const definitionRows = [
  {
    name: "go to definition ends in the sources",
    run: async (context) => {
      const entries = entriesIn(context);
      const { methods, ...exported } = namesOf(context, entries);
      const lines = [
        ...Object.entries(entries).map(([name, entry]) => `import * as ${name} from "${entry}";`),
        "declare const x: core.Tensor;",
      ];
      const asked = [];
      const ask = (object, name) => {
        lines.push(`${object}.${name};`);
        asked.push({ line: lines.length, offset: object.length + 2, object, name });
      };
      for (const [entry, names] of Object.entries(exported)) {
        for (const name of names) ask(entry, name);
      }
      for (const name of methods) ask("x", name);
      const project = join(context.folder, "definitions");
      mkdirSync(project, { recursive: true });
      writeFileSync(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
      const file = join(project, "definitions.mts");
      writeFileSync(file, `${lines.join("\n")}\n`);
      const found = await definitionsAt(context, file, asked);
      const missed = asked.flatMap(({ object, name }, i) => {
        const said = (found[i] ?? []).map(({ file, start }) => {
          const line = readFileSync(file, "utf8").split("\n")[start.line - 1] ?? "";
          return `${file}: ${line.slice(start.offset - 1)}`;
        });
        const isSource = said.some((each) => {
          const [, word] = /@graddiff\/.*\/dist\/src\/.*\.ts: (\w+)/.exec(each) ?? [];
          return word === name || word === INNER[name];
        });
        return isSource ? [] : [`${object}.${name} → ${said[0] ?? "nothing"}`];
      });
      if (missed.length > 0) {
        throw new Error(`${missed.length} of ${asked.length}: ${missed.slice(0, 10).join(", ")}`);
      }
    },
  },
];
