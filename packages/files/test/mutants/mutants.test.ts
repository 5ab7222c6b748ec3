import { expect, test } from "vitest";
import { seedOfTest, WHOLE } from "../../../core/test/support/sampling.ts";
import { formats, readMutants } from "./mutants.ts";

const COUNT = WHOLE ? 2000 : 600;

test.each(["safetensors", "npy", "npz", "torch", "pickle"] as const)(
  `${COUNT} damaged files of %s are read or refused in the library's grammar`,
  (name) => {
    const { faults, refused, read } = readMutants(name, COUNT, seedOfTest());
    expect(faults).toEqual([]);
    expect(refused).toBeGreaterThan(COUNT / 2);
    expect(refused + read).toBe(COUNT);
  },
);

// Undamaged files of the format "pickle" are left out, since their storages do not fit every pickle.
test.each(Object.entries(formats).filter(([name]) => name !== "pickle"))(
  "the undamaged files of %s are read",
  (_name, format) => {
    for (const file of format.files) expect(() => format.read(file)).not.toThrow();
  },
);
