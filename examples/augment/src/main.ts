/** Images changed at random: writes a sheet of examples, and measures the gain in training. See README.md. */

import { saveSheet } from "./sheet.ts";
import { learn } from "./training.ts";

saveSheet();
console.log("output/sheet.svg has the pictures");
console.log("100 digits are learned      new ones   turned by up to 30°");
for (const isChanged of [false, true]) {
  for (const seed of [1, 2, 3]) {
    const cells = (await learn(seed, isChanged)).map((share) => `${(100 * share).toFixed(1)} %`);
    const name = `${isChanged ? "changed each time" : "as they are"}, seed ${seed}`;
    console.log(name.padEnd(26) + cells.map((cell) => cell.padStart(11)).join(""));
  }
}
