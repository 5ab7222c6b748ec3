/**
 * A plugin of Vite that gives the public classes of a package their names as texts. A bundle that is minified renames
 * classes, and with them the `name` of errors and what layers and optimizers call themselves in messages and tables.
 */

/** The head of a class, as the bundler writes it. */
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
