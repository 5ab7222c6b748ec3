/**
 * Replaces the printouts in Markdown documents by the output of the last run of the examples' tests, after a change of
 * the compiler that alters them. Read the difference before you commit it.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const core = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const examples = [core, join(core, "../nn")].flatMap((folder) => {
  const generated = join(folder, "test/examples/generated");
  const manifest = JSON.parse(readFileSync(join(generated, "manifest.json"), "utf8"));
  return manifest.map((example) => ({
    ...example,
    printed: join(generated, `${example.file}.txt`),
  }));
});

for (const { origin, output, printed } of examples) {
  if (output === null || !existsSync(printed)) continue;
  const document = join(core, "../..", origin.slice(0, origin.lastIndexOf(":")));
  const text = readFileSync(document, "utf8");
  const block = (content) => `\`\`\`text\n${content}\n\`\`\``;
  writeFileSync(
    document,
    text.replace(block(output), () => block(readFileSync(printed, "utf8"))),
  );
}
