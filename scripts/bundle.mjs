/**
 * Bundles the package in the working directory into dist/, which starts several times faster than a hundred
 * small files: src/index.ts into one index.js, or as the package's own scripts/chunks.mjs says. Other
 * packages stay imports, peers above all: a copy of one would have classes of its own. The compiler writes the
 * declarations beside it.
 *
 *   node ../../scripts/bundle.mjs [FOLDER]    another folder than dist/
 */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "vite";
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
 * Adds a check to files of a package that import the entry `internal` of a peer, which changes with every version: they
 * compare the peer's version first. A name that another version lacks must not stop it before, as one in an import
 * does; so names are read from the whole.
 */
const exactPeers = {
  name: "exact-peers",
  renderChunk(code) {
    const exact = Object.keys(peerDependencies).filter((peer) =>
      code.includes(`"${peer}/internal"`),
    );
    return exact.reduce(requireVersion, code);
  },
};

function requireVersion(code, peer) {
  const parts = [];
  const rest = code.replace(
    new RegExp(`^import \\{ (.*) \\} from "(${peer}(?:/.*)?)";\n`, "gm"),
    (_line, names, from) => {
      const whole = `peer${parts.length}`;
      const own = names.split(", ").map((name) => {
        const [exported, local = exported] = name.split(" as ");
        return `const ${local} = ${whole}.${exported};\n`;
      });
      parts.push({ whole, from, own: own.join("") });
      return "";
    },
  );
  const imports = parts.map(({ whole, from }) => `import * as ${whole} from "${from}";\n`);
  const { whole } = parts.find(({ from }) => from === `${peer}/internal`);
  const complaint = `${ownName}: ${peer}: expected version ${version}, as its own, got `;
  const hint = `. Install both in one version: npm ls ${peer} shows who installs which.`;
  const check = `if (${whole}.VERSION !== "${version}") {
  throw new Error(${JSON.stringify(complaint)} + (${whole}.VERSION ?? "an earlier one") + ${JSON.stringify(hint)});
}
`;
  return [...imports, check, ...parts.map(({ own }) => own), rest].join("");
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
