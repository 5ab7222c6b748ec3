/** Rows with several copies of core: other packages use the copy of the program, or an error says why they cannot. */

import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, lastJson } from "../execute.mjs";

const PEERS = ["nn", "files", "onnx"];

/** Makes a folder in the installed project with copies of packages. Other packages resolve to those of the project. */
function projectWith(context, project, packages) {
  const root = join(context.folder, project);
  for (const name of packages) {
    const path = join("node_modules/@graddiff", name);
    cpSync(join(context.folder, path), join(root, path), { recursive: true });
  }
  return root;
}

/** The file of a package that contains its version, besides the manifest. */
const VERSIONED = { core: "dist/errors.js", nn: "dist/index.js" };

/** Changes the version of a copied package, and returns the version that it had. */
function makeAnother(project, version, name = "core") {
  const folder = join(project, "node_modules/@graddiff", name);
  const manifest = readFileSync(join(folder, "package.json"), "utf8");
  const { version: before } = JSON.parse(manifest);
  for (const file of ["package.json", VERSIONED[name]]) {
    const text = readFileSync(join(folder, file), "utf8");
    const other = text.replaceAll(`"${before}"`, `"${version}"`);
    if (other === text) throw new Error(`${file} does not tell the version ${before}`);
    writeFileSync(join(folder, file), other);
  }
  return before;
}

/** Returns the message of the error that each expression throws in a program; "no error" for one that throws none. */
function messagesOf(project, imports, calls) {
  const lines = calls.map(
    (call) => `await (async () => ${call})().then(() => "no error", ({ message }) => message)`,
  );
  const program = `${imports}\nconsole.log(JSON.stringify({ said: [${lines.join(", ")}] }));\n`;
  writeFileSync(join(project, "program.mjs"), program);
  return lastJson(execute(process.execPath, ["program.mjs"], { cwd: project })).said;
}

function demand(said, expected) {
  said.forEach((text, i) => {
    if (!text.includes(expected[i]))
      throw new Error(`said ${JSON.stringify(text)}, not ${expected[i]}`);
  });
}

/** Returns all folders of a package below a folder, in nested `node_modules`, too. */
function foldersOf(name, folder, found = []) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    if (path.endsWith(join("node_modules", name))) found.push(path);
    else if (
      entry.name === "node_modules" ||
      folder.endsWith("node_modules") ||
      entry.name.startsWith("@")
    ) {
      foldersOf(name, path, found);
    }
  }
  return found;
}

export const copyRows = [
  {
    name: "core is a peer: one copy, the user's",
    quick: true,
    run: ({ folder }) => {
      const copies = foldersOf("@graddiff/core", join(folder, "node_modules"));
      if (copies.length !== 1) throw new Error(`core is in ${copies.join(" and ") || "no folder"}`);
      for (const name of PEERS) {
        const file = join(folder, "node_modules/@graddiff", name, "package.json");
        const { version, dependencies, peerDependencies } = JSON.parse(readFileSync(file, "utf8"));
        const range = peerDependencies?.["@graddiff/core"];
        if (dependencies?.["@graddiff/core"] || range !== version) {
          throw new Error(`@graddiff/${name} asks for core ${range ?? "as a dependency"}`);
        }
      }
    },
  },
  {
    name: "two copies of core, of two versions",
    quick: true,
    run: (context) => {
      const project = projectWith(context, "copies", ["core", "nn"]);
      const version = makeAnother(project, "0.0.1");
      makeAnother(project, "0.0.1", "nn");
      // `outside` imports the packages of the enclosing project, whose values belong to the other copy of core.
      const said = messagesOf(
        project,
        `import { createRequire } from "node:module";
import { add, ones, tensor } from "@graddiff/core";
import { Dense, SGD } from "@graddiff/nn";
const outside = createRequire(${JSON.stringify(join(context.folder, "program.cjs"))});
const core = outside("@graddiff/core");
const nn = outside("@graddiff/nn");
const { writeNpy } = outside("@graddiff/files");
const { exportOnnx } = outside("@graddiff/onnx");`,
        [
          "add(core.tensor([1]), 1)",
          "new SGD(new nn.Dense(1, 1), { learningRate: 1 })",
          "core.grad((x) => x.sum())(tensor([1]))",
          "new nn.Sequential(new Dense(1, 1))",
          "writeNpy(tensor([1]))",
          "exportOnnx((x) => x, [ones([1])])",
        ],
      );
      const text = (other, own) =>
        `from another copy of @graddiff/core (${other}, this one is ${own}; npm ls`;
      const [here, there] = [text(version, "0.0.1"), text("0.0.1", version)];
      demand(said, [here, here, there, there, there, there]);
    },
  },
  {
    name: "nn, files and onnx beside another version of core",
    quick: true,
    run: (context) => {
      const project = projectWith(context, "versions", ["core", ...PEERS]);
      const version = makeAnother(project, "0.9.0");
      const entries = ["nn", "files", "files/node", "onnx"];
      const said = messagesOf(
        project,
        "",
        entries.map((entry) => `import("@graddiff/${entry}")`),
      );
      demand(
        said,
        entries.map(
          () => `@graddiff/core: expected version ${version}, as its own, got 0.9.0. Install both`,
        ),
      );
    },
  },
];
