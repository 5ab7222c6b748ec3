/**
 * Bundles the package in the working directory into dist/, which starts several times faster than a hundred
 * small files: src/index.ts into one index.js, or as the package's own scripts/chunks.mjs says. Other
 * packages stay imports, peers above all: a copy of one would have classes of its own. The compiler writes the
 * declarations beside it.
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
 * Adds a check to files of a package that import the entries `internal` and `extend` of a peer, which change with every
 * version: they compare the peer's version first. A name that another version lacks must not stop it before, as one in an import
 * does; so names are read from the whole, where they are used, as bundlers can follow that leave out the rest. Those
 * that are read at load, such as base classes, are read by a call that is marked as without effects: bundlers would keep a
 * statement for what reading a part of something may do.
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

/** A function whose calls bundlers may leave out where nothing uses the result: they read that in its own file only. */
const WITHOUT_EFFECTS = /@__NO_SIDE_EFFECTS__(?: \*\/)?\n(?:async )?function (\w+)/g;

/** Returns the names of such functions of a peer, which is built. */
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

/** Returns the names that a module reads at load, but for those that it calls, which are marked as without effects. */
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
  // Names that the code does not declare are the peer's: what shadows one stays.
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
      // The declarations are there already.
      emptyOutDir: false,
      // The code is read as it is: a map would be as large again as all the rest.
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
          // Documentation is in the declarations. An engine reads ASCII in half the bytes, and a third less
          // of it without comments; those that tell bundlers what may be left out stay.
          charset: "ascii",
          comments: { annotation: true, jsdoc: false, legal: true },
          chunkFileNames: "[name].js",
          ...(groups && { codeSplitting: { includeDependenciesRecursively: false, groups } }),
        },
      },
    },
  });
}
