/** The programs by name. Each runs when it is imported; some of them leave something to be drawn. */

import { saveMoons, saveSamples } from "./drawing.ts";

const VAE = { file: "samples.svg", artist: "autoencoder" };

const programs = new Map<string, () => Promise<unknown>>([
  ["two-moons", async () => saveMoons(await import("./two-moons.ts"))],
  ["logistic-regression", () => import("./logistic-regression.ts")],
  ["cnn", () => import("./cnn.ts")],
  ["gru", () => import("./gru.ts")],
  ["recommender", () => import("./recommender.ts")],
  ["tagger", () => import("./tagger.ts")],
  ["lora", () => import("./lora.ts")],
  [
    "gan",
    async () => saveSamples(await import("./gan.ts"), { file: "gan.svg", artist: "generator" }),
  ],
  ["vae", async () => saveSamples(await import("./vae.ts"), VAE)],
]);

export const names: readonly string[] = [...programs.keys()];

/** Runs programs one after the other; "all" stands for each. Without a name, or with a wrong one, it tells the names. */
export async function run(wanted: readonly string[]): Promise<void> {
  const chosen = wanted.flatMap((name) => (name === "all" ? names : [name]));
  if (chosen.length === 0 || !chosen.every((name) => programs.has(name))) {
    console.log(`Name one or more of: ${names.join(", ")}; or all.`);
    process.exitCode = 1;
    return;
  }
  for (const name of chosen) {
    if (chosen.length > 1) console.log(`\n${name}`);
    await programs.get(name)?.();
  }
}
