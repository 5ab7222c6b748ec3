/**
 * Writes src/generated from ONNX's own schema, with buf and protoc-gen-es in a folder of their own: they are
 * needed for nothing else.
 *
 *   npm run schema -w @graddiff/onnx [onnx.proto]    default: where Debian's libonnx-dev has it
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const PINNED = ["@bufbuild/buf@1.75.0", "@bufbuild/protoc-gen-es@2.17.0"];
const proto = resolve(process.argv[2] ?? "/usr/include/onnx/onnx.proto");
const generated = fileURLToPath(new URL("../src/generated/", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "graddiff-schema-"));
const run = (command, ...parameters) =>
  execFileSync(command, parameters, { cwd: folder, stdio: "inherit" });
try {
  copyFileSync(proto, join(folder, "onnx.proto"));
  writeFileSync(join(folder, "package.json"), "{}");
  writeFileSync(join(folder, "buf.yaml"), "version: v2\n");
  writeFileSync(
    join(folder, "buf.gen.yaml"),
    `version: v2
plugins:
  - local: node_modules/.bin/protoc-gen-es
    out: generated
    opt: [target=js+dts, import_extension=js]
`,
  );
  // The generator asks for a later Node than ours, on which it runs as well.
  run("npm", "install", "--no-save", "--ignore-scripts", "--no-engine-strict", ...PINNED);
  run("node_modules/.bin/buf", "generate", "--path", "onnx.proto");
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated);
  for (const file of ["onnx_pb.js", "onnx_pb.d.ts"]) {
    copyFileSync(join(folder, "generated", file), join(generated, file));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
