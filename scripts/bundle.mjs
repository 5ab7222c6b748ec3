/**
 * Bundles the package in the working directory into dist/, since a bundle loads several times faster than a hundred small
 * files. By default src/index.ts becomes one index.js; scripts/chunks.mjs of the package may define other entries. Other
 * packages remain imports: a bundled copy of a peer would have different classes than the user's. The compiler has
 * written the declarations into dist/ before.
 *
 *   node ../../scripts/bundle.mjs [FOLDER]    another folder than dist/
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { build, parseAst } from "vite";
import { literalNames } from "./literalNames.mjs";

const {
  name: ownName,
  version,
  dependencies = {},
  peerDependencies = {},
} = JSON.parse(readFileSync("package.json", "utf8"));
const chunks = resolve("scripts/chunks.mjs");
const {
  entries = { index: "src/index.ts" },
  groups,
  plugins = [],
  builds = [{ folder: ".", alias: [] }],
} = existsSync(chunks) ? await import(pathToFileURL(chunks).href) : {};

/**
 * Adds a check to files that import the entries `internal` or `extend` of a peer, which change with every version: the
 * file first compares the version of the peer, and throws an error that names both versions.
 *
 * A named import of a name that the installed version lacks would fail before this check. So the file imports the whole
 * module as a namespace, and reads each name as a property where it is used; bundlers can still drop unused names. A name
 * that is read while the module loads, such as a base class, is read in a call that is marked as pure. Otherwise bundlers
 * would keep the statement, because reading a property may have side effects.
 */
const exactPeers = {
  name: "exact-peers",
  async renderChunk(code) {
    const exact = Object.keys(peerDependencies).filter((peer) =>
      ["internal", "extend"].some((entry) => code.includes(`"${peer}/${entry}"`)),
    );
    for (const peer of exact) code = await requireVersion(code, peer);
    return code;
  },
};

/** A function marked as without side effects. Bundlers see the mark only in the file that declares the function. */
const WITHOUT_EFFECTS = /@__NO_SIDE_EFFECTS__(?: \*\/)?\n(?:async )?function (\w+)/g;

/** Returns the names of the functions of a built peer that are marked as without side effects. */
function withoutEffects(peer) {
  const folder = dirname(createRequire(resolve("package.json")).resolve(peer));
  const files = readdirSync(folder).filter((file) => file.endsWith(".js"));
  return new Set(
    files.flatMap((file) =>
      Array.from(
        readFileSync(join(folder, file), "utf8").matchAll(WITHOUT_EFFECTS),
        ([, name]) => name,
      ),
    ),
  );
}

/** Returns the names that a module reads while it loads, without the names of functions that it only calls. */
function readAtLoad(code) {
  const names = new Set();
  const visit = (node) => {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node?.type !== "string" || /Function|Import|Export|Method/.test(node.type)) return;
    if (node.type === "Identifier") names.add(node.name);
    const { key, id, callee, static: isStatic, ...parts } = node;
    if (node.type === "PropertyDefinition" && !isStatic) return;
    for (const part of Object.values(parts)) visit(part);
  };
  visit(parseAst(code).body);
  return names;
}

async function requireVersion(code, peer) {
  const parts = [];
  const define = {};
  const pure = [];
  const early = [];
  const named = withoutEffects(peer);
  const atLoad = readAtLoad(code);
  const rest = code.replace(
    new RegExp(`^import \\{ (.*) \\} from "(${peer}(?:/.*)?)";\n`, "gm"),
    (_line, names, from) => {
      const whole = `peer${parts.length}`;
      for (const name of names.split(", ")) {
        const [exported, local = exported] = name.split(" as ");
        const read = `${whole}.${exported}`;
        if (atLoad.has(local)) early.push(`const ${local} = /* @__PURE__ */ (() => ${read})();\n`);
        else define[local] = read;
        if (named.has(exported)) pure.push(local);
      }
      parts.push({ whole, from });
      return "";
    },
  );
  const internal = parts.find(({ from }) => from === `${peer}/internal`);
  const { whole } = internal ?? { whole: "versioned" };
  if (internal === undefined) parts.push({ whole, from: `${peer}/internal` });
  // `define` replaces only names that the code does not declare, so a local variable of the same name is not replaced.
  const options = { format: "esm", target: "es2023", charset: "ascii" };
  const marked = await transform(rest, { ...options, pure });
  const imports = parts.map(({ whole, from }) => `import * as ${whole} from "${from}";\n`);
  const text = [...imports, ...early, marked.code].join("");
  const replaced = await transform(text, { ...options, define });
  const complaint = `${ownName}: ${peer}: expected version ${version}, as its own, got `;
  const hint = `. Install both in one version: npm ls ${peer} shows who installs which.`;
  const check = `if (${whole}.VERSION !== "${version}") {
  throw new Error(${JSON.stringify(complaint)} + (${whole}.VERSION ?? "an earlier one") + ${JSON.stringify(hint)});
}
`;
  const end = imports.length;
  const lines = replaced.code.split("\n");
  return [...lines.slice(0, end), check, ...lines.slice(end)].join("\n");
}

for (const { folder, alias } of builds) {
  await build({
    configFile: false,
    logLevel: "warn",
    resolve: { alias },
    define: { GRADDIFF_VERSION: JSON.stringify(version) },
    plugins: [...plugins, literalNames, exactPeers],
    build: {
      target: "es2023",
      outDir: join(process.argv[2] ?? "dist", folder),
      // The folder already has the declarations.
      emptyOutDir: false,
      // The bundle is not minified and can be read without a source map, which would double the size of the package.
      sourcemap: false,
      minify: false,
      lib: { entry: entries, formats: ["es"], fileName: (_format, name) => `${name}.js` },
      rolldownOptions: {
        external: [
          /^node:/,
          ...Object.keys({ ...dependencies, ...peerDependencies }).map(
            (name) => new RegExp(`^${name}(/|$)`),
          ),
        ],
        ...(groups && { preserveEntrySignatures: "allow-extension" }),
        output: {
          // An engine stores a source of ASCII characters in half the bytes. Comments would be a third of the file: only
          // annotations for bundlers stay, since users read the documentation in the declarations.
          charset: "ascii",
          comments: { annotation: true, jsdoc: false, legal: true },
          chunkFileNames: "[name].js",
          ...(groups && { codeSplitting: { includeDependenciesRecursively: false, groups } }),
        },
      },
    },
  });
}
