/**
 * Writes assembly/matmulTiles.ts: the inner loops of the matrix product, one for every number of
 * rows and vectors. AssemblyScript has no macros, and the accumulators must be locals to stay in
 * registers.
 *
 *     node scripts/generateTiles.mjs            writes the file
 *     node scripts/generateTiles.mjs --check    fails if the file is not what would be written
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * 5 × 2 is the largest tile that stays in registers: V8 has 15 free vector registers, and a tile needs its
 * accumulators, two vectors of B, one element of A and one product. 6 × 2 spills, and is slower by a third.
 */
const ROWS = 5;
const VECTORS = 2;
const TYPES = ["f32", "f64"];

const upTo = (count) => Array.from({ length: count }, (_, index) => index);

function tileName(type, rows, vectors) {
  return `tile${rows}x${vectors}_${type}`;
}

function tile(type, rows, vectors) {
  const cells = upTo(rows).flatMap((row) => upTo(vectors).map((vector) => ({ row, vector })));
  const offset = (vector) => (vector === 0 ? "" : `, ${16 * vector}`);
  const size = type === "f32" ? 4 : 8;
  const place = ({ row, vector }) => `out${row}${offset(vector)}`;
  const lines = [
    `function ${tileName(type, rows, vectors)}(`,
    "  a: usize,",
    "  b: usize,",
    "  out0: usize,",
    "  count: usize,",
    "  aStep: usize,",
    "  bStep: usize,",
    "  outStep: usize,",
    "  first: bool,",
    "): void {",
    ...upTo(rows)
      .slice(1)
      .map((row) => `  const out${row} = out${row - 1} + outStep;`),
    ...cells.map(({ row, vector }) => `  let sum${row}${vector} = v128.splat<${type}>(0);`),
    "  if (!first) {",
    ...cells.map((cell) => `    sum${cell.row}${cell.vector} = v128.load(${place(cell)});`),
    "  }",
    "  for (; count > 0; count--) {",
    ...upTo(vectors).map((vector) => `    const b${vector} = v128.load(b${offset(vector)});`),
    ...upTo(rows).flatMap((row) => [
      `    const a${row} = v128.load_splat<${type}>(a${row === 0 ? "" : `, ${row * size}`});`,
      ...upTo(vectors).map((vector) => {
        const product = `v128.mul<${type}>(a${row}, b${vector})`;
        const sum = `sum${row}${vector}`;
        return `    ${sum} = v128.add<${type}>(${sum}, ${product});`;
      }),
    ]),
    "    a += aStep;",
    "    b += bStep;",
    "  }",
    ...cells.map(
      (cell) => `  v128.store(out${cell.row}, sum${cell.row}${cell.vector}${offset(cell.vector)});`,
    ),
    "}",
  ];
  return lines.join("\n");
}

function choice(type) {
  const cases = upTo(ROWS * VECTORS).map((index) => {
    const rows = Math.floor(index / VECTORS) + 1;
    const name = tileName(type, rows, (index % VECTORS) + 1);
    return `    case ${index}:\n      return ${name}.index;`;
  });
  return [
    `/** Returns the index in the module's table of the tile of ${type} for \`rows\` × \`vectors\`. */`,
    `export function tileIndex_${type}(rows: usize, vectors: usize): u32 {`,
    `  switch (<u32>((rows - 1) * ${VECTORS} + vectors - 1)) {`,
    ...cases,
    "    default:",
    "      return unreachable();",
    "  }",
    "}",
  ].join("\n");
}

const header = `// Written by scripts/generateTiles.mjs; do not edit.
//
// A tile is a few rows and one or two vectors of the result, kept in registers:
//
//   out[row][column] (+)= Σₖ a[k][row] · b[k][column], in the order of k
//
// a and b advance by their steps in bytes for each k, so they may be packed panels or the matrices
// themselves. The sum starts at +0 if \`first\`, else at what is in out. Tiles are called by
// their index in the module's table: called by name they would be merged into one huge function,
// whose loops V8 gives too few registers. The loop is not unrolled, because V8 would then move
// the loads to its start and spill.

/** Rows of the largest tile. */
export const TILE_ROWS: usize = ${ROWS};

/** Vectors in a row of the largest tile. */
export const TILE_VECTORS: usize = ${VECTORS};
`;

const parts = TYPES.flatMap((type) => [
  ...upTo(ROWS).flatMap((row) => upTo(VECTORS).map((vector) => tile(type, row + 1, vector + 1))),
  choice(type),
]);
const text = `${[header.trimEnd(), ...parts].join("\n\n")}\n`;
const file = fileURLToPath(new URL("../assembly/matmulTiles.ts", import.meta.url));
if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
} else if (readFileSync(file, "utf8") !== text) {
  console.error(`${file} is not what scripts/generateTiles.mjs gives; run it`);
  process.exitCode = 1;
}
