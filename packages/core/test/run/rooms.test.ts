/**
 * The rooms of `run/`: imports of types, too, lead from a room to those below it, and no file to one that leads back to it.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const run = fileURLToPath(new URL("../../src/run", import.meta.url));

/** From the ground up. */
const ROOMS = [
  "program/loop",
  "program/places",
  "program/calls",
  "program/units",
  "program/fuse",
  "program",
  "device",
  "wasm/kernel",
  "wasm/emit",
  "wasm/drive",
  "wasm/memory",
  "eager",
  "",
];

const files = readdirSync(run, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

/** By file: the files of `run/` that it imports. */
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(join(run, file), "utf8");
    const found = [...text.matchAll(/\bfrom "(\.[^"]*)"/g)].map(([, path = ""]) =>
      relative(run, resolve(run, dirname(file), path)),
    );
    return [file, found.filter((path) => !path.startsWith(".."))];
  }),
);

const roomOf = (file: string) => dirname(file).replace(/^\.$/, "");

test("no import leads to a room above", () => {
  expect([...new Set(files.map(roomOf))].sort()).toEqual(ROOMS.toSorted());
  const upward = files.flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((other) => ROOMS.indexOf(roomOf(other)) > ROOMS.indexOf(roomOf(file)))
      .map((other) => `${file} → ${other}`),
  );
  expect(upward).toEqual([]);
});

test("no file imports what imports it", () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    expect(path, "a circle").not.toContain(file);
    if (done.has(file)) return;
    for (const other of imports.get(file) ?? []) visit(other, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(done.size).toBe(files.length);
  expect([...imports.values()].flat().length).toBeGreaterThan(200);
});
