/**
 * Writes the data that tests need about the functions, packages/core/test/golden/elementaryFunctions.json: for the
 * tests in TypeScript, and for elementary.py, which computes the values to compare with.
 */

/** @typedef {import("./steps.mjs").Description} Description */

/** @param {Description[]} descriptions */
export function emitForTests(descriptions) {
  const names = [...new Set(descriptions.map(({ name }) => name))];
  const entries = names.map((name) => {
    const own = descriptions.filter((description) => description.name === name);
    const [first] = own;
    const byPrecision = (/** @type {"worst" | "checksum"} */ key) =>
      Object.fromEntries(own.map((description) => [description.precision, description[key]]));
    return [
      name,
      {
        worst: byPrecision("worst"),
        cancelsBelow: first?.cancelsBelow,
        checksum: byPrecision("checksum"),
        sweep: first?.sweep,
      },
    ];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`;
}
