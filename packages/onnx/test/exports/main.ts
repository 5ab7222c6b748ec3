/**
 * Runs ONNX's own checker with inference of shapes on every model that the tests of this package write (`npm run
 * exports -w @graddiff/onnx`; needs python3-onnx).
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHECK = `
import sys, pathlib, onnx
faults = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
    except Exception as error:
        faults += 1
        print(f"{path.name}: {error}")
sys.exit(faults > 0)
`;

const folder = mkdtempSync(join(tmpdir(), "graddiff-exports-"));
try {
  const env = { ...process.env, GRADDIFF_EXPORTS: folder };
  const tests = spawnSync("npx", ["vitest", "run"], { env, stdio: "inherit" });
  const checker = spawnSync("/usr/bin/python3", ["-c", CHECK, folder], { stdio: "inherit" });
  console.log(
    `${readdirSync(folder).length} models, ${checker.status === 0 ? "all of them valid" : "some of them not valid"}`,
  );
  process.exitCode = tests.status || checker.status || 0;
} finally {
  rmSync(folder, { recursive: true });
}
