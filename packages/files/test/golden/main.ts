/**
 * Writes tensors with this package, and reads them with NumPy and Python's safetensors (`npm run interchange`). Needs
 * Debian's python3-numpy and python3-safetensors.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Tensor, tensor, uniform, zeros } from "@graddiff/core";
import { writeNpy, writeNpz, writeSafetensors } from "../../src/index.ts";

const edges = [0, -0, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e-30];
const tensors: Record<string, Tensor> = {
  float32: tensor(edges),
  float64: tensor([edges], { dtype: "float64" }),
  int32: tensor([[0, -1, 2 ** 31 - 1, -(2 ** 31)]], { dtype: "int32" }),
  bool: tensor([[true], [false]]),
  scalar: tensor(2.5),
  empty: zeros([0, 3]),
  deep: tensor([[[[[1, 2]]]]]),
  "ends.npy": tensor([3]),
  "layers.0.größe": uniform([20, 30], { seed: 1 }),
};
const metadata = { größe: 'a "text"\n', epoch: "3" };

/** Returns a float as Python prints it, for the numbers that JSON cannot express. */
function spelled(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return value.toFixed(1);
  const [digits = "", exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 16) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function told(values: Tensor) {
  const { dtype, shape } = values;
  const list = Array.from(values.data(), (value) =>
    dtype === "bool" ? value === 1 : dtype === "int32" ? value : spelled(value),
  );
  return { dtype, shape, values: list };
}

const folder = mkdtempSync(join(tmpdir(), "graddiff-interchange-"));
for (const [name, values] of Object.entries(tensors)) {
  writeFileSync(join(folder, `${name}.npy`), writeNpy(values));
}
writeFileSync(join(folder, "stored.npz"), writeNpz(tensors));
writeFileSync(join(folder, "deflated.npz"), writeNpz(tensors, { compress: true }));
writeFileSync(join(folder, "all.safetensors"), writeSafetensors(tensors, { metadata }));
const expected = Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, told(t)]));
writeFileSync(join(folder, "expected.json"), JSON.stringify({ tensors: expected, metadata }));
const script = resolve("test/golden/golden.py");
const { status, error } = spawnSync("/usr/bin/python3", [script, "check", folder], {
  stdio: "inherit",
});
rmSync(folder, { recursive: true, force: true });
if (error) throw error;
process.exitCode = status ?? 1;
