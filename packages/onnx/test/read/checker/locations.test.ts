/**
 * Names of external files of a model. A name that leads out of the model's folder is refused before any file is
 * requested; these include all names that onnx.load refuses (`locations.py`).
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Tensor, zeros } from "@graddiff/core";
import { Dense } from "@graddiff/nn";
import { expect, test } from "vitest";
import { ModelProtoSchema } from "../../../src/generated/onnx_pb.js";
import { exportOnnx, importOnnx, loadOnnx } from "../../../src/index.ts";
import golden from "./locations.json" with { type: "json" };

const layer = new Dense(2, 2, { seed: 1 });
const { bytes, external } = exportOnnx((x: Tensor) => layer.forward(x), [zeros([1, 2])], {
  variables: layer,
  external: { above: 0 },
});
const weights = external[0]?.bytes ?? new Uint8Array();

/** Returns the model with another name for its external file. */
function naming(location: string): Uint8Array<ArrayBuffer> {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (const { externalData } of model.graph?.initializer ?? []) {
    for (const entry of externalData) if (entry.key === "location") entry.value = location;
  }
  return toBinary(ModelProtoSchema, model);
}

const LEAVING = [
  ...[
    "..",
    "../w",
    "../../secret/key.bin",
    "a/../../w",
    "a/..",
    "./../w",
    ".. /w",
    ".../w",
    " ../w",
  ],
  ...["/etc/passwd", "//host/share/w", "~/w", "/", "", ".", "./."],
  ...["C:\\w", "C:/w", "c:w", "\\\\host\\share\\w", "..\\w", "a\\..\\..\\w", "\\w"],
  ...["file:///etc/passwd", "file:/w", "FILE:w", "https://host/w", "data:,w", "x-y://w", "blob:w"],
  ...["w\0.bin", "../w\0.bin"],
];

/** Returns a text with some of its characters percent-encoded. */
const encoded = (text: string, which: RegExp) =>
  text.replace(which, (each) => `%${each.charCodeAt(0).toString(16).padStart(2, "0")}`);

const forms = LEAVING.flatMap((name) => {
  const once = [/[./\\:\0]/g, /[./\\]/g, /[/\\]/g, /\./g].map((which) => encoded(name, which));
  return [name, ...once, ...once.map((each) => encoded(each, /%/g)), encoded(name, /[^%]/g)];
});

test("names that leave the folder are refused, as they are and as parts of URLs, and nobody is asked", async () => {
  const asked: string[] = [];
  const ask = (name: string) => {
    asked.push(name);
    return weights;
  };
  for (const name of new Set(forms)) {
    const model = naming(name);
    expect(() => importOnnx(model, { external: ask }), name).toThrow(
      /^importOnnx: the elements of "weight": expected a file in the folder of the model, got "/,
    );
    await expect(loadOnnx(new Blob([model]), { external: ask }), name).rejects.toThrow(
      "expected a file in the folder of the model",
    );
  }
  expect(asked).toEqual([]);
});

test("names in the folder and in those inside are asked for as they are", () => {
  for (const name of [
    "w",
    "a b.bin",
    "sub/w.bin",
    "./w",
    "..w",
    "w..bin",
    "a.b/c",
    "100%",
    "weights:0",
    "é%20",
  ]) {
    const asked: string[] = [];
    const ask = (location: string) => {
      asked.push(location);
      return weights;
    };
    importOnnx(naming(name), { external: ask });
    expect(asked).toEqual([name]);
  }
});

test("what onnx.load refuses is refused, but for two dots inside of a name and for links, which a name does not show", () => {
  for (const { location, isRefused } of golden) {
    const isHere = (() => {
      try {
        importOnnx(naming(location), { external: () => weights });
        return false;
      } catch {
        return true;
      }
    })();
    if (/[^/]\.\.|\.\.[^/]/.test(location)) continue;
    if (isRefused) expect(isHere, location).toBe(true);
  }
  expect(golden.filter(({ isRefused }) => isRefused).length).toBeGreaterThan(8);
});

test("the program of the README takes files of the folder alone, by itself", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const [, opening = ""] = /(const beside = [\s\S]*?\n\}\);)\n/.exec(readme) ?? [];
  expect(opening).toContain("loadOnnx");
  const outer = mkdtempSync(join(tmpdir(), "graddiff-locations-"));
  try {
    const folder = join(outer, "model");
    mkdirSync(folder);
    for (const name of ["secret.bin", "model/weights.bin", "model/model.onnx"]) {
      writeFileSync(join(outer, name), "x");
    }
    symlinkSync(join(outer, "secret.bin"), join(folder, "link.bin"));
    symlinkSync("/", join(folder, "root"));
    // The program calls its callback directly, without this package's check of names.
    const program = `
      import { openAsBlob } from "node:fs";
      import { readdir } from "node:fs/promises";
      import { join } from "node:path";
      const folder = ${JSON.stringify(folder)};
      const results = [];
      const loadOnnx = async (source, { external }) => {
        for (const name of ${JSON.stringify([...LEAVING, "link.bin", "root/etc/passwd", "none", "weights.bin"])}) {
          try { results.push([name, (await external(name)).size]); } catch (error) { results.push([name, String(error)]); }
        }
      };
      ${opening.replace("<string, string>", "")}
      console.log(JSON.stringify(results));`;
    const told = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const results = JSON.parse(told) as [string, number | string][];
    expect(results.filter(([, size]) => typeof size === "number")).toEqual([["weights.bin", 1]]);
    for (const [name, error] of results.slice(0, -1)) expect(error, name).toContain("no such file");
  } finally {
    rmSync(outer, { recursive: true });
  }
});
