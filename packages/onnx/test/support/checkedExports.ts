/**
 * Checks every model that a test writes by rules of ONNX's checker: names are defined once and before their use, and
 * tensors have the axes that operators take. Vitest loads this file before every test file.
 */

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";

/** The folder for copies of models, which ONNX's own checker reads: see `test/exports`. */
const FOLDER = process.env["GRADDIFF_EXPORTS"];
/** The bytes above which models are checked without the elements of their large tensors. */
const LARGE = 2 ** 20;

vi.mock("../../src/graph/model.ts", async (original) => {
  const own = await original<typeof import("../../src/graph/model.ts")>();
  const { checkModel } = await import("./checkModel.ts");
  const modelParts: typeof own.modelParts = (graph, opset, irVersion, beside) => {
    const parts = own.modelParts(graph, opset, irVersion, beside);
    if (FOLDER !== undefined && beside.size === 0 && own.bytesOf(parts) < LARGE) {
      const bytes = own.joined(parts);
      const name = createHash("sha256").update(bytes).digest("hex");
      writeFileSync(join(FOLDER, `${name}.onnx`), bytes);
    }
    const isLarge = beside.size > 0 || own.bytesOf(parts) > LARGE;
    if (!isLarge) checkModel(own.joined(parts));
    else {
      const large = graph.constants.filter(({ elements }) => elements.byteLength > 1024);
      const lengths = large.map(({ elements }) => elements.byteLength);
      const places = large.map(({ name }, i) => {
        return [name, { location: "zeros", offset: 0, length: lengths[i] ?? 0 }] as const;
      });
      const zeros = new Uint8Array(Math.max(0, ...lengths));
      const small = own.modelParts(graph, opset, irVersion, new Map(places));
      checkModel(own.joined(small), () => zeros);
    }
    return parts;
  };
  return { ...own, modelParts };
});
