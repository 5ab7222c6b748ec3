// `npm run bench:gradbench -- --contribute FOLDER`: writes a folder `tools/graddiff` in the form that GradBench
// requires, into a clone of GradBench or another folder: the tool as one file, the packed packages, a Dockerfile, a
// README and the list of evals.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { UsageError } from "../src/arguments.ts";
import { modules } from "./tool/modules.ts";

/** The root of this repository, from the compiled file. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The packages that the tool imports, each after its dependencies. */
const PACKAGES = ["@graddiff/wasm-kernel", "@graddiff/core"];

const DOCKERFILE = `FROM node:24-slim
WORKDIR /gradbench/tools/graddiff

# Packages of the version that the tool was made with; they have no other dependencies.
COPY tools/graddiff/packages packages
RUN npm install --omit dev ./packages/*.tgz

COPY tools/graddiff/tool.mjs ./

ENTRYPOINT ["node", "tool.mjs"]
LABEL org.opencontainers.image.source=https://github.com/gradbench/gradbench
`;

const README = `# graddiff

graddiff is an automatic-differentiation engine for TypeScript: a function of tensors is differentiated in reverse or
forward mode, to any order, and compiled to WebAssembly. All evals are in float64, on one thread.

\`tool.mjs\` is made of the evals of graddiff's own benchmarks, where they are readable; \`packages\` are the packages
that it imports. A command of graddiff's repository writes this folder anew:

\`\`\`sh
npm run bench:gradbench -- --contribute FOLDER
\`\`\`

To run this outside of Docker, with Node 20 or newer:

\`\`\`sh
cd tools/graddiff && npm install --no-save ./packages/*.tgz
node tools/graddiff/tool.mjs
\`\`\`
`;

/** Writes the folder `tools/graddiff`, and returns its path. */
export async function contribute(folder: string): Promise<string> {
  const target = path.join(path.resolve(folder), "tools", "graddiff");
  const packages = path.join(target, "packages");
  mkdirSync(packages, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL("tool/main.js", import.meta.url))],
    outfile: path.join(target, "tool.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    external: PACKAGES,
    logLevel: "warning",
  });
  for (const name of PACKAGES) {
    const words = ["pack", "--workspace", name, "--pack-destination", packages, "--silent"];
    execFileSync("npm", words, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  }
  writeFileSync(path.join(target, "Dockerfile"), DOCKERFILE);
  writeFileSync(path.join(target, "README.md"), README);
  writeFileSync(path.join(target, "evals.txt"), `${Object.keys(modules).sort().join("\n")}\n`);
  return target;
}

/** Returns the folder in which `--contribute` writes. @throws UsageError for other arguments. */
export function parseContribute(words: readonly string[]): string {
  const [option, folder, ...rest] = words;
  if (option !== "--contribute" || folder === undefined || rest.length > 0) {
    throw new UsageError("--contribute: expected one folder and no other option.");
  }
  return folder;
}
