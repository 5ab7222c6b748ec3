/**
 * A plugin of Vite that makes plain objects of namespaces, such as that of the methods of Tensor. Bundlers make a function
 * for each name, which reads it when it is asked for; an engine compiles them all while it loads the package, 1.5 % of
 * the work. An object reads the names at once: where one has no value yet, installing it as a method throws.
 */
export const plainNamespaces = {
  name: "plain-namespaces",
  renderChunk: (code) =>
    code.replace(/\/\* @__PURE__ \*\/ __exportAll\((\{[^{}]*\})\)/g, (_namespace, names) =>
      names.replaceAll(": () => ", ": "),
    ),
};
