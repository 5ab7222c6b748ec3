/**
 * Brings the printouts in the Markdown documents up to date with what the last run of
 * the tests of the examples have printed: for changes of the compiler that alter them. Read the
 * difference before you commit it.
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
