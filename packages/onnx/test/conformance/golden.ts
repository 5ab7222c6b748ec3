/**
 * Writes the cases that `npm test` runs to test/read/golden/cases.json: the smallest cases that pass, for each operator
 * and each version of it.
 *
 *   npm run golden -w @graddiff/onnx [-- FOLDER]    default: where Debian's libonnx-testdata has the cases
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, casesOf, KINDS } from "./cases.ts";
import { check } from "./check.ts";

/** The most characters of the file. */
const MOST = 265_000;
/** The most bytes of a case. */
const LARGEST = 6000;

const root = process.argv[2] ?? "/usr/share/libonnx-testdata/data";
const all = ["node", "simple"]
  .flatMap((folder) => casesOf(join(root, folder)))
  .filter(({ kind }) => kind === KINDS[0] || kind === KINDS[1]);
const sizeOf = ({ bytes, sets }: Case) =>
  [bytes, ...sets.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])].reduce(
    (sum, { length }) => sum + length,
    0,
  );
const groups = new Map<string, Case[]>();
for (const each of all) {
  if (sizeOf(each) > LARGEST && groups.has(each.operator)) continue;
  const key = `${each.operator} ${each.version}`;
  groups.set(key, [...(groups.get(key) ?? []), each]);
}
const chosen = new Map<string, Case>();
const seen = new Set<string>();
let length = 0;
const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const encoded = ({ operator, bytes, sets }: Case) => ({
  operator,
  model: encode(bytes),
  sets: sets.map(({ inputs, outputs }) => [inputs.map(encode), outputs.map(encode)]),
});
// The first case of each operator is chosen, then one of each version, and then a second one while there is room.
for (const round of [0, 1, 2]) {
  for (const cases of groups.values()) {
    cases.sort((a, b) => sizeOf(a) - sizeOf(b));
    for (const each of cases) {
      if (chosen.has(each.name) || (round === 0 && seen.has(each.operator))) continue;
      const size = JSON.stringify(encoded(each)).length;
      if (length + size > MOST || check(each).status !== "passed") continue;
      chosen.set(each.name, each);
      seen.add(each.operator);
      length += size;
      break;
    }
  }
}
const entries = [...chosen].sort(([a], [b]) => (a < b ? -1 : 1));
const file = Object.fromEntries(entries.map(([name, each]) => [name, encoded(each)]));
writeFileSync("test/read/golden/cases.json", `${JSON.stringify(file, undefined, 1)}\n`);
console.log(`${entries.length} cases of ${seen.size} operators, ${length} characters`);
