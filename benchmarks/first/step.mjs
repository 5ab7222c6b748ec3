/** Imports the packages of a checkout and makes one training step, and prints how long each took: see main.mjs. */

import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [root, widths] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(path).href);

let before = process.cpuUsage();

/** Returns the processor time since the last call, the first time since the start of this script, in milliseconds. */
function lap() {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  return (user + system) / 1000;
}

const core = await load(`${root}/packages/core/dist/index.js`);
const importOfCore = lap();
const networks = `${root}/packages/nn/dist/index.js`;
// Layers were an entry of core once.
const nn = await load(existsSync(networks) ? networks : `${root}/packages/core/dist/nn.js`);
const importOfNn = lap();

const { compile, relu, uniform } = core;
const { Dense, meanSquaredError, SGD, Sequential } = nn;
const sizes = widths.split("-").map(Number);
const layers = sizes.slice(1).flatMap((size, i) => {
  const dense = new Dense(sizes[i], size, { seed: i + 1 });
  return i === 0 ? [dense] : [relu, dense];
});
const model = new Sequential(...layers);
const optimizer = new SGD(model, { learningRate: 0.01 });
const x = uniform([32, sizes[0]], { seed: 5 });
const y = uniform([32, sizes.at(-1)], { seed: 6 });
const step = compile((a, b) => optimizer.minimize(() => meanSquaredError(model.forward(a), b)));
if (!Number.isFinite(step(x, y).item())) throw new Error("a step without a loss");

console.log(
  JSON.stringify({
    "import of core": importOfCore,
    "import of core and nn": importOfCore + importOfNn,
    "first training step": lap(),
  }),
);
