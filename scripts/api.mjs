/**
 * Writes the public declarations of each package into a report, `packages/<name>/<name>.api.md` (and one report for each
 * other entry), so that a review shows each change of the public interface. The packages must be built.
 *
 *   node scripts/api.mjs            writes the reports
 *   node scripts/api.mjs --check    fails if one of them is no longer true
 *
 * Both fail if declarations refer to a name that they do not declare, such as an internal property in the parameters of a
 * function. A user who compiles with `skipLibCheck: false` would get an error there.
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");
const quiet = { default: { logLevel: "none" } };

const reports = [
  { name: "core", entry: "index", report: "core" },
  { name: "core", entry: "extend", report: "core-extend" },
  { name: "core", entry: "fft", report: "core-fft" },
  { name: "core", entry: "linalg", report: "core-linalg" },
  { name: "core", entry: "threads", report: "core-threads" },
  { name: "core", entry: "webgpu", report: "core-webgpu" },
  { name: "wasm-kernel", entry: "index", report: "wasm-kernel" },
  { name: "wasm-kernel", entry: "fft", report: "wasm-kernel-fft" },
  { name: "wasm-kernel", entry: "linalg", report: "wasm-kernel-linalg" },
  { name: "files", entry: "index", report: "files" },
  { name: "files", entry: "node", report: "files-node" },
  { name: "nn", entry: "index", report: "nn" },
  { name: "onnx", entry: "index", report: "onnx" },
  { name: "solve", entry: "index", report: "solve" },
  { name: "stats", entry: "index", report: "stats" },
];

for (const { name, entry, report } of reports) {
  const folder = join(root, "packages", name);
  const file = `${report}.api.md`;
  const reportTempFolder = join(root, "node_modules/.cache/api", report);
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, `dist/${entry}.d.ts`),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "ES2022",
            module: "NodeNext",
            moduleResolution: "NodeNext",
            lib: ["ES2023", "ESNext.Disposable"],
            strict: true,
            skipLibCheck: true,
            types: [],
          },
          files: [join(folder, `dist/${entry}.d.ts`)],
        },
      },
      apiReport: { enabled: true, reportFolder: folder, reportFileName: report, reportTempFolder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" } },
        extractorMessageReporting: quiet,
        tsdocMessageReporting: quiet,
      },
      newlineKind: "lf",
    },
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: false,
    showVerboseMessages: false,
    messageCallback: (message) => {
      message.handled = message.logLevel !== "error";
    },
  });
  const written = join(reportTempFolder, file);
  if (!succeeded && !existsSync(written)) process.exit(1);
  const now = readFileSync(written, "utf8");
  const committed = join(folder, file);
  const before = existsSync(committed) ? readFileSync(committed, "utf8") : "";
  if (now === before) continue;
  if (check) {
    console.error(`packages/${name}/${file} is not what the package shows; run npm run api`);
    process.exitCode = 1;
  } else {
    copyFileSync(written, committed);
    console.log(`wrote packages/${name}/${file}`);
  }
}

const declared = [
  ...reports.map(({ name, entry }) => join(root, "packages", name, `dist/${entry}.d.ts`)),
  join(root, "packages/core/dist/internal.d.ts"),
];
const options = "--noEmit --skipLibCheck false --strict --module nodenext --target es2023";
const { status } = spawnSync(
  process.execPath,
  [join(root, "node_modules/typescript/bin/tsc"), ...options.split(" "), ...declared],
  { stdio: "inherit" },
);
if (status !== 0) process.exitCode = 1;
