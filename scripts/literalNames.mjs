/**
 * A plugin of Vite that gives each public class of a package a static `name`, a string. A minifier renames classes, and
 * would otherwise change the names of errors, layers and optimizers in messages and tables.
 */

/** The first line of a class, as the bundler writes it. */
const CLASS =
  /^(?:var (\w+)(?:\$\d+)? = )?class(?: (\w+)(?:\$\d+)?)?(?: extends [^{\n]+)? \{(?=$|\};?$)/gm;

export const literalNames = {
  name: "literal-names",
  renderChunk(code, _chunk, _options, { chunks }) {
    const entries = Object.values(chunks).filter(
      ({ isEntry, name }) => isEntry && name !== "internal",
    );
    const names = new Set(entries.flatMap(({ exports }) => exports));
    return code.replace(CLASS, (head, variable, name = variable) =>
      names.has(name) ? `${head}\n\tstatic name = "${name}";` : head,
    );
  },
};
