import { expect, test } from "vitest";
import { formats, readMutants } from "./mutants.ts";

test.each(["safetensors", "npy", "npz"] as const)(
  "2000 damaged files of %s are read or refused in the library's grammar",
  (name) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { faults, refused, read } = readMutants(name, 2000, seed);
    expect(faults).toEqual([]);
    expect(refused).toBeGreaterThan(1000);
    expect(refused + read).toBe(2000);
  },
);

test.each(Object.entries(formats))("the undamaged files of %s are read", (_name, format) => {
  for (const file of format.files) expect(() => format.read(file)).not.toThrow();
});
